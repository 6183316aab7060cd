"""Spectra: frames cut by hand, the mel filters, distances of spectra."""

import math

import numpy as np
import pytest

from seqtasks.data.spectrum import (
    SILENCE,
    Analysis,
    log_mel,
    mel_cepstral_distortion,
    stft,
)

SMALL = Analysis(rate=8000, window=256, hop=80, bands=20, low=0, high=4000)


def test_filters_are_triangles_on_the_mel_scale():
    filters = Analysis(8000, 800, 80, 10, 300, 4000).filters
    mel = 2595 * np.log10(1 + np.arange(401) * 10 / 700)
    edges = np.linspace(*(2595 * np.log10(1 + f / 700) for f in (300, 4000)), 12)
    # by hand: linear from edge to edge
    for band in range(10):
        expected = np.interp(mel, edges[band : band + 3], [0, 1, 0])
        np.testing.assert_allclose(filters[:, band], expected, atol=1e-9)
    # a band narrower than a frequency takes the nearest; they are in order
    filters = Analysis(8000, 64, 32, 40, 0, 4000).filters
    assert (filters.sum(axis=0) > 0).all()
    assert (np.diff(filters.argmax(axis=0)) >= 0).all()


def test_frames_are_those_that_are_cut_by_hand():
    samples = np.random.default_rng(0).normal(size=500)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(256) / 256)
    frame = samples[160 : 160 + 256] * hann
    direct = np.exp(-2j * np.pi * 7 * np.arange(256) / 256) @ frame
    assert stft(samples, SMALL)[2, 7] == pytest.approx(direct)


def test_a_sine_has_its_power():
    time = np.arange(1000) / SMALL.rate
    frames = log_mel(0.5 * np.sin(2 * np.pi * 1000 * time), SMALL)
    # 1000 Hz is the 32nd frequency of the transform; Hann's window spreads it by one
    weights = SMALL.filters[31:34].T @ [1 / 4, 1, 1 / 4]
    loud = weights > 0.1
    expected = 10 * np.log10(0.25 * weights[loud])
    np.testing.assert_allclose(frames[3, loud], expected, atol=1e-2)


@pytest.mark.parametrize(
    ("samples", "frames"), [(0, 1), (1, 1), (256, 1), (335, 1), (336, 2), (1000, 10)]
)
def test_the_number_of_frames(samples, frames):
    assert log_mel(np.zeros(samples, np.float32), SMALL).shape == (frames, 20)


def test_silence_is_the_least_and_ten_times_the_amplitude_is_20_db():
    noise = 0.01 * np.random.default_rng(0).normal(size=2000).astype(np.float32)
    quiet, loud = log_mel(noise, SMALL), log_mel(10 * noise, SMALL)
    np.testing.assert_allclose(loud - quiet, 20, atol=1e-3)
    assert (log_mel(np.zeros(400, np.float32), SMALL) == SILENCE).all()
    assert quiet.dtype == np.float32


def test_mel_cepstral_distortion_by_hand():
    bands = np.arange(40) + 0.5
    flat = np.zeros((1, 40))
    # a ripple of 3 dB is c_4 = 3 ln 10 / 10 / 2, and no other coefficient
    ripple = 3 * np.cos(np.pi * 4 * bands / 40)[None]
    expected = 10 * math.sqrt(2) / math.log(10) * 3 * math.log(10) / 20
    assert mel_cepstral_distortion(flat, ripple) == pytest.approx([expected])
    # which is the root of the mean square of the ripple
    assert expected == pytest.approx(3 / math.sqrt(2))
    # neither the level nor a finer ripple counts
    fine = 3 * np.cos(np.pi * 30 * bands / 40)[None]
    np.testing.assert_allclose(mel_cepstral_distortion(flat, flat + 20), 0, atol=1e-9)
    np.testing.assert_allclose(mel_cepstral_distortion(flat, fine), 0, atol=1e-9)
    both = mel_cepstral_distortion(flat, ripple + np.cos(np.pi * bands / 40))
    assert both == pytest.approx([math.sqrt((9 + 1) / 2)])
