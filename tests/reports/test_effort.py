"""Rows whose settings were searched, in tables and comparisons."""

import json

import pytest
from results_factory import result

from seqtasks.reports.comparison import compare
from seqtasks.reports.comparison_text import format_comparison
from seqtasks.reports.effort import effort_note
from seqtasks.reports.group import groups
from seqtasks.reports.leaderboard import format_results, leaderboard
from seqtasks.reports.row import Naming, rows
from seqtasks.result import Search

SPACE = {"learning_rate": "0.001:0.1:log", "dropout": "0:0.5"}


def searched(trials=20, space=SPACE, pruning="median", **fields):
    """A run with the best settings; its dropout is an option of the task."""
    search = Search(study="s", trial=3, trials=trials, space=space, pruning=pruning)
    options = {"dataset": "generated", "dropout": fields.pop("dropout", 0.1)}
    return result(**fields, search=search, options=options)


def plain(**fields):
    return result(**fields, options={"dataset": "generated", "dropout": 0.0})


BOTH = [
    searched(cell="gru", score=0.7, learning_rate=0.02, dropout=0.3),
    searched(cell="lstm", score=0.6, learning_rate=0.004, dropout=0.4),
]


def test_what_was_searched_sets_no_two_groups_apart():
    (group,) = groups([*BOTH, plain(cell="elman")])
    assert {row.cell for row in rows(group.runs)} == {"gru", "lstm", "elman"}
    # without a search another dropout is another option
    assert len(groups([plain(), searched(space={"learning_rate": "0:1"})])) == 2


def test_a_trial_is_in_no_table():
    trial = searched(trials=None, run="trial")
    assert trial.is_apart
    (group,) = groups([*BOTH, trial])
    assert "trial" not in {run.run for run in group.runs}


def test_a_row_has_among_how_many_it_was_chosen():
    table = leaderboard(groups(BOTH)[0])
    at = [column.header for column in table.columns].index("search")
    assert [line.cells[at] for line in table.lines if line.kind == "run"] == [
        "chosen among 20 trials"
    ] * 2
    # the same effort: nothing to warn of, and no setting in a name
    assert "unequal effort" not in format_results(BOTH)
    (one,) = compare(BOTH).tasks
    assert [model.name for model in one.models] == ["gru", "lstm"]
    assert one.differing == ()
    text = format_comparison(compare(BOTH))
    assert text.count("chosen among 20 trials") == 2
    assert "unequal effort" not in text


def test_one_cell_searched_and_not_is_two_rows_of_two_names():
    runs = [BOTH[0], plain(cell="gru", learning_rate=0.02)]
    found = rows(runs)
    assert [*map(Naming.among(found).label, found)] == [
        "gru (chosen among 20 trials)",
        "gru",
    ]
    # the same settings, and another number of trials
    again = searched(40, cell="gru", learning_rate=0.02, dropout=0.3)
    assert len(rows([BOTH[0], again])) == 2


@pytest.mark.parametrize(
    ("other", "parts"),
    [
        (plain(cell="lstm"), ["gru was chosen among 20 trials; lstm was not searched"]),
        (searched(12, cell="lstm"), ["among 20 trials; lstm was chosen among 12"]),
        (
            searched(cell="lstm", space={"learning_rate": "0.001:1:log"}),
            ["20 trials of learning_rate 0.001:0.1:log, dropout 0:0.5; lstm was"],
        ),
        (
            searched(cell="lstm", pruning="none"),
            ["among 20 trials with pruning median; lstm", "with pruning none."],
        ),
    ],
)
def test_unequal_effort_is_named(other, parts):
    runs = [BOTH[0], other]
    found = rows(runs)
    note = effort_note(found, [row.cell for row in found])
    assert note.startswith(
        "Searched with unequal effort: gru was chosen among 20 trial"
    )
    assert all(part in note for part in parts)
    comparison = compare(runs)
    assert note in format_comparison(comparison)
    (one,) = json.loads(format_comparison(comparison, "json"))["tasks"]
    assert one["unequal_effort"] == note
    assert note in format_results(runs)


def test_where_nothing_was_searched_there_is_no_note():
    found = rows([plain(cell="gru"), plain(cell="lstm")])
    assert effort_note(found, ["gru", "lstm"]) == ""
    assert "search" not in format_results([plain(cell="gru")])
