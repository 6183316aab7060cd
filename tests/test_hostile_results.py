"""A folder of results that is somebody else's: each kind of bad file is a sentence."""

import dataclasses
import json
import os
import unicodedata

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.store import Store

GOOD = dataclasses.replace(result(), run="good")
BAD = dataclasses.replace(result(), run="bad")


def seqtasks(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def _text(**changes):
    return json.dumps(json.loads(BAD.to_json()) | changes)


def _nested(depth):
    value = []
    for _ in range(depth):
        value = [value]
    return value


# what the file bad.json holds, and a part of the message about it
CONTENTS = {
    "nothing": (b"", "is not a whole result file"),
    "a cut file": (BAD.to_json()[:200].encode(), "is not a whole result file"),
    "bytes": (b"\xff\xfe\x00\x80", "is not a whole result file"),
    "a byte order mark": (b"\xef\xbb\xbf" + BAD.to_json().encode(), "BOM"),
    "another encoding": (BAD.to_json().encode("utf-16"), "is not a whole result file"),
    "a list": (b"[1, 2]", "Expected `object`, got `array`"),
    "deep lists": (b"[" * 200_000, "nests deeper than 32 levels"),
    "a deep option": (
        _text(options={"a": _nested(40)}).encode(),
        "nests deeper than 32 levels",
    ),
    "a key twice": (
        b'{"seed": 1, ' + BAD.to_json().encode().lstrip(b"{"),
        "has the key 'seed' twice",
    ),
    "NaN": (_text(seconds=float("nan")).encode(), "NaN is no number of JSON"),
    "Infinity": (_text(seconds=float("inf")).encode(), "Infinity is no number"),
    "a float without end": (
        _text(seconds="@").replace('"@"', "1e999").encode(),
        "the number '1e999' is too large",
    ),
    "a large integer": (_text(seconds=10**30).encode(), "is too large"),
    "a number of a million digits": (
        _text(seconds="@").replace('"@"', "9" * 10**6).encode(),
        "is too large",
    ),
    "a huge file": (b" " * (2**24 + 1), "and a result has at most 16,777,216"),
    "another run's name": (_text(run="good").encode(), "it is the run 'good'"),
    "a path for a name": (
        _text(run="../../outside").encode(),
        "it is the run '../../outside'",
    ),
    "unknown fields": (_text(evil=1).encode(), "has unknown evil"),
    "another type": (
        _text(metrics={"test": {"a": "x"}}).encode(),
        "at `$.metrics[...][...]`",
    ),
    "an object for a name": (
        _text(task={"a": 1}).encode(),
        "Expected `str`, got `object` - at `$.task`",
    ),
    "a status of its own": (
        _text(status="best").encode(),
        "`$.status`; expected one of finished, running",
    ),
    "another schema": (_text(schema_version=99).encode(), "schema_version should be"),
}


def _assert_named_and_skipped(folder, sentence):
    results, (damaged,) = Store(folder).read()
    assert [one.run for one in results] == ["good"]
    assert sentence in damaged
    assert str(folder / "bad.json") in damaged
    with pytest.raises(UsageError) as error:
        Store(folder).find("bad")
    assert str(error.value) == damaged
    shown = seqtasks("table", "--results", folder)
    assert shown.exit_code == 0, shown.output
    assert "0.5" in shown.stdout
    assert sentence in shown.stderr


@pytest.mark.parametrize("kind", CONTENTS)
def test_a_bad_file_is_a_sentence_and_the_others_still_show(tmp_path, kind):
    content, sentence = CONTENTS[kind]
    Store(tmp_path).write(GOOD)
    (tmp_path / "bad.json").write_bytes(content)
    _assert_named_and_skipped(tmp_path, sentence)


def _link(path, outside):
    outside.write_text(BAD.to_json())
    path.symlink_to(outside)


PLACES = {
    "a link out of the folder": (_link, "is a link that leads out of its folder"),
    "a link to a device": (
        lambda path, _: path.symlink_to("/dev/zero"),
        "is a link that leads out of its folder",
    ),
    "a link to nothing outside": (
        lambda path, _: path.symlink_to("/nowhere/at/all"),
        "is a link that leads out of its folder",
    ),
    "a link in a circle": (
        lambda path, _: path.symlink_to(path.name),
        "is a link that leads out of its folder",
    ),
    "a pipe": (lambda path, _: os.mkfifo(path), "it is no ordinary file"),
    "a folder": (lambda path, _: path.mkdir(), "Is a directory"),
}


@pytest.mark.parametrize("kind", PLACES)
def test_what_is_no_file_of_the_folder_is_not_read(tmp_path, kind):
    make, sentence = PLACES[kind]
    folder = tmp_path / "results"
    Store(folder).write(GOOD)
    make(folder / "bad.json", tmp_path / "outside.json")
    _assert_named_and_skipped(folder, sentence)


def test_a_link_within_the_folder_is_another_name_of_a_run_and_refused(tmp_path):
    Store(tmp_path).write(GOOD)
    (tmp_path / "bad.json").symlink_to("good.json")
    _assert_named_and_skipped(tmp_path, "it is the run 'good'")


def test_weights_are_not_read_through_a_link_out_of_the_folder(tmp_path):
    store = Store(tmp_path / "results")
    store.write(GOOD)
    outside = tmp_path / "outside.npz"
    outside.touch()
    store.weights_path("good").symlink_to(outside)
    store.model_path("good").symlink_to(outside)
    for command in (["sample", "good"], ["export", "good", tmp_path / "m.keras"]):
        refused = seqtasks(*command, "--results", store.folder)
        assert refused.exit_code == 2
        assert "is a link that leads out of its folder" in refused.stderr


# what must not reach a terminal as it is
TRICKS = {
    "a colour": "\x1b[31mred\x1b[0m",
    "a cleared screen": "\x1b[2J\x1b[H",
    "a title": "\x1b]0;title\x07",
    "a link": "\x1b]8;;http://example.com\x1b\\here\x1b]8;;\x1b\\",
    "an eight-bit sequence": "\x9b31m",
    "a carriage return": "bad\rgood",
    "backspaces": "bad\b\b\bgood",
    "a zero": "a\0b",
    "text from right to left": "\u202egnp.exe",
    "an isolate": "\u2066a\u2069",
    "a zero-width space": "a\u200bb",
    "half a character": "\ud800",
    "a line separator": "a\u2028b",
    "rich's markup": "[bold red]x[/]",
    "a tag character": "a\U000e0041",
}


def _tricked(trick, **fields):
    """A result with the trick in every text that a file may hold."""
    data = json.loads(result(**fields).to_json())

    def spoilt(value, name=""):
        # one step of a study, of whatever name, is in none of these tables
        if name in ("status", "mode", "run", "purpose"):
            return value
        if isinstance(value, dict):
            return {
                # keys of fields are fields; all others may be anything
                (key if name == "" else f"{key}{trick}"): spoilt(item, key)
                for key, item in value.items()
            }
        if isinstance(value, list):
            return [
                {key: spoilt(part, key) for key, part in item.items()}
                if isinstance(item, dict) and name in ("baselines", "published")
                else spoilt(item, "in a list")
                for item in value
            ]
        return f"{value}{trick}" if isinstance(value, str) else value

    return json.dumps(spoilt(data))


def _assert_clean(text):
    bad = {
        character
        for character in text
        if unicodedata.category(character)[0] == "C" and character not in "\n\t"
    }
    assert not bad & {*"".join(TRICKS.values())}, bad
    assert not bad


@pytest.mark.parametrize("kind", TRICKS)
def test_no_trick_reaches_the_terminal(tmp_path, kind, monkeypatch):
    trick = TRICKS[kind]
    for run, fields in (
        ("first", {}),
        ("second", {"seed": 1, "status": "failed", "reason": f"why {trick}"}),
        ("third", {"limit": 2, "options": {"dataset": f"./{trick}"}}),
        ("fourth", {"purpose": f"a study {trick}"}),
    ):
        text = _tricked(trick, **fields)
        data = json.loads(text) | {"run": run}
        (tmp_path / f"{run}.json").write_text(json.dumps(data))
    if kind not in ("half a character", "a zero"):  # no name of a file can hold them
        (tmp_path / f"named {trick.replace('/', '')}.json").write_text("{}")
    (tmp_path / "test_evaluations.jsonl").write_text(json.dumps({"run": trick}) + "\n")
    read, damaged = Store(tmp_path).read()
    assert len(read) == 4, damaged
    for arguments in (
        *(["table", "--format", f] for f in ("text", "markdown", "csv", "latex")),
        ["table", "--format", "json"],
        ["table", "--write"],
        ["table", "no such task"],
        ["sample", "first"],
        ["sample", "f\x1b[31m"],
        ["rerun", "first"],
        ["rerun", "second"],
        ["export", "first", tmp_path / "m.keras"],
    ):
        done = seqtasks(*arguments, "--results", tmp_path)
        assert not done.exception or isinstance(done.exception, SystemExit), arguments
        _assert_clean(done.output)
    _assert_clean((tmp_path / "README.md").read_text(encoding="utf-8"))


@pytest.mark.parametrize("kind", TRICKS)
def test_no_trick_reaches_a_terminal_in_colour(kind):
    import io

    from rich.console import Console

    from seqtasks.reports.group import groups
    from seqtasks.reports.leaderboard import leaderboard
    from seqtasks.reports.table import print_on_terminal
    from seqtasks.result import from_json

    text = io.StringIO()
    console = Console(file=text, width=300, color_system=None, force_terminal=False)
    tricked = from_json(_tricked(TRICKS[kind]))
    print_on_terminal([leaderboard(group) for group in groups([tricked])], console)
    _assert_clean(text.getvalue())
    if kind == "rich's markup":
        assert "[bold red]" in text.getvalue()


def test_a_path_in_a_result_does_not_lead_what_is_written(tmp_path):
    """A file that a person names may lie anywhere; a path in it leads nowhere."""
    away = tmp_path / "away.json"
    away.write_text(json.dumps(json.loads(BAD.to_json()) | {"run": "../../away"}))
    results = tmp_path / "deep" / "results"
    results.mkdir(parents=True)
    before = {*tmp_path.rglob("*")}
    for command in ("sample", "rerun"):
        refused = seqtasks(command, away, "--results", results)
        assert refused.exit_code == 2, refused.output
    assert {*tmp_path.rglob("*")} == before


def test_no_kind_is_lost():
    assert (len(CONTENTS), len(PLACES), len(TRICKS)) == (22, 6, 15)
