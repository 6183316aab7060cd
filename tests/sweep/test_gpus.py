"""Which GPU each run has, with a driver that is made up."""

import subprocess

import pytest

from seqtasks.sweep import gpus as module
from seqtasks.sweep.gpus import Shares, gpus


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ("0,2", ("0", "2")),
        ("GPU-1a", ("GPU-1a",)),
        ("", ()),
        ("-1", ()),
        ("1,-1,2", ("1",)),
    ],
)
def test_those_that_a_job_queue_has_given(monkeypatch, given, names):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", given)
    assert gpus() == names


@pytest.mark.parametrize(
    ("ended", "names"),
    [
        (subprocess.CompletedProcess([], 0, "0\n1\n"), ("0", "1")),
        (FileNotFoundError("nvidia-smi"), ()),
        (subprocess.CalledProcessError(9, "nvidia-smi"), ()),
    ],
)
def test_those_that_the_driver_lists(monkeypatch, ended, names):
    def listed(*_, **__):
        if isinstance(ended, Exception):
            raise ended
        return ended

    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    monkeypatch.setattr(module.subprocess, "run", listed)
    assert gpus() == names


def test_each_run_has_a_gpu_of_its_own_while_there_are_enough():
    shares = Shares(("0", "1"), 2)
    first, second = shares.take(), shares.take()
    assert first == ("0", {"CUDA_VISIBLE_DEVICES": "0"})
    assert second[0] == "1"
    shares.give_back("1")
    assert shares.take()[0] == "1"


def test_more_runs_share_them_evenly_and_take_memory_as_they_need_it():
    shares = Shares(("0", "1"), 4)
    taken = [shares.take() for _ in range(4)]
    assert [name for name, _ in taken] == ["0", "1", "0", "1"]
    assert taken[0][1]["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert Shares((), 4).take() == ("", {})
