"""The card of a task: what seqtasks show prints."""

import re
from importlib.metadata import version
from pathlib import Path

import pytest

from seqtasks.training.task_info import cell_info, task_info

TASK = '''
import dataclasses

from seqtasks.task import PublishedResult, Source
from tiny_task import tiny_task


def carded(dataset: str = "own"):
    """A task with a card."""
    return dataclasses.replace(
        tiny_task(),
        source=Source(dataset, "some", "none", details=(("splits", "by file"),)),
        published=tuple(
            PublishedResult(f"of {name}", "accuracy", 0.5, "A paper", "so",
                            options={"dataset": name})
            for name in ("own", "other")
        ),
        render=lambda inputs, target: "x" * 700 + "\\n" + "y\\n" * 100,
    )
'''


@pytest.fixture
def card(tmp_path):
    path = tmp_path / "carded.py"
    path.write_text(TASK)

    def lines(dataset, examples=0):
        return [*task_info(str(path), {"dataset": dataset}, examples)]

    return lines


def test_details_of_the_data_and_the_values_that_are_its(card):
    lines = card("own")
    assert "splits      by file" in lines
    (origin,) = (line for line in lines if line.startswith("origin"))
    assert re.fullmatch(r"origin +.*carded\.py  .*carded\.py:8", origin)
    published = [line for line in lines if line.startswith("published")]
    assert [line.split(":")[0].split("   ")[1] for line in published] == ["of own"]
    assert not [line for line in card("./mine") if line.startswith("published")]


def test_a_cell_has_its_paper_its_options_and_its_origin():
    lines = [*cell_info("lstm")]
    assert lines[0] == "lstm"
    assert any(re.match(r"option +\w+ = ", one) for one in lines)
    (origin,) = (line for line in lines if line.startswith("origin"))
    where = re.escape(str(Path("seqtasks/cells/lstm.py")))
    assert re.search(
        rf"seqtasks {re.escape(version('seqtasks'))}  .*{where}:\d+", origin
    )


def test_a_long_example_is_cut(card):
    shown = card("own", 1)[-1].split("\n")
    assert len(shown) == 61
    assert shown[0] == "x" * 600 + " … (100 more characters)"
    assert shown[1] == "y"
    assert shown[-1] == "… (42 more lines)"
