"""captioning: describe in a sentence what happens in a clip."""

import functools

import keras
from seqtasks.tasks.captioning.caption_folder import caption_folder
from seqtasks.tasks.captioning.caption_sample import caption_sample
from seqtasks.tasks.captioning.caption_scores import (
    BLEU,
    EXACT,
    LIKELIHOOD,
    caption_baselines,
    caption_scores,
)
from seqtasks.tasks.captioning.captioned_clips import vocabulary_of
from seqtasks.tasks.captioning.frames_then_words import (
    CaptionEncoder,
    generate_captions,
    teacher_forced,
)
from seqtasks.tasks.captioning.processor import CaptionProcessor
from seqtasks.tasks.captioning.sprite_captions import MIN_FRAMES, captioned_sprites

from seqtasks.data.picture import frames_in_text
from seqtasks.data.sources import choose
from seqtasks.data.splits import SplitRule
from seqtasks.options import require
from seqtasks.task import Groups, Labels, Optimum, Split, Task

TAGS = ("video",)
STUDY_PARAMS = 140_000


def captioning(
    dataset: str = "sprites",
    max_frames: int = 16,
    frame_size: int = 24,
    max_words: int = 20,
    captions: int = 5,
    min_count: int = 2,
    embedding: int = 32,
    dropout: float = 0.1,
    train: float = 0.7,
    validation: float = 0.0,
    split_seed: int = 0,
    fold: int = 0,
    folds: int = 0,
    data_seed: int = 0,
) -> Task:
    """Describe in a sentence what happens in a clip.

    A clip and its caption are one sequence. First come the frames; then, at each step,
    the word before, and the next word is predicted. Only words count. In training and
    in ``negative_log_likelihood`` the word before is the true one (teacher forcing).
    For the other metrics the model reads the frames and is fed its own words, the most
    likely ones, until it ends the sentence.

    In ``sprites`` a small or large shape of one of four colours moves over noise in one
    direction, or first in one and then in another, and one sentence is right, as in
    "left then up moves a small red disc". The canvas has no edge: what leaves it on one
    side comes in on the other, so that one frame shows the thing but not its motion.

    Args:
        dataset: ``sprites``; or the path of a folder of videos with one file of
            captions, or of that file: lines of a video's name without its ending, a
            tab, and a caption (MSVD), or JSON in MSR-VTT's layout. It needs ``pip
            install seqtasks[video,captions]``. It is split as in the file, else by
            the film that a clip was cut from.
        max_frames: The most frames a clip has; a longer video is sampled evenly.
        frame_size: Height and width of a frame in pixels.
        max_words: The most words of a caption that are learned, predicted or generated.
        captions: Number of captions of a clip that are learned and predicted, the first
            ones; 0 for all. All of them count as right where captions are generated.
            Each one holds the clip in memory once more.
        min_count: Number of times that a word must occur in the training captions; of
            others only that a rare word comes is predicted.
        embedding: Width of the vector of a word.
        dropout: Share of the recurrence's outputs that is dropped before the head.
        train: Share of a folder's films for training, if it has no splits of its
            own.
        validation: Share for validation; 0 for half of what is not for training.
        split_seed: Number of another split of a folder; 0 for that by names alone.
        fold: Number of the part that is for test, from 0, with ``folds``.
        folds: Number of equal parts of a folder, for a cross-validation; 0 for none.
        data_seed: Seed of the clips of ``sprites``.

    References:
        Venugopalan et al. (2015), https://arxiv.org/abs/1505.00487 (frames, then words)
    """
    for name, value, least in (
        ("max_frames", max_frames, MIN_FRAMES),
        ("frame_size", frame_size, 16),
        ("max_words", max_words, 1),
        ("captions", captions, 0),
        ("min_count", min_count, 1),
        ("embedding", embedding, 1),
        ("data_seed", data_seed, 0),
    ):
        require(value >= least, name, value, f"an integer of at least {least}")
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    rule = SplitRule(train, validation, split_seed, fold, folds)
    rule.refuse_for(dataset, ("sprites",))
    clips = choose(
        dataset,
        {"sprites": lambda: captioned_sprites(frame_size, max_frames, data_seed)},
        lambda path: caption_folder(path, frame_size, max_frames, rule),
        "a folder of videos with a file of captions",
    )
    shown = functools.cache(clips.load)
    first = captions or None
    vocabulary = vocabulary_of(clips.train_captions, min_count)

    def load(split: Split):
        part = shown(split)
        numbers = [
            [vocabulary.encode(one, max_words) for one in clip.captions[:first]]
            for clip in part
        ]
        return teacher_forced([clip.frames for clip in part], numbers)

    def render(inputs, targets, weights):
        frames = inputs["frame"][weights == 0]
        return f"{frames_in_text(frames)}\n{vocabulary.decode(targets[weights > 0])}"

    def scores(trained, split):
        made = generate_captions(
            trained, [clip.frames for clip in shown(split)], max_words
        )
        texts = [vocabulary.decode(numbers) for numbers in made]
        return caption_scores(texts, shown(split), clips.one_caption)

    bleu_unit = {} if clips.one_caption else {BLEU: "BLEU"}
    return Task(
        load=load,
        encoder=CaptionEncoder(len(vocabulary), embedding),
        head=keras.Sequential(
            [keras.layers.Dropout(dropout), keras.layers.Dense(len(vocabulary))]
        ),
        return_sequences=True,
        causal=True,
        causal_reason="the target of a word is an input of the next",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=(
            keras.metrics.SparseCategoricalCrossentropy(LIKELIHOOD, from_logits=True),
            keras.metrics.SparseCategoricalAccuracy(name="word_accuracy"),
        ),
        metric_units={
            LIKELIHOOD: "nats/word",
            "word_accuracy": "fraction",
            EXACT: "fraction",
        }
        | bleu_unit,
        monitor=LIKELIHOOD,
        mode="min",
        source=clips.source,
        render=render,
        step_name="frame or word",
        units=128,
        batch_size=32,
        epochs=15,
        learning_rate=2e-3,
        search={"learning_rate": "3e-4:3e-2:log", "dropout": "0:0.5"},
        baselines=lambda: caption_baselines(clips, vocabulary, first, max_words),
        optimum=Optimum(LIKELIHOOD, 0.0, "the caption is a function of the clip")
        if clips.one_caption
        else None,
        scores=scores,
        # a clip has as many examples as captions that are predicted
        groups=Groups(
            "clip",
            lambda split: [
                number
                for number, clip in enumerate(shown(split))
                for _ in clip.captions[:first]
            ],
        ),
        sample=functools.partial(
            caption_sample, shown, vocabulary, max_words, max_frames, frame_size
        ),
        processor=lambda: CaptionProcessor(
            vocabulary.words, max_words, max_frames, frame_size
        ),
        labels=Labels(
            classes=vocabulary.words,
            step=lambda inputs, t: (
                vocabulary.words[inputs["word"][t]]
                if inputs["word"][t]
                else f"frame {t}"
            ),
            raw=lambda inputs, t: None if inputs["word"][t] else inputs["frame"][t],
        ),
    )
