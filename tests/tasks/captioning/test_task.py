import sys

import keras
import numpy as np
import pytest
import tensorflow as tf
from caption_writer import films, write_captioned
from seqtasks.tasks.captioning import sprite_captions
from seqtasks.tasks.captioning.caption_folder import caption_folder
from seqtasks.tasks.captioning.caption_sample import caption_picture
from seqtasks.tasks.captioning.captioned_clips import END, SIGNS, START, UNKNOWN
from seqtasks.tasks.captioning.task import captioning
from video_writer import flat_frames, write_video

from seqtasks.cells.gru import GRUCell
from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.task import SPLITS
from seqtasks.training.model import build_model
from seqtasks.training.pipeline import Pipeline
from seqtasks.training.predict import ModelPredictor
from seqtasks.training.settings import resolve_settings

FEW = {"train": 60, "validation": 5, "test": 7}
WORDS = (
    *SIGNS, "a", "blue", "cross", "disc", "down", "green", "large", "left", "moves",
    "red", "right", "small", "square", "then", "triangle", "up", "yellow",
)  # fmt: skip


@pytest.fixture(scope="module")
def task():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sprite_captions, "CLIPS", FEW)
        keras.utils.set_random_seed(0)
        yield captioning(frame_size=16)


@pytest.fixture(scope="module")
def trained(task):
    """A model without training, whose weights are larger, so that clips differ."""
    settings = resolve_settings(task, "captioning", {"units": 8, "batch_size": 4})
    pipeline = Pipeline(task, 4, 0)
    inputs = next(iter(pipeline.evaluation("train")))[0]
    model = build_model(task, GRUCell, settings, inputs)
    model.set_weights([3 * weights for weights in model.get_weights()])
    return ModelPredictor(model, task, pipeline, GRUCell, settings)


def test_examples_are_frames_and_then_words(task):
    inputs, targets, weights = task.load("train").element_spec
    assert inputs == {
        "frame": tf.TensorSpec((None, 16, 16, 3), tf.uint8),
        "word": tf.TensorSpec((None,), tf.int32),
    }
    assert targets.dtype == tf.int32
    assert [int(task.load(split).cardinality()) for split in SPLITS] == [60, 5, 7]
    inputs, targets, weights = next(task.load("test").as_numpy_iterator())
    told = targets[weights > 0]
    assert [WORDS[number] for number in told] == [
        "right", "moves", "a", "large", "red", "triangle", "<end>",
    ]  # fmt: skip
    assert inputs["word"][weights > 0].tolist() == [START, *told[:-1]]
    lines = task.render(inputs, targets, weights).split("\n")
    assert lines[-1] == "right moves a large red triangle"
    assert [len(line) for line in lines[:-1]] == [3 * 16 + 2] * 8


def test_the_optimum_is_below_all_baselines(task):
    assert task.optimum.metric == task.monitor
    assert task.optimum.value == 0
    baselines = [
        baseline for baseline in task.baselines() if baseline.metric == task.monitor
    ]
    assert len(baselines) == 4
    # the clip is not seen, or one frame of it: ln 512 and ln 16 are left for a caption
    assert min(baseline.value for baseline in baselines) > 0.2


def by_hand(trained, frames, max_words=20):
    """The caption of one clip, told by a stepper of its own."""
    step = trained.stepper()
    for frame in frames:
        step({"frame": frame[None, None], "word": np.zeros((1, 1), np.int32)})
    black = np.zeros((1, 1, *frames.shape[1:]), np.uint8)
    words, word = [], START
    while len(words) < max_words:
        logits = step({"frame": black, "word": np.array([[word]], np.int32)})[0, 0]
        allowed = [n for n in range(len(logits)) if n not in (START, UNKNOWN)]
        word = max(allowed, key=lambda number: logits[number])
        if word == END:
            break
        words.append(WORDS[word])
    return " ".join(words)


def test_what_is_told_is_fed_back(task, trained, monkeypatch):
    monkeypatch.setattr(sprite_captions, "CLIPS", FEW)
    clips = sprite_captions.captioned_sprites(16, 16, 0).load("validation")[:4]
    made = task.sample(trained, "", 400, 0.0, 0).text.split("\n\n")
    told = by_hand(trained, clips[1].frames)
    assert made[1] == f"clip 1\nmade: {told}\ntrue: {clips[1].captions[0]}"
    # it looks at the clip
    assert len({text.split("\n")[1] for text in made}) > 1


class Saying:
    """Says the same of each clip, however it is asked."""

    def __init__(self, words, numbers):
        self.numbers = [*(numbers[word] for word in words.split()), END]
        self.count = len(numbers)

    def stepper(self, rows=1):
        places = np.zeros(rows, int)

        def step(inputs):
            logits = np.zeros((rows, 1, self.count))
            for row in np.flatnonzero(inputs["word"][:, 0]):
                logits[row, 0, self.numbers[places[row]]] = 9
                places[row] += 1
            return logits

        return step


NUMBERS = {word: number for number, word in enumerate(WORDS)}


def test_what_is_told_is_scored(task, monkeypatch):
    monkeypatch.setattr(sprite_captions, "CLIPS", FEW)
    clips = sprite_captions.captioned_sprites(16, 16, 0).load("test")
    right = Saying(clips[2].captions[0], NUMBERS)
    assert task.scores(right, "test") == {"exact_match": 1 / 7}
    # a longer one is another
    wrong = Saying(clips[2].captions[0] + " a", NUMBERS)
    assert task.scores(wrong, "test") == {"exact_match": 0}


def test_pictures_of_named_clips_and_of_a_video(task, tmp_path):
    model = Saying("a red disc moves", NUMBERS)
    made = task.sample(model, "", 3, 0.0, 0)
    assert made.text.count("made: a red disc\n") == made.text.count("true: ") == 4
    picture = tf.io.decode_png(made.files["captions.png"]).numpy()
    assert picture.shape == (4 * (110 + 3 * 20), 8 * 110, 4)
    one = task.sample(model, "3", 3, 0.0, 0)
    assert one.text.startswith("clip 3\nmade: a red disc\ntrue: ")
    assert one.text == made.text.split("\n\n")[3]
    write_video(tmp_path / "own.avi", flat_frames(range(0, 200, 10)))
    own = task.sample(model, str(tmp_path / "own.avi"), 400, 0.0, 0)
    assert own.text == "clip own.avi\nmade: a red disc moves"
    (tmp_path / "own.avi").write_bytes(b"no video")
    with pytest.raises(UsageError, match=r"own\.avi cannot be read as a video: Inv"):
        task.sample(model, str(tmp_path / "own.avi"), 3, 1.0, 0)
    with pytest.raises(UsageError) as error:
        task.sample(model, "7", 3, 1.0, 0)
    assert str(error.value) == (
        "Expected the prompt to be a video's path or the name of a clip of validation, "
        "0, 1, 2 and 2 more; received '7'."
    )


def test_a_folder_of_ones_own(tmp_path):
    write_captioned(tmp_path, films(8))
    task = captioning(str(tmp_path), frame_size=16, captions=1)
    assert [int(task.load(split).cardinality()) for split in SPLITS] == [6, 1, 1]
    assert set(task.metric_units) == {
        "negative_log_likelihood", "word_accuracy", "exact_match", "bleu",
    }  # fmt: skip
    assert task.optimum is None
    baselines = {
        (baseline.name, baseline.metric): baseline for baseline in task.baselines()
    }
    usual = baselines["most frequent caption", "bleu"]
    assert usual.how.startswith("always 'a grey picture grows ")
    assert ("one frame", "exact_match") not in baselines
    # signs, then words, sorted
    words = ["a", "brighter", "darker", "gets", "grey", "grows", "it", "picture"]
    numbers = {word: number for number, word in enumerate([*SIGNS, *words])}
    assert task.encoder.vocab_size == len(numbers)
    (clip,) = caption_folder(tmp_path, 16, 8).load("test")
    scores = task.scores(Saying(clip.captions[1], numbers), "test")
    assert scores == {"exact_match": 1, "bleu": pytest.approx(100)}
    both = captioning(str(tmp_path), frame_size=16, captions=0, max_words=3)
    assert [int(both.load(split).cardinality()) for split in SPLITS] == [12, 2, 2]
    rendered = [both.render(*one) for one in both.load("train").as_numpy_iterator()]
    assert {text.split("\n")[-1][:12] for text in rendered} == {
        "it gets brig", "it gets dark", "a grey pictu",
    }  # fmt: skip


def test_the_vocabulary_is_of_training_captions_alone(tmp_path):
    write_captioned(tmp_path, films(8))
    task = captioning(str(tmp_path), frame_size=16)
    (clip,) = caption_folder(tmp_path, 16, 8).load("test")
    file = tmp_path / "references.txt"
    said = file.read_text().replace(f"{clip.name}\tit gets", f"{clip.name}\tfoo foo")
    file.write_text(said)
    other = captioning(str(tmp_path), frame_size=16)
    assert other.encoder.vocab_size == task.encoder.vocab_size
    for changed, unknown in ((task, 0), (other, 2)):
        _, targets, weights = next(changed.load("test").as_numpy_iterator())
        assert targets[weights > 0].tolist().count(UNKNOWN) == unknown


def test_without_sacrebleu(tmp_path, monkeypatch):
    write_captioned(tmp_path, films(3))
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    with pytest.raises(UsageError, match=r"BLEU of captions needs sacreBLEU"):
        captioning(str(tmp_path))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"max_frames": 7},
            "max_frames must be an integer of at least 8; received 7.",
        ),
        (
            {"frame_size": 8},
            "frame_size must be an integer of at least 16; received 8.",
        ),
        ({"max_words": 0}, "max_words must be an integer of at least 1; received 0."),
        ({"captions": -1}, "captions must be an integer of at least 0; received -1."),
        ({"min_count": 0}, "min_count must be an integer of at least 1; received 0."),
        ({"embedding": 0}, "embedding must be an integer of at least 1; received 0."),
        ({"dropout": 1}, "dropout must be at least 0 and below 1; received 1.0."),
        (
            {"data_seed": -1},
            "data_seed must be an integer of at least 0; received -1.",
        ),
        (
            {"dataset": "msvd"},
            "There is no data set named 'msvd' here. Known: sprites. A path to a "
            "folder of videos with a file of captions is accepted too.",
        ),
    ],
)
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        captioning(**resolve_options(captioning, given, "the task"))
    assert str(error.value) == sentence


def test_frames_from_the_first_to_the_last_under_captions():
    greys = np.arange(20, dtype=np.uint8) * 10
    frames = np.tile(greys[:, None, None, None], (1, 24, 24, 3))
    short = np.zeros((2, 24, 24, 3), np.uint8)
    figure = caption_picture(
        [frames, short], [["made: a dog", "true: " + "cat " * 30], ["made: a cat"]]
    )
    one, two = figure.axes
    image = one.images[0].get_array()
    assert image[12, 12::25, 0].tolist() == [0, 30, 50, 80, 110, 140, 160, 190]
    assert (image[:, 24::25] == 255).all()
    made, true, more = one.get_title(loc="left").splitlines()
    assert made == "made: a dog"
    assert len(true) < 110
    assert more.startswith("cat")
    # as wide as the other, white beyond its two frames
    image = two.images[0].get_array()
    assert image.shape == (24, 8 * 25, 3)
    assert (image[:, 50:] == 255).all()
    assert (image[:, :24] == 0).all()
    assert round(figure.bbox.height) == 2 * 110 + 4 * 20
