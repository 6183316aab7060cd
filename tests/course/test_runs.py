"""Exercises whose answer is a run: what is right, and what is missing."""

import dataclasses

import pytest
from results_factory import result
from xray_factory import made_up

from seqtasks.analysis.xray_store import write_xray
from seqtasks.course import memory
from seqtasks.course.answer import Answer, WrongAnswer
from seqtasks.course.fair import FAIR
from seqtasks.course.memory import VANISHING
from seqtasks.course.student import Student
from seqtasks.course.training import CLIPPING, ONE_HOT, OVERFIT, _width
from seqtasks.store import Store

ADA = Student("Ada")
SEED = ADA.seed


def verdict(exercise, text, folder, student=ADA):
    try:
        return exercise.check(Answer(text, student, Store(folder)))
    except WrongAnswer as wrong:
        return f"✗ {wrong}"


def written(folder, run, **fields):
    made = result(run=run, **{"seed": SEED, "cell": "elman"} | fields)
    Store(folder).write(made)
    return made


def history(losses, bits):
    return [
        {"epoch": i + 1.0, "loss": loss, "validation_accuracy": score}
        for i, (loss, score) in enumerate(zip(losses, bits, strict=True))
    ]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({}, "was best at epoch 2 (4.00 bits) and is 6.00 bits now"),
        ({"seed": 5}, f"✗ expected a run with --seed {SEED}, as the exercise states"),
        ({"limit": None}, "✗ expected a run of char_lm on one batch, with --limit 1"),
        ({"task": "adding"}, "r is of adding with --limit 1."),
        (
            {"history": history([4.0, 2.0], [5.0, 6.0])},
            "✗ expected a loss of training below 0.5; it is 2.00 after 2 epochs. Train",
        ),
        (
            {"history": history([4.0, 0.1], [5.0, 4.0])},
            "✗ expected a validation that has become worse by 0.2 bits since its best",
        ),
        ({"history": []}, "it is none after 0 epochs"),
    ],
)
def test_overfit_on_purpose(fields, sentence, tmp_path):
    known = {
        "task": "char_lm",
        "limit": 1,
        "best_epoch": 2,
        "history": history([4.0, 2.0, 0.1], [5.0, 4.0, 6.0]),
    }
    written(tmp_path, "r", **known | fields)
    assert sentence in verdict(OVERFIT, "r", tmp_path)


def test_a_run_that_is_not_there(tmp_path):
    assert "✗ There is no run 'r'" in verdict(OVERFIT, "r", tmp_path)
    assert "✗ expected two runs and a num" in verdict(ONE_HOT, "r", tmp_path)


@pytest.mark.parametrize(
    ("text", "first", "second", "sentence"),
    [
        ("a,b,-40", {}, {}, "embedding=0 validates at 0.510 bits a character"),
        ("a,b,40", {}, {}, "✗ the runs are right, and the number is not 40. With V"),
        ("a,b", {}, {}, "the number is not given."),
        ("b,a,-40", {}, {}, "✗ expected a run with --set embedding=0, then one with"),
        ("a,b,-40", {}, {"units": 9}, "✗ expected two runs that differ in embedding"),
        ("a,b,-40", {"cell": "gru"}, {}, "a is of char_lm with gru."),
    ],
)
def test_one_hot_against_embedding(text, first, second, sentence, tmp_path):
    known = {"task": "char_lm", "limit": 200}
    one = {"options": {"embedding": 0}, "num_params": 1000, "score": 0.5}
    other = {"options": {"embedding": _width(ADA)}, "num_params": 960, "score": 0.6}
    written(tmp_path, "a", **known | one | first)
    written(tmp_path, "b", **known | other | second)
    assert sentence in verdict(ONE_HOT, text, tmp_path)


@pytest.mark.parametrize(
    ("text", "free", "sentence"),
    [
        ("a,b,3", {}, "a few gradients ended it."),
        ("a,b,4", {}, "✗ the runs are right, and the step is not 4"),
        ("b,a,3", {}, "received clip norms of 0 and 1."),
        ("a,b,3", {"status": "finished"}, "✗ expected a run without clipping that div"),
        (
            "a,b,3",
            {"task": "other"},
            "in clip_norm alone; they also differ in task",
        ),
    ],
)
def test_clipping_removed(text, free, sentence, tmp_path):
    known = {"task": "adding", "limit": 100}
    settings = {"units": 8, "learning_rate": 1.0}
    reason = "The training loss was nan at step 3; before, training loss 9.7545."
    one = written(tmp_path, "a", **known)
    Store(tmp_path).write(
        dataclasses.replace(one, settings=settings | {"clip_norm": 1.0})
    )
    other = written(
        tmp_path, "b", **known | {"status": "diverged", "reason": reason} | free
    )
    Store(tmp_path).write(
        dataclasses.replace(other, settings=settings | {"clip_norm": 0.0})
    )
    assert sentence in verdict(CLIPPING, text, tmp_path)


@pytest.fixture
def xrayed(tmp_path):
    for cell, half_life in (("elman", 4.13), ("lstm", None)):
        run = written(tmp_path, cell, task="adding", cell=cell, seed=SEED + 1)
        known = {"task": "adding", "cell": cell, "fingerprint": run.fingerprint}
        xray = made_up(run=run.run, seed=run.seed, **known)
        gradient = dataclasses.replace(xray.state_gradient, half_life=half_life)
        write_xray(tmp_path, dataclasses.replace(xray, state_gradient=gradient))
    return tmp_path


def half_lives():
    w, f = memory._decays(ADA)
    found = []
    for factor in (w, f):
        steps = 0.0
        while factor**steps > 0.5:  # not by the logarithm that is tested
            steps += 0.01
        found.append(f"{steps:.1f}")
    return found


def test_vanishing_gradients(xrayed):
    w, f = half_lives()
    right = verdict(VANISHING, f"elman,lstm,{w},{f}", xrayed)
    assert "elman halves in 4.1 steps, that of the lstm does not fall by half" in right
    swapped = verdict(VANISHING, f"elman,lstm,{f},{w}", xrayed)
    assert "✗ with a recurrent weight of" in swapped
    assert "not half: solve" in swapped
    assert "✗ expected two numbers" in verdict(VANISHING, "elman,lstm", xrayed)
    wrong = verdict(VANISHING, f"lstm,elman,{w},{f}", xrayed)
    assert "✗ expected a run of adding with the cell elman; lstm is" in wrong
    for path in (xrayed / "xray").iterdir():
        path.unlink()
    missing = verdict(VANISHING, f"elman,lstm,{w},{f}", xrayed)
    assert "elman has not been X-rayed: `seqtasks xray elman`." in missing


GRU = (0.05, 0.052, 0.049)
ELMAN = (0.16, 0.163, 0.161)


def compared(folder, gru=GRU, **fields):
    for cell, scores in (("gru", gru), ("elman", ELMAN)):
        for seed, score in enumerate(scores):
            options = {"data_seed": SEED, "sequence_length": 20}
            known = {"task": "adding", "seed": seed, "options": options, "mode": "min"}
            own = fields if cell == "gru" else {}
            written(folder, f"{cell}{seed}", cell=cell, score=score, **known | own)
    return folder


@pytest.mark.parametrize(
    ("word", "changes", "sentence"),
    [
        ("better", {}, "gru is significantly better (p = "),
        ("tie", {}, "✗ the runs are right, and the verdict is not tie: read the"),
        (
            "good",
            {},
            "✗ expected a folder of results and a verdict, better, wor",
        ),
        ("better", {"num_params": 20_000}, "Give both --params 3k."),
        ("better", {"limit": 5}, "without --limit; there is none of gru."),
        ("better", {"learning_rate": 0.5}, "they also differ in learning_rate."),
        ("better", {"fingerprint": "other"}, "those in"),
        (
            "better",
            {"gru": GRU[:1]},
            "✗ expected 3 seeds that both cells have; th",
        ),
    ],
)
def test_a_fair_comparison(word, changes, sentence, tmp_path):
    found = verdict(FAIR, f"{compared(tmp_path, **changes)},{word}", tmp_path)
    assert sentence in found


def test_another_students_data_are_not_hers(tmp_path):
    compared(tmp_path)
    other = verdict(FAIR, f"{tmp_path},better", tmp_path, Student("Bob"))
    assert "✗ expected runs of gru and elman with --set data_seed=" in other
