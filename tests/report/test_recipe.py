"""Configuration text: what counts as the same model."""

import pytest
from omegaconf import OmegaConf

from nlpref.report.recipe import command, component, differences, recipe, settings

CONFIG = {
    "classifier": {"_target_": "nlpref.classification.TfidfClassifier", "C": 1.0, "grid": [0.1, 0.3], "seed": 3, "name": None},
    "task": {"name": "classification", "component": "classifier"},
    "tracker": {"_target_": "nlpref.tracking.NullTracker"},
    "seed": 3,
    "name": "toy-tfidf",
    "progress": True,
}


def text(**changes: object) -> str:
    config = OmegaConf.create(CONFIG)
    for path, value in changes.items():
        OmegaConf.update(config, path.replace("__", "."), value)
    return "# python -m nlpref.train seed=3\n" + OmegaConf.to_yaml(config)


def flat(node: object, path: str = "") -> dict[str, str]:
    if isinstance(node, dict):
        return {name: value for key, item in node.items() for name, value in flat(item, f"{path}.{key}".lstrip(".")).items()}
    if isinstance(node, list):
        return {path: ", ".join(map(str, node))}
    return {path: "null" if node is None else "true" if node is True else str(node)}


def test_settings_are_those_that_were_written() -> None:
    assert settings(text()) == flat(CONFIG)


def test_command_and_component() -> None:
    assert command(text()) == "python -m nlpref.train seed=3"
    assert component(text()) == "TfidfClassifier"


@pytest.mark.parametrize("made", ["", "seed: 1\n", ": :\n- \n\tx", "\n\n"])
def test_text_of_any_form_is_read(made: str) -> None:
    assert command(made) == ""
    assert component(made) == ""


@pytest.mark.parametrize("changes", [{"seed": 4, "classifier__seed": 4}, {"progress": False}, {"tracker___target_": "x.Y"}])
def test_seed_tracker_and_display_do_not_make_another_model(changes: dict[str, object]) -> None:
    assert recipe(text(**changes)) == recipe(text())


@pytest.mark.parametrize("changes", [{"classifier__C": 2.0}, {"classifier__grid": [0.1]}, {"classifier__name": "x"}])
def test_a_setting_makes_another_model(changes: dict[str, object]) -> None:
    assert recipe(text(**changes)) != recipe(text())


def test_differences_name_only_what_differs() -> None:
    assert differences([text(), text(classifier__C=2.0, seed=9)]) == ["classifier.C=1.0", "classifier.C=2.0"]
    assert differences([text(), text()]) == ["", ""]


def test_many_differences_are_counted() -> None:
    one = "".join(f"key{n}: 0\n" for n in range(5))
    assert differences([one, one.replace(": 0", ": 1")], most=2)[1] == "key0=1, key1=1, and 3 more"
