"""BLEU by hand, beside a transcription of the paper, and on captions by people."""

import math
import sys
from collections import Counter

import pytest
from seqtasks.tasks.captioning.bleu import bleu, check_sacrebleu
from seqtasks.tasks.captioning.captions_file import read_captions

from seqtasks.errors import UsageError


def transcription(captions, references):
    """Papineni et al. (2002), sections 2.1 to 2.3, over all captions at once."""
    matches, totals = Counter(), Counter()
    length = closest = 0
    for caption, right in zip(captions, references, strict=True):
        words = caption.split()
        length += len(words)
        lengths = (len(one.split()) for one in right)
        closest += min(lengths, key=lambda other: (abs(other - len(words)), other))
        for n in range(1, 5):
            found = grams(words, n)
            most = Counter()
            for one in right:
                most |= grams(one.split(), n)
            matches[n] += (found & most).total()
            totals[n] += found.total()
    if not all(matches[n] for n in range(1, 5)):
        return 0.0
    mean = sum(math.log(matches[n] / totals[n]) for n in range(1, 5)) / 4
    return 100 * min(1.0, math.exp(1 - closest / length)) * math.exp(mean)


def grams(words, n):
    return Counter(tuple(words[i : i + n]) for i in range(len(words) - n + 1))


def test_by_hand():
    right = [["a cat sits on the mat", "there is a cat"], ["a dog"]]
    # 6 + 2 words, 5 + 1 pairs, 4 threes, 3 fours, all of them right
    assert bleu(["a cat sits on the mat", "a dog"], right) == pytest.approx(100)
    # 5 of 6, 3 of 5, 2 of 4, 1 of 3
    expected = 100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    assert bleu(["a cat sits on my mat"], right[:1]) == pytest.approx(expected)
    # too short: 4 words where 6 are right, exp(1 - 6/4)
    told = [["a cat sits on the mat"]]
    assert bleu(["a cat sits on"], told) == pytest.approx(100 * math.exp(-0.5))
    assert bleu(["", ""], right) == 0
    assert bleu(["cats"], right[:1]) == 0


def test_as_in_the_paper():
    captions = ["a man is playing a guitar", "the the the", "a cat runs on the grass"]
    right = [
        ["a man plays a guitar on stage", "a man is playing the guitar loudly"],
        ["the dog"],
        ["a cat runs over grass", "the cat runs on the green grass", "a cat runs on"],
    ]
    expected = transcription(captions, right)
    assert 30 < expected < 80
    assert bleu(captions, right) == pytest.approx(expected)


def test_without_sacrebleu(monkeypatch):
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(UsageError) as error:
        check_sacrebleu()
    assert str(error.value) == (
        "BLEU of captions needs sacreBLEU, which is not installed: "
        "`pip install seqtasks[captions]`."
    )


@pytest.mark.realdata
def test_people_are_better_than_the_most_frequent_caption(realdata):
    found = read_captions(realdata / "msvd_captions" / "references.txt")
    captions = [one.captions for one in found.values()]
    counts = Counter(caption for of_clip in captions for caption in of_clip)
    usual = min(counts, key=lambda caption: (-counts[caption], caption))
    people, baseline = [], []
    for place in range(5):
        others = [of_clip[:place] + of_clip[place + 1 :] for of_clip in captions]
        left_out = [of_clip[place] for of_clip in captions]
        people.append(bleu(left_out, others))
        assert people[-1] == pytest.approx(transcription(left_out, others))
        baseline.append(bleu([usual] * len(others), others))
    assert min(people) > 35
    assert max(baseline) < 30
