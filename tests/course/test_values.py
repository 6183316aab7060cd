"""Exercises whose answer is computed: what is stated is what is checked."""

import hashlib
import itertools
import math
import re

import pytest

from seqtasks.course.answer import Answer, WrongAnswer
from seqtasks.course.language import PERPLEXITY, TEMPERATURE
from seqtasks.course.machine import MACHINE
from seqtasks.course.student import Student
from seqtasks.course.unfolding import UNFOLDING
from seqtasks.store import Store

STUDENTS = [Student(name) for name in ("", "Ada", "Grace Hopper", "Łukasz")]


def check(exercise, values, student, tmp_path):
    if not isinstance(values, str):
        values = ",".join(f"{value:.3f}" for value in values)
    return exercise.check(Answer(values, student, Store(tmp_path)))


def refused(exercise, values, student, tmp_path):
    with pytest.raises(WrongAnswer) as caught:
        check(exercise, values, student, tmp_path)
    return str(caught.value)


def sizes(student):
    text = UNFOLDING.state(student)
    return [int(re.search(rf"{name} = (\d+)", text)[1]) for name in "FHKT"]


@pytest.mark.parametrize("student", STUDENTS)
def test_the_unfolded_network_has_the_same_weights(student, tmp_path):
    f, h, k, t = sizes(student)
    weights = f * h + h * h + h + h * k + k
    right = f"{weights}, {weights}, {t - 1}"
    assert "same weights at every step" in check(UNFOLDING, right, student, tmp_path)
    for wrong, sentence in (
        ((weights, t * weights, t - 1), "All T copies of a weight are one"),
        ((weights - h - k, weights, t - 1), "The biases, H and K, are weights"),
        ((weights - h * h, weights, t - 1), "its kernel is H by H"),
        ((weights - h * k - k, weights, t - 1), "That is the cell alone"),
        ((weights, weights, t), "The product with the zero state h_0"),
        ((weights, weights, 99), "h_2 is the first that is computed from h_1"),
    ):
        text = ",".join(map(str, wrong))
        assert sentence in refused(UNFOLDING, text, student, tmp_path)


def by_hand(student):
    """h_2, both losses, by the numbers that are printed."""
    text = MACHINE.state(student)
    rows = [
        [float(n) for n in re.findall(r"-?\d+\.\d", line)]
        for line in text.splitlines()
        if re.match(r"    (x: \w|h\[\d\]|b) ", line)
    ]
    kernel, bias, output = rows[:6], rows[6], rows[7:]
    h, losses, found = [0.0, 0.0], [], []
    for step in range(2):
        sums = [
            kernel[step][j] + h[0] * kernel[4][j] + h[1] * kernel[5][j] + bias[j]
            for j in range(2)
        ]
        h = [math.tanh(one) for one in sums]
        logits = [h[0] * output[0][k] + h[1] * output[1][k] for k in range(4)]
        losses.append(math.log(sum(map(math.exp, logits))) - logits[step + 1])
        found.append(h)
    alone = [math.tanh(kernel[1][j] + bias[j]) for j in range(2)]
    return h, losses, alone


@pytest.mark.parametrize("student", STUDENTS)
def test_machine_by_hand(student, tmp_path):
    h, losses, alone = by_hand(student)
    perplexity = math.exp(sum(losses) / 2)
    right = [*h, losses[1], perplexity]
    assert "seqtasks trace" in check(MACHINE, right, student, tmp_path)
    for wrong, sentence in (
        ([*alone, *right[2:]], "The state h_1 is missing"),
        ([*h, losses[1] / math.log(2), perplexity], "The loss here is in nats"),
        ([*h, losses[1], math.exp(losses[1])], "That is of step 2 alone"),
        ([0.99, *right[1:]], "h_2[0] is not 0.990. It is tanh of column 0"),
        (right[:3], "expected 4 numbers, h_2[0], h_2[1], the loss of step 2"),
        ("a,b,c,d", "expected a number for h_2[0]; received 'a'."),
        ("nan,1,1,1", "h_2[0] is not nan."),
    ):
        found = refused(MACHINE, wrong, student, tmp_path)
        assert sentence.lower() in found.lower()


@pytest.mark.parametrize("student", STUDENTS)
def test_perplexities_of_counts(student, tmp_path):
    train, test = re.findall(r"^    ([abc]+)$", PERPLEXITY.state(student), re.M)
    p = [train.count(c) / len(train) for c in test[1:]]
    q = []
    for one, other in itertools.pairwise(test):
        followers = [train[i + 1] for i in range(len(train) - 1) if train[i] == one]
        q.append(followers.count(other) / len(followers))
    unigram, bigram = (math.prod(x) ** (-1 / len(x)) for x in (p, q))
    right = (unigram, bigram, math.log2(bigram))
    assert "count pairs" in check(PERPLEXITY, right, student, tmp_path)
    for wrong, sentence in (
        ((math.log(unigram), *right[1:]), "That is the mean loss in nats"),
        ((math.log2(unigram), *right[1:]), "That is in bits"),
        ((1 / math.prod(p), *right[1:]), "That is 1 / p of the whole text"),
        ((unigram, bigram, 9), "It is log2 of the bigram's perplexity."),
    ):
        assert sentence in refused(PERPLEXITY, wrong, student, tmp_path)


@pytest.mark.parametrize("student", STUDENTS)
def test_probabilities_at_temperatures(student, tmp_path):
    text = TEMPERATURE.state(student)
    logits = [float(x) for x in re.findall(r"[ehio]: (-?\d+\.\d)", text)]
    assert len(logits) == 4

    def likeliest(scale):
        exponentials = [math.exp(value * scale) for value in logits]
        return max(exponentials) / sum(exponentials)

    right = [likeliest(2), likeliest(1), likeliest(0.5)]
    assert "likeliest" in check(TEMPERATURE, right, student, tmp_path)
    swapped = refused(TEMPERATURE, right[::-1], student, tmp_path)
    assert "divided by the temperature, not multiplied" in swapped
    other = refused(TEMPERATURE, [right[0], 0.999, right[2]], student, tmp_path)
    assert "It is the softmax of the logits divided by 1." in other


@pytest.mark.parametrize("exercise", [UNFOLDING, MACHINE, PERPLEXITY, TEMPERATURE])
def test_a_teacher_sees_an_answer_that_is_right(exercise, tmp_path):
    for number in range(30):
        student = Student(f"student {number}")
        assert check(exercise, exercise.solve(student), student, tmp_path)


def test_numbers_belong_to_a_name_however_it_is_written():
    ada = Student("Ada Lovelace")
    assert Student("  ada   LOVELACE ").seed == ada.seed
    # by hand, as the hash of a name must be the same on every machine
    digest = hashlib.sha256(b"ada lovelace\0seed").hexdigest()
    assert ada.seed == 1 + int(digest[:16], 16) % 9999
    others = {MACHINE.state(Student(f"student {n}")) for n in range(30)}
    assert len(others) == 30
    assert MACHINE.solve(Student("Ada")) != MACHINE.solve(Student("Bob"))
