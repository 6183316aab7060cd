import math
import sys
from collections import Counter

import numpy as np
import pytest
from seqtasks.tasks.captioning.caption_folder import read_captions
from seqtasks.tasks.captioning.caption_scores import (
    bleu,
    caption_baselines,
    caption_scores,
    import_sacrebleu,
)
from seqtasks.tasks.captioning.captioned_clips import (
    END,
    SIGNS,
    UNKNOWN,
    CaptionedClip,
    CaptionedClips,
    plain,
    vocabulary_of,
)

from seqtasks.errors import UsageError
from seqtasks.task import Source

FRAMES = np.zeros((1, 16, 16, 3), np.uint8)
SOURCE = Source("test", "made up", "no rights")


def values(scores):
    """Scores as plain numbers."""
    return {name: float(score) for name, score in scores.items()}


def clips_of(train, test, **fields):
    clips = [CaptionedClip(str(i), FRAMES, one) for i, one in enumerate(test)]
    return CaptionedClips(lambda split: clips, train, source=SOURCE, **fields)


def test_any_right_caption_counts():
    clips = clips_of((), [("a b c d", "e"), ("e f",)], one_caption=False).load("test")
    scores = values(caption_scores(["e", "a"], clips, one_caption=True))
    assert scores == {"exact_match": 0.5}
    parts = caption_scores(["a b c d", "e f"], clips, one_caption=False)
    scores = values(parts)
    assert scores == {"exact_match": 1, "bleu": pytest.approx(100)}


def test_a_caption_adds_its_ngrams_to_bleu():
    made = ["a b c d e", "e f g h i", "a a a a", "k"]
    wanted = [("a b c d x", "y"), ("e f g h i",), ("a b",), ("k l m",)]
    clips = clips_of((), wanted, one_caption=False).load("test")
    score = caption_scores(made, clips, one_caption=False)["bleu"]
    assert 0 < score.value < 100
    assert score.combine(score.parts.sum(axis=0)) == pytest.approx(score.value)
    # of a resample it is BLEU of the resampled captions
    again = [2, 2, 0, 1]
    value = bleu([made[i] for i in again], [wanted[i] for i in again])
    assert score.combine(score.parts[again].sum(axis=0)) == pytest.approx(value)


def test_baselines_of_a_twin_by_hand():
    train = (("up moves a",), ("up moves b",), ("down moves b",))
    clips = clips_of(
        train,
        [("up moves b",), ("down moves a",)],
        one_caption=True,
        in_no_frame=lambda caption: caption.split()[0],
    )
    vocabulary = vocabulary_of(train, 1)
    baselines = caption_baselines(clips, vocabulary, None, 9)
    values = {
        (baseline.name, baseline.metric): baseline.value for baseline in baselines
    }
    assert list(values) == [
        *((f"{n}-gram of words", "negative_log_likelihood") for n in (1, 2, 3)),
        ("most frequent caption", "exact_match"),
        ("one frame", "negative_log_likelihood"),
        ("one frame", "exact_match"),
    ]
    # once each: the first by alphabet, which is not in test
    assert values["most frequent caption", "exact_match"] == 0
    assert baselines[3].how == "always 'down moves b'"
    # up twice, down once, one more of each and of what was never seen
    nats = -(math.log(3 / 6) + math.log(2 / 6)) / 8
    assert values["one frame", "negative_log_likelihood"] == pytest.approx(nats)
    assert values["one frame", "exact_match"] == 0.5
    # 12 words with the ends, 6 kinds of the 7 that can come
    p = {"end": 3, "b": 2, "moves": 3, "up": 2, "a": 1, "down": 1}
    logs = {word: math.log((count + 6 / 7) / 18) for word, count in p.items()}
    unigram = -sum(
        logs[word] for word in ("b", "moves", "up", "end", "a", "moves", "down", "end")
    )
    found = values["1-gram of words", "negative_log_likelihood"]
    assert found == pytest.approx(unigram / 8)


def test_baselines_of_clips_with_several_captions():
    train = (("a dog runs in snow", "dog"), ("a dog runs in snow", "cat"))
    test = [("a dog runs in snow", "it"), ("the dog runs in snow", "x")]
    clips = clips_of(train, test, one_caption=False)
    baselines = caption_baselines(clips, vocabulary_of(train, 1), 1, 9)
    values = {baseline.metric: baseline.value for baseline in baselines}
    assert baselines[-1].how == "always 'a dog runs in snow'"
    assert values["exact_match"] == 0.5
    # 9 of 10 words, 7 of 8 pairs, 5 of 6 threes, 3 of 4 fours
    expected = 100 * (9 / 10 * 7 / 8 * 5 / 6 * 3 / 4) ** 0.25
    assert values["bleu"] == pytest.approx(expected)


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


def test_bleu_by_hand():
    right = [["a cat sits on the mat", "there is a cat"], ["a dog"]]
    # 6 + 2 words, 5 + 1 pairs, 4 threes, 3 fours, all of them right
    assert bleu(["a cat sits on the mat", "a dog"], right) == pytest.approx(100)
    # 5 of 6, 3 of 5, 2 of 4, 1 of 3
    expected = 100 * (5 / 6 * 3 / 5 * 2 / 4 * 1 / 3) ** 0.25
    assert bleu(["a cat sits on my mat"], right[:1]) == pytest.approx(expected)
    # too short: 4 words where 6 are right, exp(1 - 6/4)
    right = [["a cat sits on the mat"]]
    assert bleu(["a cat sits on"], right) == pytest.approx(100 * math.exp(-0.5))
    assert bleu(["", ""], right) == 0
    assert bleu(["cats"], right[:1]) == 0


def test_bleu_is_as_in_the_paper():
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
        import_sacrebleu()
    assert str(error.value) == (
        "BLEU of captions needs sacreBLEU, which is not installed: "
        "`pip install seqtasks[captions]`."
    )


@pytest.mark.parametrize(
    ("caption", "words"),
    [
        (" A man's  dog-sled,  running. ", "a man's dog sled running"),
        ("Der Bär läuft\t2 km!", "der bär läuft 2 km"),
        ("'quoted' and the dogs’ bowl", "quoted and the dogs bowl"),
        ("a dog’s bowl", "a dog's bowl"),
        ("... ?!", ""),
    ],
)
def test_plain_words(caption, words):
    assert plain(caption) == words
    assert plain(words) == words


def test_a_vocabulary_is_sorted_and_of_frequent_words():
    clips = [("the cat runs", "a cat sits"), ("the dog runs",)]
    assert vocabulary_of(clips, 2).words == (*SIGNS, "cat", "runs", "the")
    assert vocabulary_of(clips, 1).words == (
        *SIGNS, "a", "cat", "dog", "runs", "sits", "the",
    )  # fmt: skip


def test_numbers_of_words_and_back():
    vocabulary = vocabulary_of([("the cat runs the cat runs",)], 2)
    assert len(vocabulary) == 6
    assert vocabulary.encode("the dog runs", 5).tolist() == [5, UNKNOWN, 4, END]
    assert vocabulary.encode("the dog runs", 3).tolist() == [5, UNKNOWN, 4, END]
    # what is cut off has no end
    assert vocabulary.encode("the dog runs", 2).tolist() == [5, UNKNOWN]
    assert vocabulary.decode([5, 3, END, 4]) == "the cat"
    assert vocabulary.decode([END]) == ""


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
