"""Embedding a large corpus in this process."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from nlpref import storage
from nlpref.neural.session import current_session
from nlpref.protocols import Encoder
from nlpref.retrieval.embedding_shards import Embeddings, Shards, blocks_of
from nlpref.types import Document

__all__ = ["LocalEmbedding"]


@dataclass(frozen=True)
class LocalEmbedding:
    """Embeds block after block, holding one in memory; a run that was stopped goes on where it was.

    Args:
        block: Documents of a shard.

    Example:
        >>> from tempfile import mkdtemp
        >>> from nlpref.neural.encoder import SentenceEncoder
        >>> folder = Path(mkdtemp())
        >>> SentenceEncoder().save(folder / "encoder")
        >>> documents = [Document("a", "Where is my parcel?"), Document("b", "I want my money back.")]
        >>> [(ids, vectors.shape) for ids, vectors in LocalEmbedding().embed(documents, folder / "encoder", folder / "made")]
        [(['a', 'b'], (2, 384))]
    """

    block: int = 1024

    def embed(
        self, documents: Iterable[Document], encoder: Path, folder: Path, trusted: Sequence[str] | None = None
    ) -> Embeddings:
        """Embed documents, read once and in order, into shards.

        Args:
            documents: May be a stream of any length; only its ids are held in memory.
            encoder: Folder of a saved ``Encoder``.
            folder: Where the shards go; shards of the same documents and encoder that are there are kept.
            trusted: Packages that the encoder's class may come from, see ``storage.load_component``.

        Raises:
            InputError: if the documents do not fit, or another run is at work in the folder.
            StorageError: if there is no encoder.
        """
        shards, keys = Shards(folder), []
        model: Encoder | None = None
        with shards.alone(), tqdm(desc="embedding", unit="doc", disable=not current_session().progress) as bar:
            for block in blocks_of(documents, encoder, self.block):
                if not shards.has(block):
                    model = model or storage.load_component(encoder, trusted)
                    shards.make(block, model)
                keys.append(block.key)
                bar.update(len(block.ids))
            return shards.finish(keys, encoder)
