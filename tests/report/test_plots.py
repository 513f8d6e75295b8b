"""Plots: valid, themed, described, and with names that do not cover each other."""

import re
from itertools import combinations
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from nlpref.noise_curves import KINDS, NoiseCurves, NoisyScore
from nlpref.report.curves import curves
from nlpref.report.frontier_plot import frontier_plot
from nlpref.report.labels import place_labels
from nlpref.report.plots import Plot, curve_plot, histogram_plot
from nlpref.report.robustness import noise_plot
from nlpref.results import Estimate

STRANGE = ["$\\frac{", "<b>&\"'", "模型", "x" * 60]
"""Names that are no mathematics, no markup, in no font of matplotlib's, and too long."""


POINTS = [NoisyScore(step / 4, {"f1_macro": Estimate(0.9 - step / 10, 0.8 - step / 10, 1 - step / 10)}) for step in range(4)]
NOISE = NoiseCurves(
    model="m", dataset={"name": "d", "revision": "1"}, split="test", n=9, seed=0, primary="f1_macro",
    curves=dict.fromkeys(KINDS, POINTS),
)  # fmt: skip


def made() -> list[Plot]:
    models = {name: (Estimate(0.5 + row / 10, 0.4 + row / 10, 0.6 + row / 10), 2.0**row) for row, name in enumerate(STRANGE)}
    return [
        frontier_plot("f", "macro-F1 <i>", models),
        frontier_plot("one", "F1", {"only": (Estimate(0.5, 0.5, 0.5), 3.0)}),
        curve_plot("c", "training loss", [(1.0, 2.0)]),
        noise_plot("n", NOISE),
        histogram_plot("h", "nDCG@10", [0.0, 0.05, 1.0], "queries"),
    ]


def shapes(svg: Markup) -> ElementTree.Element:
    return ElementTree.fromstring(str(svg).replace("<svg ", '<svg xmlns:xlink="x" ', 1))


@pytest.mark.parametrize("plot", made())
def test_svg_is_whole_described_and_in_the_colours_of_the_page(plot: Plot) -> None:
    for svg in (plot.wide, plot.narrow):
        root = shapes(svg)
        assert root.tag == "svg"
        assert root.get("role") == "img"
        assert len(root.get("aria-label", "")) > 20
        colours = set(re.findall(r"#[0-9a-fA-F]{6}", str(svg)))
        assert colours <= {"#000000"}, "a colour that does not follow the page"
        assert "var(--accent)" in svg


@pytest.mark.parametrize("plot", made())
def test_ids_are_the_plots_own_and_every_reference_leads_to_one(plot: Plot) -> None:
    for svg in (plot.wide, plot.narrow):
        ids = re.findall(r'\bid="([^"]+)"', str(svg))
        assert len(ids) == len(set(ids))
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', str(svg))) <= set(ids)
    assert not set(re.findall(r'\bid="([^"]+)"', str(plot.wide))) & set(re.findall(r'\bid="([^"]+)"', str(plot.narrow)))


def test_names_are_written_as_they_are() -> None:
    written = {text.text for text in shapes(made()[0].wide).iter("text")}
    assert {*STRANGE[:3], "x" * 27 + "…"} <= written


def test_dominated_models_are_named_and_hollow() -> None:
    slow, quick = (Estimate(0.5, 0.4, 0.6), 9.0), (Estimate(0.7, 0.6, 0.8), 1.0)
    plot = frontier_plot("f", "F1", {"slow": slow, "quick": quick})
    assert "dominated, since another model is at least as good and at least as fast (slow)" in plot.caption
    assert "slow: F1 0.500, p95 9.00 ms (dominated by quick)" in plot.wide
    assert "quick: F1 0.700, p95 1.00 ms;" in plot.wide
    assert "var(--paper)" in plot.wide
    assert "var(--paper)" not in frontier_plot("f", "F1", {"quick": quick}).wide


def twenty() -> dict[str, tuple[Estimate, float]]:
    """Every fourth one on the frontier: each is slower and better than the last; the three after it are as good and slower."""
    quality = [0.5 + row // 4 / 10 for row in range(20)]
    return {f"model{row}": (Estimate(one, one - 0.05, one + 0.05), 1.5**row) for row, one in enumerate(quality)}


def test_with_many_models_the_frontier_is_named_and_the_others_are_numbered() -> None:
    plot = frontier_plot("f", "F1", twenty())
    for svg in (plot.wide, plot.narrow):
        written = {text.text for text in shapes(svg).iter("text")}
        assert {name for name in twenty() if name in written} == {f"model{row}" for row in range(0, 20, 4)}
        assert {str(row + 1) for row in range(20) if row % 4} <= written
    assert "the numbers are those of the table below" in plot.caption
    assert "model3: F1 0.500, p95 3.38 ms (dominated by model0)" in plot.wide


def test_where_there_is_no_room_for_a_name_its_number_is_written() -> None:
    crowd = [(100.0 + 3 * row, 100.0) for row in range(8)]
    placed = [text for text, _, _ in place_labels(["a long name"] * 8, crowd, 0, 300, [str(row) for row in range(8)])]
    assert "a long name" in placed
    assert set(placed) - {"a long name"} <= {str(row) for row in range(8)}
    assert set(placed) != {"a long name"}


def test_a_name_avoids_bars_where_it_can() -> None:
    spots = [(100.0, 100.0), (130.0, 60.0)]
    (_, dx, _), _ = place_labels(["tfidf", "b"], spots, 0, 700, bars=[(90.0, 110.0), (0.0, 140.0)])
    assert dx < 0, "to the right there is the second point's bar"
    assert place_labels(["tfidf", "b"], spots, 0, 700)[0][1] > 0


def test_histogram_counts_every_value() -> None:
    values = [0.0, 0.1, 0.3, 0.29999999999999999, 0.95, 1.0]
    label = shapes(histogram_plot("h", "nDCG@10", values, "queries").wide).get("aria-label", "")
    counts = [int(number) for number in re.findall(r": (\d+)", label)]
    assert counts == [1, 1, 0, 2, 0, 0, 0, 0, 0, 2]


@given(st.lists(st.tuples(st.floats(50, 600), st.floats(50, 300)), min_size=1, max_size=5))
def test_names_do_not_cover_each_other(spots: list[tuple[float, float]]) -> None:
    names = ["tfidf"] * len(spots)
    boxes = []
    for (x, y), (_, dx, dy) in zip(spots, place_labels(names, spots, 0, 700), strict=True):
        left = x + dx if dx > 0 else x + dx - 34
        boxes.append((left, y + dy - 7, left + 34, y + dy + 7))
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] + 1e-6 or b[2] <= a[0] + 1e-6 or a[3] <= b[1] + 1e-6 or b[3] <= a[1] + 1e-6


def test_a_name_at_the_right_edge_is_written_to_the_left() -> None:
    assert place_labels(["tfidf"], [(690.0, 100.0)], 0, 700)[0][1] < 0


def test_curves_keep_the_later_report_of_a_step() -> None:
    history = [
        {"step": 1, "loss": 9.0, "learning_rate": 0.1},
        {"step": 2, "eval_f1": 0.5},
        {"step": 1, "loss": 3.0},
        {"step": 3, "loss": float("nan")},
        {"loss": 1.0},
        {"step": "x", "loss": 1.0},
    ]
    assert curves(history) == {"training loss": [(1.0, 3.0)], "validation f1": [(2.0, 0.5)]}
