"""A piece that a model generates: frames drawn one by one, as MIDI and as a picture."""

import numpy as np
from seqtasks.tasks.music_lm.midi import write_midi
from seqtasks.tasks.music_lm.piano_roll import in_notes, of_notes, roll_picture
from seqtasks.tasks.music_lm.pieces import Pieces

from seqtasks.data.picture import png
from seqtasks.errors import UsageError
from seqtasks.task import Predictor, Sample

PRIMED = 8  # frames of a piece that are given where there is no prompt
_SHOWN = 16  # frames that are printed


def piece_sample(
    pieces: Pieces,
    trained: Predictor,
    prompt: str,
    length: int,
    temperature: float,
    seed: int,
) -> Sample:
    """Frames drawn from the model, after those of the prompt.

    Each key is drawn by itself, with the probability that the model gives it. An empty
    prompt stands for the first eight frames of the first piece of validation.

    Raises:
        UsageError: If the prompt has something that is no note.
    """
    given = of_notes(prompt) if prompt.strip() else pieces.rolls["validation"][0]
    if not prompt.strip():
        given = given[:PRIMED]
    rng = np.random.default_rng(seed)
    step = trained.stepper()
    for frame in given:
        log_odds = step(frame[None, None].astype(np.float32))[0, 0]
    made = np.zeros((length, given.shape[1]), np.uint8)
    for frame in made:
        frame[:] = draw_keys(log_odds, temperature, rng)
        log_odds = step(frame[None, None].astype(np.float32))[0, 0]
    whole = np.concatenate([given, made])
    files = {"piano_roll.png": png(roll_picture(whole, len(given)))}
    try:
        files["piece.mid"] = write_midi(whole, pieces.per_quarter)
        heard = "piece.mid is both."
    except UsageError as error:
        heard = f"No MIDI file was written. {error}"
    more = " …" if length > _SHOWN else ""
    return Sample(
        f"given: {in_notes(given)}\nmade:  {in_notes(made[:_SHOWN])}{more}\n"
        f"{length} frames, {made.sum() / length:.2f} notes a frame. {heard}",
        files,
    )


def draw_keys(
    log_odds: np.ndarray, temperature: float, rng: np.random.Generator
) -> np.ndarray:
    """Which keys sound.

    Keys are drawn one by one, each is more often silent than not, and a low temperature
    alone would silence them all. So the log-odds are also moved, all alike, to where as
    many keys are expected to sound as without a temperature: it decides which ones.

    Args:
        log_odds: Of each key, ``(keys,)``.
        temperature: Divides them; 0 takes the most likely keys, as many as are
            expected.
        rng: Source of the draws.
    """
    log_odds = log_odds.astype(np.float64)
    expected = _shares(log_odds).sum()
    if temperature == 0:
        order = np.argsort(-log_odds, kind="stable")
        keys = np.zeros(len(log_odds), bool)
        keys[order[: int(expected + 0.5)]] = True
        return keys
    sharp = log_odds / temperature
    low, high = -np.abs(sharp).max() - 50, np.abs(sharp).max() + 50
    for _ in range(60):  # halved so often, the interval is a point
        middle = (low + high) / 2
        too_many = _shares(sharp + middle).sum() > expected
        low, high = (low, middle) if too_many else (middle, high)
    return rng.random(len(sharp)) < _shares(sharp + high)


def _shares(log_odds: np.ndarray) -> np.ndarray:
    return 0.5 + 0.5 * np.tanh(log_odds / 2)
