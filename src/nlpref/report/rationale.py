"""Why a choice is what it is, and what it does not show."""

from __future__ import annotations

from collections.abc import Iterator

from nlpref.report import titles, words
from nlpref.report.candidate import candidates
from nlpref.report.choice import Choice
from nlpref.report.origin import timing_note
from nlpref.report.reasons import relation, spending
from nlpref.report.recipe import command

__all__ = ["caveats", "why"]


def why(choice: Choice) -> str:
    """Why this model, or why none, in a sentence or two."""
    chosen, best, board = choice.chosen, choice.best, choice.board
    if chosen is None or best is None:
        if not board.timed:
            return f"No model has been timed, so none can be weighed: nlpref bench task={board.task} does it."
        number = "The only model does not keep" if len(board.models) == 1 else f"None of {len(board.models)} models keeps"
        return f"{number} to all that was asked."
    if not choice.comparisons:
        alone = not any(reason.kind == "dominated" for _, reasons in choice.others for reason in reasons[:1])
        return "The only model that fits." if alone else "No other that fits is better, faster or cheaper."
    if chosen is not best:
        test = next(one for one in choice.comparisons if one.other is chosen.model)
        return (
            f"{best.name} scores highest of those that fit, but {relation(best, test)}, "
            f"and {chosen.name} is cheaper: {spending(chosen, best)}."
        )
    runner_up = choice.comparisons[0]
    if runner_up.indistinct:
        told = f"though {relation(best, runner_up)}; {runner_up.other.name} is not cheaper by enough to matter"
        return f"It scores highest of those that fit, {told}."
    return f"It scores highest of those that fit; {relation(best, runner_up)}."


def caveats(choice: Choice) -> Iterator[str]:
    """What the answer rests on, and what it does not show."""
    board, chosen, best = choice.board, choice.chosen, choice.best
    noun = titles.examples(board.task)
    if chosen and best and chosen is not best:
        test = next(one.test for one in choice.comparisons if one.other is chosen.model)
        if test is not None and test.high > 0:
            yield f"Not distinguishable does not mean equal: it may be worse than {best.name} by up to {words.points(test.high)}."
    floor = choice.limits.min_quality
    if chosen and floor is not None and chosen.quality.low < floor:
        yield f"The interval of its quality begins at {words.decimal(chosen.quality.low)}, below the {floor:g} asked for."
    if chosen and chosen.folder is None:
        made_by = command(chosen.run.config)
        yield "None of its runs kept a model: train it again" + (f" with {made_by}" if made_by else "") + "."
    if len(board.models) > 1:
        yield f"The choice and the figures come from the same {board.n:,} {noun}, which flatters the winner a little."
    note, comparable = timing_note(board)
    if note:
        yield note
    if any(one.latency for model in board.models for one in model.runs) and comparable:
        yield "Elsewhere times will be others: run nlpref bench on the machine that will serve."
    if any(one.cost is not None for one in candidates(board, choice.price)):
        yield (
            f"Cost is that of a million {noun} in batches at {choice.price:g} for a core-hour, every thread one busy core. "
            "The price is an assumption: price= sets it."
        )
    elif board.timed:
        yield "Cost is left out and p95 stands in for it: a model was timed beside a GPU, which no price of a core covers."
