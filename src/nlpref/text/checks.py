"""Checks of what callers hand to a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from nlpref.errors import InputError
from nlpref.types import UNLABELLED, LabelledText, labels_of

__all__ = ["check_examples", "check_role", "check_sentences", "check_text", "check_texts", "check_training", "labelled"]

T = TypeVar("T")


def check_texts(texts: Sequence[str]) -> list[str]:
    """The texts as a list.

    Raises:
        InputError: if a single string was given, something in the sequence is not a string, or a string holds
            half of a surrogate pair.
    """
    if isinstance(texts, str):
        raise InputError(f"expected a sequence of texts, got one string {texts[:40]!r}; put it in a list: [text]")
    found = _listed(texts, "a sequence of texts")
    for position, text in enumerate(found):
        check_text(text, f"text {position}")
    return found


def check_text(text: str, name: str) -> str:
    """One text.

    Raises:
        InputError: if it is not a string, or holds half of a surrogate pair.
    """
    if not isinstance(text, str):
        raise InputError(f"{name} is a {type(text).__name__} ({text!r:.40}), expected str")
    _check_characters(text, name)
    return text


def check_sentences(sentences: Sequence[Sequence[str]]) -> list[list[str]]:
    """The sentences as lists of tokens.

    Raises:
        InputError: if a string stands where a list of tokens is expected, a token is not a string, or holds half
            of a surrogate pair.
    """
    if isinstance(sentences, str):
        raise InputError(f"expected sentences as lists of tokens, got one string {sentences[:40]!r}; tokenise it first")
    found = []
    for position, sentence in enumerate(_listed(sentences, "sentences as lists of tokens")):
        if isinstance(sentence, str):
            raise InputError(f"sentence {position} is a string {sentence[:40]!r}, expected a list of tokens; tokenise it first")
        tokens = _listed(sentence, f"a list of tokens as sentence {position}")
        for token in tokens:
            if not isinstance(token, str):
                raise InputError(f"sentence {position} holds a {type(token).__name__} ({token!r:.40}), expected str tokens")
            _check_characters(token, f"a token of sentence {position}")
        found.append(tokens)
    return found


def check_examples(examples: Sequence[T], kind: type[T], name: str) -> list[T]:
    """The examples as a list, all of them of one class.

    Args:
        examples: What a caller gave.
        kind: The class expected of each.
        name: What the caller calls them, for the message.

    Raises:
        InputError: if they are no sequence, or something in it is of another class.
    """
    if isinstance(examples, str):
        raise InputError(f"{name} is one string {examples[:40]!r}, expected a sequence of {kind.__name__}")
    if not hasattr(examples, "__len__"):  # an iterator could be read only once
        raise InputError(f"{name} is a {type(examples).__name__}, expected a sequence of {kind.__name__}")
    found = _listed(examples, f"a sequence of {kind.__name__} as {name}")
    for position, example in enumerate(found):
        if not isinstance(example, kind):
            raise InputError(f"{name}[{position}] is a {type(example).__name__} ({example!r:.60}), expected {kind.__name__}")
    return found


def check_role(role: str) -> None:
    """Refuse what is no role of a text in a search.

    Raises:
        InputError: if it is neither ``query`` nor ``document``.
    """
    if role not in ("query", "document"):
        raise InputError(f"role is {role!r}, expected 'query' or 'document'")


def check_training(train: Sequence[LabelledText], validation: Sequence[LabelledText] = ()) -> tuple[str, ...]:
    """Sorted distinct labels of ``train``, once both splits are known to be fit for training.

    Raises:
        InputError: if something is not a ``LabelledText`` with a text and a label, some texts have no label
            (``UNLABELLED``), there are fewer than two labels, or ``validation`` holds a label that ``train`` lacks.
    """
    for name, split in (("train", train), ("validation", validation)):
        examples = check_examples(split, LabelledText, name)
        check_texts([example.text for example in examples])
        for position, example in enumerate(examples):
            if not isinstance(example.label, str):
                raise InputError(f"{name}[{position}] has the label {example.label!r}, expected str")
        if bare := sum(example.label == UNLABELLED for example in examples):
            raise InputError(
                f"{bare} of {len(examples)} texts of {name} have no label, and this classifier learns from labelled texts alone; "
                "leave them out, or use classifier=few_shot, adapted or weak, which learn from them as well"
            )
    labels = labels_of(train)
    if len(labels) < 2:
        raise InputError(f"a classifier needs at least two labels in train, got {list(labels)} in {len(train)} examples")
    if unknown := sorted(set(labels_of(validation)) - set(labels)):
        raise InputError(f"validation has labels that train lacks: {unknown[:5]}; add examples of them to train")
    return labels


def labelled(examples: Sequence[LabelledText], name: str = "train") -> list[LabelledText]:
    """The examples whose label is known.

    Raises:
        InputError: as ``check_examples``.
    """
    return [example for example in check_examples(examples, LabelledText, name) if example.label != UNLABELLED]


def _check_characters(text: str, place: str) -> None:
    """Refuse halves of surrogate pairs: Python can hold them, but no UTF-8 file and no tokenizer can."""
    if text.isascii():
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"{place} holds {text[error.start]!r}, half of a surrogate pair; decode it properly first") from None


def _listed(items: Any, expected: str) -> list[Any]:
    """The items as a list, read once, so that an iterator is not used up by its check."""
    if isinstance(items, bytes | Mapping) or not hasattr(items, "__iter__"):
        raise InputError(f"expected {expected}, got a {type(items).__name__} ({items!r:.40})")
    return list(items)
