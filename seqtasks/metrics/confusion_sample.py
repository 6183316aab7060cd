"""What a trained classifier takes for what, for a person to look at."""

from collections.abc import Sequence

import numpy as np

from seqtasks.data.picture import png
from seqtasks.errors import UsageError
from seqtasks.metrics.confusion import confusion, confusion_picture, confusion_text
from seqtasks.task import SPLITS, Predictor, Sample


def confusion_sample(
    class_names: Sequence[str],
    what: str,
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """The confusion table of a split, as text and as a picture.

    It is a task's ``sample`` once the names and ``what`` are bound. Nothing is drawn:
    length, temperature and seed change nothing.

    Args:
        class_names: The names of the classes.
        what: What the examples are, as in ``"recordings"``.
        trained: The model, whose predictions are logits or shares, ``(classes,)``.
        prompt: The name of a split; empty for validation.
        length: Changes nothing.
        temperature: Changes nothing.
        seed: Changes nothing.

    Raises:
        UsageError: If the prompt names no split.
    """
    named = prompt.strip() or "validation"
    if named not in SPLITS:
        raise UsageError(
            f"Expected the prompt to name a split, {', '.join(SPLITS)}; received "
            f"{prompt!r}. Without a prompt it is validation."
        )
    split = next(split for split in SPLITS if split == named)
    predicted = list(trained.predicted(split))
    counts = confusion(
        [int(one.targets) for one in predicted],
        [int(one.predictions.argmax()) for one in predicted],
        len(class_names),
    )
    return Sample(
        f"{confusion_text(counts, class_names)}\n\n{int(np.trace(counts))} of "
        f"{len(predicted)} {what} of {split} are right. A row is the true class, a "
        f"column what it was taken for.",
        {f"confusion-{split}.png": png(confusion_picture(counts, class_names))},
    )
