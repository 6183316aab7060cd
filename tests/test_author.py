import subprocess

import pytest

from seqtasks.author import author_of
from seqtasks.errors import UsageError


@pytest.fixture
def git_home(tmp_path, monkeypatch):
    """A home in which git knows no one."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SEQTASKS_AUTHOR", raising=False)


@pytest.mark.usefixtures("git_home")
def test_the_user_of_git_is_the_author_only_if_asked_for():
    with pytest.raises(
        UsageError, match=r"`git config user\.name` gives none\. Set it"
    ):
        author_of("git")
    subprocess.run(["git", "config", "--global", "user.name", "Ada L."], check=True)
    assert author_of() == ""
    assert author_of("git") == "Ada L."
    assert author_of(" Ada   Lovelace ") == "Ada Lovelace"


@pytest.mark.parametrize("name", ["x" * 81, "ada\x1b[31m", "a\u202eb"])
def test_a_name_is_one_short_line_that_can_be_printed(name):
    with pytest.raises(UsageError, match="Expected an author of at most 80 characters"):
        author_of(name)


def test_without_git_the_name_is_asked_for(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UsageError, match="or write --author NAME"):
        author_of("git")
