import math

import pytest
from results_factory import result

from seqtasks.reports.page.history import history


def _run(values, **fields):
    epochs = [
        {"epoch": float(index), "validation_accuracy": value}
        for index, value in enumerate(values, start=1)
    ]
    return result(history=epochs, **fields)


def test_points_by_epoch():
    found = history(_run([0.1, 0.2]))
    assert found.pieces == (((1.0, 0.1), (2.0, 0.2)),)
    assert found.ends == ()
    assert found.at(2) == (2.0, 0.2)
    assert found.at(3) is None


def test_a_line_is_broken_where_a_value_is_not_finite():
    found = history(_run([math.nan, 0.1, 0.2, math.inf, 0.3]))
    assert found.pieces == (((2.0, 0.1), (3.0, 0.2)), ((5.0, 0.3),))
    assert found.ends == ((3.0, 0.2),)


def test_a_history_of_other_numbers_has_no_points():
    assert history(result(history=[{"epoch": 1.0, "loss": 2.0}])).pieces == ()


@pytest.mark.parametrize("epoch", [math.nan, -1.0, 1e300, None])
def test_an_epoch_that_is_no_epoch_is_counted(epoch):
    entry = {"validation_accuracy": 0.5} | ({} if epoch is None else {"epoch": epoch})
    assert history(result(history=[entry])).points == ((1.0, 0.5),)


def test_thousands_of_epochs_are_thinned_and_no_spike_is_lost():
    values = [math.exp(-epoch / 500) for epoch in range(5000)]
    values[1234], values[4321] = 9.0, -9.0
    thin = history(_run(values)).thinned(200)
    assert len(thin.points) <= 200
    assert {(1235.0, 9.0), (4322.0, -9.0)} <= set(thin.points)
    assert thin.points[0] == (1.0, 1.0)
    assert thin.points[-1] == (5000.0, values[-1])
    assert list(thin.points) == sorted(thin.points)


def test_a_short_history_stays_whole():
    found = history(_run([0.1, 0.3, 0.2]))
    assert found.thinned(3) == found
