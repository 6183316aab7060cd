"""The committed picture and page of *machine* are those of the command."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from seqtasks.cli.main import main

FOLDER = Path(__file__).parents[2] / "seqtasks" / "analysis"
AGAIN = "write it again: seqtasks trace machine --overwrite --output seqtasks/analysis/"
_NUMBER = re.compile(r"[-−]?\d+(?:\.\d+)?(?:e[-−]?\d+)?")


def _made(name, folder, *options):
    done = CliRunner().invoke(
        main, ["trace", "machine", "--output", str(folder / name), *options]
    )
    assert done.exit_code == 0, done.output
    return (folder / name).read_text(encoding="utf-8")


def _texts(svg):
    root = ElementTree.fromstring(svg)
    return [e.text or "" for e in root.iter() if e.tag.endswith("}text")]


def _numbers(text):
    return [float(part.replace("−", "-")) for part in _NUMBER.findall(text)]


def test_the_committed_picture_shows_the_numbers_of_the_command(tmp_path):
    committed = _texts((FOLDER / "machine.svg").read_text(encoding="utf-8"))
    made = _texts(_made("machine.svg", tmp_path))
    assert [_NUMBER.sub("", text) for text in committed] == [
        _NUMBER.sub("", text) for text in made
    ], f"{AGAIN}machine.svg"
    for one, other in zip(committed, made, strict=True):
        # another processor may round the last digit otherwise
        assert _numbers(one) == pytest.approx(_numbers(other), abs=0.011), AGAIN
    assert "−ln" in " ".join(made)


def _page(text):
    """The page around its data, and the data."""
    before, start, rest = text.partition('<script type="application/json" id="data">')
    data, end, after = rest.partition("</script>")
    return before + start + end + after, json.loads(data)


def _assert_near(one, other):
    assert type(one) is type(other)
    if isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            _assert_near(one[key], other[key])
    elif isinstance(one, list):
        assert len(one) == len(other)
        for left, right in zip(one, other, strict=True):
            _assert_near(left, right)
    elif isinstance(one, float):
        assert one == pytest.approx(other, rel=1e-3, abs=1e-5)
    else:
        assert one == other


def test_the_committed_page_is_that_of_the_command(tmp_path):
    around, data = _page((FOLDER / "machine.html").read_text(encoding="utf-8"))
    made_around, made_data = _page(_made("machine.html", tmp_path))
    assert around == made_around, f"{AGAIN}machine.html"
    _assert_near(data, made_data)


def test_a_step_opens_the_page(tmp_path):
    _, data = _page(_made("machine.html", tmp_path, "--step", "4"))
    assert data["start"] == 4
    assert len(data["traces"][0]["steps"]) == 6


def test_a_step_that_is_not_there_is_refused_and_leaves_no_file(tmp_path):
    arguments = ["trace", "aba", "--step", "2", "--units", "1", "--output"]
    for name in ("a.svg", "a.html"):
        done = CliRunner().invoke(main, [*arguments, str(tmp_path / name)])
        assert done.exit_code == 2
        assert "Expected --step to be a number from 0 to 1" in done.stderr
        assert list(tmp_path.iterdir()) == []
