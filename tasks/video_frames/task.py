"""video_frames: classify a clip by how something moves in it."""

import functools

import keras
import numpy as np
from seqtasks.tasks.video_frames.footage import (
    footage_baselines,
    moving_mnist,
    moving_sprites,
    video_folder,
)
from seqtasks.tasks.video_frames.frame_features import (
    examples_of,
    network_of,
    profiles,
    standardised,
)
from seqtasks.tasks.video_frames.processor import VideoProcessor
from seqtasks.tasks.video_frames.ucf101 import ucf101

from seqtasks.data.frame_encoder import FrameEncoder
from seqtasks.data.picture import frames_in_text
from seqtasks.data.sources import choose
from seqtasks.data.splits import SplitRule
from seqtasks.data.sprites import MIN_FRAMES
from seqtasks.options import require
from seqtasks.task import SPLITS, Groups, Labels, Task

TAGS = ("video", "quick")
STUDY_PARAMS = 85_000

GREY = {"sprites": moving_sprites, "moving_mnist": moving_mnist}
UCF101 = {"ucf101": 1, "ucf101_2": 2, "ucf101_3": 3}  # the official splits

# pixels of a side, and frames; more do not fit into memory
_LARGEST, _LONGEST = 512, 10_000

_OWN = ("conv", "fixed")  # features that need no network of Keras


def video_frames(
    dataset: str = "sprites",
    features: str = "conv",
    max_frames: int = 20,
    frame_size: int = 24,
    color: bool = False,
    train: float = 0.7,
    validation: float = 0.0,
    split_seed: int = 0,
    fold: int = 0,
    folds: int = 0,
    data_seed: int = 0,
) -> Task:
    """Classify a clip by how something moves in it.

    In ``sprites`` and ``moving_mnist`` a shape or a handwritten digit moves over noise
    in one of eight ways; what it is does not matter, and one frame in ten lacks it. The
    canvas has no edge: what leaves it on one side comes in on the other. So in each
    frame the thing is anywhere with equal chance, and one frame shows nothing of it.
    Clips have from 8 to ``max_frames`` frames.

    Args:
        dataset: ``sprites``; ``moving_mnist``, whose test clips show digits of MNIST's
            test split; ``ucf101``, 101 human actions by the first official split, whose
            groups of clips from one film are in one split each, or ``ucf101_2`` or
            ``ucf101_3`` by the others (a download of 7 GB, for whose preparation the
            program ffmpeg is needed); or the path of a folder with one sub-folder of
            videos a class, each class being split by file (needs ``pip install
            seqtasks[video]``).
        features: ``conv``, a small convolutional encoder that is trained with the cell;
            ``fixed``, the mean brightness of each row and each column of a frame,
            standardised within the frame; or those of a network of
            ``keras.applications``, which is not trained further: ``mobilenet_v2``,
            ``mobilenet_v3_small``, ``efficientnet_v2_b0`` or ``resnet50_v2``, with
            ImageNet's weights, which Keras has or fetches. ``mobilenet_v2:PATH`` takes
            them from a file, ``mobilenet_v2:random`` has learned nothing. A network
            sees each frame once, before training, and needs a ``frame_size`` of 32 or
            more; its features are standardised by their mean and deviation over the
            frames of the training split.
        max_frames: Number of frames of a clip, at most; a longer video is sampled
            evenly.
        frame_size: Height and width of a frame in pixels.
        color: Whether frames of videos have three channels or are grey.
        train: Share of a folder's videos for training, if it has no splits of its own
            (``train/ validation/ test/``, lists as ``testlist.txt``, …).
        validation: Share for validation; 0 for half of what is not for training.
        split_seed: Number of another split of a folder; 0 for that by names alone.
        fold: Number of the part that is for test, from 0, with ``folds``.
        folds: Number of equal parts of a folder, for a cross-validation; 0 for none.
        data_seed: Seed of the clips of ``sprites`` and ``moving_mnist``.
    """
    for name, value, least in (
        ("max_frames", max_frames, MIN_FRAMES),
        ("frame_size", frame_size, 16),
        ("data_seed", data_seed, 0),
    ):
        require(value >= least, name, value, f"an integer of at least {least}")
    size = f"an integer of at most {_LARGEST}"
    require(frame_size <= _LARGEST, "frame_size", frame_size, size)
    length = f"an integer of at most {_LONGEST:,}"
    require(max_frames <= _LONGEST, "max_frames", max_frames, length)
    grey = f"false for {dataset}, which is grey"
    require(not (color and dataset in GREY), "color", color, grey)
    rule = SplitRule(train, validation, split_seed, fold, folds)
    rule.refuse_for(dataset, GREY | UCF101)
    network = None if features in _OWN else network_of(features, _OWN, frame_size)
    footage = choose(
        dataset,
        {
            name: functools.partial(moving, frame_size, max_frames, data_seed)
            for name, moving in GREY.items()
        }
        | {
            name: functools.partial(ucf101, number, frame_size, max_frames, color)
            for name, number in UCF101.items()
        },
        lambda path: video_folder(path, frame_size, max_frames, color, rule),
        "a folder with one sub-folder of videos a class",
    )
    shots = functools.cache(footage.load)

    seen, scale = standardised(network, shots) if network else (None, None)

    def load(split):
        examples = examples_of(shots(split), seen and seen(split))
        if features != "fixed":
            return examples
        return examples.map(lambda frames, label: (profiles(frames), label))

    def processor():
        mean, deviation = scale() if scale else (np.zeros(0), np.zeros(0))
        return VideoProcessor(
            tuple(footage.class_names),
            features,
            max_frames,
            frame_size,
            color,
            tuple(mean.tolist()),
            tuple(deviation.tolist()),
        )

    def render(inputs, targets):
        shown = (
            f"{len(inputs)} frames, {inputs.shape[1]} features each"
            if network
            else frames_in_text(inputs)
        )
        return f"{shown}\n{footage.class_names[int(targets)]}"

    return Task(
        load=load,
        encoder=FrameEncoder() if features == "conv" else None,
        head=keras.layers.Dense(len(footage.class_names)),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(keras.metrics.SparseCategoricalAccuracy(name="accuracy"),),
        metric_units={"accuracy": "fraction"},
        monitor="accuracy",
        mode="max",
        groups=Groups("film", lambda split: shots(split).films),
        source=footage.source,
        render=render,
        step_name="frame",
        units=96,
        epochs=20,
        learning_rate=2e-3,
        # no optimum: a swing that does not turn within the clip is a straight line, and
        # what is hidden in some frames cannot be known from the others
        baselines=lambda: footage_baselines({split: shots(split) for split in SPLITS}),
        labels=Labels(classes=tuple(footage.class_names)),
        processor=processor,
    )
