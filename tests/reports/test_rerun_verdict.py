import dataclasses
import math

import pytest
from results_factory import result

from seqtasks.reports.rerun_verdict import judge
from seqtasks.result import Search


def _row(*scores):
    """Runs of one row, with the seeds 0, 1, 2 …"""
    return [
        dataclasses.replace(result(score, seed=seed), run=f"seed {seed}")
        for seed, score in enumerate(scores)
    ]


def _again(old, score=None, **fields):
    changes = {} if score is None else {"metrics": result(score).metrics}
    fields = {"run": "again", "rerun_of": old.run, "seconds": 99.0, **changes, **fields}
    return dataclasses.replace(old, **fields)


def test_all_numbers_the_same_is_bit_equal_whatever_else_changed():
    (old,) = _row(0.5)
    old = dataclasses.replace(old, history=[{"loss": math.nan, "seconds": 1.0}])
    new = _again(
        old,
        history=[{"loss": math.nan, "seconds": 2.0}],
        device="Another, 4 cores",
        versions={"python": "3.12.0", "keras": "3.15.1", "jax": "0.7"},
        settings=old.settings | {"implementation": "auto"},
        implementation="compiled",
    )
    verdict = judge(old, new, [old, new])
    assert verdict.kind == "bit-equal"
    assert verdict.numbers == ()
    assert verdict.between == (
        "implementation (unknown) → compiled",
        "device A Processor, 2 cores → Another, 4 cores",
        "versions.python 3.11.7 → 3.12.0",
        "versions.jax (unknown) → 0.7",
        "settings.implementation (unknown) → auto",
    )


def test_the_last_digit_counts_and_the_first_epoch_that_differs_is_named():
    old = dataclasses.replace(
        result(0.5), history=[{"epoch": n, "loss": 1.0} for n in (1, 2, 3)]
    )
    history = [{"epoch": n, "loss": 1.0 + n // 2 * 2**-52} for n in (1, 2, 3)]
    verdict = judge(old, _again(old, history=history), [old])
    assert verdict.kind == "differs"
    assert verdict.numbers == (
        "epoch 2, the first to differ: loss 1.0 → 1.0000000000000002",
    )


@pytest.mark.parametrize(
    ("scores", "again", "kind"),
    [
        # mean 0.5, deviation 0.1, quantile 4.303: 0.5 ± 4.303 · 0.1 · sqrt(4/3)
        ((0.5, 0.4, 0.6), 0.99, "within seed noise"),
        ((0.5, 0.4, 0.6), 0.9969, "differs"),
        # eight seeds of the same deviation know it better: 0.5 ± 2.365 · 0.1 · 1.061
        ((0.4, 0.6, 0.5, 0.4, 0.6, 0.4, 0.6, 0.5), 0.71, "within seed noise"),
        ((0.4, 0.6, 0.5, 0.4, 0.6, 0.4, 0.6, 0.5), 0.80, "differs"),
        ((0.5, 0.5, 0.5), 0.5001, "differs"),
    ],
)
def test_the_t_interval_for_one_more_seed_is_the_limit(scores, again, kind):
    runs = _row(*scores)
    verdict = judge(runs[0], _again(runs[0], again), runs)
    assert verdict.kind == kind
    inside = "outside" if kind == "differs" else "inside"
    assert f". {again:.4g} is {inside} " in verdict.sentence
    assert verdict.sentence.endswith(
        f"the 95 % t interval for one more seed of this row, by its {len(scores)} "
        f"seeds."
    )


def test_a_smoke_run_has_no_test_score():
    (old,) = _row(None)
    old = dataclasses.replace(old, limit=1)
    verdict = judge(old, _again(old, steps=99), [old])
    assert verdict.sentence == (
        "it is a smoke run, which has no test score to be near to."
    )


def test_a_trial_of_a_search_has_none_either():
    (old,) = _row(None)
    search = Search(study="s", trial=0, space={}, pruning="none")
    old = dataclasses.replace(old, search=search)
    assert judge(old, _again(old, steps=99), [old]).sentence == (
        "it is a trial of a search, which has no test score to be near to."
    )


def test_with_fewer_than_three_seeds_the_noise_is_unknown():
    runs = _row(0.5, 0.4)
    # neither other rows nor reruns are seeds
    others = [
        dataclasses.replace(result(0.6, seed=2, cell="lstm"), run="another cell"),
        dataclasses.replace(result(0.6, seed=2), run="other data", fingerprint="x"),
        dataclasses.replace(result(0.6, seed=2), run="earlier", rerun_of="seed 0"),
        dataclasses.replace(result(None, seed=2, status="failed"), run="failed"),
    ]
    for folder in (runs, [*runs, *others]):
        verdict = judge(runs[0], _again(runs[0], 0.5001), folder)
        assert verdict.kind == "differs"
        assert verdict.sentence == (
            "test accuracy is off by 0.0001. The noise between seeds is unknown: the "
            "folder has 2 seeds of this row, and it takes 3."
        )


def test_other_data_differ_however_near_the_score_is():
    runs = _row(0.5, 0.4, 0.6)
    verdict = judge(runs[0], _again(runs[0], 0.51, fingerprint="x"), runs)
    assert (verdict.kind, verdict.sentence) == ("differs", "the data are not the same.")
    assert "fingerprint 0123456789abcdef → x" in verdict.between


def test_a_run_that_diverged_has_no_score_to_be_near_to():
    (old,) = _row(0.5)
    new = dataclasses.replace(_again(old), status="diverged", metrics={})
    verdict = judge(old, new, [old])
    assert verdict.kind == "differs"
    assert verdict.sentence == "the first ended as finished, the second as diverged."
    assert "status finished → diverged" in verdict.numbers
    old = dataclasses.replace(old, commit="abc+")
    (line,) = judge(old, _again(old), [old]).between
    assert line == "commit abc+ on both sides, with changes that are in no commit"


def test_scores_on_train_that_runs_of_before_lack_are_no_difference():
    old = result(0.5, history=[{"epoch": 1, "loss": 2.0}])
    history = [{"epoch": 1, "loss": 2.0, "train_accuracy": 0.6}]
    metrics = {"train": {"accuracy": 0.6}, **old.metrics}
    new = dataclasses.replace(old, run="again", history=history, metrics=metrics)
    assert judge(old, new, [old]).kind == "bit-equal"
    other = dataclasses.replace(new, metrics={**metrics, "train": {"accuracy": 0.7}})
    numbers = judge(new, other, [new]).numbers
    assert numbers == ("train accuracy 0.6 → 0.7",)
