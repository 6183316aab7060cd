"""Before a sweep: what is known of its runs is read, what is not is measured."""

import dataclasses
import tempfile
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from seqtasks.claims import ENDED, is_of
from seqtasks.files import from_data, parse_json, replacing
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.sweep import measurement
from seqtasks.sweep.grid import Run
from seqtasks.sweep.measurement import Ended, Known, Measurement
from seqtasks.sweep.plan import Plan, configuration, label, predicted_and_real
from seqtasks.sweep.pool import Outcome, Started, run_all


@dataclasses.dataclass(frozen=True)
class Calibration:
    """The plan of the runs of a sweep on one folder of results.

    Args:
        store: Folder of the results.
        digest_of: Function of the digest of a run's command line; empty for none.
        threads: Number of threads of a run; 0 for all.
        jobs: Number of runs at once.
        retry: Statuses of rows that do not count.
    """

    store: Store
    digest_of: Callable[[Run], str]
    threads: int
    jobs: int
    retry: Collection[str] = ()

    def plan(self, runs: Sequence[Run], done: Collection[Run]) -> Plan:
        """The plan by what is known already; nothing is measured.

        Args:
            runs: The runs.
            done: Those whose rows are known; others are found here.
        """
        return self._plan(runs, done, {})

    def measured(
        self,
        runs: Sequence[Run],
        done: Collection[Run],
        start: Callable[[list[str]], Started],
        log: Callable[[str], None],
    ) -> Plan:
        """The plan, what is not known being measured, each in a process of its own.

        As many are measured at once as runs will be trained at once, so that they
        share the machine in the same way.

        Args:
            runs: The runs.
            done: Those whose rows are known; others are found here.
            start: Function that starts ``seqtasks`` with words.
            log: Function of a line of the progress.

        Raises:
            KeyboardInterrupt: After Ctrl-C, when all have ended.
        """
        plan = self.plan(runs, done)
        unknown = plan.unknown
        if not unknown:
            return plan
        count = len(unknown)
        log(
            f"Measuring a few steps of {count} configuration"
            f"{'' if count == 1 else 's'} first; --no-plan leaves this out."
        )
        failures: dict[Run, str] = {}
        with tempfile.TemporaryDirectory() as folder:
            paths = {run: Path(folder, f"{i}.json") for i, run in enumerate(unknown)}

            def begin(run: Run) -> Started:
                words = run.words("--results", str(self.store.folder))
                return start([*words, "--measure", str(paths[run])])

            for outcome in run_all(unknown, self.jobs, begin, lambda line: None):
                found = _measurement(paths[outcome.run], outcome)
                if found is None:
                    failures[outcome.run] = outcome.reason or outcome.how
                else:
                    known = Known(label=label(outcome.run), measurement=found)
                    measurement.write(self._path(outcome.run), known)
        return self._plan(runs, done, failures)

    def note(
        self, plan: Plan, outcomes: Sequence[Outcome], took: float, began: float
    ) -> list[str]:
        """Keeps what finished runs took, for later plans.

        Args:
            plan: The plan of the sweep.
            outcomes: How its runs ended.
            took: Seconds of the whole sweep.
            began: Time at which it began, in seconds since 1970.

        Returns:
            A table of what was predicted and what came out, with the path of the file
            that keeps it; empty if nothing was predicted.
        """
        finished: dict[Run, list[Ended]] = {}
        every = self._known([one.run for one in outcomes])
        rows = self._rows([one.run for one in outcomes], every)
        for one, known in every.items():
            mine = [o for o in outcomes if configuration(o.run) == one]
            for outcome in mine:
                row = _trained(outcome, rows[outcome.run], began)
                if row is None or one not in plan.predictions:
                    continue
                predicted = plan.predictions[one]
                finished.setdefault(one, []).append(
                    Ended(
                        run=row.run,
                        seed=row.seed,
                        predicted=predicted.seconds,
                        seconds=outcome.seconds,
                        predicted_bytes=predicted.memory,
                        peak_memory_bytes=row.peak_memory_bytes,
                    )
                )
            if one in finished:
                ended = [*known.ended, *finished[one]]
                measurement.write(
                    self._path(one), dataclasses.replace(known, ended=ended)
                )
        whole = 0.0 if plan.unknown else plan.seconds()[0]
        if {one.how for one in outcomes} != {"finished"}:
            whole = 0.0  # it was not the sweep that was predicted
        lines = list(predicted_and_real(finished, took, whole))
        if not lines:
            return []
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
        path = self.store.folder / "sweep" / "plan" / f"predicted-{stamp}.txt"
        with replacing(path) as temporary:
            temporary.write_text("\n".join([*lines, ""]), encoding="utf-8")
        return [*lines, f"Kept in {path}."]

    def _plan(
        self, runs: Sequence[Run], done: Collection[Run], failures: Mapping[Run, str]
    ) -> Plan:
        every = self._known(runs)
        ended = {
            run
            for run, rows in self._rows(runs, every).items()
            if any(row.status in ENDED and row.status not in self.retry for row in rows)
        }
        predictions = {one: known.prediction for one, known in every.items()}
        return Plan(runs, self.jobs, predictions, frozenset({*done, *ended}), failures)

    def _known(self, runs: Sequence[Run]) -> dict[Run, Known]:
        """What is known, by configuration."""
        found = {}
        for one in dict.fromkeys(map(configuration, runs)):
            if (known := measurement.read(self._path(one))) is not None:
                found[one] = known
        return found

    def _rows(
        self, runs: Sequence[Run], every: Mapping[Run, Known]
    ) -> dict[Run, list[Result]]:
        """The rows of each run; of one whose configuration is not known there is none.

        The folder is read once: it may hold ten thousand.
        """
        keys = {
            run: {**every[one].measurement.run_key, "seed": run.seed}
            for run in runs
            if (one := configuration(run)) in every
        }
        names = {
            run: (key.get("task"), key.get("cell"), run.seed)
            for run, key in keys.items()
        }
        begins = {f"{task}-{cell}-s{seed}-" for task, cell, seed in names.values()}
        read: dict[tuple, list[Result]] = {}
        for row in self.store.read(tuple(begins))[0] if begins else ():
            if not row.ancestry:
                read.setdefault((row.task, row.cell, row.seed), []).append(row)
        return {
            run: [row for row in read.get(names[run], ()) if is_of(row, keys[run])]
            if run in keys
            else []
            for run in runs
        }

    def _path(self, run: Run) -> Path:
        one = configuration(run)
        digest = self.digest_of(one)
        share = self.threads, self.jobs
        return measurement.path_of(one, digest, self.store.folder, share)


def _trained(outcome: Outcome, rows: Sequence[Result], began: float) -> Result | None:
    """The row of a run that was trained from its beginning to its end since a time."""
    for row in rows if outcome.how == "finished" else ():
        ended = datetime.fromisoformat(row.created).timestamp()
        # one that a sweep of before had begun is found done after a moment
        here = row.seconds <= outcome.seconds and ended >= began - 1
        if row.status == "finished" and not row.resumed and here:
            return row
    return None


def _measurement(path: Path, outcome: Outcome) -> Measurement | None:
    """What a process measured, with the seconds of its start."""
    try:
        found = from_data(Measurement, parse_json(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None
    start = max(outcome.seconds - found.measured_seconds, 0.0)
    return dataclasses.replace(found, start_seconds=start)
