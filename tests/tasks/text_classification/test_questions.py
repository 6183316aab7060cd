from collections import Counter

import pytest
from seqtasks.tasks.text_classification.questions import ASKED, questions


def asked(text):
    """The class that a question asks for, read as a person would."""
    text = text.removesuffix(" ?")
    if text.startswith("of "):
        body, _, which = text.removeprefix("of ").partition(" tell me the ")
        first, second = body.split(" and ")
        part = first if which == "former" else second
    elif " is " in text:
        first, second = text.split(" but ")
        part = first if " is not known" in first else second
        assert first.count(" is") == second.count(" is") == 1
    elif text.startswith("after"):
        part = text.split(" tell me ")[1]
    else:
        part = text.removeprefix("tell me ").split(" after ")[0]
    (name,) = [
        name for name, words in ASKED.items() if part.startswith(f"{words} the ")
    ]
    return name


@pytest.fixture(scope="module")
def made():
    return questions()


def test_the_label_is_what_is_asked_for(made):
    part = made.load("validation")
    for text, label in zip(part.texts, part.labels, strict=True):
        assert asked(text) == made.class_names[label]
    assert min(Counter(part.labels).values()) > 120  # of 1,000 in six classes


def test_the_same_words_ask_as_often_for_the_other(made):
    # each question word that is named is asked for in half of the questions with it,
    # in each form on its own
    part = made.load("train")
    names = list(ASKED)
    for mark in ("former", "latter", "known", "told"):
        first = total = 0
        for text, label in zip(part.texts, part.labels, strict=True):
            if mark in text.split():
                named = sorted(
                    name for name, words in ASKED.items() if f"{words} the " in text
                )
                first += named[0] == names[label]
                total += 1
        # "how" is in "how often", but not before "the"; four deviations of a coin
        assert total > 1000
        assert abs(first / total - 0.5) < 2 / total**0.5


FIRST = (
    "how often the hunter swam is known but how the quiet smith swam is not ?",
    "when the gentle merchant sang is not known but how often the judge of the clever "
    "king danced is ?",
    "of with whom the proud teacher dined and when the widow learned tell me the "
    "former ?",
)


def test_the_first_questions_are_always_the_same_and_splits_differ(made):
    assert made.load("test").texts[:3] == FIRST
    texts = [made.load(split).texts for split in ("train", "validation", "test")]
    assert len({*texts[0], *texts[1], *texts[2]}) == 11_000
    assert questions(1).load("test").texts[:3] != FIRST
