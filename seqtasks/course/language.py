"""Exercises 7 and 8: perplexity beside an n-gram, and temperature."""

import collections
import itertools
import math

import numpy as np

from seqtasks.course.answer import Answer, Quantity
from seqtasks.course.exercise import Exercise
from seqtasks.course.student import Student

_LETTERS = "abc"
_TRAINED, _TESTED = 14, 5


def _texts(student: Student) -> tuple[str, str]:
    """A text to count in, and one to score, each pair of which stands in the first."""
    train = "".join(
        _LETTERS[student.pick(f"7 train {i}", 0, 2)] for i in range(_TRAINED)
    )
    train += train[0]  # so that something follows each letter
    after = collections.defaultdict(list)
    for one, other in itertools.pairwise(train):
        after[one].append(other)
    test = train[student.pick("7 begin", 0, _TRAINED - 1)]
    while len(test) < _TESTED:
        choices = after[test[-1]]
        test += choices[student.pick(f"7 test {len(test)}", 0, len(choices) - 1)]
    return train, test


def _perplexities(student: Student) -> tuple[Quantity, ...]:
    train, test = _texts(student)
    counts = collections.Counter(train)
    pairs = collections.Counter(itertools.pairwise(train))
    before = collections.Counter(train[:-1])
    predicted = len(test) - 1
    unigram = -sum(math.log(counts[c] / len(train)) for c in test[1:]) / predicted
    bigram = (
        -sum(math.log(pairs[p] / before[p[0]]) for p in itertools.pairwise(test))
        / predicted
    )
    return (
        *_of("unigram", unigram, "the share of the character in the text"),
        *_of("bigram", bigram, "the share of 'ab' among all pairs that begin with 'a'"),
        Quantity(
            "the bits per character of the bigram",
            bigram / math.log(2),
            "It is log2 of the bigram's perplexity.",
            ((bigram, "That is in nats; divide by ln 2."),),
        ),
    )


def _of(name: str, nats: float, share: str) -> tuple[Quantity]:
    how = (
        f"It is exp of the mean of -ln p over the {_TESTED - 1} predicted characters, "
        f"p being {share}."
    )
    mistakes = (
        (nats, "That is the mean loss in nats; the perplexity is exp of it."),
        (
            nats / math.log(2),
            "That is in bits; the perplexity is 2 to the power of it.",
        ),
        (
            math.exp(nats * (_TESTED - 1)),
            "That is 1 / p of the whole text; take the mean over the characters.",
        ),
    )
    return (Quantity(f"the perplexity of the {name}", math.exp(nats), how, mistakes),)


def _state_perplexity(student: Student) -> str:
    train, test = _texts(student)
    return f"""\
A network's loss means something beside methods that only count. Look at the 5-gram
among the baselines of a run, in bits per character:

    seqtasks run char_lm --cell elman --units 64 --limit 200 --seed {student.seed}

Count, without smoothing, in the text

    {train}

and let a unigram and a bigram predict the characters 2 to {_TESTED} of

    {test}

(the unigram gives a character its share of all {_TRAINED + 1}; the bigram its share of
those that follow the character before it; the first character is given).

Answer three numbers, to three decimals: the unigram's perplexity, the bigram's
perplexity, the bigram's bits per character."""


def _check_perplexity(answer: Answer) -> str:
    answer.check_numbers(_perplexities(answer.student))
    return (
        "a network that is worse than the bigram has learned less than to count pairs."
    )


def _solve_perplexity(student: Student) -> str:
    return ",".join(f"{q.value:.3f}" for q in _perplexities(student))


def _logits(student: Student) -> dict[str, float]:
    """The logits of four letters, no two the same."""
    start = student.tenths("8 start", -5, 5)
    found = {}
    for letter in "ehio":
        found[letter] = round(start, 1)
        start += student.pick(f"8 {letter}", 3, 12) / 10
    return found


def _temperatures(student: Student) -> tuple[Quantity, ...]:
    logits = np.array([*_logits(student).values()])

    def likeliest(scale):
        return float(1 / np.exp((logits - logits.max()) * scale).sum())

    return tuple(
        Quantity(
            f"the probability of the likeliest character at temperature {t}",
            likeliest(1 / t),
            f"It is the softmax of the logits divided by {t}.",
            (
                (
                    likeliest(t),
                    "The logits are divided by the temperature, not multiplied.",
                ),
            )
            if t != 1
            else (),
        )
        for t in (0.5, 1, 2)
    )


def _state_temperature(student: Student) -> str:
    logits = "  ".join(f"{c}: {value:.1f}" for c, value in _logits(student).items())
    return f"""\
Train a small model for a minute, and let it write cold and hot:

    seqtasks run char_lm --dataset grammar --cell gru --units 128 --limit 300 \\
      --seed {student.seed}
    seqtasks sample char_lm-gru-s{student.seed} --temperature 0.3
    seqtasks sample char_lm-gru-s{student.seed} --temperature 1.5

A temperature T divides the logits before the softmax. The logits of a step are

    {logits}

Answer three numbers, to three decimals: the probability of the likeliest character
at T = 0.5, at T = 1 and at T = 2."""


def _check_temperature(answer: Answer) -> str:
    answer.check_numbers(_temperatures(answer.student))
    return "a low temperature takes the likeliest, a high one draws among all alike."


def _solve_temperature(student: Student) -> str:
    return ",".join(f"{q.value:.3f}" for q in _temperatures(student))


PERPLEXITY = Exercise(
    "perplexity, beside n-grams",
    "PERPLEXITY,PERPLEXITY,BITS",
    _state_perplexity,
    _solve_perplexity,
    _check_perplexity,
)
TEMPERATURE = Exercise(
    "temperature",
    "NUMBER,NUMBER,NUMBER",
    _state_temperature,
    _solve_temperature,
    _check_temperature,
)
