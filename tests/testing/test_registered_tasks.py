"""Every task that is registered keeps the contract, with its defaults."""

import pytest

from seqtasks.registry import TASKS
from seqtasks.testing import check_task


def test_a_few_examples_of_a_task_keep_the_contract():
    check_task(TASKS.entries()["adding"].load(), max_examples=64)


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS.entries())
def test_each_registered_task_keeps_the_contract(name):
    check_task(TASKS.entries()[name].load())
