"""A tagger for whoever needs entities that were really found."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.contracts.examples import TRAIN_TAGGED

from nlpref.extraction import EntityExtractor
from nlpref.tagging import CrfTagger


@pytest.fixture(scope="session")
def tagger() -> CrfTagger:
    """Knows people and cities."""
    return CrfTagger(c2=0.1, max_iterations=20).fit(TRAIN_TAGGED)


@pytest.fixture(scope="session")
def saved(tagger: CrfTagger, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("saved") / "tagger"
    tagger.save(folder)
    return folder


@pytest.fixture
def extractor(tagger: CrfTagger) -> EntityExtractor:
    return EntityExtractor(tagger, batch_size=3)
