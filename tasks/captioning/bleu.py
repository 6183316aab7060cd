"""BLEU of captions, by sacreBLEU."""

from collections.abc import Sequence
from typing import Any

from seqtasks.errors import UsageError


def bleu(captions: Sequence[str], references: Sequence[Sequence[str]]) -> float:
    """BLEU-4 over all captions at once, from 0 to 100, without smoothing.

    Args:
        captions: One for each clip, words with blanks between them.
        references: The right captions of each clip, in any number above 0.

    Raises:
        UsageError: If sacreBLEU is not installed.

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
    metric = _import_sacrebleu().BLEU(tokenize="none", smooth_method="none")
    return float(metric.corpus_score(list(captions), streams).score)


def check_sacrebleu() -> None:
    """Refuses to go on without sacreBLEU.

    Raises:
        UsageError: If it is not installed.
    """
    _import_sacrebleu()


def _import_sacrebleu() -> Any:
    try:
        from sacrebleu import metrics
    except ImportError as error:
        raise UsageError(
            "BLEU of captions needs sacreBLEU, which is not installed: "
            "`pip install seqtasks[captions]`."
        ) from error
    return metrics
