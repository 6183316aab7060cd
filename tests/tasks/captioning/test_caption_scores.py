import math

import numpy as np
import pytest
from seqtasks.tasks.captioning.caption_scores import caption_baselines, caption_scores
from seqtasks.tasks.captioning.caption_words import vocabulary_of
from seqtasks.tasks.captioning.captioned import CaptionedClip, CaptionedClips

from seqtasks.task import Source

FRAMES = np.zeros((1, 16, 16, 3), np.uint8)
SOURCE = Source("test", "made up", "no rights")


def clips_of(train, test, **fields):
    clips = [CaptionedClip(str(i), FRAMES, one) for i, one in enumerate(test)]
    return CaptionedClips(lambda split: clips, train, source=SOURCE, **fields)


def test_any_right_caption_counts():
    clips = clips_of((), [("a b c d", "e"), ("e f",)], one_caption=False).load("test")
    scores = caption_scores(["e", "a"], clips, one_caption=True)
    assert scores == {"exact_match": 0.5}
    scores = caption_scores(["a b c d", "e f"], clips, one_caption=False)
    assert scores == {"exact_match": 1, "bleu": pytest.approx(100)}


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
