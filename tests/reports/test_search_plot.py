"""The picture of a search, from the rows of its trials."""

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.cli.main import main
from seqtasks.errors import UsageError
from seqtasks.reports.search_plot import draw_searches, plot_searches
from seqtasks.result import Search
from seqtasks.store import Store

SPACE = {"learning_rate": "0.001:0.1:log", "dropout": "0:0.5", "cell.kind": "a,b"}


def trial(number, value, cell="gru", status="finished", study="s", **fields):
    return result(
        run=f"{study}-{cell}-{number}",
        cell=cell,
        status=status,
        score=None,
        metrics={} if value is None else {"validation": {"accuracy": value}},
        search=Search(study=study, trial=number, space=SPACE, pruning="median"),
        options={"dropout": number / 10},
        cell_options={"kind": "ab"[number % 2]},
        learning_rate=0.002 * (number + 1),
        **fields,
    )


@pytest.fixture(scope="module")
def trials():
    return [
        *(trial(0, 0.5), trial(1, 0.4), trial(2, 0.9, status="pruned")),
        *(trial(3, 0.7), trial(4, None, status="diverged")),
        *(trial(0, 0.6, "lstm"), trial(1, None, "lstm", status="running")),
    ]


def test_the_best_so_far_is_of_those_that_finished(trials):
    first, rate, dropout, kind = draw_searches(trials).axes
    gru, lstm = first.get_lines()
    assert [*gru.get_xdata()] == [0, 1, 3, 4]
    assert [*gru.get_ydata()] == [0.5, 0.5, 0.7, 0.7]
    assert gru.get_label() == "gru (1 diverged)"
    assert lstm.get_label() == "lstm"
    # filled and hollow, of gru; filled, of lstm
    points = [[*map(tuple, p.get_offsets().data)] for p in dropout.collections]
    assert points == [[(0.0, 0.5), (0.1, 0.4), (0.3, 0.7)], [(0.2, 0.9)], [(0.0, 0.6)]]
    assert (rate.get_xscale(), dropout.get_xscale()) == ("log", "linear")
    assert rate.get_xlim()[0] < 0.001 < 0.1 < rate.get_xlim()[1]
    assert [text.get_text() for text in kind.get_xticklabels()] == ["a", "b"]


def test_studies_are_chosen_by_how_their_names_begin(trials, tmp_path):
    store = Store(tmp_path)
    with pytest.raises(UsageError, match="There are no trials of a search in"):
        plot_searches((), [tmp_path], tmp_path / "x.png")
    for one in (*trials, trial(0, 0.5, study="other")):
        store.write(one)
    with pytest.raises(UsageError, match="There is no study 'x' in"):
        plot_searches(("x",), [tmp_path], tmp_path / "x.png")
    words = ["plot", "--search", "--results", str(tmp_path)]
    done = CliRunner().invoke(main, [*words, "oth"])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "plots" / "search-oth.png").stat().st_size > 10_000
    # a plot of runs has none of them
    assert "Expected a run" in CliRunner().invoke(main, ["plot", *words[2:]]).stderr
    both = CliRunner().invoke(main, [*words, "--reference-results"])
    assert both.exit_code == 2
    assert "Expected --search or --reference-results" in both.stderr


def test_too_many_studies_are_no_picture():
    many = [trial(0, 0.5, study=f"s{number}") for number in range(9)]
    with pytest.raises(UsageError, match="Expected at most 8 studies; received 9"):
        draw_searches(many)
