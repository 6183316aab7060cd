"""What a comparison says in sentences: how to read it, and what its ranks mean."""

from seqtasks.comparison.bootstrap import fewest_seeds
from seqtasks.comparison.comparison import Comparison
from seqtasks.comparison.pair import Answer
from seqtasks.comparison.ranking import Ranking


def how_to_read(comparison: Comparison) -> tuple[str, ...]:
    """What the numbers mean, once for all tasks; nothing if there are no verdicts."""
    alpha = 1 - comparison.confidence
    answers = [
        pair.answer for pairs in comparison.pairs for pair in pairs if pair.answer
    ]
    if not answers:
        return ()
    notes = [
        "Intervals are Student's t over seeds: wide for few seeds, even past what a "
        "metric can be. Differences are paired by seed, which decides the order of the "
        "data and the start of encoder and head.",
        f"The verdict is that of a paired t test at {alpha:.2g}, by Holm's correction "
        "for the pairs of a task, as are p and the interval: it is a tie where the "
        "interval holds 0.",
    ]
    ties = [answer for answer in answers if answer.verdict == "tie"]
    if any(answer.p < 1 for answer in ties):
        notes.append(
            "More seeds would show the observed difference four times in five: "
            "extrapolated from few seeds, so a guess, too low where luck helped."
        )
    if not comparison.reference and any(answer.p <= alpha for answer in ties):
        notes.append(
            "Fewer pairs are corrected less: --reference CELL, if you choose it before "
            "you look."
        )
    return (*notes, *_no_bootstrap(answers))


def _no_bootstrap(answers: list[Answer]) -> tuple[str, ...]:
    levels = [answer.level for answer in answers if answer.bootstrap is None]
    if not levels:
        return ()
    first, last = fewest_seeds(max(levels)), fewest_seeds(min(levels))
    most = f", {last} where the correction is largest" if last > first else ""
    return (
        f"A bootstrap interval takes {first} seeds{most}: no resampling of three holds "
        "the mean more often than 75 % of the time.",
    )


def ranking_title(ranking: Ranking) -> str:
    """What the ranks are of."""
    n = len(ranking.tasks)
    return f"Average ranks over {n} tasks, 1 the best: {', '.join(ranking.tasks)}"


def ranking_lines(ranking: Ranking) -> tuple[str, ...]:
    """What may be said of the ranks over tasks."""
    lines = [_finding(ranking)]
    n = len(ranking.tasks)
    lines.append(
        f"{f'{n} tasks are few, and ranks' if n <= 10 else 'Ranks'} of means tell "
        f"neither how large a difference is nor how sure it is in one task."
    )
    if ranking.failed:
        names = ", ".join(f"{name} in {n}" for name, n in ranking.failed.items())
        lines.append(f"Last where no fewer seeds failed than finished; tasks: {names}.")
    if ranking.repeated:
        names = ", ".join(ranking.repeated)
        lines.append(f"Counted more than once, though not independent: {names}.")
    if ranking.left_out:
        lines.append(f"Left out of the ranks: {'; '.join(ranking.left_out)}.")
    return tuple(lines)


def _finding(ranking: Ranking) -> str:
    n, k = len(ranking.tasks), len(ranking.names)
    if n < ranking.fewest_tasks:
        return (
            f"Too few tasks: {ranking.fewest_tasks} are the fewest in which an order "
            f"of {k} contenders can be told from chance at {ranking.alpha:.2g}, here "
            f"are {n}. The order shown is no finding."
        )
    p = "p < 0.001" if ranking.p < 0.001 else f"p = {ranking.p:.3f}"
    test = f"Friedman's test: χ² = {ranking.chi_squared:.2f}, {p} by permutation"
    if not ranking.rejects:
        return f"{test}: the order may be chance, and is no finding."
    apart = ", but no two are told apart" if ranking.bars == ((0, k - 1),) else ""
    return (
        f"{test}: the ranks differ{apart}. Joined are contenders less apart than the "
        f"critical difference {ranking.critical_difference:.2f} (Nemenyi, "
        f"{ranking.alpha:.2g})."
    )
