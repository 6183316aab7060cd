from pathlib import Path

import pytest
from results_factory import result

from seqtasks.errors import UsageError
from seqtasks.reports.leaderboard import format_results
from seqtasks.reports.results_readme import fill_tables, readme

README = Path(__file__).parents[2] / "results" / "reference" / "README.md"


def test_the_committed_readme_is_that_of_the_committed_results(
    committed_results, committed_evaluations
):
    committed = README.read_text(encoding="utf-8")
    expected = readme(committed_results, committed_evaluations)
    assert committed == expected, "run `seqtasks table --write`"


def test_it_holds_the_tables_and_each_machine_with_its_number_of_runs():
    results = [result(seed=0), result(seed=1), result(device="A | B", commit="")]
    text = readme(results)
    assert format_results(results, "markdown") in text
    assert (
        "| A Processor, 2 cores | tensorflow | python 3.11.7, keras 3.15.1 "
        "| 0123456789ab | 2 |\n"
    ) in text
    assert (
        "| A \\| B | tensorflow | python 3.11.7, keras 3.15.1 | unknown | 1 |" in text
    )


def test_it_does_not_depend_on_the_order_of_results():
    results = [result(seed=0), result(seed=1), result(device="Another")]
    assert readme(results) == readme(results[::-1])


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    path = tmp_path / "README.md"
    before = b"Write `<!-- table -->` here: \xff\r\n<!-- table: this, that -->\n"
    after = b"<!-- end of table -->\r\nrest\n<!-- table -->\n"
    path.write_bytes(before + b"old\n" + after)
    shown = result(task="that")
    assert fill_tables(path, [result(), shown])
    table = format_results([shown], "markdown").encode()
    assert path.read_bytes() == before + table + after


@pytest.mark.parametrize(
    "text",
    [
        *("", "<!-- table -->\n", "<!-- table\n -->\n"),
        "<!-- end of table -->\n<!-- table -->\n",
    ],
)
def test_without_both_marks_nothing_is_written(tmp_path, text):
    path = tmp_path / "README.md"
    assert not fill_tables(path, [result()])
    path.write_text(text)
    assert not fill_tables(path, [result()])
    assert path.read_text() == text


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(UsageError, match=r"Could not read .*: Is a directory"):
        fill_tables(tmp_path, [result()])


def test_it_begins_with_the_summary_of_all_tasks():
    text = readme([result(seed=0), result(seed=1)])
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[:3] == ["## Summary", "## How to read the tables", "## Tables"]
    assert "| task | metric | best baseline | gru |" in text
    assert "## Summary" not in readme([result(limit=1)])
