"""captioning: say in a sentence what happens in a clip."""

import functools
from pathlib import Path

import keras
from seqtasks.tasks.captioning.bleu import check_sacrebleu
from seqtasks.tasks.captioning.caption_encoder import CaptionEncoder
from seqtasks.tasks.captioning.caption_folder import caption_folder
from seqtasks.tasks.captioning.caption_picture import caption_picture
from seqtasks.tasks.captioning.caption_scores import (
    BLEU,
    EXACT,
    LIKELIHOOD,
    caption_baselines,
    caption_scores,
)
from seqtasks.tasks.captioning.caption_words import Vocabulary, vocabulary_of
from seqtasks.tasks.captioning.captioned import CaptionedClip, CaptionedClips
from seqtasks.tasks.captioning.frames_then_words import teacher_forced, told
from seqtasks.tasks.captioning.sprite_captions import MIN_FRAMES, captioned_sprites

from seqtasks.data.clips import SUFFIXES, decode
from seqtasks.data.damage import DamagedError, some
from seqtasks.data.picture import png
from seqtasks.data.sources import choose
from seqtasks.data.text_picture import frames_in_text
from seqtasks.errors import UsageError
from seqtasks.options import require
from seqtasks.task import Optimum, Sample, Split, Task

SHOWN = 4  # clips of a sample


def captioning(
    dataset: str = "sprites",
    max_frames: int = 16,
    frame_size: int = 24,
    max_words: int = 20,
    captions: int = 5,
    min_count: int = 2,
    embedding: int = 32,
    dropout: float = 0.1,
    data_seed: int = 0,
) -> Task:
    """Say in a sentence what happens in a clip.

    A clip and its caption are one sequence. First come the frames; then, at each step,
    the word before, and the next word is to be foretold. Only words count. In training
    and in ``negative_log_likelihood`` the word before is the true one (teacher
    forcing). For the other metrics the model reads the frames and is fed its own words,
    the most likely ones, until it says that the sentence ends.

    In ``sprites`` a small or large shape of one of four colours moves over noise in one
    direction, or first in one and then in another, and one sentence is right, as in
    "left then up moves a small red disc". The canvas has no edge: what leaves it on one
    side comes in on the other, so that one frame shows the thing but not its motion.

    Args:
        dataset: ``sprites``; or the path of a folder of videos with one file of
            captions, or of that file: lines of a video's name without its ending, a
            tab, and a caption (MSVD), or JSON in MSR-VTT's layout. It needs ``pip
            install seqtasks[video,captions]``. It is split as the file says, else by
            what the clips were cut from.
        max_frames: The most frames a clip has; a longer video is sampled evenly.
        frame_size: Height and width of a frame in pixels.
        max_words: The most words of a caption that are learned, foretold or told.
        captions: How many captions of a clip are learned and foretold, the first ones;
            0 for all. All of them count as right where captions are told. Each one
            holds the clip in memory once more.
        min_count: How often a word must occur in the training captions; of others it
            is only foretold that a rare word comes.
        embedding: The width of the vector that stands for a word.
        dropout: The share of the recurrence's outputs dropped before the head.
        data_seed: Decides the clips of ``sprites``.

    References:
        Venugopalan et al. (2015), https://arxiv.org/abs/1505.00487 (frames, then words)
    """
    shortest = f"an integer of at least {MIN_FRAMES}"
    require(max_frames >= MIN_FRAMES, "max_frames", max_frames, shortest)
    require(frame_size >= 16, "frame_size", frame_size, "an integer of at least 16")
    require(max_words >= 1, "max_words", max_words, "an integer of at least 1")
    require(captions >= 0, "captions", captions, "an integer of at least 0")
    require(min_count >= 1, "min_count", min_count, "an integer of at least 1")
    require(embedding >= 1, "embedding", embedding, "an integer of at least 1")
    require(0 <= dropout < 1, "dropout", dropout, "at least 0 and below 1")
    require(data_seed >= 0, "data_seed", data_seed, "an integer of at least 0")
    clips = choose(
        dataset,
        {"sprites": lambda: captioned_sprites(frame_size, max_frames, data_seed)},
        lambda path: _folder(path, frame_size, max_frames),
        "a folder of videos with a file of captions",
    )
    shown = functools.cache(clips.load)
    vocabulary = vocabulary_of(clips.train_captions, min_count)

    def load(split: Split):
        return teacher_forced(
            [clip.frames for clip in shown(split)],
            [
                [
                    vocabulary.encode(caption, max_words)
                    for caption in clip.captions[: captions or None]
                ]
                for clip in shown(split)
            ],
        )

    def render(inputs, targets, weights):
        frames = inputs["frame"][weights == 0]
        return f"{frames_in_text(frames)}\n{vocabulary.decode(targets[weights > 0])}"

    def scores(trained, split):
        made = told(trained, [clip.frames for clip in shown(split)], max_words)
        texts = [vocabulary.decode(numbers) for numbers in made]
        return caption_scores(texts, shown(split), clips.one_caption)

    told_units = {EXACT: "fraction"} | ({} if clips.one_caption else {BLEU: "BLEU"})
    return Task(
        load=load,
        encoder=CaptionEncoder(len(vocabulary), embedding),
        head=_head(dropout, len(vocabulary)),
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
            **told_units,
        },
        monitor=LIKELIHOOD,
        mode="min",
        source=clips.source,
        render=render,
        step_name="frame or word",
        units=128,
        batch_size=32,
        epochs=15,
        learning_rate=2e-3,
        baselines=lambda: caption_baselines(
            clips, vocabulary, captions or None, max_words
        ),
        optimum=_optimum(clips),
        scores=scores,
        sample=functools.partial(
            _sample, shown, vocabulary, max_words, max_frames, frame_size
        ),
    )


def _folder(path: Path, frame_size: int, max_frames: int) -> CaptionedClips:
    check_sacrebleu()
    return caption_folder(path, frame_size, max_frames)


def _head(dropout: float, vocab_size: int) -> keras.Sequential:
    return keras.Sequential(
        [keras.layers.Dropout(dropout), keras.layers.Dense(vocab_size)]
    )


def _optimum(clips: CaptionedClips) -> Optimum | None:
    if not clips.one_caption:
        return None
    return Optimum(LIKELIHOOD, 0.0, "the caption is a function of the clip")


def _sample(
    shown,
    vocabulary: Vocabulary,
    max_words: int,
    max_frames: int,
    frame_size: int,
    trained,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """Captions of a video of one's own, of a named clip, or of the first clips."""
    path = Path(prompt).expanduser()
    if path.suffix.lower() in SUFFIXES and path.is_file():
        try:
            frames = decode(path, max_frames, frame_size, color=True)
        except DamagedError as error:
            raise UsageError(f"{path} cannot be read as a video: {error}.") from None
        clips = [CaptionedClip(path.name, frames, ())]
    else:
        every = shown("validation")
        clips = [clip for clip in every if clip.name == prompt] or every[:SHOWN]
        if prompt and clips[0].name != prompt:
            raise UsageError(
                f"Expected the prompt to be a video's path or the name of a clip of "
                f"validation, {some([clip.name for clip in every], 3)}; received "
                f"{prompt!r}."
            )
    made = told(
        trained,
        [clip.frames for clip in clips],
        min(length, max_words),
        temperature,
        seed,
    )
    lines = [
        [
            f"clip {clip.name}",
            f"made: {vocabulary.decode(numbers)}",
            *(f"true: {caption}" for caption in clip.captions[:1]),
        ]
        for clip, numbers in zip(clips, made, strict=True)
    ]
    picture = png(caption_picture([clip.frames for clip in clips], lines))
    return Sample("\n\n".join(map("\n".join, lines)), {"captions.png": picture})
