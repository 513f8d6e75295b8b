"""What a decision component did, from the details of its record: in words, and the curve of a review policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from matplotlib.axes import Axes

from nlpref.report import words
from nlpref.report.plots import Plot, draw_plot
from nlpref.report.svg import ACCENT, MUTED

__all__ = ["decision_notes", "review_plot"]


def decision_notes(details: Mapping[str, Any]) -> list[str]:
    """A sentence for each decision that the record tells of."""
    kinds = (_calibration, _span_calibration, _prior, _selection, _span_selection, _costs, _review)
    return [note for kind in kinds for note in kind(details)]


def review_plot(name: str, details: Mapping[str, Any]) -> Plot | None:
    """Error that remains against the share of texts that people take; None if the record has no such curve.

    Args:
        name: Unique on the page.
        details: Of the record.
    """
    if "review" not in details:
        return None
    curve = details["review"]["curve"]
    shares = [float(point["reviewed"]) for point in curve]

    def draw(axes: Axes, width: int) -> None:
        for key, label, colour, style in (
            ("expected_error", "expected", MUTED, "--"),
            ("observed_error", "observed", ACCENT, "-"),
        ):
            axes.plot(shares, [float(point[key]) for point in curve], style, color=colour, linewidth=1.5, label=label)
        axes.legend(loc="upper right", frameon=False, labelcolor="linecolor", fontsize=11)
        axes.set_xlim(0, 1)
        axes.set_ylim(bottom=0)
        axes.set_xlabel("share of texts that people take")
        axes.set_ylabel("share wrong")

    first, last = curve[0], curve[-1]
    described = (
        f"Of all texts {words.percent(first['observed_error'])} are answered wrongly without review, "
        f"{words.percent(last['observed_error'])} with {words.percent(last['reviewed'])} reviewed; {len(curve)} points."
    )
    return draw_plot(name, described, "People take those texts first on which they save most.", draw, 240, 220)


def _calibration(details: Mapping[str, Any]) -> Iterator[str]:
    if found := details.get("calibration"):
        yield (
            f"Calibration by {found['method']} on {found['held_out']} held-out texts: expected calibration error "
            f"{words.decimal(found['before']['ece'])} before, {words.decimal(found['after']['ece'])} after."
        )


def _span_calibration(details: Mapping[str, Any]) -> Iterator[str]:
    if found := details.get("span_calibration"):
        read = ", ".join(["the score", *(name.replace("_", " ") for name in found["evidence"])])
        text = f"Calibration by {found['method']}, which reads {read}; on {found['held_out_spans']} entities found in "
        text += f"{found['held_out']} held-out sentences"
        if "before" in found:
            text += (
                f": expected calibration error {words.decimal(found['before']['ece'])} before, "
                f"{words.decimal(found['after']['ece'])} after"
            )
        yield f"{text}."


def _prior(details: Mapping[str, Any]) -> Iterator[str]:
    if found := details.get("prior"):
        yield (
            f"Probabilities are divided by each label's share of the training texts to the power {found['power']:g}, chosen on "
            f"{found['held_out']} held-out texts: macro F1 {words.decimal(found['before'])} before, "
            f"{words.decimal(found['after'])} after."
        )


def _selection(details: Mapping[str, Any]) -> Iterator[str]:
    if found := details.get("selection"):
        promise = f"promised with confidence {words.percent(found['confidence'])}: at most {words.percent(found['risk'])}"
        wrong = found.get("share_wrong")
        yield (
            f"It answers {words.percent(found['share_answered'])} of the texts"
            + (f", of which {words.percent(wrong)} wrongly" if wrong is not None else "")
            + f" ({promise}); if it answered all, {words.percent(found['wrong_if_all_were_answered'])} would be wrong."
        )


def _span_selection(details: Mapping[str, Any]) -> Iterator[str]:
    if found := details.get("span_selection"):
        promise = f"promised with confidence {words.percent(found['confidence'])}: at least {words.percent(found['promised'])}"
        right = found.get("observed")
        text = f"It keeps {words.percent(found['coverage'])} of the entities it finds"
        text += f", of which {words.percent(right)} are right ({promise})" if right is not None else f" ({promise})"
        if "precision_of_all" in found:
            text += f"; of all that it finds {words.percent(found['precision_of_all'])} are right"
        yield f"{text}. What it does not keep is for people to decide."


def _costs(details: Mapping[str, Any]) -> Iterator[str]:
    if found := details.get("costs"):
        unit = f" {found['currency']}" if found["currency"] else ""
        text = f"A text is expected to cost {words.significant(found['expected'])}{unit}"
        if "observed" in found:
            text += f" and costs {words.significant(found['observed'])}{unit}"
        if "likeliest_label" in found:
            text += f"; with the likeliest label for every text it would cost {words.significant(found['likeliest_label'])}{unit}"
        yield f"{text}. {words.percent(found['without_label'])} of the texts are given no label."


def _review(details: Mapping[str, Any]) -> Iterator[str]:
    if found := details.get("review"):
        yield (
            f"People take {words.percent(found['share_reviewed'])} of the texts; of all texts "
            f"{words.percent(found['observed_error'])} are still answered wrongly "
            f"({words.percent(found['expected_error'])} expected, {words.percent(found['error_without_review'])} without review)."
        )
