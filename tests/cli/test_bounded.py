"""Anyone's model in a child: its memory is limited, and its end is a sentence."""

import resource
import subprocess
import sys
from pathlib import Path

import click
import keras
import pytest

from seqtasks.cli import bounded
from seqtasks.errors import UsageError
from seqtasks.training import memory_limit
from seqtasks.training.memory_limit import allowance, limited_memory

HERE = Path(__file__).parents[1]
EVIL = Path("evil.keras")


@pytest.fixture
def as_parent(monkeypatch):
    """A process that has not loaded TensorFlow; the codes with which children end."""
    codes = []

    def ended(words, env, check):
        assert words[1:4] == ["-P", "-m", "seqtasks.cli.main"]
        assert env[memory_limit.CHILD] == str(EVIL)
        return subprocess.CompletedProcess(words, codes.pop())

    monkeypatch.delitem(sys.modules, "tensorflow")
    monkeypatch.setattr(bounded, "can_be_limited", lambda: True)
    monkeypatch.setattr(subprocess, "run", ended)
    return codes


@pytest.mark.parametrize("code", [0, 2])
def test_the_exit_code_is_the_childs(as_parent, code):
    as_parent.append(code)
    with pytest.raises(click.exceptions.Exit) as end:
        bounded.run_in_child(EVIL)
    assert end.value.exit_code == code


def test_a_child_that_a_signal_ended_is_a_sentence(as_parent):
    as_parent.append(-6)
    with pytest.raises(UsageError, match=r"evil.keras was stopped: its model takes mo"):
        bounded.run_in_child(EVIL)


def test_a_child_makes_no_child(as_parent, monkeypatch):
    monkeypatch.setenv(memory_limit.CHILD, str(EVIL))
    assert bounded.run_in_child(EVIL) is None


def test_where_there_are_no_limits_there_is_no_child(as_parent, monkeypatch):
    monkeypatch.setattr(bounded, "can_be_limited", lambda: False)
    assert bounded.run_in_child(EVIL) is None


def test_the_limit_is_the_childs_alone_and_is_lifted(monkeypatch, tmp_path):
    path = tmp_path / "m.keras"
    path.write_bytes(bytes(1000))
    assert allowance(path) == 2**30 + 32_000
    set_to = []
    monkeypatch.setattr(resource, "setrlimit", lambda what, pair: set_to.append(pair))
    with limited_memory(path):
        pass
    assert set_to == []
    if not memory_limit.can_be_limited():
        pytest.skip("this system has no such limit")
    with limited_memory(path, everywhere=True):
        assert len(set_to) == 1
    set_to.clear()
    monkeypatch.setenv(memory_limit.CHILD, str(path))
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with (
        pytest.raises(
            UsageError, match=r"takes more than the 1.0 GiB that are allowed"
        ),
        limited_memory(path),
    ):
        raise MemoryError
    with pytest.raises(ValueError, match="another"), limited_memory(path):
        raise ValueError("another error stays what it is")
    assert [pair for pair in set_to if pair == before] == [before, before]
    assert all(limit > allowance(path) for limit, _ in set_to if limit >= 0)


@pytest.mark.slow
@pytest.mark.skipif(not memory_limit.can_be_limited(), reason="no such limit here")
def test_a_small_file_that_describes_a_large_model(tmp_path):
    inputs = outputs = keras.Input((None, 2), name="inputs")
    for _ in range(3):
        outputs = keras.layers.UpSampling1D(400)(outputs)
    outputs = keras.layers.Dense(2)(keras.layers.GlobalMaxPooling1D()(outputs))
    path = tmp_path / "evil.keras"
    keras.Model(inputs, outputs).save(path)
    assert path.stat().st_size < 30_000
    words = [sys.executable, "-m", "seqtasks.cli.main", "score"]
    words += [str(HERE / "tiny_task.py"), str(path), "--results", str(tmp_path / "r")]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "its model takes more than the 1.0 GiB" in done.stderr
    assert "Traceback" not in done.stderr
    # a line of the child's, and none of its parent's
    assert done.stderr.count("Error: ") == 1
