"""The tickets of the corpus, and the labels that the desk gave them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from chance import stable_random, stable_unit
from intents import INTENTS
from parts import Asks, Body, text_key
from planning import planned
from splits import SPLITS
from ticket import Ticket
from wishes import Wishes
from writing import write

WRONG_LABELS = 0.03  # of train and validation
ATTEMPTS = 60  # at a text that no other ticket has


def make_tickets(bodies: Sequence[Body], asks: Mapping[str, Asks], seed: int) -> list[Ticket]:
    """All tickets, by date."""
    tickets = planned(bodies, seed)
    used: dict[str, set[str]] = defaultdict(set)
    for ticket in tickets:
        used[ticket.split].add(ticket.body.id)
    company = {split: [body for body in bodies if body.id in used[split] and body.channel in ("chat", "any")] for split in SPLITS}
    wishes, seen = Wishes(asks), set[str]()
    for ticket in tickets:
        for attempt in range(ATTEMPTS):
            write(ticket, company[ticket.split], wishes, seed, attempt)
            if text_key(ticket.text) not in seen:
                break
        seen.add(text_key(ticket.text))
    mislabel(tickets, seed)
    return sorted(tickets, key=lambda ticket: (ticket.when, stable_unit(seed, "order", *ticket.key)))


def mislabel(tickets: Sequence[Ticket], seed: int) -> None:
    """The desk's own label: wrong for a few tickets of train and validation, adjudicated in test."""
    for split in SPLITS:
        own = [ticket for ticket in tickets if ticket.split == split]
        for ticket in own:
            ticket.recorded = ticket.body.intent
        order = sorted(own, key=lambda ticket: stable_unit(seed, "wrong", *ticket.key))
        for ticket in order[: 0 if split == "test" else round(WRONG_LABELS * len(own))]:
            ticket.recorded = stable_random(seed, "label", *ticket.key).choice(INTENTS[ticket.body.intent])
