import pytest
from results_factory import result

from seqtasks.reports.chart_data import series_of
from seqtasks.reports.cost_charts import cost_charts, pareto
from seqtasks.reports.group import groups


@pytest.mark.parametrize(
    ("cost", "quality", "front"),
    [
        ("min", "max", [(1, 5), (3, 7), (9, 8)]),
        ("min", "min", [(1, 5), (2, 4)]),
        ("max", "max", [(9, 8)]),
        ("max", "min", [(9, 8), (4, 6), (2, 4)]),
    ],
)
def test_no_point_of_the_front_is_beaten_in_both(cost, quality, front):
    points = [(9, 8), (1, 5), (4, 6), (2, 4), (3, 7), (9, 8)]
    assert pareto(points, cost, quality) == front


def _charts(*results):
    (group,) = groups(results)
    return cost_charts(series_of(group, ["gru", "lstm", "elman"]), group)


def test_one_figure_a_cost_with_one_dot_a_row():
    made = _charts(
        result(0.5, num_params=10, seconds=1.0, time_steps_per_second=9.0),
        result(0.7, seed=1, num_params=10, seconds=3.0, time_steps_per_second=9.0),
        result(0.9, cell="lstm", num_params=40, seconds=2.0),
        result(None, cell="elman", status="failed"),
    )
    assert made is not None
    figures, (note,) = made
    assert "Pareto front" in note
    names = [name for name, _ in figures]
    assert names == ["parameters", "seconds of training", "steps/second"]
    for _, figure in figures:
        assert [trace["name"] for trace in figure["data"]] == [
            *("Pareto front", "lstm", "gru"),
        ]
    parameters, seconds, speed = (figure["data"] for _, figure in figures)
    assert (parameters[2]["x"], parameters[2]["y"]) == ([10.0], [0.6])
    assert parameters[0]["x"] == [10.0, 40.0]
    assert seconds[2]["x"] == [2.0]
    # as fast as the better one, gru is no longer on the front
    assert speed[0]["x"] == [123456.0]


def test_one_row_alone_has_no_chart_and_other_machines_are_named():
    assert _charts(result(0.5)) is None
    made = _charts(result(0.5), result(0.6, cell="lstm", device="Another"))
    assert made is not None
    assert made[1][-1] == "Seconds and speeds are of different machines."
