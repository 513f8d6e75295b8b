"""What our public API costs over the bare model: one prediction against tokenizer + forward, for each neural model.

    python benchmarks/overhead.py                       needs the runs of ``make evidence``
    python benchmarks/overhead.py rounds=500

Both sides use the same weights, tokenizer, inputs and threads, and take turns in random order within one process.
Writes ``benchmarks/records/overhead.json``: the median over rounds of API time / bare time with its 95 % interval.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from itertools import cycle
from pathlib import Path
from typing import Any

import numpy as np
import torch

from nlpref import machine
from nlpref.arguments import read_arguments
from nlpref.data.public import banking77, scifact, wnut17
from nlpref.errors import NlprefError
from nlpref.experiment import saved_model
from nlpref.latency import alternate
from nlpref.storage import write_json

ROOT = Path(__file__).resolve().parents[1]
LIMIT = 1.15

Call = Callable[[], Any]


def tensors(encoding: Any) -> dict[str, torch.Tensor]:
    """The least that a model needs of one encoded text."""
    return {
        "input_ids": torch.tensor([encoding.ids]),
        "attention_mask": torch.tensor([encoding.attention_mask]),
        "token_type_ids": torch.tensor([encoding.type_ids]),
    }


def over(predict: Callable[[Any], Any], inputs: list[Any]) -> Call:
    """Call ``predict`` on one input after the other."""
    source: Iterator[Any] = cycle(inputs)
    return lambda: predict(next(source))


def classifier(runs: Path, texts: list[str]) -> tuple[Call, Call]:
    """The fine-tuned classifier."""
    model = saved_model(runs / "banking77_finetuned-seed0")
    tokenizer, network = model._subwords.tokenizer, model.engine.network

    @torch.inference_mode()
    def bare(text: str) -> Any:
        return network(**tensors(tokenizer.encode(text)))

    return over(lambda text: model.predict_proba([text]), texts), over(bare, texts)


def frozen(runs: Path, texts: list[str]) -> tuple[Call, Call]:
    """The frozen encoder with logistic regression, against the encoder alone."""
    model = saved_model(runs / "banking77_frozen-seed0")
    return over(lambda text: model.predict_proba([text]), texts), over(_bare_encoder(model.encoder), texts)


def encoder(runs: Path, texts: list[str]) -> tuple[Call, Call]:
    """The encoder, without pooling on the bare side."""
    model = saved_model(runs / "scifact_dense-seed0").encoder
    return over(lambda text: model.encode([text]), texts), over(_bare_encoder(model), texts)


def tagger(runs: Path, sentences: list[list[str]]) -> tuple[Call, Call]:
    """The fine-tuned tagger; the bare side has neither word shapes nor decoding."""
    model = saved_model(runs / "wnut17_finetuned-seed0")
    tokenizer, network = model._subwords.tokenizer, model.engine.network
    backbone, head = network.backbone, network.head

    @torch.inference_mode()
    def bare(words: list[str]) -> Any:
        return head(backbone(**tensors(tokenizer.encode(words, is_pretokenized=True))).last_hidden_state)

    return over(lambda words: model.predict([words]), sentences), over(bare, sentences)


def reranker(runs: Path, pairs: list[tuple[str, str]]) -> tuple[Call, Call]:
    """The cross-encoder on one pair."""
    model = saved_model(runs / "scifact_reranked-seed0").reranker
    tokenizer, network = model._subwords.tokenizer, model.engine.network

    @torch.inference_mode()
    def bare(pair: tuple[str, str]) -> Any:
        return network(**tensors(tokenizer.encode(*pair)))

    return over(lambda pair: model.score(pair[0], [pair[1]]), pairs), over(bare, pairs)


def _bare_encoder(model: Any) -> Callable[[str], Any]:
    tokenizer, backbone = model._subwords.tokenizer, model.engine.network.backbone

    @torch.inference_mode()
    def bare(text: str) -> Any:
        return backbone(**tensors(tokenizer.encode(text))).last_hidden_state

    return bare


def main() -> None:
    """Entry point."""
    try:
        given = read_arguments(sys.argv[1:], {"runs": "runs/evidence", "rounds": "400"}, __doc__ or "")
        os.chdir(ROOT)
        runs, rounds = Path(given["runs"]), int(given["rounds"])
        texts = [example.text for example in banking77().split("test")]
        sentences = [list(example.tokens) for example in wnut17().split("test") if example.tokens]
        search = scifact()
        pairs = [(query.text, document.content) for query, document in zip(search.split("test"), search.documents, strict=False)]
        random = np.random.default_rng(0)
        random.shuffle(texts)
        random.shuffle(sentences)
        found = {}
        models = {
            "TransformerClassifier": ("banking77 test", lambda: classifier(runs, texts)),
            "FrozenEncoderClassifier": ("banking77 test", lambda: frozen(runs, texts)),
            "SentenceEncoder": ("banking77 test", lambda: encoder(runs, texts)),
            "TransformerTagger": ("wnut17 test", lambda: tagger(runs, sentences)),
            "CrossEncoder": ("scifact, claim and abstract", lambda: reranker(runs, pairs)),
        }
        for name, (inputs, make) in models.items():
            public, bare = make()
            turns = alternate({"bare": bare, "public": public}, rounds, warmup=20)
            medians = {side: float(np.median(times)) for side, times in turns.times_ms.items()}
            ratio = turns.ratios["public"]
            found[name] = {"inputs": inputs, "ratio": asdict(ratio), "median_ms": medians, "rounds": rounds}
            print(f"{name:26} {ratio.value:.3f} [{ratio.low:.3f}, {ratio.high:.3f}]  {'ok' if ratio.value <= LIMIT else 'OVER'}")
        environment = {"hardware": machine.hardware(), "threads": machine.threads(), "versions": machine.versions()}
        record = {"limit": LIMIT, "models": found, "environment": environment}
        write_json(ROOT / "benchmarks" / "records" / "overhead.json", record)
    except NlprefError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
