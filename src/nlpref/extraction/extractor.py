"""From raw text to entities counted in characters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Protocol

from nlpref.errors import InputError
from nlpref.extraction.entity import Entity
from nlpref.extraction.normaliser import Normaliser
from nlpref.extraction.sentences import Sentence, SentenceSplitter
from nlpref.extraction.tokens import Splitter, locate
from nlpref.protocols import ChainTagger, TokenTagger
from nlpref.text.checks import check_sentences, check_text
from nlpref.text.words import Word, split_words
from nlpref.types import Span

__all__ = ["EntityExtractor", "Readable", "TaggedSentence"]

BLOCK = 1 << 16
WHOLE_SENTENCES = SentenceSplitter()


class Readable(Protocol):
    """A text file, opened with ``newline=""`` if its offsets are to count."""

    def read(self, size: int, /) -> str:
        """At most so many characters; none at the end."""
        ...


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence of a document with its tokens and entities, all counted in characters of the document."""

    words: tuple[Word, ...]
    entities: tuple[Entity, ...]


class EntityExtractor:
    """Cuts texts into sentences and tokens, has a tagger read them, and tells where in the text the entities stand.

    Offsets count Unicode code points. A sentence is read the same alone and inside a document, a document the same at once and
    in blocks. A text without any character but white space has no entities.

    Args:
        tagger: Any tagger that is fitted.
        tokeniser: Splits a sentence as the training sentences were split; by default as the bundled corpus is.
        sentences: Cuts documents; ``SentenceSplitter("text")`` for a tagger that was trained on whole messages.
        batch_size: Sentences that the tagger is given at once.
        normalisers: By label, what reads a value from an entity's text.

    Example:
        >>> from nlpref.tagging import CrfTagger
        >>> from nlpref.types import TaggedTokens
        >>> ann = TaggedTokens(("Ann", "lives", "in", "Rome"), (Span(0, 1, "person"), Span(3, 4, "city")))
        >>> extractor = EntityExtractor(CrfTagger(c2=0.01).fit([ann, TaggedTokens(("It", "rains", "."))] * 4))
        >>> found = extractor.extract("It rains. Bob lives in Oslo!")
        >>> [(entity.start, entity.end, entity.text, entity.label) for entity in found]
        [(10, 13, 'Bob', 'person'), (23, 27, 'Oslo', 'city')]
    """

    def __init__(
        self,
        tagger: TokenTagger,
        tokeniser: Splitter = split_words,
        sentences: SentenceSplitter = WHOLE_SENTENCES,
        batch_size: int = 64,
        normalisers: Mapping[str, Normaliser] | None = None,
    ) -> None:
        self.tagger = tagger
        self.tokeniser = tokeniser
        self.sentences = sentences
        self.batch_size = batch_size
        self.normalisers = normalisers

    def extract(self, text: str) -> list[Entity]:
        """The entities of one text, in its order.

        Raises:
            InputError: if it is no string, or holds half of a surrogate pair.
        """
        return list(self.stream(check_text(text, "the text")))

    def extract_many(self, texts: Iterable[str], floor: float | None = None) -> Iterator[list[Entity]]:
        """The entities of each text, in the order of the texts; sentences of several texts are read in one batch.

        Args:
            texts: Read as needed, a batch of sentences ahead.
            floor: None for the tagger's own choice, else as for ``n_best``.

        Raises:
            InputError: if it is one string, or a text is none, or holds half of a surrogate pair.
        """
        if isinstance(texts, str):
            raise InputError(f"expected texts, got one string {texts[:40]!r}; call extract(text), or put it in a list: [text]")
        self._check(floor)
        return self._each(texts, floor)

    def stream(self, document: str | Readable | Iterable[str], floor: float | None = None) -> Iterator[Entity]:
        """The entities of a document of any length, as they are found; memory does not grow with the length.

        Args:
            document: A text, an open text file, or the text in blocks.
            floor: None for the tagger's own choice, else as for ``n_best``.

        Raises:
            InputError: if a block is no string, or holds half of a surrogate pair.
        """
        return chain.from_iterable(sentence.entities for sentence in self.read(document, floor))

    def read(self, document: str | Readable | Iterable[str], floor: float | None = None) -> Iterator[TaggedSentence]:
        """The sentences of a document with their tokens and entities; as ``stream``."""
        self._check(floor)
        sentences = self.sentences.stream(_blocks(document))
        return chain.from_iterable(self._tagged(batch, floor) for batch in _batches(sentences, self.batch_size))

    def extract_tokens(self, tokens: Sequence[str], text: str | None = None) -> list[Entity]:
        """The entities of one sentence that is split already.

        Args:
            tokens: The sentence.
            text: Where the tokens are looked for, one after the other; None for the tokens with a space between them.

        Raises:
            InputError: if a token is no string, holds half of a surrogate pair, or is not in the text.
        """
        [checked] = check_sentences([tokens])
        whole = " ".join(checked) if text is None else check_text(text, "the text")
        words = locate(checked, whole)
        return self._placed(whole, 0, words, self.tagger.predict([checked])[0]) if words else []

    def n_best(self, text: str, floor: float = 0.01, k: int | None = None) -> list[Entity]:
        """Candidates that may overlap, the most probable first.

        Probabilities are exact under a ``ChainTagger``, by forward-backward over each sentence. Any other tagger has only the
        entities that it chose, with the scores it gave them.

        Args:
            text: One text.
            floor: Least probability, above 0 and at most 1.
            k: Candidates, at most; None for all.

        Raises:
            InputError: as ``extract``, or if the floor is no probability above 0, or k is below 1.
        """
        if k is not None and (isinstance(k, bool) or not isinstance(k, int) or k < 1):
            raise InputError(f"k is {k!r}, expected a whole number, 1 or more, or None")
        found = self.stream(check_text(text, "the text"), floor)
        return sorted(found, key=lambda entity: (-entity.score, entity))[:k]

    def _each(self, texts: Iterable[str], floor: float | None) -> Iterator[list[Entity]]:
        """A text is given out when its last sentence has been read."""
        waiting: list[list[Entity]] = []
        owners: list[int] = []
        batch: list[Sentence] = []

        def settle() -> None:
            for owner, tagged in zip(owners, self._tagged(batch, floor) if batch else (), strict=True):
                waiting[owner].extend(tagged.entities)
            owners.clear()
            batch.clear()

        for number, text in enumerate(texts):
            waiting.append([])
            for sentence in self.sentences.stream([check_text(text, f"text {number}")]):
                owners.append(len(waiting) - 1)
                batch.append(sentence)
                if len(batch) >= self.batch_size:
                    settle()
                    # the text under way may have more to come, and keeps its place
            if not batch or len(waiting) >= self.batch_size:
                settle()
                yield from waiting
                waiting = []
        settle()
        yield from waiting

    def _tagged(self, batch: Sequence[Sentence], floor: float | None) -> list[TaggedSentence]:
        words = [self.tokeniser(sentence.text) for sentence in batch]
        spans = self._spans([[word.text for word in found] for found in words], floor)
        return [
            TaggedSentence(
                tuple(Word(word.text, sentence.start + word.start, sentence.start + word.end) for word in found),
                tuple(self._placed(sentence.text, sentence.start, found, chosen)),
            )
            for sentence, found, chosen in zip(batch, words, spans, strict=True)
        ]

    def _spans(self, tokens: list[list[str]], floor: float | None) -> list[list[Span]]:
        if floor is None:
            return self.tagger.predict(tokens)
        if isinstance(self.tagger, ChainTagger):
            return [sorted(one.candidates(floor)) for one in self.tagger.chains(tokens)]
        return [[span for span in spans if span.score >= floor] for spans in self.tagger.predict(tokens)]

    def _placed(self, text: str, offset: int, words: Sequence[Word], spans: Iterable[Span]) -> list[Entity]:
        found = []
        for span in spans:
            start, end = words[span.start].start, words[span.end - 1].end
            if start < end:  # tokens that a caller gave may be empty
                found.append(self._entity(offset + start, text[start:end], span))
        return found

    def _entity(self, start: int, text: str, span: Span) -> Entity:
        normaliser = (self.normalisers or {}).get(span.label)
        return Entity(start, start + len(text), span.label, span.score, text, normaliser(text) if normaliser else None)

    def _check(self, floor: float | None) -> None:
        """Refuse what would otherwise fail at the first sentence, or for texts that have one only."""
        if isinstance(self.batch_size, bool) or not isinstance(self.batch_size, int) or self.batch_size < 1:
            raise InputError(f"batch_size is {self.batch_size!r}, expected a whole number, 1 or more")
        if floor is not None and not 0 < floor <= 1:
            raise InputError(f"floor is {floor!r}, expected a probability above 0, at most 1")


def _blocks(document: str | Readable | Iterable[str]) -> Iterator[str]:
    if isinstance(document, str):
        yield document
    elif hasattr(document, "read"):
        while block := document.read(BLOCK):
            yield block
    else:
        yield from document


def _batches(sentences: Iterator[Sentence], size: int) -> Iterator[list[Sentence]]:
    while batch := list(islice(sentences, size)):
        yield batch
