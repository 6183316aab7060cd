"""Phones: resonances, and how one sound flows into the next."""

import numpy as np
import pytest

from seqtasks.data.phones import PHONES, Phone, resonance, tracks


def test_resonance_is_high_at_a_formant():
    formants = np.array([700.0, 1200, 2400, 3500, 4500])
    frequencies = np.arange(100.0, 4000)
    gain = resonance(frequencies, formants[None])
    peaks = frequencies[1:-1][(np.diff(gain)[:-1] > 0) & (np.diff(gain)[1:] < 0)]
    np.testing.assert_allclose(peaks, [700, 1200, 2400, 3500], rtol=0.02)
    # far below all formants only the source's slope is left
    assert resonance(np.array([10.0]), formants[None])[0] == pytest.approx(1, abs=0.01)


def test_formants_and_amplitudes_flow_from_phone_to_phone():
    low, high = Phone((300, 900, 2200), voice=1.0), Phone((600, 1800, 2200))
    moves = tracks([low, high, None], [10, 10, 5], frames_per_second=100, tract=2.0)
    assert moves.formants.shape == (25, 5)
    # a longer tract divides them; far from a border they are the phone's own
    np.testing.assert_allclose(moves.formants[4, :3], [150, 450, 1100])
    np.testing.assert_allclose(moves.formants[14, :3], [300, 900, 1100])
    assert (np.diff(moves.formants[5:15, 0]) >= -1e-9).all()
    # five hundredths of a second around the border, on a logarithmic scale
    np.testing.assert_allclose(moves.formants[9, 0], 150 * 2 ** (2 / 5))
    assert moves.voice.tolist()[:8] == [1] * 8
    assert not moves.voice[11:].any()


def test_a_stop_is_silent_before_its_burst():
    moves = tracks([PHONES["t"]], [20], frames_per_second=100)
    assert not moves.voice.any()
    assert not moves.noise[:13].any()
    np.testing.assert_allclose(moves.noise[16], PHONES["t"].noise)
