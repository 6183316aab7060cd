"""The search: so many trials of each cell, then the best settings with fresh seeds."""

import dataclasses
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.reports.numbers import number
from seqtasks.store import Store
from seqtasks.sweep.grid import Run
from seqtasks.sweep.pool import Outcome, Started, run_all
from seqtasks.training.experiment import Experiment
from seqtasks.training.study import (
    best_trial,
    import_optuna,
    load,
    note_end,
    rounded,
    storage,
)
from seqtasks.tuning.space import Range

# beyond the seeds of what is compared, so that no score is of a seed that was searched
TRIAL_SEED = 1000

# trials that are drawn at random, before the sampler learns from them
_RANDOM_TRIALS = 5
# of these the first draws, one a seed, lie far apart
_FIRST_SEED = 20
# how often a trial is begun, or gone on with, whose process was killed
_ATTEMPTS = 3

# exit codes of a run that cannot be made
_REFUSED = (2, 3)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Plan:
    """A search that is asked for.

    Args:
        study: Name of the study.
        folder: Folder of the results.
        task: Name or path of the task.
        cells: Names or paths of the cells.
        experiments: An experiment of each, with all that is not searched.
        space: What is searched.
        words: Words of the options of ``seqtasks run`` that all trials have.
        given: What these words set, which is the study's.
        trials: Number of trials of each cell.
        pruning: ``"median"``, or ``"none"``.
    """

    study: str
    folder: Path
    task: str
    cells: tuple[str, ...]
    experiments: tuple[Experiment, ...]
    space: tuple[Range, ...]
    words: tuple[str, ...]
    given: Mapping[str, Any]
    trials: int
    pruning: str

    @property
    def about(self) -> dict[str, Any]:
        """What all trials of all cells have in common, as JSON has it."""
        first = self.experiments[0]
        about = {
            "task": first.task_entry.name,
            "task_code": first.task_entry.code,
            "given": self.given,
            "space": {one.name: one.text for one in self.space},
            "pruning": self.pruning,
        }
        return json.loads(json.dumps(about, default=str))

    def name(self, cell: str) -> str:
        """The name that a cell has in the study and in results."""
        return self.experiments[self.cells.index(cell)].cell_entry.name


def begin(plan: Plan) -> Any:
    """The storage of the study, with an Optuna study of each cell.

    Raises:
        UsageError: If the study was begun with something else, or is damaged.
    """
    optuna = import_optuna()
    kept = storage(plan.folder, plan.study)
    there = optuna.get_all_study_names(kept)
    for name in there:
        _check_same(plan, load(kept, plan.study, name).user_attrs, name)
    mode = plan.experiments[0].task.mode
    for experiment in plan.experiments:
        name = experiment.cell_entry.name
        study = optuna.create_study(
            study_name=name,
            storage=kept,
            direction="minimize" if mode == "min" else "maximize",
            load_if_exists=True,
        )
        for key, value in (plan.about | {"cell_code": _code(plan, name)}).items():
            if key not in study.user_attrs:
                study.set_user_attr(key, value)
    return kept


def _code(plan: Plan, name: str) -> str:
    """The hash, or the package and version, of a cell; empty of one not asked for."""
    codes = {one.cell_entry.name: one.cell_entry.code for one in plan.experiments}
    return codes.get(name, "")


def _check_same(plan: Plan, before: Mapping[str, Any], name: str) -> None:
    """Refuses a study that was begun with something else."""
    about, other = plan.about, "or begin another study with --study NAME."
    for key in about.keys() & before.keys():
        if before[key] == about[key]:
            continue
        if key == "space":
            raise UsageError(
                f"The study {plan.study} was begun with another space: "
                f"{_space(before[key])}; received {_space(about[key])}. Type the "
                f"same --search, {other}"
            )
        if key == "task_code":
            raise UsageError(
                f"The task's code has changed since the study {plan.study} was begun, "
                f"so that its trials cannot be compared. Begin another with --study "
                f"NAME."
            )
        raise UsageError(
            f"The study {plan.study} was begun with another {key}: "
            f"{_listed(before[key])}; received {_listed(about[key])}. Type the same, "
            f"{other}"
        )
    code = _code(plan, name)
    if code and before.get("cell_code", code) != code:
        raise UsageError(
            f"The code of the cell {name} has changed since the study {plan.study} was "
            f"begun, so that its trials cannot be compared. Begin another with --study "
            f"NAME."
        )


def _space(space: Mapping[str, str]) -> str:
    return " ".join(f"{name}={text}" for name, text in space.items())


def _listed(value: Any) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    return ", ".join(f"{name} {one}" for name, one in value.items()) or "nothing"


def ask(plan: Plan, kept: Any, cell: str, number: int) -> dict[str, Any]:
    """The values of a trial by name, drawn if it has none yet.

    The seed is by the trial's number: trials that are drawn at random are the same for
    each cell, and a search that was cut off goes on as if it had not been.
    """
    optuna = import_optuna()
    sampler = optuna.samplers.TPESampler(
        n_startup_trials=_RANDOM_TRIALS, seed=_FIRST_SEED + number
    )
    study = load(kept, plan.study, plan.name(cell), sampler=sampler)
    waiting = optuna.trial.TrialState.WAITING
    trials = study.trials
    if number < len(trials) and trials[number].state != waiting:
        # as of a search that was killed; what it did not draw is drawn now
        trial = optuna.trial.Trial(study, trials[number]._trial_id)
    else:
        if not trials:
            study.enqueue_trial(_defaults(plan, cell))
        trial = study.ask()
    assert trial.number == number, "trials are asked for in order, by one process"
    return {one.name: rounded(one.suggest(trial)) for one in plan.space}


def _defaults(plan: Plan, cell: str) -> dict[str, Any]:
    """What a run has without a search, for the first trial, where that is in a range.

    The rest of it is drawn.
    """
    experiment = plan.experiments[plan.cells.index(cell)]
    values = {one: one.default(experiment) for one in plan.space}
    return {one.name: value for one, value in values.items() if one.holds(value)}


class _Trial:
    """A trial that goes on, of which the end is noted."""

    def __init__(self, process: Started, ended: Callable[[int, str], None]):
        self._process, self._ended = process, ended
        self._code: int | None = None
        self.waits, self.reason = process.waits, process.reason
        self.terminate, self.kill = process.terminate, process.kill
        self.close = process.close

    def ended(self) -> int | None:
        if self._code is None and (code := self._process.ended()) is not None:
            self._ended(code, self._process.reason() if code in _REFUSED else "")
            self._code = code
        return self._code


def search(
    plan: Plan,
    kept: Any,
    jobs: int,
    start: Callable[[Run], Started],
    log: Callable[[str], None],
) -> None:
    """Makes the trials that lack, till each cell has so many.

    Args:
        plan: The search.
        kept: Its storage.
        jobs: Number of trials at once.
        start: Function that starts a run.
        log: Function of a line of the progress.

    Raises:
        KeyboardInterrupt: After Ctrl-C, when all have ended.
        UsageError: If the first trial of a cell cannot be made.
    """

    def begun(slot: Run) -> Started:
        # a trial's settings are drawn when it starts, by all that is known then
        cell, number_ = slot.cell, int(slot.options[0].removeprefix("trial "))
        values = ask(plan, kept, cell, number_)
        words = [word for one in plan.space for word in one.words(values[one.name])]
        options = (*plan.words, *words, "--study", f"{plan.study}:{number_}")
        shown = ", ".join(f"{name}={value}" for name, value in values.items())

        def ended(code: int, refused: str) -> None:
            study = load(kept, plan.study, plan.name(cell))
            if code in _REFUSED:
                _refuse(study, cell, number_, refused)
            _note_rows(plan, kept, cell)
            log(f"          {shown}: {_value(study, number_)}")

        run = Run(plan.task, cell, TRIAL_SEED, options)
        return _Trial(start(run), ended)

    for cell in plan.cells:
        _note_rows(plan, kept, cell)
    outcomes: list[Outcome] = []
    for _ in range(_ATTEMPTS):
        if slots := _lacking(plan, kept):
            outcomes = run_all(slots, jobs, begun, log)
    for slot in _lacking(plan, kept):
        number_ = int(slot.options[0].removeprefix("trial "))
        study = load(kept, plan.study, plan.name(slot.cell))
        reason = next((one.reason for one in outcomes if one.run == slot), "")
        _fail(study, number_, f"Given up after {_ATTEMPTS} attempts: {reason}")


def _note_rows(plan: Plan, kept: Any, cell: str) -> None:
    """Notes how trials ended that could not note it.

    That is where the process was killed between its row and its study, or does not see
    the study, on another machine.
    """
    study = load(kept, plan.study, plan.name(cell))
    if all(trial.state.is_finished() for trial in study.trials):
        return
    first = plan.experiments[0].task_entry.name
    start = f"{first}-{plan.name(cell)}-s{TRIAL_SEED}-"
    for row in Store(plan.folder).read((start,))[0]:
        if row.search is None or not row.is_trial or row.rerun_of:
            continue
        if row.search.study == plan.study:
            note_end(study, row.search.trial, row)


def _lacking(plan: Plan, kept: Any) -> list[Run]:
    """The trials that have not ended, the first of each cell first."""
    trials = {
        cell: load(kept, plan.study, plan.name(cell)).trials for cell in plan.cells
    }
    return [
        Run(plan.task, cell, TRIAL_SEED, (f"trial {number_}",))
        for number_ in range(plan.trials)
        for cell in plan.cells
        if number_ >= len(trials[cell]) or not trials[cell][number_].state.is_finished()
    ]


def _refuse(study: Any, cell: str, number_: int, reason: str) -> None:
    """Notes a trial that could not be made; the first one ends the search."""
    if not any(trial.state.is_finished() for trial in study.trials):
        raise UsageError(
            f"The first trial of {cell} could not be made, so that the search is "
            f"ended: {reason}"
        )
    _fail(study, number_, reason)


def _fail(study: Any, number_: int, reason: str) -> None:
    """Notes that a trial has failed that could not note it."""
    optuna = import_optuna()
    trial = optuna.trial.Trial(study, study.trials[number_]._trial_id)
    trial.set_user_attr("status", "failed")
    trial.set_user_attr("reason", reason)
    study.tell(number_, state=optuna.trial.TrialState.FAIL)


def _value(study: Any, number_: int) -> str:
    """How a trial ended, beside the best so far."""
    trial = study.trials[number_]
    status = trial.user_attrs.get("status", "cut off")
    value = f", {number(trial.value)} on validation" if trial.value is not None else ""
    best = best_trial(study, len(study.trials))
    so_far = f"; best {number(best.value)} of trial {best.number}" if best else ""
    return f"{status}{value}{so_far}"


@dataclasses.dataclass(frozen=True)
class Best:
    """The settings that were chosen for a cell.

    Args:
        cell: Name or path of the cell.
        trial: Number of the trial.
        value: Its score on validation.
        values: Values of what was searched, by name.
        of_defaults: Validation score of trial 0, with the task's own settings; ``None``
            if it did not finish, or these are not in the space.
        statuses: Number of trials by how they ended.
    """

    cell: str
    trial: int
    value: float
    values: dict[str, Any]
    of_defaults: float | None
    statuses: dict[str, int]


def best_of(plan: Plan, kept: Any) -> list[Best]:
    """The best settings of each cell.

    Raises:
        UsageError: If no trial of a cell has finished.
    """
    found = []
    for cell in plan.cells:
        study = load(kept, plan.study, plan.name(cell))
        best = best_trial(study, plan.trials)
        statuses: dict[str, int] = {}
        for trial in study.trials[: plan.trials]:
            status = trial.user_attrs.get("status", "running")
            statuses[status] = statuses.get(status, 0) + 1
        if best is None:
            reasons = [
                trial.user_attrs.get("reason", "")
                for trial in study.trials[: plan.trials]
            ]
            last = next((one for one in reversed(reasons) if one), "no reason is known")
            raise UsageError(
                f"None of the {plan.trials} trials of {cell} finished, so that "
                f"there are no best settings. The last one: {last}"
            )
        values = {name: rounded(value) for name, value in best.params.items()}
        whole = len(_defaults(plan, cell)) == len(plan.space)
        first = study.trials[0].value if whole else None
        found.append(Best(cell, best.number, best.value, values, first, statuses))
    return found


def final_runs(plan: Plan, best: Sequence[Best], seeds: int) -> list[Run]:
    """The runs with the best settings, which are scored on test."""
    return [
        Run(
            plan.task,
            one.cell,
            seed,
            (
                *plan.words,
                *(word for r in plan.space for word in r.words(one.values[r.name])),
                *("--study", f"{plan.study}@{plan.trials}"),
            ),
        )
        for seed in range(seeds)
        for one in best
    ]
