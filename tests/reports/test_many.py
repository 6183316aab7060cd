"""Commands on a folder of many rows; how long they take is timed by hand."""

import pytest
from click.testing import CliRunner
from many_results import write_many

from seqtasks import result
from seqtasks.cli.main import main
from seqtasks.store import Store


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return write_many(tmp_path_factory.mktemp("results"), 60)


def test_every_row_is_read_the_short_way(store, monkeypatch):
    # the other way takes ten times as long
    monkeypatch.setattr(result, "parse_json", None)
    rows, damaged = store.read()
    assert (len(rows), damaged) == (60, [])


@pytest.mark.parametrize("words", [["status"], ["table", "adding"]])
def test_a_file_that_was_changed_by_hand_counts_as_it_is(store, words, tmp_path):
    folder = tmp_path / "copy"
    folder.mkdir()
    path = next(store.folder.glob("adding-*.json"))
    (folder / path.name).write_text(path.read_text())

    def shown():
        return CliRunner().invoke(main, [*words, "--results", str(folder)]).stdout

    before = shown()
    row = Store(folder).read()[0][0]
    changed = path.read_text().replace('"status": "finished"', '"status": "failed"')
    (folder / path.name).write_text(changed)
    assert row.status == "finished"
    assert "failed" in shown()
    (folder / path.name).unlink()
    assert shown() != before
