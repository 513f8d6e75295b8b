"""Public comments on videos, spam or not."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

from nlpref.data.catalogue import entry, fetch
from nlpref.data.dataset import InMemoryDataset
from nlpref.data.splits import prepare
from nlpref.types import LabelledText

__all__ = ["wrench_youtube"]

_TAG = re.compile(r"</?(?:a|b|br|i)\b[^>]*>")


def wrench_youtube(validation_fraction: float | None = None, seed: int = 0) -> InMemoryDataset[LabelledText]:
    """Comments on five music videos, ``HAM`` or ``SPAM``: the splits of WRENCH, a benchmark of weak supervision.

    What tells not of the comment but of how its file was collected is removed: the byte order mark at the end, which
    most comments have and the spam of one video lacks; HTML escapes and tags, which only some videos have.
    ``facts["votes"]`` holds what the ten labelling functions of WRENCH say: 0 for ham, 1 for spam, -1 for nothing.

    Args:
        validation_fraction: None for the official validation split, else the share of train to carve (0 for none).
        seed: Of the carving.

    Source: Alberto et al. 2015, https://doi.org/10.1109/ICMLA.2015.37; Zhang et al. 2021, https://arxiv.org/abs/2109.11377.
    """
    folder = fetch("wrench_youtube", ["train.json", "valid.json", "test.json", "label.json"])
    names = json.loads((folder / "label.json").read_text("utf-8"))
    train, validation, test = (_comments(folder / f"{part}.json", names) for part in ("train", "valid", "test"))
    splits, notes = prepare(train, test=test, validation=validation, validation_fraction=validation_fraction, seed=seed)
    return InMemoryDataset("wrench_youtube", splits, {**notes, "source": entry("wrench_youtube").credit})


def _comments(path: Path, names: dict[str, str]) -> list[LabelledText]:
    return [
        LabelledText(
            _plain(record["data"]["text"]),
            names[str(record["label"])],
            f"{path.stem}-{number}",
            {"votes": " ".join(map(str, record["weak_labels"]))},
        )
        for number, record in json.loads(path.read_text("utf-8")).items()
    ]


def _plain(text: str) -> str:
    return _TAG.sub(" ", html.unescape(text)).replace("\ufeff", "").replace("\xa0", " ").strip()
