import numpy as np
import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from seqtasks.tasks.video_frames import footage
from seqtasks.tasks.video_frames.footage import pictures_of
from seqtasks.tasks.video_frames.frame_features import FrameNetwork, profiles
from seqtasks.tasks.video_frames.task import video_frames
from video_writer import write_video

from seqtasks.data.sources import prepared
from seqtasks.data.sprites import MOTIONS
from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.task import SPLITS

FEW = {"train": 40, "validation": 8, "test": 8}


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(footage, "CLIPS", FEW)


@pytest.mark.usefixtures("few")
def test_examples_are_clips_of_frames_and_the_motion():
    task = video_frames()
    for split in SPLITS:
        examples = task.load(split)
        assert examples.element_spec == (
            tf.TensorSpec((None, 24, 24, 1)),
            tf.TensorSpec((), tf.int32),
        )
        assert examples.cardinality() == FEW[split]
    clips = footage.moving_sprites(24, 20, 0).load("test")
    ends = np.cumsum(clips.lengths)
    for index, (frames, label) in enumerate(task.load("test").as_numpy_iterator()):
        own = clips.frames[ends[index] - clips.lengths[index] : ends[index]]
        np.testing.assert_allclose(frames, own / 255, atol=1e-6)
        assert label == clips.labels[index]
    assert {len(frames) for frames, _ in task.load("train")} >= {8, 20}


def test_profiles_by_hand():
    # rows: means 1, 3; columns: means 0, 4; together of mean 2 and variance 2.5
    frames = tf.constant([[[0.0, 2.0], [0.0, 6.0]]])[..., None]
    expected = np.array([[-1, 1, -2, 2]]) / np.sqrt(2.5)
    np.testing.assert_allclose(profiles(frames), expected, atol=1e-5)
    np.testing.assert_allclose(profiles(tf.zeros((1, 2, 2, 1))), np.zeros((1, 4)))


@pytest.mark.usefixtures("few")
def test_fixed_features_of_a_frame_do_not_depend_on_other_frames():
    frames, label = next(iter(video_frames().load("train")))
    features, same = next(iter(video_frames(features="fixed").load("train")))
    assert features.shape == (len(frames), 48)
    assert label == same
    alone = profiles(frames[5:6])[0]
    np.testing.assert_allclose(features[5], alone, atol=1e-5)


def test_one_frame_shows_nothing_of_the_motion():
    majority, one_frame = video_frames().baselines()
    # 1000 clips of 8 motions: an eighth, and four deviations of 0.0105 around it
    assert majority.value == 0.125
    assert abs(one_frame.value - 0.125) < 0.042
    assert one_frame.how.startswith("ridge regression on the pixels of the ")


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("features", ["conv", "fixed"])
def test_a_clip_in_text(features):
    task = video_frames(features=features)
    inputs, target = next(task.load("test").as_numpy_iterator())
    *lines, name = task.render(inputs, target).split("\n")
    assert name == MOTIONS[target]
    assert [len(line) for line in lines] == [74] * 12
    assert all(line[24] == line[49] == "|" for line in lines)
    assert "@" in "".join(lines)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        (
            {"features": "flow"},
            "features must be one of conv, fixed, mobilenet_v2, mobilenet_v3_small, "
            "efficientnet_v2_b0, resnet50_v2; after a network's name :random or :PATH "
            "takes other weights than ImageNet's; received 'flow'.",
        ),
        ({"max_frames": 7}, "max_frames must be an integer of at least 8; received 7."),
        ({"frame_size": 8},
         "frame_size must be an integer of at least 16; received 8."),
        ({"data_seed": -1}, "data_seed must be an integer of at least 0; received -1."),
        ({"color": True},
         "color must be false for sprites, which is grey; received True."),
        ({"dataset": "sprite"},
         "There is no data set named 'sprite' here. Did you mean sprites? "
         "A path to a folder with one sub-folder of videos a class is accepted too."),
    ],
)  # fmt: skip
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        video_frames(**resolve_options(video_frames, given, "the task"))
    assert str(error.value) == sentence


@pytest.mark.usefixtures("few")
def test_features_of_a_network_are_of_each_frame_and_standardised(monkeypatch):
    asked = []

    def means(network, frames):
        asked.append(len(frames))
        flat = frames.reshape(len(frames), -1).astype(np.float32)
        # tiny, as of a network that has learned nothing; the last never varies
        return np.stack([1e-9 * flat.mean(axis=1), flat[:, 0], 0 * flat[:, 0] + 7], 1)

    monkeypatch.setattr(FrameNetwork, "features", means)
    task = video_frames(features="mobilenet_v2:random", frame_size=32)
    clips = footage.moving_sprites(32, 20, 0)
    for _ in range(2):
        found = list(task.load("train").as_numpy_iterator())
    assert asked == [len(clips.load("train").frames)]
    features = np.concatenate([features for features, _ in found])
    np.testing.assert_allclose(features.mean(axis=0), 0, atol=1e-4)
    np.testing.assert_allclose(features.std(axis=0), [1, 1, 0], atol=1e-4)
    lengths = [len(features) for features, _ in found]
    assert lengths == clips.load("train").lengths.tolist()
    # the test split by the mean and deviation of train
    inputs, label = next(task.load("test").as_numpy_iterator())
    train, test = (clips.load(split).frames for split in ("train", "test"))
    expected = (test[0].mean() - train.mean()) / train.mean(axis=(1, 2, 3)).std()
    np.testing.assert_allclose(inputs[0, 0], expected, rtol=1e-3)
    shown = f"{len(inputs)} frames, 3 features each\n{MOTIONS[label]}"
    assert task.render(inputs, label) == shown
    # the baselines are those of the frames
    assert [baseline.name for baseline in task.baselines()] == ["majority", "one frame"]


def brightening(start, step, color):
    """Twelve frames that get brighter, or darker, in one channel."""
    frames = np.zeros((12, 32, 32, 3), np.uint8)
    frames[:, 8:24, 8:24, color] = start + step * np.arange(12)[:, None, None]
    return frames


def test_a_folder_of_videos(tmp_path):
    for index in range(4):
        write_video(tmp_path / "brighter" / f"{index}.avi", brightening(20, 9, 0))
        write_video(tmp_path / "darker" / f"{index}.avi", brightening(200, -9, 2))
    task = video_frames(str(tmp_path), frame_size=16, max_frames=8, color=True)
    assert task.head.units == 2
    assert [int(task.load(split).cardinality()) for split in SPLITS] == [4, 2, 2]
    for split in SPLITS:
        assert task.load(split).element_spec[0].shape == (None, 16, 16, 3)
        for frames, label in task.load(split).as_numpy_iterator():
            assert frames.shape == (8, 16, 16, 3)
            middle = frames[:, 8, 8, 2 if label else 0]
            assert (np.diff(middle) < 0).all() if label else (np.diff(middle) > 0).all()
    inputs, target = next(task.load("test").as_numpy_iterator())
    assert task.render(inputs, target).endswith(("brighter", "darker"))
    # one frame shows the colour
    assert task.baselines()[1].value == 1
    fixed = video_frames(str(tmp_path), "fixed", frame_size=16, color=True)
    inputs, target = next(fixed.load("test").as_numpy_iterator())
    assert inputs.shape == (12, 96)
    assert fixed.render(inputs, target).endswith(("brighter", "darker"))


@pytest.mark.usefixtures("few")
def test_moving_digits_are_classified_by_their_motion(monkeypatch, tmp_path):
    def mocked(name, licence):
        return tfds.builder(name, data_dir=tmp_path)

    monkeypatch.setattr(footage, "prepared", mocked)
    with tfds.testing.mock_data(num_examples=40):
        task = video_frames("moving_mnist")
        train = task.load("train")
    assert train.element_spec == video_frames().load("train").element_spec
    clips = list(train.as_numpy_iterator())
    assert np.bincount([label for _, label in clips]).tolist() == [5] * 8
    # a digit is bright, noise is below 32
    assert all(frames.max() > 64 / 255 for frames, _ in clips)


@pytest.mark.realdata
@pytest.mark.slow
def test_mnist_itself_moves(monkeypatch, mnist_folder):
    mnist = prepared("mnist", mnist_folder, "CC BY-SA 3.0")
    images = [pictures_of(mnist, split)[0] for split in SPLITS]
    assert [len(part) for part in images] == [55_000, 5_000, 10_000]
    seen = [{image.tobytes() for image in part} for part in images]
    assert len(set.union(*seen)) == sum(len(part) for part in seen)
    monkeypatch.setattr(footage, "prepared", lambda name, licence: mnist)
    majority, one_frame = video_frames("moving_mnist").baselines()
    assert majority.value == 0.125
    assert abs(one_frame.value - 0.125) < 0.042
