"""The matrix: one line for each component. A class that is not here is under no law."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from tests.contracts import examples as given
from tests.contracts.contract import Contract
from tests.contracts.kinds import CLASSIFIER, DATASET, ENCODER, INDEX, RERANKER, RETRIEVER, TAGGER, TRACKER
from tests.contracts.line import Line, scratch
from tests.contracts.small_model import small_minilm

from nlpref.acceleration import accelerate
from nlpref.classification import (
    AdaptedClassifier,
    CascadeClassifier,
    ConvolutionalClassifier,
    DistilledClassifier,
    FewShotClassifier,
    FrozenEncoderClassifier,
    LogisticClassifier,
    NaiveBayesClassifier,
    PerceptronClassifier,
    RecurrentClassifier,
    StaticClassifier,
    TfidfClassifier,
    TransformerClassifier,
)
from nlpref.classification.bag_training import BagTraining
from nlpref.classification.balancing import Balancing
from nlpref.classification.perceptron_training import PerceptronTraining
from nlpref.classification.word_training import WordTraining
from nlpref.collection import CollectionRetriever
from nlpref.data import InMemoryDataset, RetrievalDataset
from nlpref.decisions import (
    CalibratedClassifier,
    CostSensitiveClassifier,
    FlatCosts,
    OutOfScopeClassifier,
    PriorAdjustedClassifier,
    ReviewPolicy,
    SelectiveClassifier,
)
from nlpref.decisions.scope import NearestNeighbours
from nlpref.decisions.spans import CalibratedTagger, SelectiveTagger
from nlpref.neural.cache import CachedEncoder
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.finetuning import FineTuning
from nlpref.neural.layered import LayeredEncoder
from nlpref.neural.prepared import PreparedEncoder
from nlpref.neural.prompted import PromptedEncoder
from nlpref.neural.settings import Lora
from nlpref.neural.static import StaticEncoder
from nlpref.neural.truncated import TruncatedEncoder
from nlpref.retrieval import (
    AnswerableRetriever,
    Bm25Retriever,
    CrossEncoder,
    DeadlineRetriever,
    DenseRetriever,
    DistilledCrossEncoder,
    ExactIndex,
    FaissIndex,
    FineTunedDenseRetriever,
    HybridRetriever,
    LearnedFusionRetriever,
    MaxSimReranker,
    MilvusIndex,
    RerankedRetriever,
)
from nlpref.retrieval.feedback import Feedback
from nlpref.retrieval.guard import Guard
from nlpref.retrieval.lambda_mart import Boosting
from nlpref.retrieval.spelling import Spelling
from nlpref.tagging import (
    AugmentedTagger,
    CrfTagger,
    FewShotTagger,
    GazetteerTagger,
    RecurrentTagger,
    RuleTagger,
    SelfTrainingTagger,
    SpacyTagger,
    TransformerTagger,
    UnionTagger,
    VotingTagger,
)
from nlpref.text import Casing, Emoji, Hashtags, Preparation, SnowballStemmer, TweetTokeniser, Unicode
from nlpref.tracking import MlflowTracker, NullTracker
from nlpref.types import UNLABELLED, Document, JudgedQuery, LabelledText
from nlpref.weak_supervision import (
    GenerativeLabelModel,
    HeuristicFunction,
    KeywordFunction,
    LabelNameFunction,
    MajorityVote,
    RegexFunction,
    WeaklySupervisedClassifier,
)

__all__ = ["MATRIX"]

QUICK = FineTuning(epochs=3, learning_rate=1e-3, batch_size=8)
BAG = BagTraining(epochs=12, batch_size=8)
WORDS = WordTraining(epochs=12, learning_rate=1e-2, batch_size=8, dropout=0.1)
STEMS = Preparation([Unicode(), Hashtags(), Emoji(), Casing()], TweetTokeniser(), SnowballStemmer())
PERCEPTRON = PerceptronTraining(epochs=20, batch_size=8, learning_rate=3e-3)
SEQUENCES = FineTuning(epochs=8, learning_rate=1e-2, batch_size=8)
RULES = [
    {"label": "city", "pattern": "New York"},
    *({"label": "city", "pattern": name} for name in ("Oslo", "Rome", "Lima", "Cairo")),
    {"label": "person", "pattern": [{"LOWER": {"IN": ["ann", "bob", "carla", "eve"]}}]},
    {"label": "person", "pattern": "Dan Brown"},
]
GUARD = Guard(confidence=0.2, queries=3)
MILVUS = ("pymilvus", "milvus_lite")
CACHE = scratch()
TEACHER = scratch() / "teacher"
RANKER = scratch() / "ranker"
STORE = scratch() / "mlflow.db"


def encoder() -> SentenceEncoder:
    return SentenceEncoder(small_minilm(), layers=1, max_length=32, batch_size=3)


def fields() -> CrfTagger:
    return CrfTagger(c2=0.1, max_iterations=60)


def cross_encoder(loss: Any = "contrastive") -> CrossEncoder:
    training = FineTuning(epochs=6, learning_rate=1e-3, batch_size=1, patience=None)
    return CrossEncoder(small_minilm(), training, layers=1, max_length=48, batch_size=3, loss=loss, seed=2)


def pupil() -> DistilledCrossEncoder:
    training = FineTuning(epochs=4, learning_rate=5e-4, batch_size=4)
    return DistilledCrossEncoder(str(RANKER), keep=(0,), training=training, max_length=48, batch_size=3, seed=2)


def dense() -> DenseRetriever:
    return DenseRetriever(encoder(), FaissIndex("flat"), chunk=4, cache=False)


def hybrid() -> HybridRetriever:
    return HybridRetriever(Bm25Retriever(), dense(), depth=9)


def letters(C: float) -> TfidfClassifier:
    """Counts letters, and is often unsure."""
    return TfidfClassifier(word_ngrams=None, char_ngrams=(1, 1), C=C)


def promising() -> CascadeClassifier:
    return CascadeClassifier([letters(0.01), TfidfClassifier(C=1.0, seed=3)], target_accuracy=0.8)


def affordable() -> CascadeClassifier:
    stages = [letters(0.01), letters(0.1), FrozenEncoderClassifier(encoder(), C=10.0, cache=False)]
    return CascadeClassifier(stages, budget_ms=2.0, costs_ms=[1.0, 1.5, 4.0])


def raw() -> TfidfClassifier:
    """Its probabilities are to be calibrated."""
    return TfidfClassifier(C=1.0, calibrate=False, seed=3)


def perceptron() -> PerceptronClassifier:
    return PerceptronClassifier(layered(), 32, PERCEPTRON, cache=False, seed=3)


def layered(layers: tuple[int, ...] | None = None) -> LayeredEncoder:
    return LayeredEncoder(small_minilm(), layers, max_length=32, batch_size=3)


def scoped() -> OutOfScopeClassifier:
    scorers = [NearestNeighbours(k=2)]
    return OutOfScopeClassifier(TfidfClassifier(C=1.0), scorers, None, rejected=0.18, encoder=encoder(), label="elsewhere")


def labelled(name: str, *, wrong: int = 0) -> InMemoryDataset[LabelledText]:
    """``wrong`` labels of the test part are changed."""
    test = [LabelledText(e.text, "track" if row < wrong else e.label, e.id) for row, e in enumerate(given.VALIDATION_TEXTS)]
    return InMemoryDataset(name, {"train": given.TRAIN_TEXTS, "test": test})


def tagged(name: str, cut: int = 0) -> InMemoryDataset[Any]:
    return InMemoryDataset(name, {"train": given.TRAIN_TAGGED, "test": given.VALIDATION_TAGGED[cut:]})


def collection(name: str, text: str = "", grade: int = 1) -> RetrievalDataset:
    documents = [*given.DOCUMENTS, Document("last", text or "The last page")]
    test = [*given.VALIDATION_QUERIES, JudgedQuery("q99", "last page", {"last": grade})]
    return RetrievalDataset(name, documents, {"train": given.TRAIN_QUERIES, "test": test})


def mlflow(uri: str = f"sqlite:///{STORE}") -> MlflowTracker:
    return MlflowTracker(uri, experiment="contracts")


def rules() -> list[Any]:
    return [
        KeywordFunction("cancel", ["cancel", "stop the"], "cancel"),
        RegexFunction("refund", r"refund|money back", "refund"),
        RegexFunction("track", r"where is|not arrived", "track"),
    ]


def weak() -> WeaklySupervisedClassifier:
    functions = [*rules(), HeuristicFunction("short", "nlpref.weak_supervision.heuristics.is_short", "track")]
    return WeaklySupervisedClassifier(functions, GenerativeLabelModel(starts=2, seed=3), TfidfClassifier(C=1.0, seed=3))


def weak_with_gold() -> WeaklySupervisedClassifier:
    meanings = {"cancel": "cancel my order", "refund": "give my money back", "track": "where is my parcel"}
    functions = [*rules()[:2], LabelNameFunction("names", encoder(), meanings, margin=0.05)]
    classifier = FrozenEncoderClassifier(encoder(), C=10.0, cache=False, seed=3)
    return WeaklySupervisedClassifier(functions, MajorityVote(), classifier, gold=9, uncovered="self_training", seed=3)


def taught(contract: Contract) -> Contract:
    """The same contract for a component whose teacher is trained when it is first needed."""

    def fit(made: Any) -> Any:
        if not TEACHER.exists():
            TransformerClassifier(small_minilm(), QUICK, max_length=32, seed=3).fit(given.TRAIN_TEXTS).save(TEACHER)
        return contract.fitted(made)

    return replace(contract, fit=fit)


def coached(contract: Contract) -> Contract:
    """The same contract for a reranker whose teacher must be there first."""

    def fit(made: Any) -> Any:
        if not RANKER.exists():
            cross_encoder().fit(given.PAIRS).save(RANKER)
        return contract.fitted(made)

    return replace(contract, fit=fit)


def shifted(contract: Contract) -> Contract:
    """The same contract for a component that learns from two domains, and from texts without a label."""

    def fit(made: Any) -> Any:
        source = [replace(one, text=f"well, {one.text}", facts={"domain": "source"}) for one in given.TRAIN_TEXTS]
        others = [replace(one, label=UNLABELLED) for one in given.VALIDATION_TEXTS]
        return made.fit([*source, *given.TRAIN_TEXTS, *others])

    return replace(contract, fit=fit)


def with_more(contract: Contract) -> Contract:
    """The same contract for a component that learns from texts without a label, too."""
    others = [replace(one, label=UNLABELLED) for one in given.VALIDATION_TEXTS]
    return replace(contract, fit=lambda made: made.fit([*given.TRAIN_TEXTS, *others]))


def with_more_sentences(contract: Contract) -> Contract:
    """The same contract for a tagger that learns from sentences in which nothing was looked for, too."""
    others = [replace(one, spans=(), annotated=()) for one in given.VALIDATION_TAGGED]
    return replace(contract, fit=lambda made: made.fit([*given.TRAIN_TAGGED, *others]))


def small_crf() -> CrfTagger:
    return CrfTagger(c2=0.1, max_iterations=60)


def adapted() -> AdaptedClassifier:
    return AdaptedClassifier(encoder(), 30.0, target_weight=2.0, alignment="covariances", rounds=2, cache=False)


def student() -> DistilledClassifier:
    return DistilledClassifier(str(TEACHER), keep=(1,), training=QUICK, max_length=32, seed=3)


def faster(contract: Contract, sample: Sequence[Any], backend: str, **settings: Any) -> Contract:
    """The same contract for a component that is accelerated once it is fitted."""
    return replace(contract, fit=lambda made: accelerate(contract.fitted(made), sample, "task", backend=backend, **settings))


def untrained(contract: Contract) -> Contract:
    """The same contract for a component that learns nothing."""
    return replace(contract, fit=None, training_mistakes=())


def line(name: str, contract: Any, make: Callable[[], Any], **more: Any) -> Line:
    return Line(name, contract, type(make()), make, **more)


MATRIX = (
    line("tfidf", CLASSIFIER, lambda: TfidfClassifier(grid=[0.3, 1.0], seed=3)),
    line("tfidf words only", CLASSIFIER, lambda: TfidfClassifier(char_ngrams=None, C=1.0, refit=False)),
    line("tfidf of stems", CLASSIFIER, lambda: TfidfClassifier(C=1.0, preparation=STEMS)),
    line("tfidf, weighted labels", CLASSIFIER, lambda: TfidfClassifier(C=1.0, balancing=Balancing({"refund": 2.0}, "balanced"))),
    line("naive Bayes", CLASSIFIER, lambda: NaiveBayesClassifier(grid=[0.1, 1.0], seed=3)),
    line("naive Bayes that counts missing words", CLASSIFIER, lambda: NaiveBayesClassifier("bernoulli", alpha=0.3, refit=False)),
    line("logistic regression of stems", CLASSIFIER, lambda: LogisticClassifier(C=3.0, seed=3, preparation=STEMS)),
    line("recurrent", CLASSIFIER, lambda: RecurrentClassifier(16, 16, WORDS, batch_size=3, seed=3)),
    line("convolutional of stems", CLASSIFIER, lambda: ConvolutionalClassifier(16, 8, [1, 3], WORDS, seed=3, preparation=STEMS)),
    line("frozen encoder", CLASSIFIER, lambda: FrozenEncoderClassifier(encoder(), grid=(3.0, 30.0), cache=False, seed=3)),
    line("adapted classifier", CLASSIFIER, lambda: AdaptedClassifier(encoder(), C=30.0, cache=False)),
    line("adapted classifier, from a source", shifted(CLASSIFIER), adapted),
    line(
        "fine-tuned classifier", CLASSIFIER, lambda: TransformerClassifier(small_minilm(), QUICK, max_length=32, layers=1, seed=3)
    ),
    line(
        "fine-tuned classifier with new terms",
        CLASSIFIER,
        lambda: TransformerClassifier(small_minilm(), QUICK, max_length=32, layers=1, seed=3, new_terms=["my money", "colis"]),
    ),
    line(
        "fine-tuned classifier with adapters and focal loss",
        CLASSIFIER,
        lambda: TransformerClassifier(
            small_minilm(), QUICK, max_length=32, layers=1, seed=3, balancing=Balancing("balanced", focal=1.0), lora=Lora(4, 8)
        ),
    ),
    line(
        "fine-tuned classifier of stems that agrees with itself, its weights averaged",
        CLASSIFIER,
        lambda: TransformerClassifier(
            small_minilm(), replace(QUICK, average=0.8), max_length=32, layers=1, seed=3, preparation=STEMS, consistency=1.0
        ),
    ),
    line(
        "fine-tuned classifier, ONNX",
        faster(CLASSIFIER, given.VALIDATION_TEXTS, "onnx-fp32"),
        lambda: TransformerClassifier(small_minilm(), QUICK, max_length=32, layers=1, seed=3),
    ),
    line(
        "fine-tuned classifier in 8-bit integers, in windows",
        faster(CLASSIFIER, given.VALIDATION_TEXTS, "onnx-int8"),
        lambda: TransformerClassifier(small_minilm(), QUICK, max_length=16, layers=1, long_texts="windows", overlap=4, seed=3),
    ),
    line(
        "frozen encoder in 8-bit integers",
        faster(CLASSIFIER, given.VALIDATION_TEXTS, "onnx-int8"),
        lambda: FrozenEncoderClassifier(encoder(), grid=(3.0, 30.0), cache=False, seed=3),
    ),
    line("distilled classifier", taught(CLASSIFIER), student),
    line("few-shot classifier", CLASSIFIER, lambda: FewShotClassifier(encoder(), cache=False)),
    line(
        "few-shot classifier with texts without labels",
        with_more(CLASSIFIER),
        lambda: FewShotClassifier(encoder(), None, taken=3, cache=False),
    ),
    line("cascade with a promise", CLASSIFIER, promising),
    line("cascade within a budget", CLASSIFIER, affordable),
    line("static classifier", CLASSIFIER, lambda: StaticClassifier(small_minilm(), 48, 32, BAG, max_length=40, seed=3)),
    line("static classifier, linear", CLASSIFIER, lambda: StaticClassifier(small_minilm(), dim=48, hidden=None, training=BAG)),
    line("weakly supervised classifier", CLASSIFIER, weak),
    line("weakly supervised classifier, self-trained, some gold", CLASSIFIER, weak_with_gold),
    line("calibrated by temperature", CLASSIFIER, lambda: CalibratedClassifier(raw(), seed=3)),
    line("calibrated by vector scaling", CLASSIFIER, lambda: CalibratedClassifier(raw(), "vector", seed=3)),
    line("calibrated by Dirichlet's map", CLASSIFIER, lambda: CalibratedClassifier(raw(), "dirichlet", seed=3)),
    line("calibrated isotonically, on train", CLASSIFIER, lambda: CalibratedClassifier(raw(), "isotonic", use_validation=False)),
    line("adjusted to the prior", CLASSIFIER, lambda: PriorAdjustedClassifier(raw(), power=0.5, seed=3)),
    line("selective", CLASSIFIER, lambda: SelectiveClassifier(CalibratedClassifier(raw()), risk=0.3, confidence=0.8)),
    line("cost-sensitive", CLASSIFIER, lambda: CostSensitiveClassifier(CalibratedClassifier(raw()), FlatCosts(10.0, 2.0, "EUR"))),
    line("review policy", CLASSIFIER, lambda: ReviewPolicy(raw(), 5, 20, FlatCosts(1.0, 0.1), seed=3)),
    line("perceptron", CLASSIFIER, perceptron),
    line("out of scope", CLASSIFIER, lambda: OutOfScopeClassifier(perceptron(), in_scope_accuracy=0.8), added=("oos",)),
    line("out of scope, features of an encoder", CLASSIFIER, scoped, added=("elsewhere",)),
    line("crf", TAGGER, lambda: CrfTagger(c2=0.1, max_iterations=60, gazetteer=True, seed=3)),
    line("crf with clusters", TAGGER, lambda: CrfTagger(c2=0.1, encoder=encoder(), clusters=(3, 6), threshold=0.3)),
    line("rules", TAGGER, lambda: RuleTagger(RULES)),
    line("gazetteer", TAGGER, GazetteerTagger),
    line("recurrent tagger", TAGGER, lambda: RecurrentTagger(16, 8, 16, SEQUENCES, dropout=0.1, batch_size=3, seed=3)),
    line(
        "recurrent tagger over vectors of words, no crf",
        TAGGER,
        lambda: RecurrentTagger(16, 0, 16, SEQUENCES, dropout=0.1, encoder=encoder(), crf=False, min_df=2, seed=3),
    ),
    line("union of taggers", TAGGER, lambda: UnionTagger([RuleTagger(RULES[1:3]), GazetteerTagger()], prefer="order")),
    line(
        "votes of taggers",
        TAGGER,
        lambda: VotingTagger([RuleTagger(RULES), GazetteerTagger(), CrfTagger(c2=0.1)], [1.0, 2.0, 2.5], 0.4, partial=True),
    ),
    line("spacy", TAGGER, lambda: SpacyTagger(epochs=8, dropout=0.0, largest_batch=8, batch_size=2, seed=3)),
    line(
        "fine-tuned tagger", TAGGER, lambda: TransformerTagger(small_minilm(), QUICK, max_length=24, overlap=8, layers=1, seed=3)
    ),
    line(
        "mean of two fine-tuned taggers with a CRF that find what is probable enough",
        TAGGER,
        lambda: TransformerTagger(
            small_minilm(), QUICK, max_length=24, overlap=8, layers=1, seed=3, head="crf", threshold=None, soup=2, mask=0.2
        ),
    ),
    line(
        "few-shot tagger",
        TAGGER,
        lambda: FewShotTagger(
            small_minilm(), QUICK, descriptions={"person": "a human being"}, max_length=24, overlap=8, layers=2, frozen=1, seed=3
        ),
    ),
    line(
        "fine-tuned tagger in 8-bit integers",
        faster(TAGGER, given.VALIDATION_TAGGED, "onnx-int8"),
        lambda: TransformerTagger(small_minilm(), QUICK, max_length=24, overlap=8, layers=1, seed=3),
    ),
    line("augmented tagger", TAGGER, lambda: AugmentedTagger(small_crf(), copies=2, replace=0.4, mask=0.2, seed=3)),
    line(
        "self-training tagger", with_more_sentences(TAGGER), lambda: SelfTrainingTagger(small_crf(), rounds=2, floor=0.5, most=9)
    ),
    line("calibrated tagger", TAGGER, lambda: CalibratedTagger(fields(), seed=3)),
    line("calibrated tagger, isotonic, on train", TAGGER, lambda: CalibratedTagger(fields(), "isotonic", use_validation=False)),
    line("selective tagger", TAGGER, lambda: SelectiveTagger(CalibratedTagger(fields(), folds=2), 0.6, 0.8, folds=2, seed=3)),
    line("encoder", ENCODER, encoder),
    line("encoder, ONNX", faster(ENCODER, given.TEXTS, "onnx-fp32"), encoder),
    line("encoder, deterministic", faster(ENCODER, given.TEXTS, "torch", deterministic=True), encoder),
    line("cached encoder", ENCODER, lambda: CachedEncoder(encoder(), CACHE)),
    line("encoder, OpenVINO", faster(ENCODER, given.TEXTS, "openvino-fp32"), encoder),
    line("encoder, ONNX, deterministic", faster(ENCODER, given.TEXTS, "onnx-fp32", deterministic=True), encoder),
    line("encoder in 8-bit integers", faster(ENCODER, given.TEXTS, "onnx-int8"), encoder),
    line("static encoder", ENCODER, lambda: StaticEncoder(small_minilm(), dim=48)),
    line("static encoder that cuts", ENCODER, lambda: StaticEncoder(small_minilm(), dim=64, max_length=12)),
    line("layered encoder", ENCODER, layered),
    line("layered encoder of two layers", ENCODER, lambda: layered((0, 2))),
    line("encoder of prepared texts", ENCODER, lambda: PreparedEncoder(encoder(), STEMS)),
    line("prompted encoder", ENCODER, lambda: PromptedEncoder(encoder(), "find: ")),
    line("truncated encoder", ENCODER, lambda: TruncatedEncoder(encoder(), dim=96)),
    line("exact index", INDEX, ExactIndex),
    line("faiss auto", INDEX, lambda: FaissIndex()),
    line("faiss flat", INDEX, lambda: FaissIndex("flat")),
    line("faiss hnsw", INDEX, lambda: FaissIndex("hnsw", neighbours=16, effort=64), recall=0.95),
    line("faiss ivf", INDEX, lambda: FaissIndex("ivf", cells=10, probes=7), recall=0.9),
    line("faiss ivf, all cells", INDEX, lambda: FaissIndex("ivf", cells=4, probes=4)),
    line("faiss sq8", INDEX, lambda: FaissIndex("sq8")),
    line("faiss sq8, codes only", INDEX, lambda: FaissIndex("sq8", keep_vectors=False), recall=0.9, rounding=0.2),
    line("faiss ivfsq8", INDEX, lambda: FaissIndex("ivfsq8", cells=10, probes=7), recall=0.9),
    line("faiss pq", INDEX, lambda: FaissIndex("pq", parts=4), recall=0.95),
    line("faiss pq, codes only", INDEX, lambda: FaissIndex("pq", parts=8, keep_vectors=False), recall=0.7, rounding=0.5),
    line("faiss ivfpq", INDEX, lambda: FaissIndex("ivfpq", cells=10, probes=7, parts=8), recall=0.85),
    line(
        "faiss ivfpq, codes only",
        INDEX,
        lambda: FaissIndex("ivfpq", cells=4, probes=4, parts=8, keep_vectors=False),
        recall=0.7,
        rounding=0.5,
    ),
    line("milvus, embedded", INDEX, MilvusIndex, needs=MILVUS),
    line("milvus hnsw, embedded", INDEX, lambda: MilvusIndex(kind="hnsw", neighbours=16, effort=256), recall=0.95, needs=MILVUS),
    line("cross-encoder", RERANKER, cross_encoder),
    line("maxsim", untrained(RERANKER), lambda: MaxSimReranker(small_minilm(), layers=1, max_length=48)),
    line("maxsim in 8-bit integers", untrained(RERANKER), lambda: MaxSimReranker(small_minilm(), precision="int8")),
    line("cross-encoder, ONNX", faster(RERANKER, given.VALIDATION_PAIRS, "onnx-fp32"), cross_encoder),
    line("cross-encoder in 8-bit integers", faster(RERANKER, given.VALIDATION_PAIRS, "onnx-int8"), cross_encoder),
    line("cross-encoder, listwise", RERANKER, lambda: cross_encoder("listwise")),
    line("distilled cross-encoder", coached(RERANKER), pupil),
    line("bm25", RETRIEVER, lambda: Bm25Retriever(k1=1.2)),
    line("bm25+ without stemming", RETRIEVER, lambda: Bm25Retriever(stemmer=None, stopwords=None, method="bm25+")),
    line("bm25 with weighted titles", RETRIEVER, lambda: Bm25Retriever(title_weight=3)),
    line("bm25 that forgives spelling", RETRIEVER, lambda: Bm25Retriever(spelling=Spelling(most=2))),
    line("bm25 with feedback", RETRIEVER, lambda: Bm25Retriever(feedback=Feedback(documents=3, terms=5))),
    line("bm25+ with feedback", RETRIEVER, lambda: Bm25Retriever(method="bm25+", spelling=Spelling(), feedback=Feedback(2, 4))),
    line("collection on disk", RETRIEVER, lambda: CollectionRetriever(k1=1.2)),
    line("collection on disk, both, in pieces", RETRIEVER, lambda: CollectionRetriever(encoder(), "both", chunk=5, overlap=2)),
    line("dense", RETRIEVER, dense),
    line("static", RETRIEVER, lambda: DenseRetriever(StaticEncoder(small_minilm(), dim=48), FaissIndex("flat"), cache=False)),
    line(
        "reranked in 8-bit integers",
        faster(RETRIEVER, given.VALIDATION_QUERIES, "onnx-int8"),
        lambda: RerankedRetriever(dense(), cross_encoder(), depth=5, blend=0.4, seed=2),
    ),
    line("dense, ONNX", faster(RETRIEVER, given.VALIDATION_QUERIES, "onnx-fp32"), dense),
    line("dense, fine-tuned", RETRIEVER, lambda: FineTunedDenseRetriever(encoder(), ExactIndex(), QUICK, pool=4, cache=False)),
    line("learned fusion", RETRIEVER, lambda: LearnedFusionRetriever([Bm25Retriever(), dense()], depth=9, folds=3)),
    line(
        "learned fusion of three, by pairs",
        RETRIEVER,
        lambda: LearnedFusionRetriever([Bm25Retriever(), Bm25Retriever(stemmer=None), dense()], "logistic", depth=9),
    ),
    line(
        "learned fusion by trees",
        RETRIEVER,
        lambda: LearnedFusionRetriever([Bm25Retriever(), dense()], "trees", 9, boosting=Boosting(9, 4, 0.3, 2), seed=2),
    ),
    line(
        "reranked by maxsim",
        RETRIEVER,
        lambda: RerankedRetriever(Bm25Retriever(), MaxSimReranker(small_minilm(), layers=1), depth=5, blend=0.4),
    ),
    line("hybrid", RETRIEVER, hybrid),
    line("reranked", RETRIEVER, lambda: RerankedRetriever(Bm25Retriever(), cross_encoder(), depth=5, blend=0.4, seed=2)),
    line("reranked under a guard", RETRIEVER, lambda: RerankedRetriever(hybrid(), cross_encoder(), depth=5, guard=GUARD, seed=2)),
    line(
        "reranked in time",
        RETRIEVER,
        lambda: DeadlineRetriever(
            RerankedRetriever(Bm25Retriever(), cross_encoder(), depth=5, blend=0.4), depths=[2], lengths=[40]
        ),
    ),
    line("answerable", RETRIEVER, lambda: AnswerableRetriever(Bm25Retriever(), precision=None, depth=7)),
    line(
        "answerable, with a promise, a judge and an encoder",
        RETRIEVER,
        lambda: AnswerableRetriever(hybrid(), 0.2, 0.5, depth=5, judge=cross_encoder(), encoder=encoder(), seed=2),
    ),
    line("mlflow", TRACKER, mlflow, fails=lambda: mlflow(f"sqlite:///{__file__}/below-a-file.db")),
    line("no tracker", TRACKER, NullTracker),
    line(
        "labelled texts",
        DATASET,
        lambda: labelled("a"),
        other=[lambda: labelled("b"), lambda: labelled("a", wrong=1), lambda: labelled("a", wrong=2)],
    ),
    line("tagged tokens", DATASET, lambda: tagged("a"), other=[lambda: tagged("b"), lambda: tagged("a", cut=1)]),
    line(
        "collection",
        DATASET,
        lambda: collection("a"),
        other=[lambda: collection("b"), lambda: collection("a", text="Another page"), lambda: collection("a", grade=2)],
    ),
)
