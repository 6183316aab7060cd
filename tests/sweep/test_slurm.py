"""The script for Slurm, run by bash in place of it."""

import os
import shutil
import signal
import subprocess
import sys
import time

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.sweep.slurm import MOST_RUNS, script

pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")

# ends with the code that it is given, or waits for SIGTERM and takes its time
_PROGRAM = """
import pathlib, signal, sys, time
def end(number, frame):
    time.sleep(0.2)
    pathlib.Path("checkpoint").touch()
    sys.exit(143)
signal.signal(signal.SIGTERM, end)
pathlib.Path("begun").write_text(" ".join(sys.argv[1:]))
if sys.argv[1] == "wait":
    time.sleep(60)
sys.exit(int(sys.argv[1]))
"""


@pytest.fixture
def start(tmp_path):
    """A function that starts the script as Slurm does for an index."""
    folder = tmp_path / "a folder"
    folder.mkdir()
    (tmp_path / "scontrol").write_text('#!/bin/bash\necho "$@" > requeued\n')
    (tmp_path / "scontrol").chmod(0o755)
    runs = [["0", "it's"], ["4"], ["wait"]]
    text = script(runs, [sys.executable, "-c", _PROGRAM], folder, "study.sh", 2)
    (tmp_path / "study.sh").write_text(text)
    started = []

    def begin(index):
        path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
        variables = {"SLURM_ARRAY_TASK_ID": str(index), "SLURM_JOB_ID": "17"}
        process = subprocess.Popen(
            ["bash", str(tmp_path / "study.sh")],
            env={**os.environ, **variables, "PATH": path},
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process, folder

    yield begin
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("index", "code"), [(0, 0), (1, 4), (3, 2)])
def test_the_exit_code_is_that_of_the_run(start, index, code):
    process, folder = start(index)
    assert process.wait(60) == code
    assert not (folder / "requeued").exists()
    if index == 0:
        assert (folder / "begun").read_text() == "0 it's"
    if index == 3:
        assert process.stderr.read() == "No run has the index 3.\n"


def test_at_the_time_limit_it_writes_a_checkpoint_and_is_queued_again(start):
    process, folder = start(2)
    while not (folder / "begun").exists():
        assert process.poll() is None
        time.sleep(0.02)
    # to the shell alone, as --signal=B:TERM@60 says
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert (folder / "checkpoint").exists()
    assert (folder / "requeued").read_text() == "requeue 17\n"


def test_the_head_of_the_script(tmp_path):
    path = tmp_path / "study.sh"
    words = ["sweep", "adding", "--cell", "gru,lstm", "--sbatch", str(path)]
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 0
    assert done.stdout == f"written  {path}: 2 runs\nnext     sbatch {path}\n"
    lines = path.read_text().splitlines()
    assert "#SBATCH --array=0-1" in lines
    assert {"#SBATCH --requeue", "#SBATCH --signal=B:TERM@60"} <= {*lines}
    assert "0) set -- run adding --cell gru --seed 0 --once ;;" in lines
    CliRunner().invoke(main, [*words, "--jobs", "1"])
    assert "#SBATCH --array=0-1%1" in path.read_text().splitlines()


def test_more_runs_than_a_cluster_takes_are_noted(tmp_path):
    words = ["sweep", "@memory", "--cell", "gru", "--seeds", "334"]
    done = CliRunner().invoke(main, [*words, "--sbatch", str(tmp_path / "s.sh")])
    assert f"Clusters take {MOST_RUNS:,} indices of a job array" in done.stdout
