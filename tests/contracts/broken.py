"""For each law and each contract, a component that breaks that law and no other: the law must notice."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import numpy as np
from tests.contracts import honest, laws, own_laws
from tests.contracts.contract import Contract
from tests.contracts.kinds import CLASSIFIER, DATASET, ENCODER, INDEX, RERANKER, RETRIEVER, TAGGER, TRACKER
from tests.contracts.laws import Law
from tests.contracts.line import Line

from nlpref.errors import InputError
from nlpref.types import Hit, LabelledText, Span

__all__ = ["HONEST", "proofs"]

TOYS: dict[str, tuple[Contract, type]] = {
    contract.name: (contract, kind)
    for contract, kind in (
        (CLASSIFIER, honest.ToyClassifier),
        (TAGGER, honest.ToyTagger),
        (ENCODER, honest.ToyEncoder),
        (INDEX, honest.ToyIndex),
        (RERANKER, honest.ToyReranker),
        (RETRIEVER, honest.ToyRetriever),
        (TRACKER, honest.ToyTracker),
        (DATASET, honest.ToyDataset),
    )
}
Break = Callable[[type, Contract], type]


def line_of(kind: type, contract: Contract) -> Line:
    """A line of the matrix for a toy."""
    if contract is TRACKER:
        return Line(kind.__name__, contract, kind, kind, fails=lambda: kind(working=False))
    if contract is DATASET:
        other = [lambda: kind("b", "abc", "def"), lambda: kind("a", "abc", "deg"), lambda: kind("a", "bac", "def")]
        return Line(kind.__name__, contract, kind, lambda: kind("a", "abc", "def"), other=other)
    return Line(kind.__name__, contract, kind, lambda: kind(seed=3))


def spoiled(row: Any) -> Any:
    """The answer to one input, made a wrong one."""
    if isinstance(row, np.ndarray):
        return row[::-1]
    return type(row)(row + 1) if isinstance(row, np.floating) else []


def answering(kind: type, contract: Contract, wrong: Callable[[Any, int, int], bool]) -> type:
    """A class whose answers are spoiled where ``wrong(component, position, number of inputs)``."""

    def answer(self: Any, *args: Any, **kwargs: Any) -> Any:
        rows = getattr(kind, contract.method)(self, *args, **kwargs)
        made = [spoiled(row) if wrong(self, position, len(rows)) else row for position, row in enumerate(rows)]
        return np.array(made, rows.dtype).reshape(rows.shape) if isinstance(rows, np.ndarray) else made

    return type(f"Broken{kind.__name__}", (kind,), {contract.method: answer})


def wrapping(kind: type, contract: Contract, before: Callable[[Any, Sequence[Any]], Any]) -> type:
    """A class that does something before each answer; what it gives, if not None, is the answer."""

    def answer(self: Any, *args: Any, **kwargs: Any) -> Any:
        early = before(self, args[-1] if contract is RERANKER else args[0])
        return getattr(kind, contract.method)(self, *args, **kwargs) if early is None else early

    return type(f"Broken{kind.__name__}", (kind,), {contract.method: answer})


def changing(name: str, value: Any) -> Break:
    """A break that replaces one attribute of the class."""
    return lambda kind, _: type(f"Broken{kind.__name__}", (kind,), {name: value})


def lacking_a_member(kind: type, contract: Contract) -> type:
    names = {name for name in dir(contract.protocol) if not name.startswith("_")}
    kept = {name: getattr(kind, name, None) for name in names if name != max(names)}
    return type("Broken", (), {"__init__": lambda self, *_, **__: None, "fit": lambda self, *_: self, **kept})


def spoiled_in_company(kind: type, contract: Contract) -> type:
    return answering(kind, contract, lambda _, position, n: n > 1)


def spoiled_when_first(kind: type, contract: Contract) -> type:
    return answering(kind, contract, lambda _, position, n: n > 1 and position == 0)


def something_for_nothing(kind: type, contract: Contract) -> type:
    return wrapping(kind, contract, lambda _, inputs: np.zeros(0) if len(inputs) == 0 else None)


def learning_by_answering(kind: type, contract: Contract) -> type:
    def save(self: Any, folder: Path) -> None:
        kind.save(self, folder)
        manifest = Path(folder) / laws.MANIFEST
        manifest.write_text(manifest.read_text() + " " * self.__dict__.get("asked", 0))

    made = wrapping(kind, contract, lambda self, _: self.__dict__.update(asked=self.__dict__.get("asked", 0) + 1))
    return type(made.__name__, (made,), {"save": save})


def using_up_chance(kind: type, contract: Contract) -> type:
    return wrapping(kind, contract, lambda *_: random.random() and None)


def changing_its_mind(kind: type, contract: Contract) -> type:
    turns = count()
    return answering(kind, contract, lambda *_: next(turns) // len(contract.inputs) % 2 == 1)


def depending_on_the_instance(kind: type, contract: Contract) -> type:
    births = count()

    def unlucky(self: Any, *_: int) -> bool:
        if not hasattr(self, "salt"):
            self.salt = next(births)
        return self.salt % 2 == 1

    return answering(kind, contract, unlucky)


def forgetting_when_saved(kind: type, contract: Contract) -> type:
    made = answering(kind, contract, lambda self, *_: "read" in self.__dict__)

    def load(cls: type, folder: Path) -> Any:
        component = kind.load.__func__(cls, folder)
        component.read = True
        return component

    return type(made.__name__, (made,), {"load": classmethod(load)})


def loading_default_parameters(kind: type, contract: Contract) -> type:
    def load(cls: type, folder: Path) -> Any:
        component = kind.load.__func__(cls, folder)
        component.seed = 0
        return component

    return type(f"Broken{kind.__name__}", (kind,), {"load": classmethod(load)})


def loading_another_class(kind: type, contract: Contract) -> type:
    def load(cls: type, folder: Path) -> Any:
        component = kind.load.__func__(cls, folder)
        component.__class__ = kind
        return component

    return type(f"Broken{kind.__name__}", (kind,), {"load": classmethod(load)})


def trusting_what_it_reads(kind: type, contract: Contract) -> type:
    def load(cls: type, folder: Path) -> Any:
        component = cls(**json.loads((Path(folder) / "component.json").read_text())["arguments"])
        component.state_ = json.loads((Path(folder) / "state.json").read_text())
        return component

    return type(f"Broken{kind.__name__}", (kind,), {"load": classmethod(load)})


def overlooking_an_added_file(kind: type, contract: Contract) -> type:
    def load(cls: type, folder: Path) -> Any:
        (Path(folder) / "added.txt").unlink(missing_ok=True)
        return kind.load.__func__(cls, folder)

    return type(f"Broken{kind.__name__}", (kind,), {"load": classmethod(load)})


def refusing_all(error: Exception) -> Break:
    """Inputs are checked, but by an error that is of no use."""

    def checked(self: Any, inputs: Any) -> Any:
        try:
            return type(self).__mro__[1]._checked(self, inputs)
        except InputError:
            raise error from None

    return changing("_checked", checked)


def training_on_anything(error: Exception) -> Break:
    def made(kind: type, contract: Contract) -> type:
        def fit(self: Any, *args: Any) -> Any:
            try:
                return kind.fit(self, *args)
            except InputError:
                raise error from None

        return type(f"Broken{kind.__name__}", (kind,), {"fit": fit})

    return made


def half_fitted_by_a_refusal(kind: type, contract: Contract) -> type:
    def fit(self: Any, *args: Any) -> Any:
        self.state_ = {}
        return kind.fit(self, *args)

    return type(f"Broken{kind.__name__}", (kind,), {"fit": fit})


def working_in_its_constructor(kind: type, contract: Contract) -> type:
    def init(self: Any, sharpness: float = 1.0, seed: int = 0) -> None:
        kind.__init__(self, float(sharpness), seed)

    def init_tracker(self: Any, working: bool = True) -> None:
        kind.__init__(self, bool(working))

    return type(f"Broken{kind.__name__}", (kind,), {"__init__": init_tracker if contract is TRACKER else init})


def learning_no_label_as_one(kind: type, contract: Contract) -> type:
    def fit(self: Any, train: Any, validation: Any = ()) -> Any:
        return kind.fit(self, [replace(example, label=example.label or "none") for example in train], validation)

    return type(f"Broken{kind.__name__}", (kind,), {"fit": fit})


def raising_in_its_constructor(kind: type, contract: Contract) -> type:
    def init(self: Any, sharpness: float = 1.0, seed: int = 0) -> None:
        if seed < 0:
            raise InputError("seed is below 0")
        kind.__init__(self, sharpness, seed)

    return type(f"Broken{kind.__name__}", (kind,), {"__init__": init})


def cloned_with_another_seed(kind: type, contract: Contract) -> type:
    def init(self: Any, sharpness: float = 1.0, seed: int = 0) -> None:
        kind.__init__(self, sharpness, seed + 1)

    return type(f"Broken{kind.__name__}", (kind,), {"__init__": init})


def cloned_with_what_it_learned(kind: type, contract: Contract) -> type:
    def clone_(self: Any) -> Any:
        made = type(self)(self.sharpness, self.seed)
        made.state_ = getattr(self, "state_", {})
        return made

    return type(f"Broken{kind.__name__}", (kind,), {"__sklearn_clone__": clone_})


def _rows(change: Callable[[np.ndarray], Any], method: str) -> Break:
    """A break of what an array method gives."""
    return lambda kind, _: type("Broken", (kind,), {method: lambda self, *a, **k: change(getattr(kind, method)(self, *a, **k))})


def _hits(change: Callable[[list[Any]], list[Any]], method: str) -> Break:
    """A break of each list that a method gives."""
    return lambda kind, _: type(
        "Broken", (kind,), {method: lambda self, *a, **k: [change(row) for row in getattr(kind, method)(self, *a, **k)]}
    )


def _untied(hits: list[Hit]) -> list[Hit]:
    """Ties by falling id."""
    turned = [[one, other] if one.score != other.score else [other, one] for one, other in pairwise(hits)]
    swap = next((row for row, (one, other) in enumerate(pairwise(hits)) if one.score == other.score), None)
    return hits if swap is None else hits[:swap] + turned[swap] + hits[swap + 2 :]


def _overlapping(spans: list[Span]) -> list[Span]:
    return [*spans, spans[-1]] if spans else spans


def _one_off(spans: list[Span]) -> list[Span]:
    """Ends that are the last token, instead of the one after it."""
    return [Span(span.start, max(span.start + 1, span.end - 1), span.label, span.score) for span in spans]


def _too_sure(spans: list[Span]) -> list[Span]:
    return [Span(span.start, span.end, span.label, 1.5) for span in spans]


def _too_long(spans: list[Span]) -> list[Span]:
    return [Span(span.start, span.end + 100, span.label, span.score) if span is spans[-1] else span for span in spans]


def _mislabelled(spans: list[Span]) -> list[Span]:
    return [Span(span.start, span.end, "unheard-of", span.score) for span in spans]


def _late(self: Any) -> Any:
    self.notes = []
    return self


def _swallow(*_: Any) -> bool:
    return True


def _leaking(self: Any, name: str) -> list[LabelledText]:
    return [*honest.ToyDataset.split(self, name), LabelledText("in every split", "label")]


def _shuffled(self: Any, name: str) -> list[LabelledText]:
    examples = honest.ToyDataset.split(self, name)
    turns = self.__dict__.setdefault("_turns", count())
    return examples[::-1] if next(turns) % 2 else examples


def _nothing_for_unknown(self: Any, name: str) -> list[LabelledText]:
    return honest.ToyDataset.split(self, name) if name in self.splits else []


def _hash_of_name(self: Any) -> str:
    return f"{self.name}-{honest.ToyDataset.revision.fget(self)}"


def _fixed_hash(self: Any) -> str:
    return "0123456789abcdef"


BREAKS: dict[Law, Sequence[Break]] = {
    laws.fulfils_its_protocol: [lacking_a_member],
    laws.one_by_one_equals_batched: [spoiled_in_company],
    laws.order_of_the_batch_does_not_matter: [spoiled_when_first],
    laws.nothing_in_gives_nothing_out: [something_for_nothing],
    laws.predicting_changes_nothing: [learning_by_answering, using_up_chance, changing_its_mind],
    laws.same_seed_gives_the_same_result: [depending_on_the_instance],
    laws.saving_and_loading_keeps_predictions: [forgetting_when_saved],
    laws.loading_keeps_class_and_parameters: [loading_default_parameters, loading_another_class],
    laws.a_changed_byte_is_refused: [trusting_what_it_reads, overlooking_an_added_file],
    laws.before_fit_there_is_not_fitted_error: [changing("_check_fitted", lambda self: None)],
    laws.mistakes_are_named: [
        changing("_checked", lambda self, inputs: inputs),
        refusing_all(InputError("bad input")),
        refusing_all(TypeError("some text NoneType int bytes list")),
    ],
    laws.training_mistakes_are_named: [
        training_on_anything(InputError("bad input")),
        training_on_anything(TypeError("some text NoneType int bytes list")),
        half_fitted_by_a_refusal,
    ],
    laws.the_constructor_stores_its_arguments: [working_in_its_constructor],
    laws.a_clone_is_unfitted_and_has_the_same_parameters: [cloned_with_another_seed],
    own_laws.probabilities_follow_labels: [
        _rows(lambda rows: rows[:, ::-1], "predict_proba"),
        _rows(lambda rows: rows * np.float32(0.9), "predict_proba"),
        _rows(lambda rows: rows.astype(np.float64), "predict_proba"),
        _rows(lambda rows: np.full_like(rows, 1 / 3), "predict_proba"),
        changing("labels", property(lambda self: sorted(self.state_))),
    ],
    own_laws.a_text_without_a_label_is_no_label: [learning_no_label_as_one],
    own_laws.what_an_answer_is_made_from_makes_it: [
        changing("represent", lambda self, texts: (np.ones((len(texts), 2), np.float32), np.ones((len(texts), 2)))),
    ],
    own_laws.spans_are_sorted_disjoint_and_in_range: [
        *(_hits(change, "predict") for change in (_overlapping, _one_off, _too_sure, _too_long, _mislabelled)),
        _hits(lambda spans: spans[::-1], "predict"),
        _hits(lambda spans: [], "predict"),
    ],
    own_laws.vectors_have_unit_length: [
        _rows(lambda rows: rows * np.float32(1.01), "encode"),
        _rows(lambda rows: rows.astype(np.float64), "encode"),
        _rows(lambda rows: rows[:, :-1], "encode"),
        _rows(lambda rows: np.eye(DIM, dtype=np.float32)[: len(rows)], "encode"),
    ],
    own_laws.neighbours_are_the_nearest: [
        _hits(lambda hits: hits[::-1], "search"),
        _hits(lambda hits: hits[1:], "search"),
        _hits(lambda hits: [Hit(hit.id, -hit.score) for hit in hits], "search"),
        _hits(_untied, "search"),
    ],
    own_laws.added_is_found_and_removed_is_not: [
        changing("remove", lambda self, ids: None),
        changing("__len__", lambda self: 3),
        _hits(lambda hits: hits[:2], "search"),
    ],
    own_laws.relevant_texts_score_higher: [
        _rows(lambda scores: -scores, "score"),
        _rows(lambda scores: scores.astype(np.float64), "score"),
        _rows(lambda scores: np.zeros_like(scores) + np.float32("nan"), "score"),
    ],
    own_laws.hits_fall_in_score: [
        _hits(lambda hits: hits[::-1], "search"),
        _hits(lambda hits: [*hits, *hits][:6], "search"),
        _hits(lambda hits: [Hit("unheard-of", hit.score) for hit in hits[:1]], "search"),
        _hits(_untied, "search"),
        _hits(lambda hits: [], "search"),
        changing("search", lambda self, queries, k=10: [honest.ToyRetriever._ranked(self, q)[: k + 3] for q in queries]),
    ],
    own_laws.splits_are_disjoint_and_stable: [
        changing("split", _leaking),
        changing("split", _shuffled),
        changing("split", _nothing_for_unknown),
    ],
    own_laws.the_revision_is_a_hash_of_the_content: [
        changing("revision", property(_hash_of_name)),
        changing("revision", property(_fixed_hash)),
        changing("revision", property(lambda self: str(id(self)))),
    ],
    own_laws.a_tracker_records_or_fails_at_its_start: [
        changing("__enter__", _late),
        changing("__exit__", _swallow),
    ],
}
"""Breaks for every contract that a law binds."""
DIM = honest.DIM

MORE: dict[tuple[Law, str], Sequence[Break]] = {
    (laws.the_constructor_stores_its_arguments, name): [raising_in_its_constructor] for name in laws.MODELS
} | {(laws.a_clone_is_unfitted_and_has_the_same_parameters, name): [cloned_with_what_it_learned] for name in laws.LEARNERS}
"""Breaks for some of them."""

HONEST = {name: line_of(kind, contract) for name, (contract, kind) in TOYS.items()}


def proofs() -> Iterator[tuple[Law, str, Line]]:
    """A law, a contract that it binds, and a line of that contract that must not pass."""
    for law, names in {**laws.LAWS, **own_laws.OWN_LAWS}.items():
        for name in names:
            contract, kind = TOYS[name]
            for broken in [*BREAKS.get(law, ()), *MORE.get((law, name), ())]:
                yield law, name, line_of(broken(kind, contract), contract)
