"""The accelerated models against the libraries that people use instead, side by side.

    python benchmarks/peers.py                          needs the runs of ``make evidence``
    python benchmarks/peers.py only=tagger rounds=9

Same weights, same inputs, same threads; the rivals take turns in random order within one process, and each figure is the
median over the rounds of our time over the peer's, with its 95 % interval. Writes ``benchmarks/records/peers/NAME.json``.
"""

from __future__ import annotations

import copy
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from foreign import check_same_labels, saved_cross_encoder, sentence_transformer, sequence_classifier, token_classifier, tokenizer
from limit import limit, limit_long, limit_pairs
from pairs import candidates, judged_pairs
from race import Call, Rivals, race, show

from nlpref import machine
from nlpref.acceleration import accelerate
from nlpref.arguments import read_arguments, read_count
from nlpref.data.public import banking77, scifact, wnut17
from nlpref.errors import ExportError, NlprefError
from nlpref.experiment import saved_model
from nlpref.latency import timed
from nlpref.neural.encoder import SentenceEncoder
from nlpref.neural.torch_engine import TorchEngine
from nlpref.storage import write_json

ROOT = Path(__file__).resolve().parents[1]
RECORDS = ROOT / "benchmarks" / "records" / "peers"
GATE = 300


def encoder_one(runs: Path) -> Iterator[Rivals]:
    """One text at a time."""
    texts = banking_texts("test")[:120]
    calls = {name: [lambda e=encode, t=text: e([t]) for text in texts] for name, encode in _encoders().items()}
    yield Rivals("encoder, one BANKING77 text", "sentence-transformers", calls, _limits(0.30, 0.20), "text", 1)


def encoder_many(runs: Path) -> Iterator[Rivals]:
    """The whole test split, and long texts."""
    encoders = _encoders()
    for title, texts, limits in (
        ("encoder, 3,080 BANKING77 texts", banking_texts("test"), _limits(1 / 1.4, 1 / 2.0)),
        ("encoder, 1,000 SciFact abstracts", [d.content for d in scifact().documents[:1000]], _limits(1 / 1.3, 1 / 1.8)),
    ):
        peer = _best_batch_size(texts)
        calls: dict[str, Call] = {name: lambda e=encode, t=texts: e(t) for name, encode in encoders.items() if name != "torch"}
        calls["sentence-transformers"] = peer
        calls |= _other_exact_engine(texts)
        yield Rivals(title, "sentence-transformers", calls, limits, "text", len(texts))


def classifier_one(runs: Path) -> Iterator[Rivals]:
    """The fine-tuned classifier against transformers' pipeline around the very same network."""
    from transformers import pipeline

    model = saved_model(runs / "banking77_finetuned-seed0")
    texts = banking_texts("test")[:120]
    peer = pipeline("text-classification", model=sequence_classifier(model), tokenizer=tokenizer())
    fast = _accelerated(model, banking77().split("train")[:: 9900 // GATE][:GATE])
    check_same_labels(peer, fast["onnx-fp32"], texts)
    calls = {"transformers pipeline": [lambda t=text: peer(t) for text in texts]}
    calls |= {name: [lambda m=made, t=text: m.predict_proba([t]) for text in texts] for name, made in fast.items()}
    yield Rivals(
        "classifier, one BANKING77 text", "transformers pipeline", calls, {"onnx-fp32": 0.30, "onnx-int8": 0.30}, "text", 1
    )


def tagger(runs: Path) -> Iterator[Rivals]:
    """The fine-tuned tagger against transformers' pipeline with the same backbone and head, and spaCy's own network."""
    from transformers import pipeline

    model = saved_model(runs / "wnut17_finetuned-seed0")
    sentences = [list(example.tokens) for example in wnut17().split("test")]
    texts, n_words = [" ".join(tokens) for tokens in sentences], sum(map(len, sentences))
    peer = pipeline("token-classification", model=token_classifier(model), tokenizer=tokenizer(), aggregation_strategy="first")
    fast = _accelerated(model, wnut17().split("validation"))
    calls: dict[str, Call] = {
        "transformers pipeline, one by one": lambda: [peer(text) for text in texts],
        "transformers pipeline, batches of 32": lambda: peer(texts, batch_size=32),
    }
    calls |= {name: lambda m=made: m.predict(sentences) for name, made in fast.items()}
    spacy = runs / "supportdesk_spacy-seed0"
    if spacy.is_dir():
        network = saved_model(spacy)
        calls["spaCy tok2vec"] = lambda: network.predict(sentences)
    for against, most in (("one by one", 1 / 3), ("batches of 32", 1 / 1.5)):
        peer_name, other = f"transformers pipeline, {against}", {"one by one": "batches of 32"}.get(against, "one by one")
        some = {name: call for name, call in calls.items() if name != f"transformers pipeline, {other}"}
        limits = {"onnx-fp32": most, "onnx-int8": most}
        yield Rivals(f"tagger, WNUT-17 test, against {against}", peer_name, some, limits, "word", n_words)


def cross_encoder(runs: Path) -> Iterator[Rivals]:
    """Thirty candidates of a hundred words for each query."""
    from sentence_transformers import CrossEncoder as Peer

    model = saved_model(runs / "scifact_reranked-seed0").reranker
    collection = scifact()
    asked, gate = candidates(collection), judged_pairs(collection)
    with saved_cross_encoder(model) as folder:
        peer = Peer(str(folder), max_length=model.max_length, device="cpu")
    calls: dict[str, Call] = {"sentence-transformers rank": lambda: [peer.rank(query, part) for query, part in asked]}
    for name, made in _accelerated(model, gate).items():
        calls[name] = lambda m=made: [m.score(query, part) for query, part in asked]
    small = runs / "scifact_reranked_small-seed0"
    if small.is_dir():
        for name, made in _accelerated(saved_model(small).reranker, gate).items():
            calls[f"3 layers, {name}"] = lambda m=made: [m.score(query, part) for query, part in asked]
    limits = {"onnx-fp32": 0.75, "onnx-int8": 0.5, "3 layers, onnx-fp32": 0.3, "3 layers, onnx-int8": 0.3}
    yield Rivals("cross-encoder, 30 candidates of 100 words", "sentence-transformers rank", calls, limits, "query", len(asked))


def engines(runs: Path) -> Iterator[Rivals]:
    """Every engine, and torch's own compiler, which is not offered as one unless it pays."""
    encoder, texts = SentenceEncoder(), banking_texts("test")
    made: dict[str, Any] = {"torch": encoder, "torch.compile": encoder.with_engine(_compiled(encoder.engine.network))}
    for name in ("onnx-fp32", "onnx-int8", "openvino-fp32", "openvino-int8"):
        try:
            made[name] = accelerate(encoder, _gate_texts(), "task", backend=name)
        except NlprefError as error:
            print(f"  {name} is left out: {error}", file=sys.stderr)
    one = {name: [lambda m=model, t=text: m.encode([t]) for text in texts[:60]] for name, model in made.items()}
    yield Rivals("engines, one BANKING77 text", "torch", one, {}, "text", 1)
    many: dict[str, Call] = {name: lambda m=model: m.encode(texts[:600]) for name, model in made.items()}
    yield Rivals("engines, 600 BANKING77 texts", "torch", many, {}, "text", 600)


def _compiled(network: Any) -> TorchEngine:
    """Compiled for all shapes, and called until it is."""
    engine = TorchEngine(torch.compile(copy.deepcopy(network), dynamic=True))
    for rows, width in ((1, 8), (2, 9), (32, 20), (1, 30)):
        ones = np.ones((rows, width), dtype=np.int64)
        list(engine.run([{"input_ids": ones, "attention_mask": ones.copy(), "token_type_ids": ones * 0}]))
    return engine


def session(runs: Path) -> Iterator[Rivals]:
    """Our public call against the tokenizer and the runtime's session, in batches of 32."""
    encoder = SentenceEncoder()
    texts = banking_texts("test")[:32]
    made = accelerate(encoder, _gate_texts(), backend="onnx-fp32")
    subwords, call = made._subwords, made.engine._wide
    calls: dict[str, Call] = {
        "tokenizer and session": lambda: [call(subwords.pad(subwords.texts(texts))) for _ in range(20)],
        "onnx-fp32": lambda: [made.encode(texts) for _ in range(20)],
    }
    yield Rivals("overhead of the public call, batch of 32", "tokenizer and session", calls, {"onnx-fp32": 1.05}, "text", 640)


def smaller(runs: Path) -> Iterator[Rivals]:
    """The smaller classifiers against what they stand in for."""
    texts = banking_texts("test")
    gate = banking77().split("train")[:: 9900 // GATE][:GATE]
    for engine, target in (("torch", "exact"), ("onnx-fp32", "exact"), ("onnx-int8", "task")):
        teacher, student = (
            accelerate(saved_model(runs / name), gate, target, backend=engine)  # type: ignore[arg-type]
            for name in ("banking77_finetuned-seed0", "banking77_distilled-seed0")
        )
        peer = f"6-layer teacher, {engine}"
        models = {peer: teacher, f"3-layer student, {engine}": student}
        yield from _one_and_many("student of 3 layers", peer, models, texts, {f"3-layer student, {engine}": 0.55})
    frozen, static = saved_model(runs / "banking77_frozen-seed0"), saved_model(runs / "banking77_static-seed0")
    models = {"frozen MiniLM": frozen, "static, fine-tuned": static}
    yield from _one_and_many("static classifier", "frozen MiniLM", models, texts, {"static, fine-tuned": 1 / 50})


def cascade(runs: Path) -> Iterator[Rivals]:
    """The cascade against its own last stage, both on the same engine."""
    texts = banking_texts("test")
    whole = saved_model(runs / "banking77_cascade-seed0")
    gate = banking77().split("train")[:: 9900 // GATE][:GATE]
    for engine, target in (("onnx-fp32", "exact"), ("onnx-int8", "task")):
        fast = accelerate(whole, gate, target, backend=engine)  # type: ignore[arg-type]
        peer = f"last stage alone, {engine}"
        models = {peer: fast.stages[-1], f"cascade, {engine}": fast}
        calls: dict[str, Call] = {name: lambda m=model: m.predict_proba(texts) for name, model in models.items()}
        yield Rivals("cascade, 3,080 BANKING77 texts", peer, calls, {f"cascade, {engine}": 0.25}, "text", len(texts))


def _one_and_many(
    title: str, peer: str, models: Mapping[str, Any], texts: list[str], limits: Mapping[str, float]
) -> Iterator[Rivals]:
    one = {name: [lambda m=model, t=text: m.predict_proba([t]) for text in texts[:100]] for name, model in models.items()}
    yield Rivals(f"{title}, one BANKING77 text", peer, one, limits, "text", 1)
    many: dict[str, Call] = {name: lambda m=model: m.predict_proba(texts[:1000]) for name, model in models.items()}
    yield Rivals(f"{title}, 1,000 BANKING77 texts", peer, many, limits, "text", 1000)


def deterministic(runs: Path) -> Iterator[Rivals]:
    """What it costs that a text's bits depend on nothing but the text."""
    encoder, texts = SentenceEncoder(), banking_texts("test")[:1000]
    calls: dict[str, Call] = {}
    for backend in ("onnx-fp32", "onnx-int8"):
        for title, alone in ((backend, False), (f"{backend}, deterministic", True)):
            made = accelerate(encoder, _gate_texts(), "task", backend=backend, deterministic=alone)
            calls[title] = lambda m=made: m.encode(texts)
    yield Rivals("batch-invariant mode, 1,000 BANKING77 texts", "onnx-fp32", calls, {}, "text", 1000)


def banking_texts(split: str) -> list[str]:
    return [example.text for example in banking77().split(split)]


def _gate_texts() -> list[str]:
    return banking_texts("train")[:: 9900 // GATE][:GATE]


def _limits(exact: float, task: float) -> dict[str, float]:
    return {"onnx-fp32": exact, "openvino-fp32": exact, "onnx-int8": task}


def _accelerated(model: Any, validation: Sequence[Any]) -> dict[str, Any]:
    """Both precisions, as far as the gate lets them through."""
    found = {"onnx-fp32": accelerate(model, validation, "exact", backend="onnx-fp32")}
    try:
        found["onnx-int8"] = accelerate(model, validation, "task", backend="onnx-int8")
    except ExportError as error:
        print(f"  left out: {error}", file=sys.stderr)
    return found


def _encoders() -> dict[str, Callable[[list[str]], Any]]:
    peer, encoder = sentence_transformer(), SentenceEncoder()
    made = _accelerated(encoder, _gate_texts())
    ours = {name: lambda texts, m=model: m.encode(texts) for name, model in made.items()}
    return {"sentence-transformers": lambda texts: peer.encode(texts), "torch": encoder.encode, **ours}


def _other_exact_engine(texts: list[str]) -> dict[str, Call]:
    """OpenVINO, whose products are faster on long texts, where it is installed."""
    try:
        made = accelerate(SentenceEncoder(), _gate_texts(), backend="openvino-fp32")
    except NlprefError as error:
        print(f"  openvino-fp32 is left out: {error}", file=sys.stderr)
        return {}
    return {"openvino-fp32": lambda: made.encode(texts)}


def _best_batch_size(texts: list[str]) -> Call:
    """The peer with the batch size that is fastest on a part of the texts."""
    peer, part = sentence_transformer(), texts[:: max(1, len(texts) // 600)]
    times = {}
    for size in (8, 16, 32, 64, 128):
        peer.encode(part[:32], batch_size=size)
        with timed() as watch:
            peer.encode(part, batch_size=size)
        times[size] = watch.ms
    best = min(times, key=lambda size: times[size])
    print(f"  sentence-transformers is fastest with batch_size={best}", file=sys.stderr)
    return lambda: peer.encode(texts, batch_size=best)


COMPARISONS: Mapping[str, Callable[[Path], Iterator[Rivals]]] = {
    "encoder_one": encoder_one, "encoder_many": encoder_many, "classifier_one": classifier_one, "tagger": tagger,
    "cross_encoder": cross_encoder, "engines": engines, "session": session, "limit": limit, "limit_pairs": limit_pairs,
    "limit_long": limit_long,
    "smaller": smaller, "cascade": cascade, "deterministic": deterministic,
}  # fmt: skip


def main() -> None:
    """Entry point."""
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        given = read_arguments(sys.argv[1:], {"runs": "runs/evidence", "only": "", "rounds": "7"}, __doc__ or "")
        rounds = read_count("rounds", given["rounds"])
        os.chdir(ROOT)
        torch.set_num_threads(machine.hardware()["cores"])
        for name, comparison in COMPARISONS.items():
            if given["only"] in name:
                raced = [race(rivals, rounds) for rivals in comparison(Path(given["runs"]))]
                surroundings = {"hardware": machine.hardware(), "threads": machine.threads(), "versions": _versions()}
                write_json(RECORDS / f"{name}.json", {"comparisons": raced, **surroundings})
                for record in raced:
                    show(record)
    except NlprefError as error:
        sys.exit(f"error: {error}")


def _versions() -> dict[str, str]:
    return machine.versions((*machine.LIBRARIES, "sentence-transformers", "onnxruntime", "onnx"))


if __name__ == "__main__":
    main()
