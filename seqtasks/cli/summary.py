"""What is printed of a run at its end."""

import shlex
from collections.abc import Iterator, Sequence

from seqtasks.evaluations import evaluation_line
from seqtasks.reports.group import Group, groups
from seqtasks.reports.numbers import error_over, number
from seqtasks.reports.row import rows
from seqtasks.reports.skill_score import scale_of, skill_of
from seqtasks.reports.table import ARROWS
from seqtasks.reports.verdict import verdicts
from seqtasks.result import OF_THE_DATA, Result
from seqtasks.store import Store


def summary_lines(
    result: Result, store: Store, words: Sequence[str], uses: Sequence[str] = ()
) -> Iterator[str]:
    """The metrics beside the baselines, where the result is, and what to type next.

    Args:
        result: The run.
        store: Folder of its result.
        words: Words of the command line that it was given, without ``--resume``.
        uses: Commands that use such a model: ``sample``, ``predict``.
    """
    step = "time step" if result.step_name == "step" else result.step_name
    yield ""
    yield (
        f"{result.task} · {result.cell} · seed {result.seed} · {result.status} after "
        f"{result.seconds:.0f} s, {result.steps:,} training steps, "
        f"{result.time_steps_per_second:,.0f} {step}s/s"
        f"{f' ({result.implementation} loop)' if result.implementation else ''}"
    )
    if result.reason:
        yield result.reason
    if result.search is not None:
        yield f"Settings {result.search.effort} (study {result.search.study})."
    if result.limit is not None:
        yield f"A smoke run on {result.limit} batches: it enters no table of full runs."
    if result.is_overfit:
        yield (
            f"An overfit run: train, validation and test are the same "
            f"{result.settings['overfit']} examples; it enters no table."
        )
    yield ""
    yield from _score_lines(result)
    yield ""
    if result.metrics.get("test") and not result.is_overfit:
        yield evaluation_line(store, result.task, result.fingerprint)
    yield f"written  {store.path(result.run)}"
    if (predictions := store.predictions_path(result.run)).is_file():
        yield f"         {predictions}"
    heading = "next"
    for command in _next_commands(result, store, words, uses):
        yield f"{heading:<9}{command}"
        heading = ""


def _score_lines(result: Result) -> Iterator[str]:
    lines = []
    notes = {
        "validation": f"best epoch: {result.best_epoch}",
        "train": "of as many examples as validation has",
    }
    for split in ("test", "validation", "train"):
        for name, value in result.metrics.get(split, {}).items():
            arrow = ARROWS[result.mode] if name == result.monitor else ""
            label = f"{name} {arrow}".strip()
            unit, note = result.metric_units[name], notes.get(split, "")
            if split == "test" and name in result.standard_errors:
                note = error_over(result.standard_errors[name])
            lines.append((split, label, value, unit, note))
    for baseline in result.baselines:
        unit = result.metric_units[baseline.metric]
        lines.append(("baseline", baseline.name, baseline.value, unit, baseline.how))
    (group,) = groups([result]) or (Group((result,), "", ""),)
    if (best := result.optimum) is not None:
        unit = result.metric_units[best.metric]
        lines.append(("optimum", best.metric, best.value, unit, best.how))
    for known in group.published:
        unit = result.metric_units[known.metric]
        lines.append(("published", known.name, known.value, unit, known.source))
    width = max((len(row[1]) for row in lines), default=0)
    units = max((len(row[3]) for row in lines), default=0)
    for kind, label, value, unit, note in lines:
        # a value near 0 has no digits among the first four
        shown = f"{value:.4f}" if value == 0 or abs(value) >= 0.01 else number(value)
        line = f"{kind:<10}  {label:<{width}}  {shown:>10} {unit:<{units}}  {note}"
        yield line.rstrip()
    if not result.is_overfit:
        yield from _standing(group)


def _standing(group: Group) -> Iterator[str]:
    """How far the run has come, and its verdicts on published values."""
    (row,) = rows(group.runs)
    scale, skill = scale_of(group), skill_of(row, group)
    if isinstance(scale, str):
        yield scale
    elif skill is not None:
        yield f"skill score {skill:.1f} %; {scale.note.removeprefix('Skill score: ')}"
    for verdict in verdicts(row, group):
        yield f"verdict     {verdict.sentence}"


def _next_commands(
    result: Result, store: Store, words: Sequence[str], uses: Sequence[str]
) -> Iterator[str]:
    """Shows and uses a whole run; goes on with or runs again what is not one."""
    going_on = store.about(result.run).get("command")
    if result.status == "interrupted" and going_on:
        yield str(going_on)
        return
    at_default = str(store.folder) == "results"
    folder = "" if at_default else f" --results {shlex.quote(str(store.folder))}"
    whole = result.limit is None and not result.is_overfit
    if result.status != "finished" or not whole:
        yield _again(result, words)
        return
    yield f"seqtasks table {result.task}{folder}"
    # the run's own name: a later one may begin alike
    for command, given in (("sample", ""), ("predict", " INPUT")):
        if command in uses:
            yield f"seqtasks {command} {result.run}{given}{folder}"


def _again(result: Result, words: Sequence[str]) -> str:
    """The command as typed, without --limit and --overfit; slower if it diverged."""
    left_out = ["--limit"]
    slower = []
    if result.status == "diverged" and OF_THE_DATA not in result.reason:
        left_out.append("--learning-rate")
        slower = ["--learning-rate", f"{result.settings['learning_rate'] / 10:g}"]
    kept: list[str] = []
    # each of these options is followed by its value
    for before, word in zip(["", *words], words, strict=False):
        if word not in (*left_out, "--overfit") and before not in left_out:
            kept.append(word)
    return shlex.join([*kept, *slower])
