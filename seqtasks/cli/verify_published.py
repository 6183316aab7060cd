"""The published values of a task, repeated by stored runs and by new ones."""

import collections
from collections.abc import Mapping, Sequence
from typing import Any

from seqtasks.cli.parameters import echo
from seqtasks.errors import DataUnavailableError, SeqtasksError, UsageError
from seqtasks.options import as_text
from seqtasks.result import Result
from seqtasks.store import Store

_INTERRUPTED = 130


class PublishedValues:
    """One verification of the published values of a task.

    Args:
        given: Values of the task's options that a person chose.
        seeds: Number of seeds that repeat each value.
        dry_run: Show what is missing and run nothing.
        results: The stored results; new ones are added.
        store: The folder that new ones are written to.
    """

    def __init__(
        self,
        given: Mapping[str, Any],
        seeds: int,
        dry_run: bool,
        results: Sequence[Result],
        store: Store,
    ):
        self.given = given
        self.seeds = range(seeds)
        self.dry_run = dry_run
        self.results = list(results)
        self.store = store
        # number of rows or claims that came to each verdict, or why to none
        self.verdicts: collections.Counter[str] = collections.Counter()
        # options whose data is not available, which is asked for once
        self.without_data: set[str] = set()

    def verify(self, task: str) -> int:
        """Verifies each published value and prints what is found; the exit code."""
        from seqtasks.reports.published_values import claims

        found, elsewhere, missing = claims(task, self.given)
        if missing and not found:
            echo(missing, err=True)
        for claim in found:
            if self._verify_claim(claim) == _INTERRUPTED:
                return _INTERRUPTED
        for known in elsewhere:
            echo(
                f"{known.name}  {known.value:.4g}: needs other options, "
                f"{as_text(known.options)}."
            )
        if not found:
            echo(f"No published value of {task} goes with these options.")
            return 0
        return self._end()

    def _verify_claim(self, claim) -> int:
        from seqtasks.reports.numbers import estimate
        from seqtasks.reports.published_values import evidence

        for line in _claim_lines(claim):
            echo(line)
        if claim.excluded:
            echo(f"  –  no verdict: {claim.excluded}.\n")
            self.verdicts["excluded"] += 1
            return 0
        seen = evidence(claim, tuple(self.given), self.results)
        for reason, count in seen.others.items():
            runs = "1 run" if count == 1 else f"{count} runs"
            echo(f"     {runs} of {claim.published.cell} left out: {reason}.")
        if wanted := [seed for seed in self.seeds if seed not in seen.seeds]:
            code = self._run_missing(claim, wanted)
            if code == _INTERRUPTED:
                return code
            if code:
                missing_data = code == DataUnavailableError.exit_code
                self.verdicts["no data" if missing_data else "failed"] += 1
            seen = evidence(claim, tuple(self.given), self.results)
        for row, verdict in seen.rows:
            mark = "✗" if verdict.kind == "worse" else "✓"
            score = estimate(row.metric("test", claim.published.metric))
            echo(f"  {mark}  {verdict.sentence}")
            runs = ", ".join(run.run for run in row.finished)
            echo(f"     {score} over {len(row.finished)} seed(s): {runs}")
            self.verdicts[verdict.kind] += 1
        if not seen.rows:
            self.verdicts["unverified"] += 1
        echo()
        return 0

    def _run_missing(self, claim, seeds: Sequence[int]) -> int:
        """Makes the runs that no stored run repeats; 0, or the code of what failed."""
        from seqtasks.reports.published_values import (
            command_of,
            needs_other_data,
            work_of,
        )

        data = as_text(claim.options)
        if data in self.without_data:
            echo("  –  not verified: its data is not available, as above.")
            return DataUnavailableError.exit_code
        if self.dry_run and "dataset" not in self.given and needs_other_data(claim):
            dataset = claim.options["dataset"]
            echo(
                f"     to be run; the data set {dataset} is read, or fetched, only if "
                f"you add --dataset {dataset} or leave --dry-run out."
            )
            return 0
        try:
            work = work_of(claim, {**self.given, **claim.published.options})
        except (DataUnavailableError, UsageError) as error:
            echo(f"  –  not verified: {error}")
            if isinstance(error, DataUnavailableError):
                self.without_data.add(data)
            return error.exit_code
        for seed in seeds:
            folder = str(self.store.folder)
            echo(f"     $ {command_of(claim, work, seed, folder)}")
        echo(f"     {self._cost(claim, work, len(seeds))}")
        for seed in () if self.dry_run else seeds:
            try:
                result = _run(claim, work, seed, self.store)
            except SeqtasksError as error:
                echo(f"  ✗  {error}")
                return error.exit_code
            self.results.append(result)
            if result.status == "interrupted":
                echo("Interrupted.", err=True)
                return _INTERRUPTED
            if result.status != "finished":
                echo(f"  ✗  {result.run} {result.status}: {result.reason}")
                return 1
        return 0

    def _cost(self, claim, work, runs: int) -> str:
        """The steps of the runs, and minutes at the speed of a stored run."""
        from seqtasks.reports.published_values import speed_of

        often = f"{runs} × " if runs > 1 else ""
        text = f"{often}{work.steps:,} training steps, {work.time_steps:,} time steps"
        speed = speed_of(claim, self.results)
        if speed is None:
            return f"{text}; no stored run shows how fast that is here"
        rate, run = speed
        minutes = max(1, round(work.time_steps * runs / rate / 60))
        return f"{text}; about {minutes:,} min at the speed of {run}"

    def _end(self) -> int:
        """Prints the number of each verdict; the exit code."""
        verdicts = self.verdicts
        parts = [f"{verdicts[kind]} {kind}" for kind in ("inside", "better", "worse")]
        parts += [f"{verdicts['unverified']} not verified"]
        if verdicts["excluded"]:
            parts.append(f"{verdicts['excluded']} without a verdict")
        echo(f"{', '.join(parts)}.")
        if self.dry_run:
            return 0
        verified = verdicts["inside"] + verdicts["better"] + verdicts["worse"]
        if not verified and verdicts["no data"]:
            return DataUnavailableError.exit_code
        bad = verdicts["worse"] + verdicts["unverified"] + verdicts["failed"]
        return 1 if bad else 0


def _claim_lines(claim):
    from seqtasks.reports.table import ARROWS
    from seqtasks.reports.verdict import band

    known = claim.published
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


def _run(claim, work, seed: int, store: Store) -> Result:
    from rich.console import Console

    from seqtasks.reports.published_values import task_argument
    from seqtasks.training.progress import TerminalDisplay
    from seqtasks.training.run import run

    return run(
        task_argument(claim),
        claim.published.cell,
        options=claim.options,
        seed=seed,
        store=store,
        display=TerminalDisplay(Console(stderr=True)),
        **work.settings,
    )
