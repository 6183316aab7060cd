"""What is concluded from runs of a cell with and without its gates."""

from pathlib import Path

import pytest
from results_factory import result

from seqtasks.reports.ablations import ablations, conclusions, format_ablations

WHOLE = (0.70, 0.72, 0.71)


def runs(scores, without="", **fields):
    options = {"reset_after": True} | ({"without": without} if without else {})
    values = {"cell_options": options, "num_params": 1000} | fields
    return [
        result(score, seed=seed, run=f"r-{without}-{seed}-{len(fields)}", **values)
        for seed, score in enumerate(scores)
    ]


def sentences(*groups):
    (found,) = ablations([run for group in groups for run in group])
    return conclusions(found)


@pytest.mark.parametrize(
    ("scores", "sentence"),
    [
        ((0.50, 0.52, 0.515), "is significantly worse (accuracy 0.5117 in place of"),
        ((0.90, 0.92, 0.915), "is significantly better (accuracy 0.9117 in place of"),
        (
            (0.70, 0.73, 0.705),
            "not significantly different with 3 seeds (accuracy 0.7117 in pl",
        ),
    ],
)
def test_the_verdict_on_a_gate_is_a_sentence(scores, sentence):
    found, sizes, shared = sentences(runs(WHOLE), runs(scores, "reset", units=10))
    assert "sequence_length 64, layers 1, learning_rate 0.01, pr" in shared
    assert sizes.startswith("Units at equal parameters: gru")
    assert "gru without=reset 10" in sizes
    assert found.startswith("gru without its reset gate is")
    assert sentence in found


def test_a_task_that_nothing_learned_shows_nothing():
    found = sentences(runs((0.2, 0.21, 0.2)), runs((0.2, 0.2, 0.21), "update"))
    assert "neither is better than the baseline majority (0.2500), so that" in found[0]


def test_one_seed_is_no_test_and_a_failed_run_no_comparison():
    found = sentences(runs(WHOLE[:1]), runs((0.5,), "reset"))
    assert "not tested (accuracy 0.5000 in place of 0.7000): one shared" in found[0]
    assert "take --seeds 3 or more" in found[0]
    found = sentences(runs(WHOLE), runs((None,), "reset", status="failed"))
    assert "not compared: gru without=reset has no finished run." in found[0]


@pytest.mark.parametrize(
    "fields",
    [
        {"num_params": 1200},
        {"learning_rate": 0.1},
        {"limit": 3},
        {"cell": "lstm"},
        {"fingerprint": "another"},
    ],
)
def test_what_differs_in_more_than_the_gate_is_not_compared(fields):
    assert ablations([*runs(WHOLE), *runs(WHOLE, "reset", **fields)]) == ()


def test_of_two_sizes_each_whole_cell_has_its_own():
    found = ablations(
        [
            *runs(WHOLE),
            *runs(WHOLE, num_params=5000, units=20),
            *runs(WHOLE, "reset", units=10),
            *runs(WHOLE, "reset", num_params=5020, units=25),
        ]
    )
    sizes = [{m.row.num_params for m in one.task.models} for one in found]
    assert sizes == [{1000}, {5000, 5020}]


def test_the_tables_name_the_whole_cell_and_the_cells_without_a_gate():
    found = ablations([*runs(WHOLE), *runs((0.5, 0.52, 0.515), "reset", units=10)])
    text = format_ablations(found)
    lines = [line.split("  ")[0] for line in text.splitlines()]
    assert "gru" in lines
    assert "gru without=reset" in lines
    assert "Differences to the whole cell" in lines
    assert "but also" not in text  # units follow from the size
    page = format_ablations(found, "markdown")
    assert page.startswith("# Ablations")
    assert "| gru without=reset | gru | -0.198" in page


def test_nothing_to_show_names_a_command_and_why():
    text = format_ablations((), left_out="Left out: 2 smoke runs.")
    assert "`seqtasks ablate gru --task adding` trains them" in text
    assert text.endswith("Left out: 2 smoke runs.\n")


def test_the_committed_page_is_that_of_the_committed_runs(committed_ablations):
    page = (
        Path(__file__).parents[2] / "results" / "reference" / "ablations" / "README.md"
    )
    made = format_ablations(ablations(committed_ablations), "markdown")
    assert page.read_text(encoding="utf-8") == made
    compared = {
        (one.cell, one.task.first.task) for one in ablations(committed_ablations)
    }
    tasks = {"adding", "copy_memory", "gesture_recognition"}
    assert compared == {(cell, task) for cell in ("gru", "lstm") for task in tasks}
    for run in committed_ablations:
        assert run.status == "finished"
        assert not run.limit
