"""Scores of captions, and what is reached without seeing the clip move."""

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from seqtasks.tasks.captioning.captioned_clips import (
    CaptionedClip,
    CaptionedClips,
    Vocabulary,
)

from seqtasks.baselines.n_gram import witten_bell
from seqtasks.errors import UsageError
from seqtasks.task import Baseline, SummedScore

LIKELIHOOD, EXACT, BLEU = "negative_log_likelihood", "exact_match", "bleu"

_ORDER = 3


def caption_scores(
    captions: Sequence[str], clips: Sequence[CaptionedClip], one_caption: bool
) -> dict[str, SummedScore]:
    """Scores of one generated caption for each clip.

    All captions of a clip are right. Where each clip has one (``one_caption``), there
    is no BLEU.

    Returns:
        The share of the clips whose caption is right word for word, and BLEU-4.
    """
    right = [made in clip.captions for made, clip in zip(captions, clips, strict=True)]
    ones = np.ones(len(clips))
    of_each = np.stack([np.array(right, float), ones], axis=1)
    scores = {EXACT: SummedScore(sum(right) / len(clips), of_each, unit="clip")}
    if not one_caption:
        references = [clip.captions for clip in clips]
        of_each = np.array(
            [bleu_counts(*one) for one in zip(captions, references, strict=True)]
        )
        value = bleu(captions, references)
        scores[BLEU] = SummedScore(value, of_each, bleu_of_counts, "clip")
    return scores


def caption_baselines(
    clips: CaptionedClips,
    vocabulary: Vocabulary,
    captions_per_clip: int | None,
    max_words: int,
) -> tuple[Baseline, ...]:
    """Baselines of likelihood and of generated captions.

    Args:
        clips: The captioned clips.
        vocabulary: The numbered words.
        captions_per_clip: Number of captions of a clip that are learned and predicted,
            the first ones; ``None`` for all.
        max_words: The most words that are kept of a caption.
    """
    test = clips.load("test")
    train = [of_clip[:captions_per_clip] for of_clip in clips.train_captions]
    seen, wanted = (
        [
            vocabulary.encode(caption, max_words)
            for of_clip in captions
            for caption in of_clip
        ]
        for captions in (train, [clip.captions[:captions_per_clip] for clip in test])
    )
    # the start sign never comes
    kinds = len(vocabulary) - 1
    baselines = [
        Baseline(
            f"{order}-gram of words",
            LIKELIHOOD,
            float(-np.log(probabilities).mean()),
            f"Witten-Bell {order}-gram counted on train, without the clip",
        )
        for order, probabilities in enumerate(
            witten_bell(seen, wanted, _ORDER, kinds, padded=True), start=1
        )
    ]
    counts = Counter(caption for of_clip in clips.train_captions for caption in of_clip)
    # of equally frequent ones, the first by alphabet
    usual = min(counts, key=lambda caption: (-counts[caption], caption))
    scores = caption_scores([usual] * len(test), test, clips.one_caption)
    baselines += [
        Baseline("most frequent caption", name, value, f"always {usual!r}")
        for name, value in ((name, float(score)) for name, score in scores.items())
    ]
    return (*baselines, *_one_frame(clips, test))


def _one_frame(clips: CaptionedClips, test: Sequence[CaptionedClip]) -> list[Baseline]:
    """What is reached by knowing all that one frame shows, and guessing the rest."""
    if clips.in_no_frame is None:
        return []
    hidden = clips.in_no_frame
    counts = Counter(hidden(caption) for (caption,) in clips.train_captions)
    usual = min(counts, key=lambda part: (-counts[part], part))
    nats, words, right = 0.0, 0, 0
    for clip in test:
        (caption,) = clip.captions
        part = hidden(caption)
        # one more of each, and of what was never seen
        nats -= math.log((counts[part] + 1) / (counts.total() + len(counts) + 1))
        words += len(caption.split()) + 1
        right += part == usual
    rows = (
        (LIKELIHOOD, nats / words, "the frequencies of the rest on train"),
        (EXACT, right / len(test), "the most frequent rest on train"),
    )
    given = "given what one frame shows, and"
    return [
        Baseline("one frame", metric, value, f"{given} {rest}")
        for metric, value, rest in rows
    ]


def bleu(captions: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """BLEU-4 over all captions at once, from 0 to 100, without smoothing.

    ``captions`` are one for each clip, words with blanks between them, ``references``
    the right captions of each clip, in any number above 0.

    References:
        Papineni et al. (2002), https://aclanthology.org/P02-1040
        Post (2018), https://aclanthology.org/W18-6319
    """
    most = max(map(len, references))
    # the n-th reference of each; a clip with fewer has none there
    streams = [
        [of_clip[n] if n < len(of_clip) else None for of_clip in references]
        for n in range(most)
    ]
    metric = import_sacrebleu().BLEU(tokenize="none", smooth_method="none")
    return float(metric.corpus_score(list(captions), streams).score)


def bleu_counts(caption: str, references: Sequence[str]) -> list[int]:
    """What a caption adds to BLEU: n-grams that are right, n-grams, both lengths."""
    metric = import_sacrebleu().BLEU(tokenize="none", smooth_method="none")
    one = metric.corpus_score([caption], [[reference] for reference in references])
    return [*one.counts, *one.totals, one.sys_len, one.ref_len]


def bleu_of_counts(sums: Sequence[float]) -> float:
    """BLEU of added :func:`bleu_counts`."""
    right, of, (made, wanted) = sums[:4], sums[4:8], sums[8:]
    return float(
        import_sacrebleu()
        .BLEU.compute_bleu(
            [*map(int, right)],
            [*map(int, of)],
            int(made),
            int(wanted),
            smooth_method="none",
        )
        .score
    )


def import_sacrebleu() -> Any:
    """The metrics of sacreBLEU; a UsageError if it is not installed."""
    try:
        from sacrebleu import metrics
    except ImportError as error:
        raise UsageError(
            "BLEU of captions needs sacreBLEU, which is not installed: "
            "`pip install seqtasks[captions]`."
        ) from error
    return metrics
