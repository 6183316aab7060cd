import dataclasses
import math

import pytest
from results_factory import result

from seqtasks.comparison.contender import contender, in_order
from seqtasks.reports.row import Row, rows


def _of(*runs):
    (row,) = rows(runs)
    return contender("gru", row)


def _failed(seed, status="diverged"):
    return result(None, seed=seed, status=status, reason="Loss: nan.")


def test_what_did_not_finish_is_named_and_never_averaged():
    one = _of(result(0.5, seed=0), result(0.7, seed=1), result(0.6, seed=2), _failed(3))
    assert one.mean == pytest.approx(0.6)
    assert one.scores == {0: 0.5, 1: 0.7, 2: 0.6}
    assert one.unfinished == {3: "diverged"}
    assert one.status == "1 of 4 diverged"
    # t = 4.303 with two degrees of freedom, s = 0.1
    half = 4.3027 * 0.1 / math.sqrt(3)
    assert one.interval(0.95) == pytest.approx((0.6 - half, 0.6 + half), abs=1e-5)


def test_each_way_to_end_is_named():
    one = _of(
        *(_failed(0), _failed(1, "out_of_memory"), _failed(2, "running")),
        *(_failed(3, "out_of_memory"), result(0.5, seed=4)),
    )
    assert one.status == "1 of 5 diverged, 2 of 5 out of memory, 1 of 5 running"
    assert one.interval(0.95) is None


@pytest.mark.parametrize(
    ("statuses", "failed"),
    [
        (["finished", "finished", "diverged"], False),
        (["finished", "diverged"], True),
        (["killed"], True),
        (["running"], False),
        (["interrupted", "finished"], False),
    ],
)
def test_it_fails_if_no_fewer_seeds_failed_than_finished(statuses, failed):
    runs = [
        result(0.5 if status == "finished" else None, seed=seed, status=status)
        for seed, status in enumerate(statuses)
    ]
    assert _of(*runs).failed is failed


def test_a_score_that_is_no_number_is_no_score():
    one = _of(result(math.nan, seed=0), result(0.5, seed=1), result(math.inf, seed=2))
    assert one.scores == {1: 0.5}
    assert one.status == "2 of 3 diverged"
    assert one.failed


def test_a_seed_run_again_counts_once_and_this_is_told():
    days = [f"2026-01-0{day}T00:00:00+00:00" for day in (1, 2, 3)]
    one = _of(
        result(0.5, seed=0, created=days[0]),
        result(0.6, seed=0, created=days[1]),
        dataclasses.replace(_failed(0), created=days[2]),
    )
    assert one.scores == {0: 0.6}
    assert one.status == "newest of 2 runs of 1 seed, seed 0 also diverged"


@pytest.mark.parametrize(("mode", "first"), [("max", "b"), ("min", "a")])
def test_the_best_first_then_what_failed(mode, first):
    def make(name, *runs):
        return contender(name, Row(runs))

    best, other = make("b", result(0.9)), make("a", result(0.1))
    failed = make("c", result(0.99, seed=0), _failed(1))
    nothing = make("d", _failed(0, "running"))
    order = [one.name for one in in_order([nothing, failed, best, other], mode)]
    assert order[0] == first
    assert order[2:] == ["c", "d"]
