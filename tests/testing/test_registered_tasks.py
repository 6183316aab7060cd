"""Every task that is registered keeps the contract, with its defaults."""

import pytest

from seqtasks.registry import TASKS
from seqtasks.testing import check_task

# of each kind one: real numbers, targets at some steps, varying lengths
_FEW = ("adding", "associative_recall", "list_ops")


@pytest.mark.parametrize("name", _FEW)
def test_a_few_examples_of_a_task_keep_the_contract(name):
    check_task(TASKS.entries()[name].load(), max_examples=64)


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS.entries())
def test_each_registered_task_keeps_the_contract(name):
    check_task(TASKS.entries()[name].load())
