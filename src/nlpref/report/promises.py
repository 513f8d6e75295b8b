"""What a run that decides promises, in plain words, or why nothing could be promised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nlpref.metrics.risk_control import smallest_sample
from nlpref.report import words
from nlpref.report.outcomes import OUTSIDE, Outcomes

__all__ = ["lacking", "promise_notes"]


def promise_notes(details: Mapping[str, Any], outcomes: Outcomes) -> Iterator[str]:
    """What is promised, and how that came out on the test texts.

    Args:
        details: Of the record.
        outcomes: What was done with each text.
    """
    if outcomes.outside is not None:
        yield _scope(details["scope_threshold"], outcomes)
    if outcomes.kind == "selection":
        yield _selection(details["selection"])
    if outcomes.kind == "review":
        found = details["review"]
        yield (
            f"Of all texts, {words.out_of(found['observed_error'])} are then still wrong, instead of "
            f"{words.out_of(found['error_without_review'])}. That is not promised: {words.out_of(found['expected_error'])} "
            "were expected."
        )
    if outcomes.kind == "costs":
        yield (
            "It makes no promise of how few of its labels are wrong: it weighs costs, which come out as expected only where its "
            "probabilities are honest."
        )


def lacking(found: Mapping[str, Any], risk: float, confidence: float) -> str:
    """Why a promise could not be made; empty if the record does not tell.

    Args:
        found: The detail of the record, with the number of ``examples`` that the promise was to rest on.
        risk: Share of losses that is allowed.
        confidence: Probability that the promise was to hold.
    """
    if "examples" not in found:
        return ""
    needed, examples = smallest_sample(risk, 1 - confidence), int(found["examples"])
    if examples < needed:
        return f"that takes at least {needed:,} validation texts, and there were {examples:,}"
    return f"it was not right often enough on {words.count(examples, 'validation text')}"


def _selection(found: Mapping[str, Any]) -> str:
    risk, confidence = float(found["risk"]), float(found["confidence"])
    what = f"with {words.percent(confidence)} confidence, that at most {words.out_of(risk)} of its answers are wrong"
    if not found.get("answered", found["share_answered"]):
        why = lacking(found, risk, confidence)
        return f"It was to promise, {what}. No promise could be made" + (f": {why}." if why else ".")
    return f"It promises, {what}" + (
        f"; {words.out_of(found['share_wrong'])} were on the test texts." if "share_wrong" in found else "."
    )


def _scope(found: Mapping[str, Any], outcomes: Outcomes) -> str:
    promised = found["promised"]
    what = f"with {words.percent(promised['confidence'])} confidence, that "
    inside = [one for one in outcomes.each if one.row["gold"] != outcomes.outside]
    if "in_scope_accuracy" in promised:
        allowed, kept = 1 - float(promised["in_scope_accuracy"]), sum(one.right for one in inside)
        what += f"at least {words.out_of(promised['in_scope_accuracy'])} texts that fit a label get it"
        verb = "did"
    else:
        allowed, kept = float(promised["rejected"]), sum(one.action == OUTSIDE for one in inside)
        what += f"at most {words.out_of(allowed)} texts that fit a label are called out of scope"
        verb = "were"
    if found["value"] is None:
        why = lacking(found, allowed, float(promised["confidence"]))
        return f"It was to promise, {what}. No promise could be made, so it calls no text out of scope" + (
            f": {why}." if why else "."
        )
    return f"It promises, {what}" + (f"; {words.out_of(kept / len(inside))} {verb} on the test texts." if inside else ".")
