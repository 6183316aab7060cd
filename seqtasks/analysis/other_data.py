"""Trained short, tested long: a stored run, scored on other data of its task."""

import dataclasses
import re
from collections.abc import Sequence

from seqtasks.analysis.other_data_record import (
    OtherDataRecord,
    Scored,
    finite,
    write_record,
)
from seqtasks.errors import UsageError, shortened
from seqtasks.evaluations import EvaluationLog
from seqtasks.result import Result
from seqtasks.store import Store
from seqtasks.task import Baseline, Split
from seqtasks.training.display import Display
from seqtasks.training.experiment import Experiment
from seqtasks.training.machine import environment
from seqtasks.training.predict import load_run
from seqtasks.training.run import evaluate, predictor_of
from seqtasks.training.state import get_weights, model_variables, set_weights

# ×2, x2 and *2 are factors; a shell may take the last one for a pattern
_FACTOR = re.compile(r"[×x*](\d{1,9})")
_VALUE = re.compile(r"\d{1,9}")


def values_of(result: Result, option: str, given: Sequence[str]) -> list[int]:
    """The option's values that are meant by ``200`` and ``×2``, without repeats.

    Raises:
        UsageError: If the task of the run has no such option that is a whole number,
            or a text is no value of it.
    """
    trained = result.options.get(option)
    if type(trained) is not int:
        whole = [name for name, v in result.options.items() if type(v) is int]
        raise UsageError(
            f"Expected --test-set to name an option of {result.task} that is a whole "
            f"number, one of {', '.join(whole) or 'none'}; received {option!r}."
        )
    found: list[int] = []
    for text in given:
        factor, value = _FACTOR.fullmatch(text), _VALUE.fullmatch(text)
        if factor:
            found.append(int(factor[1]) * trained)
        elif value:
            found.append(int(text))
        else:
            raise UsageError(
                f"Expected values after --test-set {option}= as in 200 or, of the "
                f"{trained} that it was trained with, ×2; several with commas between "
                f"them; received {shortened(text)}."
            )
    return list(dict.fromkeys(found))


def score_on(
    result: Result,
    store: Store,
    option: str,
    given: Sequence[str],
    split: Split = "test",
    display: Display | None = None,
    allow_code: bool = False,
) -> OtherDataRecord:
    """Scores a run on data that the task gives with other values of an option.

    Args:
        result: The run, which may be anyone's.
        store: Folder with its weights; the scores are written there too.
        option: Name of the option.
        given: Values, or factors of the value that it was trained with, as ``"×2"``.
        split: Split to score; evaluations on test are counted.
        display: Receives what goes on.
        allow_code: Whether a Python file that the result names may be run.

    Raises:
        UsageError: If the weights are not there, there is no such option or value, the
            task refuses it, or its model has other weights.
    """
    display = display or Display()
    values = values_of(result, option, given)
    others = {
        value: Experiment.of_result(
            dataclasses.replace(
                result, options={**result.options, option: value}, limit=None
            ),
            allow_code,
        )
        for value in values
    }
    own = load_run(result, store, allow_code)
    weights = get_weights(own.model)
    scored = []
    units = dict(own.task.metric_units)
    for value in values:
        # models of several lengths need not be in memory at once
        other = others.pop(value)
        display.message(f"{result.run} on {option} {value}, {split}")
        if split == "test":
            other.prepare(store.folder, display)
        _check_weights(own, other, option, value)
        set_weights(other.model, weights)
        if split == "test":
            EvaluationLog(store.folder).write(
                task=result.task,
                fingerprint=other.pipeline.fingerprint,
                run=result.run,
                cell=result.cell,
            )
        metrics = evaluate(other, split)
        if other.task.scores is not None:
            predictor = predictor_of(other)
            of_whole = other.task.scores(predictor, split)
            metrics |= {name: float(number) for name, number in of_whole.items()}
        # as of more pairs
        units |= other.task.metric_units
        # baselines are of the test split
        best = _best_baseline(other) if split == "test" else None
        scored.append(
            Scored(
                value=value,
                fingerprint=other.pipeline.fingerprint,
                metrics=finite(metrics),
                baseline=best.name if best else "",
                baseline_value=float(best.value) if best else None,
            )
        )
    record = OtherDataRecord(
        run=result.run,
        task=result.task,
        cell=result.cell,
        seed=result.seed,
        option=option,
        trained=result.options[option],
        split=split,
        monitor=result.monitor,
        mode=result.mode,
        metric_units=units,
        own=finite(result.metrics.get(split, {})),
        scored=tuple(sorted(scored, key=lambda one: one.value)),
        commit=environment()["commit"],
    )
    return write_record(store.folder, record)


def _check_weights(own: Experiment, other: Experiment, option: str, value: int) -> None:
    """Refuses a model that has other weights than the run's."""
    here, there = (model_variables(one.model) for one in (own, other))
    shapes = [[tuple(variable.shape) for variable in one] for one in (here, there)]
    if shapes[0] == shapes[1]:
        return
    differing = next(
        (
            f"{variable.path} is {before} in the run and would be {now}"
            for variable, before, now in zip(here, *shapes, strict=False)
            if before != now
        ),
        f"{len(here)} weights in the run would be {len(there)}",
    )
    raise UsageError(
        f"Expected an option that leaves the model's weights as they are; with "
        f"{option}={value}, {differing}. A model can be scored on it only if it is "
        f"trained with it."
    )


def _best_baseline(experiment: Experiment) -> Baseline | None:
    task = experiment.task
    sign = 1 if task.mode == "min" else -1
    return min(
        (one for one in experiment.baselines if one.metric == task.monitor),
        key=lambda one: sign * one.value,
        default=None,
    )
