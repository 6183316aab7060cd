import numpy as np
import pytest
from seqtasks.tasks.char_lm.characters import (
    BitsPerCharacter,
    drawn_text,
    next_symbol_windows,
    text_and_next,
)

from seqtasks.errors import UsageError


@pytest.mark.parametrize(
    ("count", "length", "expected"),
    [
        (8, 3, ([[0, 1, 2], [3, 4, 5], [6, 0, 0]], [[1, 2, 3], [4, 5, 6], [7, 0, 0]])),
        # shorter than a window
        (2, 4, ([[0, 0, 0, 0]], [[1, 0, 0, 0]])),
    ],
)
def test_every_symbol_but_the_first_is_a_target_once(count, length, expected):
    windows = next_symbol_windows(np.arange(count), length).as_numpy_iterator()
    inputs, targets, weights = (np.stack(part) for part in zip(*windows, strict=True))
    np.testing.assert_array_equal(inputs, expected[0])
    np.testing.assert_array_equal(targets, expected[1])
    filled = np.arange(inputs.size).reshape(inputs.shape) < count - 1
    np.testing.assert_array_equal(weights, filled)


def test_bits_are_a_mean_over_characters_that_have_a_weight():
    metric = BitsPerCharacter()
    # a uniform model over eight symbols has three bits, over two it has one
    metric.update_state(np.zeros(6, "int32"), np.zeros((6, 8), "float32"))
    assert float(metric.result()) == pytest.approx(3)
    metric.update_state(np.zeros(2, "int32"), np.zeros((2, 2), "float32"))
    logits = np.zeros((2, 32), "float32")
    logits[1, 0] = 50  # certain, and wrong
    metric.update_state(np.array([1, 1]), logits, sample_weight=np.array([1.0, 0.0]))
    assert float(metric.result()) == pytest.approx((6 * 3 + 2 * 1 + 5) / 9)


class Alphabet:
    """A model that predicts the next character of the vocabulary with certainty."""

    def stepper(self):
        self.seen = []
        return self.step

    def step(self, inputs):
        self.seen.append(int(inputs[0, 0]))
        logits = np.full((1, 1, 8), -100.0)
        logits[0, 0, (self.seen[-1] + 1) % 8] = 100
        return logits


@pytest.mark.parametrize("temperature", [0, 1])
def test_a_sample_is_drawn_from_the_model_step_by_step(temperature):
    model = Alphabet()
    assert drawn_text("\naceh" + "imn", model, "ac", 3, temperature, 0).text == "acehi"
    assert model.seen == [1, 2, 3, 4, 5]
    assert drawn_text("\naceh" + "imn", model, "", 3, temperature, 0).text == "ace"


@pytest.mark.parametrize("vocabulary", [" abc" + "defg", "abcdefgh"])
def test_without_a_line_break_a_sample_begins_after_what_there_is(vocabulary):
    model = Alphabet()
    made = drawn_text(vocabulary, model, "", 2, 0, 0).text
    assert (made, model.seen) == (vocabulary[1:3], [0, 1, 2])


def test_a_prompt_of_unknown_characters():
    with pytest.raises(UsageError) as error:
        drawn_text("abc", Alphabet(), "a?b!", 3, 1, 0)
    assert str(error.value) == (
        "Expected a prompt of characters that the training text has; it has no '!', "
        "'?'."
    )


def test_a_text_that_is_typed():
    inputs, targets = text_and_next("abc", "cab")
    assert (inputs.tolist(), targets.tolist()) == ([2, 0], [0, 1])
    with pytest.raises(UsageError, match=r"^Expected a text of characters .* no '!'"):
        text_and_next("abc", "ab!")
