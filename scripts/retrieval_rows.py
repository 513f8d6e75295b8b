"""Rows of the README about retrieval, from the committed records."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

__all__ = ["answerability", "changes", "deadline", "faults", "hurts", "scale", "stages", "vectors"]

Record = Mapping[str, Any]
SETS = {
    "scifact": "SciFact",
    "cranfield": "Cranfield",
    "cisi": "CISI",
    "squadshifts": "SQuADShifts",
    "supportdesk": "help centre",
}

KINDS = {
    "all": "documents",
    "scifact": "abstracts of SciFact",
    "paragraphs": "paragraphs of SQuADShifts",
    "abstracts": "abstracts of Cranfield and CISI",
    "reviews": "reviews",
    "posts": "posts",
}


def stages(record: Record) -> Iterator[str]:
    """Each stage of retrieval beside the one before it."""
    yield from _head(
        "data",
        "stage",
        "nDCG@10, 95 % interval",
        "over the stage before",
        "adjusted p",
        "over the first stage",
        "ms of processor a query",
    )
    tests = {(one["set"], one["stage"], one["before"]): one for one in record["tests"]}
    for name, told in record["sets"].items():
        order = list(told)
        for before, stage in zip([None, *order], order, strict=False):
            row, test = told[stage], tests.get((name, stage, before))
            apart = f"{test['difference']:+.4f} {_ends(test)}" if test else ""
            against = f"{test['adjusted_p_value']:.3f}" if test else ""
            gain = f"{row['ndcg@10']['value'] / told[order[0]]['ndcg@10']['value'] - 1:+.1%}" if test else ""
            cost = "" if "gpu" in row["environment"]["hardware"] else f"{row['query_cpu_ms']:.1f}"
            yield _row(SETS[name], f"`{stage}`", _interval(row["ndcg@10"]), apart, against, gain, cost)
    yield ""
    yield (
        "Cranfield and CISI: every query scored once, in five folds, by a retriever that learned from the others. SQuADShifts: "
        "learned from questions on new Wikipedia articles, scored on questions about Reddit posts. p-values of paired tests, "
        f"adjusted over all of them (Holm). Significantly below the stage before: {', '.join(record['fell']) or 'none'}. "
        + _machines([row for told in record["sets"].values() for row in told.values()])
        + " Of what ran on a GPU no processor time is told."
    )


def hurts(records: Mapping[str, Record]) -> Iterator[str]:
    """Reranking under a guard beside the first stage; records by the name of that stage."""
    yield from _head(
        "data",
        "first stage is",
        "n",
        "first stage",
        "reranked",
        "under the guard",
        "guard less first stage",
        "adjusted p",
        "the guard's verdict",
        "queries reranked",
    )
    rows = [(stage, name, row) for stage, record in records.items() for name, row in record["sets"].items()]
    for stage, name, row in rows:
        ways = [_interval(row["ndcg@10"][way]) for way in ("first", "unguarded", "guarded")]
        test = row["guarded_minus_first"]
        cells = [
            SETS[name],
            stage,
            f"{row['queries']['test']:,}",
            *ways,
            f"{test['difference']:+.4f} {_ends(test)}",
            f"{test['adjusted_p_value']:.3f}",
            row["verdict"]["policy"],
            f"{row['reranked']:.0%}",
        ]
        yield _row(*cells)
    yield ""
    harmed = [f"{SETS[name]} ({stage})" for stage, record in records.items() for name in record["harmed"]]
    yield (
        f"nDCG@10 of test queries. Significantly below the first stage: {', '.join(harmed) or 'none'}. "
        + _machines([row for _, _, row in rows])
    )


def deadline(record: Record, before: Record) -> Iterator[str]:
    """Quality, time and cost within deadlines, and what was lost when most documents were collages."""
    yield from _head(
        "search",
        "nDCG@10, 95 % interval",
        "less than reranking all, 95 % interval",
        "p50 / p95 ms",
        "hits reranked, mean",
        "processor time of reranking all",
    )
    titles = {"first": "first stage alone", "full": f"{_depth(record)} hits reranked, however long it takes"}
    for name, way in record["ways"].items():
        loss = _loss(way) if "loss" in way else ""
        reranked = f"{way['reranked']['mean']:.1f}" if "reranked" in way else ""
        share = f"{way['cpu_share']:.1%}" if "cpu_share" in way else ""
        cells = [
            titles.get(name, f"`deadline_ms={name}`"),
            _interval(way["ndcg@10"]),
            loss,
            f"{way['p50_ms']:.1f} / {way['p95_ms']:.1f}",
            reranked,
            share,
        ]
        yield _row(*cells)
    yield ""
    count, *parts = (f"{number:,} {KINDS[kind]}" for kind, number in record["documents"].items())
    yield (
        f"SciFact's test claims (n = {record['queries']}) among {count}: {', '.join(parts)}. {_machine(record)} "
        f"While {before['documents']['collages']:,} of the documents were put together from sentences of others, "
        f"`deadline_ms=50` lost {_loss(before['ways']['50'])}, at {before['ways']['50']['cpu_share']:.1%} of the processor time "
        "(`benchmarks/records/first_look/deadline.json`, of the eighth version; its script is in the history)."
    )


def _loss(way: Mapping[str, Any]) -> str:
    return "{difference:+.4f} [{low:+.4f}, {high:+.4f}]".format(**way["loss"])


def _depth(record: Record) -> str:
    depths = [one.partition("=")[2] for one in record["overrides"] if one.startswith("retriever.reranked.depth=")]
    return depths[-1]


def answerability(record: Record) -> Iterator[str]:
    """What is given where the documents were taken out."""
    yield from _head(
        "data",
        "promised precision",
        "precision of the hits given",
        "promise",
        "answered, of queries with an answer",
        "of those without",
    )
    for name, row in record["sets"].items():
        for promised, one in row["promises"].items():
            given = _interval(one["precision"]) if "precision" in one else "nothing given"
            kept = _kept(one, float(promised))
            shares = [f"{one[f'answered_of_{who}']:.1%}" for who in ("answerable", "unanswerable")]
            yield _row(SETS[name], promised, given, kept, *shares)
    yield ""
    for name, row in record["sets"].items():
        counts = row["queries"]
        yield (
            f"- {SETS[name]}: {counts['answerable']} queries with an answer, {counts['unanswerable']} whose documents were taken "
            f"out. AUROC of the best hit's probability {_interval(row['auroc'], 3)}, of its score "
            f"{_interval(row['auroc_of_score'], 3)}; calibration error of the probabilities of hits "
            f"{row['calibration']['ece']:.3f}."
        )


def _kept(one: Record, promised: float) -> str:
    if "precision" not in one:
        return "none made"
    if one["held"]:
        return "kept"
    return "missed, within the noise" if one["precision"]["high"] >= promised else "missed"


def changes(record: Record) -> Iterator[str]:
    """Cost of changing, loading and searching a collection, beside bm25s."""
    yield from _head("what", "collection", "bm25s", "ratio")
    count, share, rebuild = record["documents"], record["changed"], record["rebuild_ms"]
    for verb, title in (("add", "adding"), ("delete", "deleting")):
        own = record[verb]
        times = f"{own['ms']:.0f} ms", f"{rebuild:,.0f} ms (rebuild)"
        yield _row(f"{title} {share:,} of {count:,} documents, and a search", *times, f"**{own['faster']:.0f}x**")
    for how, title in (("quick", "opening, mapped into memory"), ("verify", "the same, every checksum verified")):
        own = record["open"][how]
        times = f"{own['ms']:.0f} ms; {own['first_query_ms']:.0f} ms", f"{rebuild:,.0f} ms (rebuild)"
        yield _row(f"{title}; first query", *times, f"**{own['of_rebuild']:.4f}** of its time")
    for name, title in (("batches", f"{record['queries']} queries at once"), ("single", "one query at a time")):
        own = record["search"][name]
        time = own["time_of_bm25s"]
        speeds = f"{own['collection_per_s']:,.0f}", f"{own['bm25s_per_s']:,.0f}"
        ratio = f"**{1 / time['value']:.2f}x** [{1 / time['high']:.2f}, {1 / time['low']:.2f}]"
        yield _row(f"{title}, queries/s", *speeds, ratio)
    yield ""
    yield (
        f"Greatest difference of a score from bm25s': {record['greatest_difference_of_scores']:.1e}. A rebuild from words read "
        f"before takes {record['rebuild_from_words_ms']:,.0f} ms. Alternated in one run, the same words on both sides. "
        + _machine(record)
    )


def faults(record: Record) -> Iterator[str]:
    """What became of killed writers and damaged files."""
    killed, damaged = record["killed"], record["damaged"]
    yield from _head("what was done", "times", "outcome")
    exactly, more = (killed.get(name, 0) for name in ("exactly what was acknowledged", "and the change under way"))
    yield _row(
        "a writer killed while it added, updated, deleted, saved or compacted",
        f"{killed['kills']}",
        f"**{killed.get('lost or half', 0)}** with a change lost or half done, **{killed['damaged']}** damaged; "
        f"{killed['acknowledged_changes']:,} changes had been acknowledged, all are there: {exactly} times these alone, "
        f"{more} times the one under way too",
    )
    bad = {name: count for name, count in damaged.items() if name == "not noticed" or name.startswith("crashed")}
    yield _row(
        f"a byte changed, or a file cut, in one of {damaged['files']} files",
        f"{damaged['changed_or_cut']:,}",
        f"**{sum(bad.values())}** not noticed or a crash; {damaged['refused']:,} refused with an error, "
        f"{damaged.get('opened, nothing lost', 0)} opened without loss (a file of marks that holds nothing of its own)",
    )


def scale(records: Sequence[Record]) -> Iterator[str]:
    """Cost of building and searching by the number of documents."""
    yield from _head(
        "documents",
        "vectors",
        "build, s",
        "documents/s",
        "peak memory, MB",
        "disk, MB",
        "query, p50 / p95 ms",
        "words and vectors together, p50 ms",
    )
    for record in records:
        for row in record["sizes"]:
            both = f"{row['both_p50_ms']:.1f}" if "both_p50_ms" in row else ""
            encoder = "" if record["encoder"] == "none" else record["encoder"]
            building = [f"{row[key]:,.0f}" for key in ("build_s", "documents_per_s", "peak_mb", "folder_mb")]
            yield _row(f"{row['documents']:,}", encoder, *building, f"{row['p50_ms']:.2f} / {row['p95_ms']:.2f}", both)
    yield ""
    yield "![Seconds to build, memory and milliseconds for a query against the number of documents](docs/collection_scale.svg)"
    yield ""
    yield _machine(records[0])


def vectors(record: Record) -> Iterator[str]:
    """Kinds of FAISS indexes."""
    yield from _head("vectors", "index", "recall@10", "queries/s", "searched + kept, MB", "built, s")
    for size, told in record["sizes"].items():
        for name, row in told["rows"].items():
            title = f"**{name}**" if name == told["chosen"] else name
            found = f"{row['recall@10']:.3f}", f"{row['queries_per_s']:,.0f}"
            size_mb = f"{row['searched_mb']:.0f} + {row['kept_mb']:.0f}"
            yield _row(f"{int(size):,}", title, *found, size_mb, f"{row['build_s']:.1f}")
    yield ""
    real = {int(size): told["real"] for size, told in record["sizes"].items()}
    made = ", ".join(f"{size:,} ({known:,} real)" for size, known in real.items())
    yield (
        f"Vectors of MiniLM: {made}; the rest lie between real ones. {record['queries']} queries, one at a time. In bold the "
        f"fastest that finds {record['enough']:.0%} of the ten nearest, or one within a tenth of its speed that is smaller. "
        + _machine(record)
    )
    yield ""
    yield "![What each kind of index misses of the ten nearest against queries per second](docs/faiss_table.svg)"


def _head(*titles: str) -> Iterator[str]:
    yield _row(*titles)
    yield "|" + "---|" * len(titles)


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _machine(record: Record) -> str:
    environment = record["environment"]
    hardware = environment["hardware"]
    return f"Measured on {hardware['cpu']} ({', '.join(hardware.get('flags', []))}), {environment['threads']} threads."


def _machines(parts: Sequence[Record]) -> str:
    hardware = [part["environment"]["hardware"] for part in parts]
    return f"Measured on {' and '.join(dict.fromkeys(one.get('gpu', one['cpu']) for one in hardware))}."


def _interval(one: Record, digits: int = 4) -> str:
    return f"**{one['value']:.{digits}f}** {_ends(one, digits)}"


def _ends(one: Record, digits: int = 4) -> str:
    return f"[{one['low']:.{digits}f}, {one['high']:.{digits}f}]" if "low" in one else ""
