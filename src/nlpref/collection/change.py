"""One acknowledged change: documents that go and documents that come, both or neither."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nlpref.types import Document

__all__ = ["Change"]


@dataclass(frozen=True, eq=False)
class Change:
    """A record of the log.

    Args:
        deleted: Ids.
        added: Documents; those of an update have ids that are deleted as well.
        vectors: One for each row of the added documents, float32, or None.
    """

    deleted: tuple[str, ...] = ()
    added: tuple[Document, ...] = ()
    vectors: NDArray[np.float32] | None = None

    def encode(self) -> bytes:
        """As it is logged."""
        record: dict[str, Any] = {
            "delete": self.deleted,
            "add": [[one.id, one.text, one.title, dict(one.facts)] for one in self.added],
        }
        if self.vectors is not None:
            record["shape"] = self.vectors.shape
            record["vectors"] = base64.b64encode(self.vectors.astype("<f4").tobytes()).decode("ascii")
        return json.dumps(record, ensure_ascii=False).encode("utf-8")

    @classmethod
    def decode(cls, record: bytes) -> Change:
        """What was encoded."""
        saved = json.loads(record)
        vectors = None
        if "vectors" in saved:
            flat = np.frombuffer(base64.b64decode(saved["vectors"]), dtype="<f4")
            vectors = flat.reshape(saved["shape"]).astype(np.float32)
        return cls(tuple(saved["delete"]), tuple(Document(*fields) for fields in saved["add"]), vectors)
