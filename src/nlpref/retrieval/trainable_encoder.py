"""The network at the heart of an encoder, which may stand inside others."""

from __future__ import annotations

from typing import Any, Literal

from nlpref import storage
from nlpref.errors import InputError
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.prompted import PromptedEncoder
from nlpref.neural.truncated import TruncatedEncoder
from nlpref.protocols import Encoder

__all__ = ["innermost", "prefixes", "rebuilt"]

AROUND = (PromptedEncoder, TruncatedEncoder)


def innermost(encoder: Encoder) -> SentenceEncoder:
    """The sentence encoder that is trained.

    Raises:
        InputError: if there is none, or something else than torch runs it.
    """
    found: Any = encoder
    while isinstance(found, AROUND):
        found = found.encoder
    if not isinstance(found, SentenceEncoder):
        around = " or ".join(kind.__name__ for kind in AROUND)
        raise InputError(f"a {type(found).__name__} cannot be fine-tuned here; give a SentenceEncoder, or a {around} around one")
    if not hasattr(found.engine, "network"):
        raise InputError("this encoder is accelerated and cannot be trained; start from the one that torch runs")
    return found


def rebuilt(encoder: Any, inside: SentenceEncoder) -> Encoder:
    """The same encoder with another sentence encoder at its heart."""
    if isinstance(encoder, AROUND):
        made: Encoder = type(encoder)(**{**storage.parameters(encoder), "encoder": rebuilt(encoder.encoder, inside)})
        return made
    return inside


def prefixes(encoder: Any) -> dict[Literal["query", "document"], str]:
    """What all encoders put before a query and before a document, the outermost first to be added."""
    if isinstance(encoder, PromptedEncoder):
        inner = prefixes(encoder.encoder)
        return {"query": inner["query"] + encoder.query, "document": inner["document"] + encoder.document}
    return prefixes(encoder.encoder) if isinstance(encoder, AROUND) else {"query": "", "document": ""}
