from pathlib import Path

import pytest

from seqtasks.errors import UsageError
from seqtasks.training.plan import plan_cell, plan_task
from seqtasks.training.settings import resolve_settings
from seqtasks.verify.sizing import units_for

TINY = str(Path(__file__).parents[1] / "tiny_task.py")


def units(cell, num_params):
    plan = plan_task(TINY, {})
    settings = resolve_settings(plan.build(0), "tiny_task", {})
    return units_for(plan, plan_cell(cell, {}), settings, num_params)


@pytest.mark.parametrize(
    ("num_params", "expected"),
    # u² + 5 u + 2 parameters: 52 of 5 units, 68 of 6
    [(52, 5), (59, 5), (61, 6), (68, 6), (8, 1)],
)
def test_the_nearest_size_by_hand(num_params, expected):
    assert units("elman", num_params) == expected


def test_a_size_that_no_model_has_is_refused():
    with pytest.raises(UsageError) as error:
        units("elman", 3)
    assert str(error.value) == (
        "Expected a size that a model of tiny_task with elman can have; 3 parameters "
        "are far from the nearest, 8 with 1 units."
    )
