"""``seqtasks horizon`` as a person uses it."""

import pytest
from click.testing import CliRunner
from horizon_factory import record

from seqtasks.analysis import horizon as search
from seqtasks.analysis.horizon_record import write_record
from seqtasks.cli import horizon as module
from seqtasks.cli.main import main


def horizon(*arguments):
    return CliRunner().invoke(main, ["horizon", *map(str, arguments)])


def test_without_a_cell_it_shows_what_the_folder_has(tmp_path):
    shown = horizon("--results", tmp_path)
    assert shown.exit_code == 0
    assert shown.stdout.startswith("There is no horizon yet: `seqtasks horizon lstm")
    write_record(tmp_path, record(8, 4))
    (tmp_path / "horizon" / "x-y-0123456789ab.json").write_text("{")
    shown = horizon("--results", tmp_path, "--format", "markdown")
    assert "| gru | 4 | 4 to 8 | 8, 4 |" in shown.stdout
    assert "x-y-0123456789ab.json is not a whole horizon" in shown.stderr
    assert (tmp_path / "plots" / "horizon-probe.png").is_file()


def test_one_cell_is_searched_and_written_seed_by_seed(tmp_path, monkeypatch):
    asked = []

    def found(what, store, display):
        asked.append(what)
        yield record(8)
        yield record(8, 0)

    monkeypatch.setattr(search, "horizon", found)
    done = horizon(
        *("gru", "--params", "16k", "--epochs", 5, "--seeds", 2, "--most", 64),
        *("--set", "data_seed=3", "--results", tmp_path),
    )
    assert done.exit_code == 0, done.output
    (what,) = asked
    assert (what.task, what.cell, what.params) == ("copy_memory", "gru", 16_000)
    assert (what.settings, what.seeds, what.most) == ({"epochs": 5}, 2, 64)
    assert what.options == {"data_seed": "3"}
    assert "gru, seed 0: longest delay 8" in done.stderr
    assert "gru, seed 1: longest delay below 1" in done.stderr
    assert "8, < 1" in done.stdout


class _Ended:
    """A process that has ended; the one for an LSTM failed."""

    def __init__(self, words):
        self.failed = "lstm" in words

    def ended(self):
        return 1 if self.failed else 0

    def reason(self):
        return "no memory"

    def close(self):
        pass


@pytest.fixture
def started(monkeypatch):
    words = []

    def process(its_words, threads):
        words.append(its_words)
        return _Ended(its_words)

    monkeypatch.setattr(module, "Process", process)
    return words


def test_of_several_cells_each_is_a_process(tmp_path, started):
    done = horizon(
        *("gru", "lstm", "--task", "adding", "--seconds", 2, "--jobs", 2),
        *("--most", 32, "--results", tmp_path, "--format", "markdown"),
    )
    assert done.exit_code == 1
    assert "Without a horizon: lstm: no memory" in done.stderr
    assert "finished  adding gru, 3 seed(s) after" in done.stderr
    assert [one[:2] for one in started] == [["horizon", "gru"], ["horizon", "lstm"]]
    rest = {" ".join(one[2:]) for one in started}
    assert rest == {f"--task adding --most 32 --seconds 2.0 --results {tmp_path}"}


def test_all_stands_for_the_cells_that_there_are(tmp_path, started, monkeypatch):
    monkeypatch.setattr(
        module, "run_all", lambda runs, jobs, start, log: [*map(start, runs)] and []
    )
    horizon("all", "gru", "--results", tmp_path)
    names = [words[1] for words in started]
    assert len(names) == len(set(names)) >= 19


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["gur"], "There is no cell 'gur'. Did you mean gru"),
        (["./no.py"], "Expected a file of a cell; there is none at ./no.py."),
        (["gru", "--output", "a.txt"], "Expected a picture as FILE.png or FILE.svg"),
        (["gru", "--limit", "3"], "No such option"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_starts(words, sentence):
    done = horizon(*words)
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.split())
