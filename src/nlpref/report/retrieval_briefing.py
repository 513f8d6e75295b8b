"""One page about one retriever, in plain words, for those who decide whether it is used."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from nlpref.errors import InputError
from nlpref.report import words
from nlpref.report.outcomes import share_of
from nlpref.report.queries import CUTOFF, FoundDocument, RankedQuery, read_documents, read_queries
from nlpref.report.query_detail import QueryDetail, query_detail
from nlpref.report.query_failures import FailureClass, failure_classes
from nlpref.report.query_slices import LENGTH, RELEVANT, SHARED, query_slices
from nlpref.report.runs import SavedRun, read_rows
from nlpref.report.stakes import ASSUMED, DAYS, Stakes
from nlpref.results import Estimate

__all__ = ["RetrievalBriefing", "brief_retrieval"]

_NAMED = 3
_PLAIN: Mapping[str, str] = {
    "near miss": "the right document stands just below, among hits 11 to 20",
    "not found at all": "the right document is not among all its hits",
    "lexical gap": "the question and the right document share no word",
    "ambiguous": "many documents fit it about equally well",
    "no judged document": "nobody has judged what it found, which may be right",
    "none of these": "other documents simply seem to fit better",
}


@dataclass(frozen=True)
class RetrievalBriefing:
    """The page: sentences by section.

    Args:
        model: Name of the model.
        headline: How often something right is found.
        does: What it does.
        quality: How often it is right, and how sure that is.
        right: A query that it serves well; None if there is none.
        weak: Why and on which queries it fails.
        wrong: A query that it fails; None if there is none.
        costs: What its failures cost.
        checks: What people must still check.
        unmeasured: What was not measured.
        assumed: The assumptions behind the costs.
    """

    model: str
    headline: str
    does: Sequence[str]
    quality: Sequence[str]
    right: QueryDetail | None
    weak: Sequence[str]
    wrong: QueryDetail | None
    costs: Sequence[str]
    checks: Sequence[str]
    unmeasured: Sequence[str]
    assumed: str


def brief_retrieval(run: SavedRun, stakes: Stakes = ASSUMED) -> RetrievalBriefing:
    """Put a retriever's run into plain words.

    Raises:
        StorageError: if its predictions or documents cannot be read.
        InputError: if it is not of a retriever, or scored no query.
    """
    if run.result.task != "retrieval":
        raise InputError(f"{run.place} is a run of the task {run.result.task}, not of a retriever")
    queries, documents = read_queries(run, read_rows(run.folder / "predictions.jsonl")), read_documents(run)
    if not queries:
        raise InputError(f"{run.place} scored no query, so there is nothing to tell")
    served = share_of(sum(not query.failed for query in queries), len(queries))
    classes = failure_classes(queries, documents)
    return RetrievalBriefing(
        model=run.result.model,
        headline=f"finds something right among the first ten for {words.out_of(served.value)} queries",
        does=list(_does(run, queries)),
        quality=list(_quality(queries, served)),
        right=_example([query for query in queries if query.best == 1], documents),
        weak=list(_weak(queries, documents, classes)),
        wrong=_example([query for query in queries if query.failed], documents),
        costs=list(_costs(served, stakes)),
        checks=list(_checks(queries)),
        unmeasured=list(_unmeasured(run, queries)),
        assumed=(
            f"Assumed, not measured: {words.rounded(stakes.texts_per_day)} searches a day like the test queries, "
            f"{stakes.money(stakes.cost_per_error)} for each that finds nothing right, {DAYS} days a year. Set your own with "
            "cost_per_error=, texts_per_day= and currency=."
        ),
    )


def _does(run: SavedRun, queries: Sequence[RankedQuery]) -> Iterator[str]:
    details = run.result.details
    size = details.get("documents")
    among = f" {size:,} documents of {run.result.dataset['name']}" if isinstance(size, int) else " documents"
    yield f"It reads a query and puts{among} in order, those first that seem to fit best."
    notes = details.get("dataset_notes")
    learned = notes.get("sizes", {}).get("train") if isinstance(notes, Mapping) else None
    if "folds" in details:
        yield (
            f"What follows was found on {len(queries):,} queries, each answered by one of {len(details['folds'])} models that "
            "had not seen it."
        )
        return
    if learned:
        yield f"There were {learned:,} queries with known answers to learn from."
    yield f"What follows was found on {len(queries):,} queries that it had not seen ({run.result.split})."


def _quality(queries: Sequence[RankedQuery], served: Estimate) -> Iterator[str]:
    first = fmean(query.best == 1 for query in queries)
    three = fmean(query.best is not None and query.best <= 3 for query in queries)
    yield (
        f"The first hit is right for {words.out_of(first)} queries, one of the first three for {words.out_of(three)}, one of the "
        f"first ten for {words.out_of(served.value)}."
    )
    yield (
        f"With other queries of the same kind, the last figure would lie between {words.out_of(served.low)} and "
        f"{words.out_of(served.high)} (95 % interval)."
    )
    wanted = [len(query.relevant) for query in queries]
    if max(wanted) > 1:
        found = fmean(fmean(query.ranks.get(name, CUTOFF + 1) <= CUTOFF for name in query.relevant) for query in queries)
        yield (
            f"A query has {words.rounded(fmean(wanted))} right documents on average; of these, {words.out_of(found)} are among "
            "the first ten."
        )


def _weak(
    queries: Sequence[RankedQuery], documents: Mapping[str, FoundDocument], classes: Sequence[FailureClass]
) -> Iterator[str]:
    failed = sum(query.failed for query in queries)
    if not failed:
        yield "Every query found something right among the first ten."
        return
    told = [f"{_PLAIN[one.name]} ({words.count(len(one.queries), 'time')})" for one in classes if one.queries]
    yield (
        f"{words.count(failed, 'query', 'queries')} found nothing right among the first ten. Reasons, of which one query can "
        f"have several: {'; '.join(told)}."
    )
    weak = [one for one in query_slices(queries, documents) if one.weak][:_NAMED]
    for one in weak:
        which = {
            LENGTH: f"of {one.value} words",
            RELEVANT: f"with {one.value} right documents",
            SHARED: f"that share {one.value} of their words with the nearest right document",
        }[one.column]
        yield f"Queries {which} fail for {words.out_of(one.rate)}, all others for {words.out_of(one.rest_rate)}."
    if not weak:
        yield "No group of queries stands out as worse than the rest by more than chance."


def _costs(served: Estimate, stakes: Stakes) -> Iterator[str]:
    wrong, fewest, most = (words.rounded(stakes.daily_texts(1 - share)) for share in (served.value, served.high, served.low))
    yield (
        f"Of {words.rounded(stakes.texts_per_day)} searches a day, {wrong} find nothing right among the first ten (between "
        f"{fewest} and {most})."
    )
    lost = 1 - served.value
    yield (
        f"At {stakes.money(stakes.cost_per_error)} for each, that is {stakes.money(stakes.daily(lost))} a day and "
        f"{stakes.money(stakes.yearly(lost))} a year."
    )


def _checks(queries: Sequence[RankedQuery]) -> Iterator[str]:
    shown = [query for query in queries if query.hits]
    if not shown:
        yield "It found no document for any query."
        return
    right, judged = (
        fmean(fmean(accept(query, name) for name in query.hits[:CUTOFF]) for query in shown) for accept in (_is_right, _is_judged)
    )
    yield (
        f"Of the first ten hits, {words.percent(right)} are known to be right on average: whoever reads the list must tell them "
        "from the others."
    )
    if judged < 1:
        yield (
            f"A person has judged {words.percent(judged)} of the first ten hits; the others count as wrong here, and some may be "
            "right."
        )


def _is_right(query: RankedQuery, name: str) -> bool:
    return query.grades.get(name, 0) > 0


def _is_judged(query: RankedQuery, name: str) -> bool:
    return name in query.grades


def _unmeasured(run: SavedRun, queries: Sequence[RankedQuery]) -> Iterator[str]:
    yield "Queries that differ from the test queries: shorter ones, other subjects, misspelt ones, other languages."
    yield "What it does with a query that no document answers: every test query has a right document, and hits come all the same."
    yield "Documents that were added later: it searches those that it was given."
    if run.latency is None:
        yield "How fast it answers, and on what machine (nlpref bench)."
    yield "Whether the judgements themselves are right: they count as the truth here."
    yield "What people do with the list: whether they read on, and what they click."


def _example(queries: Sequence[RankedQuery], documents: Mapping[str, FoundDocument]) -> QueryDetail | None:
    """Of all such queries one of usual length, and of equal ones the first."""
    if not queries or not documents:
        return None
    ordered = sorted(queries, key=lambda query: (len(query.text), query.id))
    return query_detail(ordered[(len(ordered) - 1) // 2], documents, top=2)
