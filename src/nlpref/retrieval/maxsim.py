"""Late interaction: each word of a query looks for its best match among the words of a text."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from tqdm import tqdm

from nlpref import storage
from nlpref.errors import InputError
from nlpref.neural.engine import Engine, load_engine
from nlpref.neural.session import current_session
from nlpref.neural.subwords import Subwords
from nlpref.pretrained import MINILM, resolve
from nlpref.retrieval.token_vectors import PRECISIONS, TokenVectors
from nlpref.text.checks import check_text, check_texts

__all__ = ["MaxSimReranker"]

BLOCK = 64
"""Texts between two steps of the progress bar."""


class MaxSimReranker(BaseEstimator):
    """The mean over a query's sub-words of their greatest cosine with a sub-word of the text: a ``Reranker``.

    Texts are read without the query, so their vectors can be made once: ``prepare`` does, and keeps them. What is not prepared
    is read when it is scored, with the same result. Nothing is learnt. A query or a text without a sub-word scores 0.

    Args:
        name: Pretrained model, see ``nlpref.pretrained.resolve``.
        max_length: Longest text in sub-words; longer texts are cut.
        layers: Keep only the first so many transformer layers; None for all.
        precision: ``float32``, ``float16`` (half the memory) or ``int8`` (a quarter; each vector has a scale of its own).
        prepared: Whether ``prepare`` keeps vectors: a text of 250 sub-words takes 192 kB in ``float16``.

    Source: Khattab and Zaharia 2020 (ColBERT, the greatest similarity), with the sum divided by the length of the query and with
    a sentence encoder's token states, which were not trained for it; Santhanam et al. 2022 (ColBERTv2, vectors in few bits).

    Example:
        >>> reranker = MaxSimReranker()
        >>> scores = reranker.score("lost parcel", ["The parcel got lost.", "A wooden table."])
        >>> bool(scores[0] > scores[1])
        True
    """

    def __init__(
        self,
        name: str = MINILM,
        max_length: int = 256,
        layers: int | None = None,
        precision: Literal["float32", "float16", "int8"] = "float16",
        prepared: bool = True,
    ) -> None:
        self.name = name
        self.max_length = max_length
        self.layers = layers
        self.precision = precision
        self.prepared = prepared

    def prepare(self, texts: Sequence[str]) -> None:
        """Keep the token vectors of these texts, and no others; those at hand already are not made again.

        Raises:
            InputError: if the texts are no sequence of strings, or the precision is unknown.
        """
        texts = check_texts(texts)
        if not self.prepared:
            return
        before, kept = self._kept, dict[bytes, TokenVectors]()
        with tqdm(total=len(texts), desc="reading tokens", unit="doc", disable=not current_session().progress) as bar:
            for start in range(0, len(texts), BLOCK):
                block = {_digest(text): text for text in texts[start : start + BLOCK]}
                kept |= {digest: before[digest] for digest in block.keys() & before.keys()}
                new = [digest for digest in block if digest not in kept]
                made = self._read([block[digest] for digest in new])
                kept |= {digest: self._coded(vectors) for digest, vectors in zip(new, made, strict=True)}
                bar.update(min(BLOCK, len(texts) - start))
        self._store = kept

    def score(self, query: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """Similarity of each text to the query, float32, (n_texts,), at most 1; higher is better.

        Raises:
            InputError: if the query is no string or the texts are no sequence of strings.
        """
        query, texts = check_text(query, "the query"), check_texts(texts)
        scores = np.zeros(len(texts), dtype=np.float32)
        if not texts:
            return scores
        [asked] = self._read([query])
        if not len(asked):
            return scores
        kept = self._kept
        digests = [_digest(text) for text in texts]
        new = sorted({digest: text for digest, text in zip(digests, texts, strict=True) if digest not in kept}.items())
        made = self._read([text for _, text in new])
        fresh = {digest: self._coded(vectors) for (digest, _), vectors in zip(new, made, strict=True)}
        for row, digest in enumerate(digests):
            found = kept[digest] if digest in kept else fresh[digest]
            if len(found):
                scores[row] = (asked @ found.floats().T).max(axis=1).mean()
        return scores

    @property
    def engine(self) -> Engine:
        """What runs the network; opened when it is first needed."""
        if not hasattr(self, "_engine"):
            from nlpref.neural.backbone import open_backbone
            from nlpref.neural.network import EncoderNetwork
            from nlpref.neural.torch_engine import TorchEngine

            network = EncoderNetwork(open_backbone(self.name, self.layers), pooled=False).eval()
            self._engine: Engine = TorchEngine(network)
        return self._engine

    def save(self, folder: Path) -> None:
        """Write weights, tokenizer, and the vectors of prepared texts."""
        with storage.draft(self, folder) as made:
            self.engine.save_in(made)
            self._subwords.save(made)
            TokenVectors.save_all(self._kept, made)

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what ``save`` wrote; the vectors of prepared texts stay on disk until they are needed."""
        from nlpref.neural.backbone import build_backbone
        from nlpref.neural.network import EncoderNetwork

        folder = Path(folder)
        reranker = storage.restore(cls, folder)
        reranker._engine = load_engine(folder, lambda: EncoderNetwork(build_backbone(folder), pooled=False))
        reranker._tokens = Subwords(folder, reranker.max_length)
        reranker._store = TokenVectors.load_all(folder)
        return reranker

    def _read(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Unit vectors of the sub-words of each text, special ones left out, (n_tokens, dim).

        Every text runs alone: padding changes the last bits of a vector, and with them now and then an 8-bit code.
        """
        if not texts:
            return []
        encodings = self._subwords.texts(texts)
        states = self.engine.run(self._subwords.pad([encoding]) for encoding in encodings)
        vectors = []
        for encoding, state in zip(encodings, states, strict=True):
            kept = state[0][np.array(encoding.special_tokens_mask) == 0]
            vectors.append(kept / np.linalg.norm(kept, axis=1, keepdims=True))
        return vectors

    def _coded(self, vectors: NDArray[np.float32]) -> TokenVectors:
        if self.precision not in PRECISIONS:
            raise InputError(f"precision is {self.precision!r}, expected one of {', '.join(PRECISIONS)}")
        return TokenVectors.of(vectors, self.precision)

    @property
    def _kept(self) -> dict[bytes, TokenVectors]:
        kept: dict[bytes, TokenVectors] = getattr(self, "_store", {})
        return kept

    @property
    def _subwords(self) -> Subwords:
        if not hasattr(self, "_tokens"):
            self._tokens = Subwords(resolve(self.name), self.max_length)
        return self._tokens


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:16]
