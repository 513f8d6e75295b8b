"""A saved tagger as a component of a spaCy pipeline: ``nlp.add_pipe("nlpref", config={"model": FOLDER})``.

spaCy finds the factory by the entry point ``spacy_factories`` of the installed package; otherwise import this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Self

from spacy.language import Language
from spacy.tokens import Doc

from nlpref import storage
from nlpref.errors import InputError
from nlpref.extraction.extractor import EntityExtractor
from nlpref.extraction.saved import open_tagger
from nlpref.extraction.sentences import SentenceSplitter, Unit
from nlpref.extraction.spacy_documents import mark

__all__ = ["ExtractionComponent", "make"]

TAGGER, SETTINGS = "tagger", "settings.json"


class ExtractionComponent:
    """Finds entities in ``doc.text`` as ``EntityExtractor`` does, and sets ``doc.ents`` and ``doc.spans["nlpref"]``.

    The tagger reads its own tokens, not spaCy's, so that a pipeline finds what ``nlpref.extract`` finds. It is loaded when the
    first document comes: a saved pipeline carries its tagger along, and the folder it was trained in may be gone by then.

    Args:
        name: Of the component in its pipeline.
        model: Folder of a run or of a saved tagger; may be empty if ``from_disk`` follows.
        unit: As for ``SentenceSplitter``.
        batch_size: Sentences that the tagger is given at once.

    Raises:
        InputError: if there is no such unit.

    Example:
        >>> from tempfile import mkdtemp
        >>> import spacy
        >>> from nlpref.tagging import CrfTagger
        >>> from nlpref.types import Span, TaggedTokens
        >>> folder = Path(mkdtemp()) / "tagger"
        >>> ann = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> CrfTagger(c2=0.01).fit([ann] * 4).save(folder)
        >>> pipeline = spacy.blank("en")
        >>> component = pipeline.add_pipe("nlpref", config={"model": str(folder)})
        >>> pipeline("Bob lives in Oslo!").ents
        (Bob, Oslo)
    """

    def __init__(self, name: str, model: str, unit: Unit = "sentence", batch_size: int = 64) -> None:
        self.name = name
        self.model = model
        self.unit = unit
        self.batch_size = batch_size
        self._extractor: EntityExtractor | None = None
        SentenceSplitter(unit)

    @property
    def extractor(self) -> EntityExtractor:
        """What finds the entities.

        Raises:
            InputError: if no folder was given.
            StorageError: if the folder holds no tagger.
        """
        if self._extractor is None:
            if not self.model:
                raise InputError('the component has no tagger; give config={"model": FOLDER} of a run, or call from_disk')
            self._extractor = self._made(Path(self.model))
        return self._extractor

    def __call__(self, doc: Doc) -> Doc:
        return mark(doc, self.extractor.extract(doc.text))

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 64) -> Iterator[Doc]:
        """The same for many documents, whose sentences are read in batches."""
        docs = iter(stream)
        while batch := list(islice(docs, batch_size)):
            for doc, entities in zip(batch, self.extractor.extract_many(doc.text for doc in batch), strict=True):
                yield mark(doc, entities)

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the tagger and the settings, so that the saved pipeline needs nothing else."""
        folder = Path(path)
        folder.mkdir(parents=True, exist_ok=True)
        self.extractor.tagger.save(folder / TAGGER)
        storage.write_json(folder / SETTINGS, {"unit": self.unit, "batch_size": self.batch_size})

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> Self:
        """Read what ``to_disk`` wrote.

        Raises:
            StorageError: if it is absent, incomplete or changed.
        """
        settings = storage.read_json(Path(path) / SETTINGS)
        self.unit, self.batch_size = settings["unit"], settings["batch_size"]
        self._extractor = self._made(Path(path) / TAGGER)
        return self

    def _made(self, folder: Path) -> EntityExtractor:
        return EntityExtractor(open_tagger(folder), sentences=SentenceSplitter(self.unit), batch_size=self.batch_size)


@Language.factory("nlpref", assigns=["doc.ents", "doc.spans"], default_config={"model": "", "unit": "sentence", "batch_size": 64})
def make(nlp: Language, name: str, model: str, unit: Unit, batch_size: int) -> Any:
    """The factory that spaCy calls."""
    return ExtractionComponent(name, model, unit, batch_size)
