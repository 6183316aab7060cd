"""A comparison as text, as Markdown, or as JSON."""

from collections.abc import Iterable
from typing import Literal

from seqtasks.reports import numbers
from seqtasks.reports.cd_diagram import text_diagram
from seqtasks.reports.comparison import Comparison, Model, PairedTest, TaskComparison
from seqtasks.reports.effort import effort_note
from seqtasks.reports.ranking import Ranking
from seqtasks.reports.records import comparison_as_json
from seqtasks.reports.statistics import fewest_seeds
from seqtasks.reports.table import (
    ARROWS,
    Column,
    Line,
    Table,
    as_markdown,
    as_text,
    clean,
    in_markdown,
)
from seqtasks.task import better

ComparisonFormat = Literal["text", "markdown", "json"]

# of what is left out of the ranking
_NAMED = 3


def format_comparison(
    comparison: Comparison, form: ComparisonFormat = "text", left_out: str = ""
) -> str:
    """The comparison in a format.

    Args:
        comparison: The comparison.
        form: The format's name.
        left_out: A sentence on the runs that were not compared, or nothing.
    """
    if form == "json":
        return comparison_as_json(comparison, left_out)
    markdown = form == "markdown"
    write = as_markdown if markdown else as_text
    parts = []
    for one in comparison.tasks:
        tables = [models_table(one, comparison)]
        tables += [tests_table(one)] if one.tests else []
        tables += [examples_table(one)] if one.on_examples else []
        # the lines of a table without notes end with an empty one
        parts += [write(table).rstrip("\n") + "\n" for table in tables]
    if ranking := comparison.ranking:
        n, names = len(ranking.tasks), ", ".join(ranking.tasks)
        title = f"Average ranks over {n} tasks, 1 the best: {names}"
        parts.append(_title(title, markdown))
        diagram = "\n".join(text_diagram(ranking))
        parts.append(f"```\n{diagram}\n```\n" if markdown else f"{diagram}\n")
        parts.append(_sentences(ranking_lines(ranking), markdown))
    if sentences := how_to_read(comparison):
        parts.append(_title("How to read this", markdown))
        parts.append(_sentences(sentences, markdown))
    if left_out:
        parts.append(_sentences((left_out,), markdown))
    return "\n".join(parts)


def _title(title: str, markdown: bool) -> str:
    return f"### {in_markdown(title)}\n" if markdown else f"{clean(title)}\n"


def _sentences(sentences: Iterable[str], markdown: bool) -> str:
    if markdown:
        return "".join(f"- {in_markdown(sentence)}\n" for sentence in sentences)
    return "".join(f"{clean(sentence)}\n" for sentence in sentences)


def models_table(one: TaskComparison, comparison: Comparison) -> Table:
    """The models of a task: their means, and the seeds that are not in these."""
    run, confidence = one.first, comparison.confidence
    unit = run.metric_units.get(run.monitor)
    metric = f"test {run.monitor} {ARROWS[run.mode]}{f' ({unit})' if unit else ''}"
    columns = (
        Column("model", right=False),
        Column(f"{metric}, {100 * confidence:.4g} % interval"),
        Column("parameters"),
        Column("seeds"),
        Column("remarks", right=False),
    )
    lines = []
    for model in one.models:
        remarks = filter(
            None, (model.status, model.row.effort, _at_baseline(model, one))
        )
        cells = (
            model.name,
            _with_interval(model.mean, model.interval(confidence)),
            f"{model.row.num_params:,}",
            str(len(model.scores)),
            ", ".join(remarks),
        )
        lines.append(Line("run" if model.scores else "unfinished", cells))
    notes = [one.group.apart] if one.group.apart else []
    if one.differing:
        what = ", ".join(one.differing)
        notes.append(f"Not the cell alone differs between models, but also {what}.")
    notes += [unequal] if (unequal := _effort(one)) else []
    reference = comparison.reference
    if len(one.models) == 1:
        notes.append("Nothing to compare it with: run another cell at the same seeds.")
    elif reference and not any(reference in (m.name, m.row.cell) for m in one.models):
        notes.append(f"No run of the reference {reference} to compare with.")
    return Table(one.group.title, columns, tuple(lines), tuple(notes))


def tests_table(one: TaskComparison) -> Table:
    """The paired differences of a task, and the verdict on each."""
    boots = any(test.outcome and test.outcome.bootstrap for test in one.tests)
    columns = (
        Column("model", right=False),
        Column("against", right=False),
        Column("difference, corrected interval"),
        *([Column("bootstrap interval")] if boots else []),
        Column("p, corrected"),
        Column("seeds"),
        Column("verdict", right=False),
    )
    lines = []
    for test in one.tests:
        outcome = test.outcome
        boot = _with_interval(test.mean, outcome.bootstrap if outcome else None)
        cells = (
            test.first.name,
            test.second.name,
            _with_interval(test.mean, outcome.interval if outcome else None),
            *([boot.partition("(")[2].rstrip(")")] if boots else []),
            _p_value(outcome.corrected).removeprefix("= ") if outcome else "",
            str(len(test.seeds)),
            verdict_on(test),
        )
        lines.append(Line("run", cells))
    return Table(f"{one.name}: paired differences", columns, tuple(lines), ())


def examples_table(one: TaskComparison) -> Table:
    """The differences on the same test examples, and a sentence on each."""
    columns = (
        Column("model", right=False),
        Column("against", right=False),
        Column("difference, corrected interval"),
        Column("p, corrected"),
        Column("seeds"),
        Column("verdict", right=False),
    )
    lines = (
        Line(
            "run",
            (
                test.first,
                test.second,
                _with_interval(test.difference, test.interval),
                _p_value(test.corrected).removeprefix("= "),
                str(len(test.seeds)),
                test.verdict,
            ),
        )
        for test in one.on_examples
    )
    notes = tuple(test.sentence for test in one.on_examples)
    title = f"{one.name}: on the same test examples"
    return Table(title, columns, tuple(lines), notes)


def _effort(one: TaskComparison) -> str:
    models = one.models
    return effort_note([m.row for m in models], [m.name for m in models])


def verdict_on(test: PairedTest) -> str:
    """The conclusion from a paired test, in a few words."""
    if test.outcome is None:
        return f"no verdict: {test.remark}"
    parts: list[str] = [test.outcome.verdict]
    if test.remark:
        parts.append(f"({test.remark})")
    if test.survivors:
        parts.append("(of the seeds that survived)")
    return " ".join(parts)


def _p_value(p: float) -> str:
    """Three decimals: its assumptions are good for no more."""
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def _with_interval(mean: float | None, interval: tuple[float, float] | None) -> str:
    if mean is None:
        return ""
    if interval is None:
        return numbers.number(mean)
    return numbers.within(mean, *interval)


def _at_baseline(model: Model, one: TaskComparison) -> str:
    baseline = one.group.best_baseline
    if model.mean is None or baseline is None:
        return ""
    if better(model.mean, baseline.value, one.first.mode):
        return ""
    return f"no better than {baseline.name} ({numbers.number(baseline.value)})"


def how_to_read(comparison: Comparison) -> tuple[str, ...]:
    """What the numbers mean, once for all tasks; nothing if there are no verdicts."""
    alpha = 1 - comparison.confidence
    outcomes = [t.outcome for one in comparison.tasks for t in one.tests if t.outcome]
    same = _on_examples(comparison)
    if not outcomes:
        return same
    notes = [
        "Intervals are Student's t over seeds: wide for few seeds, even beyond the "
        "range of a metric. Differences are paired by seed, which decides the order of "
        "the data and the start of encoder and head.",
        f"The verdict is that of a paired t test at {alpha:.2g}, by Holm's correction "
        "for the pairs of a task, as are p and the interval: it is a tie, not "
        "significantly different, where the interval holds 0.",
    ]
    ties = [outcome for outcome in outcomes if outcome.verdict == "tie"]
    if any(outcome.p < 1 for outcome in ties):
        notes.append(
            "With so many more seeds the observed difference would be significant four "
            "times in five: extrapolated from few seeds, so a guess, too low where "
            "luck helped."
        )
    if not comparison.reference and any(outcome.p <= alpha for outcome in ties):
        notes.append(
            "Fewer pairs are corrected less: --reference CELL, if you choose it before "
            "you see the results."
        )
    levels = [outcome.level for outcome in outcomes if outcome.bootstrap is None]
    if levels:
        first, last = fewest_seeds(max(levels)), fewest_seeds(min(levels))
        most = f", {last} where the correction is largest" if last > first else ""
        notes.append(
            f"A bootstrap interval takes {first} seeds{most}: no resampling of three "
            "holds the mean more often than 75 % of the time."
        )
    return (*notes, *same)


def _on_examples(comparison: Comparison) -> tuple[str, ...]:
    """What tests on the same examples mean, if there are any."""
    if not any(one.on_examples for one in comparison.tasks):
        return ()
    return (
        "Tests over seeds ask whether a cell is better, whatever its seed; tests on "
        "the same examples, whether the models trained here are better on other "
        "examples like those of the test split. By McNemar's exact test where each "
        "example is right or wrong and each model is one run, else by a paired "
        "bootstrap over examples or their groups, with Student's t; Holm's correction "
        "is for the pairs of a task.",
    )


def ranking_lines(ranking: Ranking) -> tuple[str, ...]:
    """What may be concluded from the ranks over tasks, and what they leave out."""
    lines = [_finding(ranking)]
    n = len(ranking.tasks)
    lines.append(
        f"{f'{n} tasks are few, and ranks' if n <= 10 else 'Ranks'} of means show "
        f"neither how large a difference is nor how sure it is in one task."
    )
    if ranking.failed:
        names = ", ".join(f"{name} in {n}" for name, n in ranking.failed.items())
        lines.append(f"Last where no fewer seeds failed than finished; tasks: {names}.")
    if ranking.repeated:
        names = ", ".join(ranking.repeated)
        lines.append(f"Counted more than once, though not independent: {names}.")
    if ranking.left_out:
        found = ranking.left_out
        few = "; ".join(found)
        if len(found) > _NAMED + 1:
            few = (
                f"{len(found)} tasks or models, among them "
                f"{'; '.join(found[:_NAMED])} (--format json names all)"
            )
        lines.append(f"Left out of the ranks: {few}.")
    return tuple(lines)


def _finding(ranking: Ranking) -> str:
    n, k = len(ranking.tasks), len(ranking.names)
    if n < ranking.fewest_tasks:
        return (
            f"Too few tasks: an order of {k} models can be significant at "
            f"{ranking.alpha:.2g} from {ranking.fewest_tasks} tasks on, and here are "
            f"{n}. The order shown is no finding."
        )
    test = (
        f"Friedman's test: χ² = {ranking.chi_squared:.2f}, p {_p_value(ranking.p)} by "
        f"permutation"
    )
    if not ranking.rejects:
        return f"{test}: the order may be chance, and is no finding."
    none = ", but no two significantly" if ranking.bars == ((0, k - 1),) else ""
    return (
        f"{test}: the ranks differ{none}. Joined are models less apart than the "
        f"critical difference {ranking.critical_difference:.2f} (Nemenyi, "
        f"{ranking.alpha:.2g})."
    )
