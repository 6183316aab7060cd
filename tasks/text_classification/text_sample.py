"""The texts that a trained classifier is most and least certain of."""

import numpy as np
from seqtasks.tasks.text_classification.labelled_texts import LabelledTexts
from seqtasks.tasks.text_classification.words import Vocabulary

from seqtasks.errors import UsageError
from seqtasks.task import Predictor, Sample

_SHOWN = 5  # of the most and of the least certain examples
_LONGEST = 300  # letters; of a longer text its beginning and its end are shown


def text_sample(
    texts: LabelledTexts,
    vocabulary: Vocabulary,
    max_words: int,
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """The test texts that a model is most and least certain of; or a text of one's own.

    It is a task's ``sample`` once the first three are bound. Nothing is drawn: length,
    temperature and seed change nothing.

    Args:
        texts: The texts, as they were written.
        vocabulary: Numbers their words.
        max_words: Largest number of words of a text that are read.
        trained: The model, whose predictions are logits, ``(classes,)``.
        prompt: A text to classify; empty for the test texts.
        length: Changes nothing.
        temperature: Changes nothing.
        seed: Changes nothing.

    Raises:
        UsageError: If the prompt has no word.
    """
    names = texts.class_names
    if prompt:
        inputs = vocabulary.encode(prompt, max_words)
        if not len(inputs):
            raise UsageError(
                f"Expected a prompt with words to classify; received {prompt!r}."
            )
        shares = _softmax(trained.predict(inputs))
        order = np.argsort(-shares, kind="stable")
        return Sample("\n".join(f"{shares[i]:6.1%}  {names[i]}" for i in order))
    rows = []
    # with `--limit` there are predictions of the first of them alone
    written = texts.load("test").texts
    for text, example in zip(written, trained.predicted("test"), strict=False):
        shares = _softmax(example.predictions)
        predicted, target = int(shares.argmax()), int(example.targets)
        right = "" if predicted == target else f", but is {names[target]}"
        shown = text
        if len(text) > _LONGEST:
            half = _LONGEST // 2 - 2
            shown = f"{text[:half]} … {text[-half:]}"
        share = shares[predicted]
        rows.append((share, f"{share:6.1%}  {names[predicted]}{right}: {shown}"))
    rows.sort(key=lambda row: -row[0])
    lines = [line for _, line in rows]
    count = min(_SHOWN, len(lines) // 2)
    least = lines[len(lines) - count :][::-1]
    return Sample(
        "\n".join(["Most certain:", *lines[:count], "", "Least certain:", *least])
    )


def _softmax(logits: np.ndarray) -> np.ndarray:
    scaled = np.exp(logits.astype(np.float64) - logits.max())
    return scaled / scaled.sum()
