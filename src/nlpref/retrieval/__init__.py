"""Finding documents: term matching, vectors, both together, and a second look at the best.

The names below are imported when first used, so that BM25 does not wait for torch or FAISS.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nlpref.retrieval.answerable import AnswerableRetriever
    from nlpref.retrieval.bm25 import Bm25Retriever
    from nlpref.retrieval.cross_encoder import CrossEncoder
    from nlpref.retrieval.deadline import DeadlineRetriever
    from nlpref.retrieval.dense import DenseRetriever
    from nlpref.retrieval.distilled import DistilledCrossEncoder
    from nlpref.retrieval.embedding_shards import Embeddings
    from nlpref.retrieval.exact_index import ExactIndex
    from nlpref.retrieval.faiss_index import FaissIndex
    from nlpref.retrieval.fine_tuned import FineTunedDenseRetriever
    from nlpref.retrieval.hybrid import HybridRetriever
    from nlpref.retrieval.learned_fusion import LearnedFusionRetriever
    from nlpref.retrieval.local_embedding import LocalEmbedding
    from nlpref.retrieval.maxsim import MaxSimReranker
    from nlpref.retrieval.milvus_index import MilvusIndex
    from nlpref.retrieval.ray_embedding import RayEmbedding
    from nlpref.retrieval.reranked import RerankedRetriever

__all__ = [
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
]

_MODULES = {
    "AnswerableRetriever": "answerable",
    "Bm25Retriever": "bm25",
    "CrossEncoder": "cross_encoder",
    "DeadlineRetriever": "deadline",
    "DenseRetriever": "dense",
    "DistilledCrossEncoder": "distilled",
    "Embeddings": "embedding_shards",
    "ExactIndex": "exact_index",
    "FaissIndex": "faiss_index",
    "FineTunedDenseRetriever": "fine_tuned",
    "HybridRetriever": "hybrid",
    "LearnedFusionRetriever": "learned_fusion",
    "LocalEmbedding": "local_embedding",
    "MaxSimReranker": "maxsim",
    "MilvusIndex": "milvus_index",
    "RayEmbedding": "ray_embedding",
    "RerankedRetriever": "reranked",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
