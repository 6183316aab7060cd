"""Runs on Ray: one task at a process's seam, and a cluster that loses a node."""

import importlib.util
import json
import os
import subprocess
import sys
import types
from pathlib import Path

import pytest
import ray_cluster as program
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.sweep import cluster, ray_task
from seqtasks.sweep.cluster import RayRun, connected
from seqtasks.sweep.grid import Run
from seqtasks.sweep.ray_task import Job

_RAY = importlib.util.find_spec("ray") is not None


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["sweep", "adding", "--address", "auto"],
            "--address is about a Ray cluster; received auto",
        ),
        (
            ["tune", "adding", "--store", "driver"],
            "--store is about a Ray cluster; received driver",
        ),
    ],
)
def test_options_of_a_cluster_need_one(words, sentence):
    done = CliRunner().invoke(main, words)
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.split())


def test_ray_is_an_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "ray", None)
    with (
        pytest.raises(UsageError, match=r"pip install 'seqtasks\[ray\]'"),
        connected(None, Store(tmp_path), digest_of=str),
    ):
        pass


def test_a_client_is_no_node(tmp_path, monkeypatch):
    # Ray itself takes a second to import
    fake = types.ModuleType("ray")
    strategies = types.ModuleType("ray.util.scheduling_strategies")
    strategies.NodeAffinitySchedulingStrategy = None
    modules = {"ray": fake, "ray.util": fake, strategies.__name__: strategies}
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    with (
        pytest.raises(UsageError, match="that this machine is a node of"),
        connected("ray://head:10001", Store(tmp_path), digest_of=str),
    ):
        pass


def test_code_of_ones_own_travels_with_what_lies_beside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("cell.py", "beside.py"):
        (tmp_path / name).write_text(f"# {name}")
    assert cluster._code(Run("adding", "./cell.py", 0, ())) == {
        "cell.py": b"# cell.py",
        "beside.py": b"# beside.py",
    }
    with pytest.raises(UsageError, match="Expected a file below the current folder"):
        cluster._code(Run("adding", f"{tmp_path}/cell.py:Cell", 0, ()))
    assert cluster._start(Run("adding", "./cell.py", 0, ())) == "adding-"
    assert cluster._start(Run("adding", "gru", 0, ())) == "adding-gru-"
    assert cluster._start(Run("./task.py", "gru", 0, ())) == ""


def test_what_a_trial_is_of_and_how_many_a_machine_has_room_for():
    study = ("--epochs", "1", "--study", "adding-4f:12")
    assert cluster._study(Run("adding", "gru", 1000, study)) == "adding-4f"
    assert cluster._study(Run("adding", "gru", 0, ("--study", "a@20"))) == "a"
    assert cluster._study(Run("adding", "gru", 0, ("--epochs", "1"))) == ""
    assert cluster._room({"CPU": 7.0}, 2, 0) == 3
    assert cluster._room({"CPU": 8.0, "GPU": 2.0}, 2, 1) == 2
    assert cluster._room({"memory": 1e9}, 1, 0) == 0


def test_the_runs_that_have_begun_are_asked_for_without_waiting(monkeypatch):
    fake, ready, asked = types.ModuleType("ray"), [], []
    fake.wait = lambda futures, timeout: (ready, futures)
    fake.get = lambda future: ["a"]
    fake.exceptions = types.SimpleNamespace(RayError=OSError)
    monkeypatch.setitem(sys.modules, "ray", fake)
    keeper = types.SimpleNamespace(
        begun=types.SimpleNamespace(remote=lambda: asked.append("begun") or "answer")
    )
    begun = cluster.Begun(keeper)
    assert "a" not in begun
    assert "a" not in begun
    assert asked == ["begun"]
    ready.append("answer")
    assert "a" in begun
    assert "b" not in begun


class Keeper:
    """A keeper that answers at once, and notes what it is asked."""

    def __init__(self):
        self.asked = []

    def __getattr__(self, name):
        def remote(*arguments):
            self.asked.append(name)
            return {} if name == "take" else None

        return types.SimpleNamespace(remote=remote)


def job(tmp_path, **fields):
    """The job of a command line that ends at once."""
    (tmp_path / "probe").touch()
    given = {
        "words": ("list", "tasks"),
        "digest": "words",
        "start": "adding-",
        "seed": 0,
        "study": "",
        "results": str(tmp_path / "results"),
        "probe": str(tmp_path / "probe"),
        "store": "auto",
        "here": str(tmp_path),
        "code": {},
        "variables": {},
    }
    return Job(**given | fields)


@pytest.fixture
def worker(monkeypatch, tmp_path):
    """A worker whose Ray gives values for references; the words that it was given."""
    called = []
    fake = types.ModuleType("ray")
    fake.get = lambda value: value
    monkeypatch.setitem(sys.modules, "ray", fake)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        ray_task,
        "_command",
        lambda words: called.append((words, Path.cwd())) or (0, ""),
    )
    return called


@pytest.mark.parametrize(
    ("fields", "shared"),
    [
        ({}, True),
        ({"store": "shared"}, True),
        ({"store": "driver"}, False),
        ({"probe": "/none"}, False),
    ],
)
def test_a_worker_writes_the_store_if_it_sees_it(worker, tmp_path, fields, shared):
    keeper = Keeper()
    own = {"cell.py": b"#"}
    assert ray_task.train(job(tmp_path, code=own, **fields), keeper) == (0, "")
    ((words, folder),) = worker
    assert (words[-1] == str(tmp_path / "results")) == shared
    assert (folder == tmp_path) == shared
    assert keeper.asked == ["begin", *([] if shared else ["take", "release"])]
    assert shared or not folder.exists()


def test_a_worker_that_should_see_the_store_and_does_not_says_so(worker, tmp_path):
    code, reason = ray_task.train(
        job(tmp_path, store="shared", probe="/none"), Keeper()
    )
    assert code == 2
    assert "does not see" in reason
    assert "Leave --store out" in reason
    assert not worker


def test_a_command_line_is_done_in_this_process(capfd):
    code, reason = ray_task._command(["run", "addin"])
    assert code == 2
    assert "addin" in reason
    assert capfd.readouterr().out == ""
    assert ray_task._command(["--version"])[0] == 0


@pytest.mark.skipif(not _RAY, reason="needs ray")
@pytest.mark.slow
def test_how_ray_ended_a_task_is_an_exit_code(monkeypatch):
    import ray
    from ray.exceptions import NodeDiedError, RayTaskError, TaskCancelledError

    monkeypatch.setattr(ray, "wait", lambda futures, timeout: (futures, []))
    failed = RayTaskError("train", "Traceback …", KeyError("x"))
    for error, code, reason in (
        (TaskCancelledError(), 130, "Cancelled"),
        (NodeDiedError("The node is dead."), -9, "The node is dead."),
        (failed, 1, "KeyError: 'x'"),
    ):

        def get(future, error=error):
            raise error

        monkeypatch.setattr(ray, "get", get)
        run = RayRun("future", lambda: False)
        assert run.ended() == code
        assert reason in run.reason()


@pytest.mark.skipif(not _RAY, reason="needs ray")
@pytest.mark.slow
def test_a_node_is_lost_in_the_middle_of_a_run(tmp_path):
    words = (tmp_path, "--nodes", 2, "--runs", 2, "--kills", 1)
    done = subprocess.run(
        [sys.executable, program.__file__, *map(str, words)],
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["exit_code"], found["killed"]) == (0, 1)
    assert (found["rows"], found["finished"], found["resumed"]) == (2, 2, 1)
    assert found["equal to the bit"] == 2
    assert not found["left over"]
    assert not found["damaged"]
