"""The memory of a process."""

import os

from seqtasks.training.memory import peak_memory_bytes


def test_memory_is_that_of_a_process_and_not_of_the_machine():
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 1e6 < peak_memory_bytes() < machine
