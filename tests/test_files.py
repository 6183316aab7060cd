import os
import subprocess
import sys
from pathlib import Path

import pytest

from seqtasks.files import acquire, is_held


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr("seqtasks.files._PATIENCE_SECONDS", 0.0)


def test_one_has_it_until_it_is_released(tmp_path):
    path = tmp_path / "deep" / "lock"
    assert not is_held(path)
    with acquire(path):
        assert is_held(path)
        assert acquire(path) is None
    assert not is_held(path)
    with acquire(path) as again:
        assert again is not None


_HOLDER = """
import sys
from pathlib import Path
from seqtasks.files import acquire
lock = acquire(Path(sys.argv[1]))
print("held" if lock else "refused", flush=True)
sys.stdin.read()
"""


def test_it_ends_with_its_process_however_that_ends(tmp_path):
    path = tmp_path / "lock"
    holder, other = (
        subprocess.Popen(
            [sys.executable, "-c", _HOLDER, str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    )
    with holder, other:
        # whichever was first has it
        answers = {one.stdout.readline().strip(): one for one in (holder, other)}
        assert set(answers) == {"held", "refused"}
        assert is_held(path)
        answers["held"].kill()
        answers["held"].wait()
        assert not is_held(path)
        answers["refused"].kill()


def test_a_reader_is_not_mistaken_for_a_run(tmp_path, monkeypatch):
    reader = acquire(tmp_path / "lock")
    # another reader holds the lock for a moment: it is done when this one waits
    monkeypatch.setattr(
        "seqtasks.files.time.sleep", lambda pause: pause and reader.release()
    )
    assert not is_held(tmp_path / "lock")


def test_a_file_that_was_removed_is_no_lock(tmp_path):
    path = tmp_path / "run" / "lock"
    with acquire(path):
        path.unlink()
        assert not is_held(path)
        with acquire(path) as other:
            assert other is not None
            assert is_held(path)


def test_what_is_no_plain_file_is_never_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    assert not is_held(tmp_path / "pipe")
    assert not is_held(tmp_path / "link")
    assert not (tmp_path / "elsewhere").exists()


_WITHOUT_POSIX = """
import os, sys
from pathlib import Path
sys.modules["fcntl"] = None
for name in ("O_NOFOLLOW", "O_NONBLOCK", "pread", "mkfifo", "fork"):
    delattr(os, name)
import importlib, pkgutil
import seqtasks, seqtasks.cli
for package, prefix in ((seqtasks.cli, "seqtasks.cli."), (seqtasks, "seqtasks.")):
    for module in pkgutil.iter_modules(package.__path__, prefix):
        if not module.ispkg:
            importlib.import_module(module.name)
sys.path.insert(0, sys.argv[1])
from results_factory import result
from seqtasks.evaluations import EvaluationLog
from seqtasks.store import Store
store = Store(Path(sys.argv[2]))
store.write(result())
assert store.read() == ([result()], [])
log = EvaluationLog(store.folder)
log.write(task="t", fingerprint="f", run="r", cell="c")
assert [one.run for one in log.read()[0]] == ["r"]
"""


def test_results_are_read_and_written_without_what_only_posix_has(tmp_path):
    arguments = [str(Path(__file__).parent), str(tmp_path)]
    command = [sys.executable, "-c", _WITHOUT_POSIX, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
