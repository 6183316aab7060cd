import dataclasses
import importlib
from pathlib import Path

import pytest
from results_factory import result

from seqtasks.registry import TASKS
from seqtasks.reports.group import groups
from seqtasks.task import Optimum

CLAIMED = TASKS.find(str(Path(__file__).parents[1] / "claimed_task.py"))
NAMED = {"claimed_task.py:claimed_task": CLAIMED}


@pytest.fixture(scope="module")
def module():
    """Imported for these tests only: it imports TensorFlow."""
    return importlib.import_module("seqtasks.reports.recomputed")


RUN = result(
    task="claimed_task", task_reference=CLAIMED.reference, options={"length": 9}
)


@pytest.fixture(scope="module")
def again(module):
    """What the code of a task of a file gives."""
    found = module._recompute(RUN, NAMED)
    assert isinstance(found, module.Recomputed)
    return found


@pytest.fixture(scope="module")
def computed(again):
    """A result of a task of a file, whose baseline, data and optimum are its code's."""
    return dataclasses.replace(
        RUN,
        fingerprint=again.fingerprint,
        baselines=again.baselines,
        optimum=again.optimum,
        schema_version=2,
    )


@pytest.fixture
def outcomes(module):
    def check(*runs, files=NAMED):
        return [outcome for _, outcome in module.check_baselines(runs, files)]

    return check


@pytest.fixture(scope="module")
def checked(module, again):
    """Holds a result beside what the code gave once."""

    def check(run):
        (group,) = groups([run])
        return {one.name: one.equal for one in module._checks(group, again)}

    return check


def test_what_the_code_gives_is_equal(computed, outcomes):
    (checks,) = outcomes(computed)
    equal = {check.name: check.equal for check in checks}
    assert equal == {"data": True, "baseline coin": True, "optimum": True}
    (baseline,) = computed.baselines
    assert (baseline.value, computed.optimum.value) == (0.5, 1.0)


def test_rounding_is_no_difference_and_more_is_one(computed, checked):
    (baseline,) = computed.baselines
    for factor, equal in ((1 + 5e-6, True), (1 + 2e-5, False)):
        other = dataclasses.replace(baseline, value=baseline.value * factor)
        run = dataclasses.replace(computed, baselines=(other,))
        assert checked(run)["baseline coin"] is equal


def test_each_kind_of_difference_is_seen(computed, checked):
    other = dataclasses.replace(computed.baselines[0], name="die")
    worse = Optimum("accuracy", 0.9, "Guessed.")
    for name, field, value in (
        ("data", "fingerprint", "f" * 32),
        ("baseline coin", "baselines", ()),
        ("baseline die", "baselines", (*computed.baselines, other)),
        ("optimum", "optimum", worse),
        ("optimum", "optimum", None),
    ):
        found = checked(dataclasses.replace(computed, **{field: value}))
        assert [one for one, equal in found.items() if not equal] == [name]


def test_a_result_that_is_older_than_the_optimum_is_not_blamed(computed, checked):
    old = dataclasses.replace(computed, optimum=None, schema_version=1)
    assert checked(old)["optimum"] is None


def test_what_cannot_be_computed_again_has_a_reason(computed, outcomes):
    gone = {"task": "char_lm", "task_reference": "seqtasks.tasks.char_lm.task:char_lm"}
    (why,) = outcomes(result(**gone, options={"dataset": "./gone.txt"}))
    assert why.startswith("There is no file './gone.txt'.")
    (why,) = outcomes(dataclasses.replace(computed, task_version=0))
    assert why.startswith("The task has version 1 now, these runs 0")
    (why,) = outcomes(dataclasses.replace(computed, options={"lenght": 3}))
    assert why.startswith("There is no option 'lenght' in the task claimed_task.")


def test_the_code_of_a_file_runs_only_if_the_file_was_named(computed, outcomes):
    moved = dataclasses.replace(
        computed, task_reference="./far/claimed_task.py:claimed_task"
    )
    (why,) = outcomes(moved, files={})
    assert why == (
        "The task is in the file ./far/claimed_task.py, whose code is run only if you "
        "name it: seqtasks verify --baselines ./far/claimed_task.py"
    )
    # what was named is run, and not what the result says
    (checks,) = outcomes(moved)
    assert all(check.equal for check in checks)


def test_groups_of_one_task_and_options_are_computed_once(
    computed, outcomes, module, monkeypatch
):
    calls = []
    again = module._recompute
    monkeypatch.setattr(
        module, "_recompute", lambda *given: calls.append(given) or again(*given)
    )
    smoke = dataclasses.replace(computed, limit=3)
    assert len(outcomes(computed, smoke)) == 2
    assert len(calls) == 1
