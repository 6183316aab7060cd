"""Every task that is registered keeps the contract, with its defaults."""

import pytest

from seqtasks.registry import TASKS
from seqtasks.testing import check_task


@pytest.mark.slow
@pytest.mark.parametrize("name", TASKS.entries())
def test_each_registered_task_keeps_the_contract(name):
    check_task(TASKS.entries()[name].load())
