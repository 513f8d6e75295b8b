"""The 24 intents: how frequent each is, and with which others the desk confuses it."""

from __future__ import annotations

TOTAL_TICKETS, MOST_FREQUENT, LEAST_FREQUENT = 3600, 320, 56

# most frequent first, with those that the desk takes it for
INTENTS: dict[str, tuple[str, ...]] = {
    "order_status": ("not_received", "change_order"),
    "connection_problem": ("app_problem", "device_fault"),
    "return_request": ("refund_status", "cancel_order"),
    "refund_status": ("return_request", "unexpected_charge"),
    "device_fault": ("arrived_damaged", "connection_problem", "how_to"),
    "cancel_order": ("cancel_plan", "change_order"),
    "app_problem": ("account_access", "connection_problem"),
    "arrived_damaged": ("device_fault", "missing_part"),
    "account_access": ("app_problem", "data_privacy"),
    "unexpected_charge": ("payment_failed", "refund_status", "invoice_request"),
    "payment_failed": ("unexpected_charge", "promo_code"),
    "not_received": ("order_status", "missing_part"),
    "change_order": ("cancel_order", "order_status"),
    "cancel_plan": ("cancel_order", "change_plan"),
    "wrong_item": ("missing_part", "return_request"),
    "missing_part": ("wrong_item", "spare_part"),
    "product_advice": ("how_to", "spare_part"),
    "how_to": ("device_fault", "product_advice"),
    "change_plan": ("cancel_plan", "unexpected_charge"),
    "promo_code": ("payment_failed", "unexpected_charge"),
    "invoice_request": ("unexpected_charge", "order_status"),
    "spare_part": ("missing_part", "product_advice"),
    "complaint_service": ("order_status", "refund_status", "not_received", "device_fault"),
    "data_privacy": ("account_access", "cancel_plan"),
}
PARCELS = (
    "order_status", "return_request", "refund_status", "cancel_order", "arrived_damaged", "not_received", "change_order",
    "wrong_item", "missing_part",
)  # fmt: skip


def intent_counts() -> dict[str, int]:
    """Tickets of every intent: a long tail from MOST_FREQUENT down to LEAST_FREQUENT, TOTAL_TICKETS together."""
    low, high = 0.5, 1.0
    for _ in range(60):
        ratio = (low + high) / 2
        total = sum(max(LEAST_FREQUENT, MOST_FREQUENT * ratio**rank) for rank in range(len(INTENTS)))
        low, high = (ratio, high) if total < TOTAL_TICKETS else (low, ratio)
    counts = {intent: int(max(LEAST_FREQUENT, MOST_FREQUENT * low**rank)) for rank, intent in enumerate(INTENTS)}
    for intent in list(INTENTS)[1 : 1 + TOTAL_TICKETS - sum(counts.values())]:
        counts[intent] += 1
    return counts
