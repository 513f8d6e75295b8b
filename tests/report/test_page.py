"""The page as a whole: from real runs to one safe, complete, offline file."""

import dataclasses
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from nlpref.errors import StorageError
from nlpref.report import build_report
from nlpref.report.__main__ import main
from nlpref.results import Estimate, EvalResult

Save = Callable[..., Path]
Write = Callable[[Path, Sequence[Any]], None]
VOID = {"meta", "link", "wbr", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """Elements, attributes and visible text of a page; unbalanced tags are faults."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.faults += self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


@pytest.fixture(scope="module")
def html(real_runs: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    return build_report(real_runs, tmp_path_factory.mktemp("out")).read_text("utf-8")


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def rendered(tmp_path: Path) -> Page:
    return Page(build_report(tmp_path / "runs", tmp_path / "out").read_text("utf-8"))


def test_the_page_is_well_formed(page: Page) -> None:
    assert page.faults == []
    assert page.tags["h1"] == page.tags["main"] == page.tags["title"] == 1


def test_ids_are_unique_and_every_reference_leads_somewhere(page: Page) -> None:
    ids = Counter(page.values("id"))
    assert [name for name, number in ids.items() if number > 1] == []
    wanted = [value[1:] for value in page.values("href") if value.startswith("#")] + page.values("aria-labelledby")
    assert set(wanted) <= set(ids)
    assert len(wanted) > 5


def test_nothing_is_loaded_from_elsewhere(page: Page, html: str) -> None:
    assert page.tags["script"] == 0
    assert page.values("src") == []
    assert {value for value in page.values("href") if not value.startswith("#")} == {"data:,"}
    assert not re.search(r"@import|url\((?!#)|https?://", html)


def test_texts_from_data_are_shown_and_not_obeyed(page: Page, html: str) -> None:
    attack = "<script>alert('x')</script> & \"quoted\""
    assert "<script" not in html
    for found in (f"refund {attack}", f"lamp {attack}", f"{attack} visited"):
        assert found in page.text
    assert "<b>d2</b>" in page.text


def test_every_task_has_its_views(page: Page) -> None:
    for title in ("Text classification", "Entity recognition", "Retrieval"):
        assert title in page.text
    for part in ("Confusions", "The pairs confused most", "Kinds of errors", "Spread over queries", "Queries served worst"):
        assert part in page.text
    assert "said refund," in page.text
    assert "1 query without any relevant document cannot be scored and is left out" in page.text


def test_seeds_are_one_row_and_strengths_two(page: Page) -> None:
    assert "tfidf (classifier.C=1.0)" in page.text
    assert "tfidf (classifier.C=0.01)" in page.text
    assert "0, 1" in page.text
    assert "the median one of 2 runs that differ only in their seed" in page.text


def test_what_was_not_measured_is_said_and_not_zero(page: Page) -> None:
    assert page.text.count("not measured") >= 3
    assert "nlpref bench task=ner does it" in page.text.replace(" :", ":")


def test_configuration_and_command_are_shown(page: Page) -> None:
    assert "python -m nlpref.train task=ner seed=0" in page.text
    assert "_target_: nlpref.classification.tfidf.TfidfClassifier" in page.text


def test_scrolling_parts_can_be_reached_by_keyboard_and_have_names(page: Page, html: str) -> None:
    regions = re.findall(r'<(?:div class="scroll[^"]*"|pre) role="region" aria-label="[^"]+" tabindex="0">', html)
    assert len(regions) == page.tags["pre"] + html.count('class="scroll')
    assert page.tags["svg"] == len(re.findall(r'<svg [^>]*role="img" aria-label="[^"]+"', html))


def test_the_same_results_make_the_same_page(real_runs: Path, tmp_path: Path, html: str) -> None:
    assert build_report(real_runs, tmp_path).read_text("utf-8") == html
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"]


def test_timed_models_get_a_frontier(save_run: Save, tmp_path: Path) -> None:
    save_run("a", 0.9, model="slow", p95_ms=20.0)
    save_run("b", 0.8, model="quick", p95_ms=2.0)
    found = rendered(tmp_path)
    assert any("Quality against latency. quick: macro-F1 0.800, p95 2.00 ms" in label for label in found.values("aria-label"))
    assert "100 calls each, on abacus, 1 thread." in found.text


def test_what_is_dominated_and_what_it_costs_stands_in_the_table(save_run: Save, tmp_path: Path) -> None:
    save_run("a", 0.9, model="quick", p95_ms=2.0)
    save_run("b", 0.8, model="slow", p95_ms=20.0)
    save_run("c", 0.7, model="untimed")
    found = rendered(tmp_path).text
    # 500 a second: 2,000 s for a million, 0.556 core-hours at 0.04.
    assert re.search(r"quick on the frontier 1\.00 2\.00 4\.00 500 0\.0222 ", found)
    assert re.search(r"slow quick 10\.0 20\.0 40\.0 50\.0 0\.222 ", found)
    assert re.search(r"untimed not timed not measured not measured", found)
    assert "if a core-hour costs 0.04, which is an assumption" in found


def test_many_models_carry_the_numbers_of_the_plot(save_run: Save, tmp_path: Path) -> None:
    for row in range(11):
        save_run(f"r{row}", 0.9 - row / 100, model=f"m{row}", p95_ms=1.0 + row)
    save_run("x", 0.85, model="untimed")
    found = rendered(tmp_path).text
    assert re.search(r"1\. m0 on the frontier", found)
    assert re.search(r"11\. m10 m0", found)
    assert re.search(r"untimed not timed", found)


def test_times_of_different_machines_come_with_a_warning(save_run: Save, tmp_path: Path) -> None:
    save_run("a", 0.9, model="slow", p95_ms=20.0)
    save_run("b", 0.8, model="quick", p95_ms=2.0, threads=8)
    assert "compare the times with care" in rendered(tmp_path).text


def test_runs_on_other_splits_get_their_own_tables(save_run: Save, tmp_path: Path) -> None:
    save_run("a", 0.9, model="one", p95_ms=20.0)
    save_run("b", 0.8, model="two", p95_ms=2.0, split="validation")
    found = rendered(tmp_path)
    assert found.text.count("The only model") == 2
    assert not any("one:" in label and "two:" in label for label in found.values("aria-label"))


def test_a_broken_result_is_listed_and_the_rest_is_shown(save_run: Save, tmp_path: Path) -> None:
    save_run("a", model="fine")
    (save_run("b") / "result.json").write_text('{"<b>": ', "utf-8")
    found = rendered(tmp_path)
    assert "b/result.json could not be read: this EvalResult is not valid JSON" in found.text
    assert "fine" in found.text


def test_only_broken_results_still_make_a_page(save_run: Save, tmp_path: Path) -> None:
    (save_run("b") / "result.json").write_text("{", "utf-8")
    found = rendered(tmp_path)
    assert found.faults == []
    assert "could not be read" in found.text


@pytest.mark.parametrize("name", ["predictions.jsonl", "result.json"])
def test_details_that_do_not_fit_cost_their_part_only(real_runs: Path, tmp_path: Path, name: str) -> None:
    runs = tmp_path / "runs"
    shutil.copytree(real_runs, runs)
    for path in runs.glob(f"*/{name}"):
        text = path.read_text("utf-8")
        for word in ("confusion_matrix", "per_type", "scored_queries") if name == "result.json" else ("predicted", "relevance"):
            text = text.replace(f'"{word}"', '"renamed"')
        path.write_text(text, "utf-8")
    found = rendered(tmp_path)
    assert found.text.count("errors and their texts are left out") == 4
    assert found.faults == []


def test_missing_predictions_are_said(save_run: Save, tmp_path: Path) -> None:
    save_run("a")
    assert "predictions.jsonl does not exist; errors and their texts are left out" in rendered(tmp_path).text


def test_a_training_curve_is_drawn(save_run: Save, tmp_path: Path, write_rows: Write) -> None:
    write_rows(save_run("a") / "history.jsonl", [{"step": 1, "loss": 2.0}, {"step": 9, "loss": 1.0, "eval_f1": 0.5}])
    labels = rendered(tmp_path).values("aria-label")
    assert "training loss from 2 at step 1 to 1 at step 9, 2 points." in labels
    assert any(label.startswith("validation f1") for label in labels)


def test_tasks_that_are_not_ours_are_shown_too(save_run: Save, tmp_path: Path) -> None:
    save_run("a", task="translation", primary="bleu<", model="théo")
    found = rendered(tmp_path)
    assert "translation" in found.text
    assert "bleu<" in found.text
    assert found.faults == []


def test_half_a_surrogate_pair_does_not_stop_the_page(save_run: Save, tmp_path: Path) -> None:
    path = save_run("a", model="MODEL") / "result.json"
    path.write_text(path.read_text("utf-8").replace("MODEL", "\\ud83d!"), "utf-8")
    assert "?!" in rendered(tmp_path).text


@pytest.mark.parametrize(("folder", "why"), [("empty", "no finished run under"), ("absent", "does not exist")])
def test_no_runs_is_one_clear_error(tmp_path: Path, folder: str, why: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(StorageError, match=f"{why}.*train a model first"):
        build_report(tmp_path / folder, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command(save_run: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    save_run("a")
    monkeypatch.setattr(sys, "argv", ["report", f"runs={tmp_path / 'runs'}", f"out={tmp_path / 'out'}"])
    main()
    assert capsys.readouterr().out == f"report: {tmp_path / 'out' / 'index.html'}\n"
    monkeypatch.setattr(sys, "argv", ["report", f"runs={tmp_path / 'runs'}", "price=free"])
    with pytest.raises(SystemExit, match=r"^error: price=free: expected a number"):
        main()
    monkeypatch.setattr(sys, "argv", ["report", f"runs={tmp_path / 'none'}"])
    with pytest.raises(SystemExit, match=r"^error: .*none does not exist"):
        main()
    monkeypatch.setattr(sys, "argv", ["report", "--help"])
    with pytest.raises(SystemExit, match="0"):
        main()
    assert "python -m nlpref.report runs=" in capsys.readouterr().out


def test_importing_the_report_is_light() -> None:
    program = "import sys, nlpref.report; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", program], text=True).split()
    assert {"torch", "transformers", "mlflow", "sklearn", "spacy", "faiss", "hydra", "matplotlib.pyplot"} & set(loaded) == set()


def test_models_without_times_are_named_under_the_plot(save_run: Save, tmp_path: Path) -> None:
    save_run("a", 0.9, model="timed", p95_ms=20.0)
    save_run("b", 0.8, model="untimed")
    assert "Not timed: untimed." in rendered(tmp_path).text


def test_a_metric_that_one_model_lacks_is_not_measured(save_run: Save, tmp_path: Path) -> None:
    more = {"accuracy": Estimate(0.123, 0.1, 0.2)}
    path = save_run("a", 0.9, model="one") / "result.json"
    record = EvalResult.load(path)
    dataclasses.replace(record, metrics={**record.metrics, **more}).save(path)
    save_run("b", 0.8, model="two", p95_ms=1.0)
    found = rendered(tmp_path)
    assert "0.123" in found.text
    assert re.search(r"two 0\.800 0\.700 to 0\.900 not measured 4", found.text)


def test_facts_about_the_data_are_shown(save_run: Save, tmp_path: Path) -> None:
    notes = {"sizes": {"train": 70, "test": 4}, "removed": {"train_in_test": 3, "train_in_validation": 0}}
    save_run("a", details={"dataset_notes": notes, "fit_s": 12.34}, environment={"hardware": {"cpu": "abacus", "cores": 1}})
    found = rendered(tmp_path).text
    assert "split sizes: train 70, test 4 · 3 leaking examples removed from train or validation · revision of test 1" in found
    assert "trained in 12.3 s" in found
    assert "abacus, 1 core" in found
