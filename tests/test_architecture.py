"""Imports go down only, each library and each habit keeps to its place, and public names are the ones agreed on.

The checks read source by ``ast``; the planted sources below show that each of them finds what it looks for.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import nlpref

PACKAGE = Path(nlpref.__file__).parent
SOURCES = {
    ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts).removesuffix(".__init__"): path.read_text("utf-8")
    for path in sorted(PACKAGE.rglob("*.py"))
}
ENTRY_POINTS = {
    "__main__", "accelerate", "adapt", "bench", "choose", "data.__main__", "demo", "evaluate", "explain", "extract",
    "index", "label_errors", "predict", "report.__main__", "review.__main__", "robustness", "subwords", "train",
}  # fmt: skip
FLOORS: tuple[tuple[str, set[str]], ...] = (
    ("L0 errors", {"errors"}),
    (
        "L0 values, files and facts",
        {"blas", "contributions", "probabilities", "types", "results", "storage", "machine", "provenance", "fresh"},
    ),
    ("L0 chains of tags, which give spans", {"chain"}),
    ("L1 contracts", {"protocols"}),
    ("L2 what all rooms share", {"text", "metrics", "pretrained", "held_out", "temperature"}),
    ("L2 the clock", {"latency"}),
    ("L2 what neural components share", {"neural"}),
    (
        "L2 rooms",
        {
            "data",
            "classification",
            "decisions",
            "explanation",
            "weak_supervision",
            "tagging",
            "extraction",
            "retrieval",
            "acceleration",
            "tracking",
            "run_folder",
        },
    ),
    ("L2 collections on disk, which retrieve", {"collection"}),
    ("L3 tasks", {"tasks", "matching"}),
    ("L3 what is measured beyond a score", {"noise_curves", "familiarity", "found_documents"}),
    ("L3 runs, reports and reviews", {"experiment", "report", "review"}),
    ("L3 runs of runs", {"folds"}),
    ("L4 targets", {"targets"}),
    ("L4 configuration", {"config", "arguments", "asked_texts", "entry"}),
    ("L4 command line", {"overrides"}),
    ("L4 what commands are given", {"given_texts"}),
    ("L4 entry points", ENTRY_POINTS - {"demo"}),
    ("L4 the demo, which calls them", {"demo"}),
)
"""Bottom first. A module may import from floors below its own and from its own room; rooms on a floor do not meet."""


@cache
def imports(module: str, source: str) -> tuple[str, ...]:
    """Dotted names that a module imports, wherever in it, relative ones resolved."""
    return tuple(_imports(module, source))


def _imports(module: str, source: str) -> Iterator[str]:
    package = module if (PACKAGE.parent / module.replace(".", "/")).is_dir() else module.rpartition(".")[0]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = ".".join(package.split(".")[: len(package.split(".")) - node.level + 1]) if node.level else ""
            origin = ".".join(part for part in (start, node.module) if part)
            yield from (f"{origin}.{alias.name}" for alias in node.names)


def room_of(module: str) -> str:
    """The file or folder under ``nlpref`` that a module belongs to; an entry point inside a room stands for itself."""
    parts = module.split(".")[1:]
    inside = ".".join(parts[:2])
    return inside if inside in ENTRY_POINTS else ".".join(parts[:1])


def floor_of(room: str) -> int:
    for number, (_, rooms) in enumerate(FLOORS):
        if room in rooms:
            return number
    raise AssertionError(f"{room!r} stands on no floor: add it to FLOORS")


def rising(module: str, source: str) -> list[str]:
    """Arrows from a module to its own floor or above."""
    room = room_of(module)
    own = -1 if not room else floor_of(room)  # the package itself stands below everything and is its version
    found = []
    for name in imports(module, source):
        if name.partition(".")[0] != "nlpref" or name in ("nlpref", "nlpref.__version__"):
            continue
        target = room_of(name)
        if target != room and floor_of(target) >= own:
            found.append(f"{module} imports {name}")
    return found


@pytest.mark.parametrize("module", SOURCES)
def test_imports_go_down(module: str) -> None:
    assert rising(module, SOURCES[module]) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("nlpref.classification.planted", "from nlpref.tagging.bio import to_bio"),
        ("nlpref.classification.planted", "from nlpref import tagging"),
        ("nlpref.retrieval", "import nlpref.experiment"),
        ("nlpref.neural.planted", "def late():\n    from nlpref.retrieval import FaissIndex\n"),
        ("nlpref.tagging.planted", "from ..config import build"),
        ("nlpref.errors", "from nlpref import types"),
        ("nlpref.report.planted", "if TYPE_CHECKING:\n    from nlpref.experiment import Run"),
        ("nlpref", "from nlpref.errors import NlprefError"),
        ("nlpref.data.planted", "from nlpref.data.__main__ import main"),
    ],
)
def test_a_planted_arrow_up_is_found(module: str, source: str) -> None:
    assert len(rising(module, source)) == 1


def test_arrows_down_and_within_a_room_are_fine() -> None:
    source = "import nlpref\nfrom . import bio\nfrom nlpref.tagging.bio import to_bio\nfrom nlpref.errors import InputError"
    assert rising("nlpref.tagging.planted", source) == []


def test_a_room_without_a_floor_is_found() -> None:
    with pytest.raises(AssertionError, match="stands on no floor"):
        rising("nlpref.attic.planted", "import nlpref.errors")


def importers(library: str) -> set[str]:
    return {
        module for module, source in SOURCES.items() if any(name.split(".")[0] == library for name in imports(module, source))
    }


EDGE = {f"nlpref.{name}" for name in ENTRY_POINTS | {"config", "overrides"}}
PLACES: dict[str, set[str]] = {
    "mlflow": {"nlpref.tracking"},
    "peft": {"nlpref.neural.lora"},
    "captum": {"nlpref.explanation.integrated_gradients"},
    "pymilvus": {"nlpref.retrieval.milvus_engine", "nlpref.retrieval.milvus_index"},
    "ray": {"nlpref.retrieval.ray_embedding"},
    "hydra": EDGE,
    "omegaconf": EDGE,
    "time": {"nlpref.latency"},
    "timeit": set(),
    "pickle": set(),
    "joblib": set(),
    "dill": set(),
    "cloudpickle": set(),
    "marshal": set(),
    "shelve": set(),
}
"""Which modules may import what."""


@pytest.mark.parametrize("library", PLACES)
def test_each_library_keeps_to_its_place(library: str) -> None:
    assert importers(library) <= PLACES[library]


def test_the_places_are_in_use() -> None:
    assert importers("mlflow") == {"nlpref.tracking"}
    assert importers("time") == {"nlpref.latency"}
    assert {"nlpref.config", "nlpref.train"} <= importers("hydra")


def calls(source: str, wanted: Callable[[ast.AST], bool]) -> list[int]:
    """Lines of a source where something stands."""
    return [getattr(node, "lineno", 0) for node in ast.walk(ast.parse(source)) if wanted(node)]


def is_print(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "print"


def reads_date(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today", "perf_counter", "monotonic")


def unpickles(node: ast.AST) -> bool:
    if isinstance(node, ast.keyword):
        return node.arg == "allow_pickle" and not (isinstance(node.value, ast.Constant) and node.value.value is False)
    return isinstance(node, ast.Attribute) and ast.unparse(node) in ("torch.load", "torch.save")


HABITS: dict[str, tuple[Callable[[ast.AST], bool], set[str], str]] = {
    "print": (is_print, {f"nlpref.{name}" for name in ENTRY_POINTS | {"arguments"}}, "def f():\n    print(1)"),
    "assert": (lambda node: isinstance(node, ast.Assert), set(), "assert x > 0"),
    "clock": (reads_date, {"nlpref.latency"}, "datetime.now()"),
    "pickle in numpy": (unpickles, set(), "np.load(path, allow_pickle=True)"),
    "pickle in torch": (unpickles, set(), "weights = torch.load(path)"),
}
"""A habit, where it is allowed, and a source that shows it."""


@pytest.mark.parametrize("habit", HABITS)
def test_habits_keep_to_their_place(habit: str) -> None:
    shown, allowed, planted = HABITS[habit]
    assert calls(planted, shown), "the check must find what it looks for"
    found = {module: calls(source, shown) for module, source in SOURCES.items() if module not in allowed}
    assert {module: lines for module, lines in found.items() if lines} == {}


def test_modules_are_named_after_what_they_hold() -> None:
    assert {path.stem for path in PACKAGE.rglob("*.py")} & {"utils", "util", "helpers", "base", "common", "misc"} == set()


def top_level_names(source: str) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                found.add(name)
            case ast.Import(names=names) | ast.ImportFrom(names=names):
                found |= {alias.asname or alias.name for alias in names}
            case ast.Name(id=name, ctx=ast.Store()):
                found.add(name)
    return found


def listed(source: str) -> list[str] | None:
    """``__all__`` as it is written."""
    for node in ast.parse(source).body:
        target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and target.id == "__all__" and isinstance(node, ast.AnnAssign | ast.Assign):
            return list(ast.literal_eval(node.value)) if node.value is not None else None
    return None


@pytest.mark.parametrize("module", SOURCES)
def test_all_lists_names_that_exist(module: str) -> None:
    names = listed(SOURCES[module])
    assert names is not None, f"{module} has no __all__"
    assert len(names) == len(set(names))
    for name in set(names) - top_level_names(SOURCES[module]):  # it must come from the module's __getattr__, then
        getattr(import_module(module), name)
    assert not [name for name in names if name.startswith("_") and name != "__version__"]


PUBLIC = {
    "nlpref": {"NlprefError", "__version__", "load_component"},
    "nlpref.classification": {
        "AdaptedClassifier",
        "CascadeClassifier",
        "ConvolutionalClassifier",
        "DistilledClassifier",
        "FewShotClassifier",
        "FrozenEncoderClassifier",
        "LogisticClassifier",
        "NaiveBayesClassifier",
        "RecurrentClassifier",
        "PerceptronClassifier",
        "StaticClassifier",
        "TfidfClassifier",
        "TransformerClassifier",
    },
    "nlpref.weak_supervision": {
        "ABSTAIN",
        "DawidSkene",
        "FunctionSummary",
        "GenerativeLabelModel",
        "HeuristicFunction",
        "KeywordFunction",
        "LabelNameFunction",
        "MajorityVote",
        "ModelFunction",
        "RegexFunction",
        "Votes",
        "WeaklySupervisedClassifier",
        "apply",
        "summarise",
    },
    "nlpref.decisions": {
        "CalibratedClassifier",
        "CostMatrix",
        "CostSensitiveClassifier",
        "FlatCosts",
        "OutOfScopeClassifier",
        "PriorAdjustedClassifier",
        "ReviewPolicy",
        "SelectiveClassifier",
    },
    "nlpref.decisions.spans": {
        "STRATEGIES",
        "CalibratedTagger",
        "SelectiveTagger",
        "SpanSuspect",
        "find_span_errors",
        "review_queue",
    },
    "nlpref.explanation": {
        "METHODS",
        "Attention",
        "Explanation",
        "Faithfulness",
        "IntegratedGradients",
        "LinearContributions",
        "Occlusion",
        "explainers_for",
        "measure_faithfulness",
    },
    "nlpref.extraction": {
        "DateNormaliser",
        "Entity",
        "EntityExtractor",
        "LocatedTokeniser",
        "MoneyNormaliser",
        "Normaliser",
        "OrderIdNormaliser",
        "Sentence",
        "SentenceSplitter",
        "SpacySplitter",
        "TaggedSentence",
        "from_doc",
        "open_tagger",
        "render",
        "resolve",
        "standoff",
        "to_doc",
        "with_values",
    },
    "nlpref.tagging": {
        "AugmentedTagger",
        "CrfTagger",
        "FewShotTagger",
        "GazetteerTagger",
        "RecurrentTagger",
        "RuleTagger",
        "SelfTrainingTagger",
        "SpacyTagger",
        "TransformerTagger",
        "UnionTagger",
        "VotingTagger",
    },
    "nlpref.retrieval": {
        "AnswerableRetriever",
        "Bm25Retriever",
        "CrossEncoder",
        "DeadlineRetriever",
        "DenseRetriever",
        "DistilledCrossEncoder",
        "Embeddings",
        "ExactIndex",
        "FaissIndex",
        "FineTunedDenseRetriever",
        "HybridRetriever",
        "LearnedFusionRetriever",
        "LocalEmbedding",
        "MaxSimReranker",
        "MilvusIndex",
        "RayEmbedding",
        "RerankedRetriever",
    },
    "nlpref.collection": {
        "Between",
        "Collection",
        "CollectionRetriever",
        "CollectionSettings",
        "Equals",
        "OneOf",
        "Snippet",
    },
    "nlpref.text": {
        "NOISES",
        "Casing",
        "Emoji",
        "Handles",
        "Hashtags",
        "LookupLemmatiser",
        "Preparation",
        "RegexTokeniser",
        "RepeatedLetters",
        "Slang",
        "SnowballStemmer",
        "SpacyTokeniser",
        "SubwordReport",
        "SubwordTokeniser",
        "TweetTokeniser",
        "Unicode",
        "Urls",
        "WhitespaceTokeniser",
        "WordTokeniser",
        "add_noise",
        "read_subwords",
        "subword_report",
        "train_subwords",
    },
    "nlpref.review": {"Item", "Journal", "ReviewServer", "Sentence", "Session", "questions"},
    "nlpref.data": {"InMemoryDataset", "RetrievalDataset", "fetch"},
    "nlpref.acceleration": {
        "BACKENDS",
        "LIMITS",
        "Acceleration",
        "Backend",
        "Limits",
        "Trial",
        "Verdict",
        "accelerate",
        "compare_backends",
    },
}
"""What users may rely on; to change it is to change a promise, so it goes into the CHANGELOG."""


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_those_agreed_on(module: str) -> None:
    package = import_module(module)
    assert set(package.__all__) == PUBLIC[module]
    for name in PUBLIC[module]:
        assert getattr(package, name).__doc__, f"{module}.{name} says nothing of itself"
    with pytest.raises(AttributeError, match="no attribute 'absent'"):
        package.absent  # noqa: B018


def test_importing_nlpref_is_light() -> None:
    program = (
        "import sys, time; start = time.process_time(); import nlpref; spent = time.process_time() - start; "
        "print(spent); print(*sorted(sys.modules))"
    )
    spent, modules = subprocess.check_output([sys.executable, "-c", program], text=True).splitlines()
    heavy = {"torch", "transformers", "mlflow", "sklearn", "scipy", "numpy", "spacy", "faiss", "hydra", "pandas"}
    assert heavy & set(modules.split()) == set()
    assert float(spent) < 0.3
