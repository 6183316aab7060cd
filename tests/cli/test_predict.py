"""``seqtasks predict``: rows to stdout in three forms, what is skipped to stderr."""

import csv
import io
import json

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main
from seqtasks.store import Store
from seqtasks.training.run import run


@pytest.fixture(scope="module")
def asked(tmp_path_factory):
    """The command for a run on texts of four classes, and a file with two of them."""
    store = Store(tmp_path_factory.mktemp("results"))
    names = ("north", "south", "east", "west")
    lines = [f"{word} {name},{name}" for name in names for word in "abcdefgh"]
    table = store.folder / "t.csv"
    table.write_text("text,label\n" + "\n".join(lines) + "\n")
    settings = {"units": 2, "limit": 1, "implementation": "projected"}
    options = {"dataset": str(table), "min_count": 1}
    task = "text_classification"
    result = run(task, "elman", options=options, store=store, **settings)
    path = store.folder / "two.txt"
    path.write_text("a north\n\nx y west\n")
    return ("predict", result.run, "--results", store.folder), path


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_a_table_for_a_person(asked):
    command, path = asked
    done = seqtasks(*command, path)
    assert done.exit_code == 0, done.output
    head, _, *lines = done.stdout.splitlines()
    assert head.split() == (
        [
            "input",
            "label",
            "probability",
            "next",
            "most",
            "probable",
            "unknown",
            "words",
        ]
    )
    assert [line.split()[-1] for line in lines] == ["0", "2"]
    assert "line 1" in lines[0]
    # the most probable class has a column of its own
    assert lines[0].count(",") == 1 + 2


def test_every_probability_in_csv_and_jsonl(asked):
    command, path = asked
    text = ("--text", "x y west")
    as_csv = seqtasks(*command, path, *text, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(as_csv)))
    lines = seqtasks(*command, path, *text, "--format", "jsonl").stdout.splitlines()
    found = [json.loads(line) for line in lines]
    assert len(found) == len(rows) == 3
    assert sorted(found[0]["probabilities"]) == ["east", "north", "south", "west"]
    for row, line in zip(rows, found, strict=True):
        assert row["label"] == line["label"]
        shares = [float(row[f"p({name})"]) for name in line["probabilities"]]
        assert shares == pytest.approx([*line["probabilities"].values()])
        assert sum(shares) == pytest.approx(1)
    assert found[1]["probabilities"] == pytest.approx(found[2]["probabilities"])


def test_what_cannot_be_read_is_named_and_skipped(asked, tmp_path):
    command, path = asked
    (tmp_path / "empty.txt").touch()
    done = seqtasks(*command, tmp_path / "no\x1b.txt", tmp_path / "empty.txt", path)
    assert done.exit_code == 1
    assert done.stdout.count("line") == 2
    assert "no\\x1b.txt' is skipped: Could not read" in done.stderr
    assert "empty.txt' is skipped: it is empty" in done.stderr
    assert done.stderr.endswith("2 of 3 inputs could not be read.\n")


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ([], "Expected an input: name files, or give --text; got none."),
        (["--format", "xml", "--text", "1"], "Invalid value for '--format'"),
    ],
)
def test_a_command_that_asks_for_nothing(asked, more, sentence):
    command, _ = asked
    done = seqtasks(*command, *more)
    assert done.exit_code == 2
    assert sentence in done.stderr


def test_a_run_that_is_none(asked, tmp_path):
    (tmp_path / "m.keras").write_text("model")
    done = seqtasks("predict", tmp_path / "m.keras", "--text", "x")
    assert done.exit_code == 2
    assert "to be a .keras file, which is a zip archive" in done.stderr
