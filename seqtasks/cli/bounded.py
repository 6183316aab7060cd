"""A command on anyone's model, run in a child process whose memory can be limited."""

import os
import subprocess
import sys
from pathlib import Path

import click

from seqtasks.training.memory_limit import CHILD, can_be_limited, too_large


def run_in_child(path: Path) -> None:
    """Runs this command again in a child, and ends with its exit code.

    It returns in the child, and where none is made: on a system without limits, and in
    a process that has loaded TensorFlow already, as of a test.

    Args:
        path: Path of the model.

    Raises:
        click.exceptions.Exit: With the child's exit code.
        UsageError: If a signal ended the child, as where there is no memory.
    """
    loaded = "tensorflow" in sys.modules
    if os.environ.get(CHILD) or loaded or not can_be_limited():
        return
    # -P: a file json.py beside anyone's model is not Python's
    words = [sys.executable, "-P", "-m", "seqtasks.cli.main", *sys.argv[1:]]
    ended = subprocess.run(words, env={**os.environ, CHILD: str(path)}, check=False)
    if ended.returncode < 0:
        raise too_large(path)
    raise click.exceptions.Exit(ended.returncode)
