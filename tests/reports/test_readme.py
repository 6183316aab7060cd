from pathlib import Path

from results_factory import result

from seqtasks.reports.readme import readme
from seqtasks.reports.table import table

README = Path(__file__).parents[2] / "results" / "README.md"


def test_the_committed_readme_is_that_of_the_committed_results(
    committed_results, committed_evaluations
):
    committed = README.read_text(encoding="utf-8")
    expected = readme(committed_results, committed_evaluations)
    assert committed == expected, "run `seqtasks table --write`"


def test_it_holds_the_tables_and_each_machine_with_its_number_of_runs():
    results = [result(seed=0), result(seed=1), result(device="A | B", commit="")]
    text = readme(results)
    assert table(results, "markdown") in text
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
