import os
import subprocess
import sys

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
