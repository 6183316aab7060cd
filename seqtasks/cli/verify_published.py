"""What ``seqtasks verify TASK`` prints and runs."""

import collections
from collections.abc import Mapping, Sequence
from typing import Any

import click

from seqtasks.cli.parameters import as_text
from seqtasks.errors import DataUnavailableError, SeqtasksError, UsageError
from seqtasks.reports.layout import ARROWS
from seqtasks.reports.numbers import estimate
from seqtasks.reports.verdict import band
from seqtasks.result import Result
from seqtasks.store import Store

_INTERRUPTED = 130


def verify_published(
    task: str,
    given: Mapping[str, Any],
    seeds: int,
    dry_run: bool,
    results: Sequence[Result],
    store: Store,
) -> int:
    """Verifies the published values of a task, and prints what is found.

    Args:
        task: The task's name or path.
        given: Values of its options that a person chose.
        seeds: How many seeds are to repeat each value.
        dry_run: Whether to run nothing.
        results: The stored results.
        store: Where new ones go.

    Returns:
        The exit code.

    Raises:
        UsageError: If there is no such task or option.
    """
    from seqtasks.verify.claims import claims, evidence

    found, elsewhere, missing = claims(task, given)
    if missing and not found:
        click.echo(missing, err=True)
    without_data: set[str] = set()
    verdicts: collections.Counter[str] = collections.Counter()
    results = list(results)
    for claim in found:
        for line in _claim_lines(claim):
            click.echo(line)
        if claim.excluded:
            click.echo(f"  –  no verdict: {claim.excluded}.\n")
            verdicts["excluded"] += 1
            continue
        seen = evidence(claim, tuple(given), results)
        for reason, count in seen.others.items():
            runs = "1 run" if count == 1 else f"{count} runs"
            click.echo(f"     {runs} of {claim.known.cell} left out: {reason}.")
        wanted = [seed for seed in range(seeds) if seed not in seen.seeds]
        if wanted:
            code = _run_missing(
                claim, given, wanted, dry_run, results, store, without_data
            )
            if code == _INTERRUPTED:
                return code
            if code:
                verdicts["no data" if code == 3 else "failed"] += 1
            seen = evidence(claim, tuple(given), results)
        for row, verdict in seen.rows:
            mark = "✗" if verdict.kind == "worse" else "✓"
            score = estimate(row.metric("test", claim.known.metric))
            click.echo(f"  {mark}  {verdict.sentence}")
            runs = ", ".join(run.run for run in row.finished)
            click.echo(f"     {score} over {len(row.finished)} seed(s): {runs}")
            verdicts[verdict.kind] += 1
        if not seen.rows:
            verdicts["unverified"] += 1
        click.echo()
    for known in elsewhere:
        click.echo(
            f"{known.name}  {known.value:.4g}: needs other options, "
            f"{as_text(known.options)}."
        )
    return _end(task, verdicts, found, dry_run)


def _claim_lines(claim):
    known = claim.known
    within = f", band {band(known)}" if band(known) else ""
    yield (
        f"{known.name}  {known.metric} {known.value:.4g} {claim.unit} "
        f"{ARROWS[claim.mode]}{within}"
    )
    yield f"     {known.source}; {known.protocol}"
    needs = [f"cell={known.cell}"] if known.cell else []
    needs += [f"parameters={known.num_params:,}"] if known.num_params else []
    needs += [as_text({**known.options, **known.settings})]
    yield f"     needs {', '.join(filter(None, needs))}"


def _run_missing(
    claim,
    given: Mapping[str, Any],
    seeds: Sequence[int],
    dry_run: bool,
    results: list[Result],
    store: Store,
    without_data: set[str],
) -> int:
    """Runs what no stored run repeats; new results are added to the list.

    Data that was found not to be had is added to ``without_data``, and not asked for
    again.

    Returns:
        0, or the exit code of what went wrong.
    """
    from seqtasks.verify.work import command_of, needs_other_data, speed_of, work_of

    data = as_text(claim.options)
    if data in without_data:
        click.echo("  –  not verified: its data is not to be had, as above.")
        return DataUnavailableError.exit_code
    if dry_run and "dataset" not in given and needs_other_data(claim):
        dataset = claim.options["dataset"]
        click.echo(
            f"     to be run; the data set {dataset} is read, or fetched, only if you "
            f"add --dataset {dataset} or leave --dry-run out."
        )
        return 0
    try:
        work = work_of(claim, {**given, **claim.known.options})
    except (DataUnavailableError, UsageError) as error:
        click.echo(f"  –  not verified: {error}")
        if isinstance(error, DataUnavailableError):
            without_data.add(data)
        return error.exit_code
    for seed in seeds:
        click.echo(f"     $ {command_of(claim, work, seed, str(store.folder))}")
    often = f"{len(seeds)} × " if len(seeds) > 1 else ""
    click.echo(
        f"     {often}{work.steps:,} training steps, {work.time_steps:,} time steps"
        f"{_duration(work.time_steps * len(seeds), speed_of(claim, results))}"
    )
    if dry_run:
        return 0
    for seed in seeds:
        try:
            result = _run(claim, work, seed, store)
        except SeqtasksError as error:
            click.echo(f"  ✗  {error}")
            return error.exit_code
        results.append(result)
        if result.status == "interrupted":
            click.echo("Interrupted.", err=True)
            return _INTERRUPTED
        if result.status != "finished":
            click.echo(f"  ✗  {result.run} {result.status}: {result.reason}")
            return 1
    return 0


def _duration(time_steps: int, speed: tuple[float, str] | None) -> str:
    if speed is None:
        return "; no stored run tells how fast that is here"
    rate, run = speed
    minutes = time_steps / rate / 60
    return f"; about {max(1, round(minutes)):,} min at the speed of {run}"


def _run(claim, work, seed: int, store: Store) -> Result:
    from rich.console import Console

    from seqtasks.cli.progress import TerminalDisplay
    from seqtasks.training.run import run

    entry = claim.entry
    from_file = entry.reference.partition(":")[0].endswith(".py")
    return run(
        entry.reference if from_file else entry.name,
        claim.known.cell,
        options=claim.options,
        seed=seed,
        store=store,
        display=TerminalDisplay(Console(stderr=True)),
        **work.settings,
    )


def _end(task: str, verdicts, found, dry_run: bool) -> int:
    if not found:
        click.echo(f"No published value of {task} goes with these options.")
        return 0
    told = [f"{verdicts[kind]} {kind}" for kind in ("inside", "better", "worse")]
    told += [f"{verdicts['unverified']} not verified"]
    if verdicts["excluded"]:
        told.append(f"{verdicts['excluded']} that nothing can be held against")
    click.echo(f"{', '.join(told)}.")
    if dry_run:
        return 0
    verified = sum(verdicts[kind] for kind in ("inside", "better", "worse"))
    if not verified and verdicts["no data"]:
        return DataUnavailableError.exit_code
    return 1 if verdicts["worse"] or verdicts["unverified"] or verdicts["failed"] else 0
