import math

import numpy as np
import pytest

from seqtasks.data.spectrum import (
    BASELINE,
    Analysis,
    hann,
    hz_to_mel,
    log_mel,
    mel_cepstral_distortion,
    mel_cepstrum,
    mel_filters,
    mel_to_hz,
    mfcc,
    power_spectrum,
)

SMALL = Analysis(rate=8000, window=256, hop=80, bands=20, low=0, high=4000)


def test_the_mel_scale():
    # 700 Hz is 2595 log10 2; 1000 Hz is 1000 mel to a tenth
    assert hz_to_mel(700) == pytest.approx(2595 * math.log10(2))
    assert hz_to_mel(1000) == pytest.approx(1000, abs=0.1)
    frequencies = np.array([0.0, 50, 440, 8000])
    np.testing.assert_allclose(mel_to_hz(hz_to_mel(frequencies)), frequencies)


def test_filters_are_triangles_that_overlap_by_half():
    filters = mel_filters(8000, 800, 10, 300, 4000)
    edges = mel_to_hz(np.linspace(hz_to_mel(300), hz_to_mel(4000), 12))
    frequencies = np.arange(401) * 10
    # by hand: linear from edge to edge
    for band in range(10):
        expected = np.interp(frequencies, edges[band : band + 3], [0, 1, 0])
        np.testing.assert_allclose(filters[:, band], expected, atol=1e-12)
    between = (frequencies >= edges[1]) & (frequencies <= edges[-2])
    np.testing.assert_allclose(filters[between].sum(axis=1), 1)


def test_no_band_is_empty():
    filters = mel_filters(8000, 64, 40, 0, 4000)
    assert (filters.sum(axis=0) > 0).all()


def test_a_frame_has_the_power_of_its_sine():
    time = np.arange(1000) / SMALL.rate
    power = power_spectrum(0.5 * np.sin(2 * np.pi * 1000 * time), SMALL)
    assert power.shape == (SMALL.frames(1000), 129) == (10, 129)
    # 1000 Hz is the 32nd frequency of the transform; Hann's window spreads it by one
    np.testing.assert_allclose(power[:, 32], 0.25, rtol=1e-6)
    np.testing.assert_allclose(power[:, 31], 0.25 / 4, rtol=1e-3)
    assert power[:, 40:].max() < 1e-6


def test_frames_are_those_that_are_cut_by_hand():
    samples = np.random.default_rng(0).normal(size=500)
    power = power_spectrum(samples, SMALL)
    frame = samples[160 : 160 + 256] * hann(256)
    direct = np.abs(np.exp(-2j * np.pi * 7 * np.arange(256) / 256) @ frame) / 64
    assert power[2, 7] == pytest.approx(direct**2)


@pytest.mark.parametrize(
    ("samples", "frames"), [(0, 1), (1, 1), (256, 1), (335, 1), (336, 2), (1000, 10)]
)
def test_the_number_of_frames(samples, frames):
    assert SMALL.frames(samples) == frames
    assert log_mel(np.zeros(samples, np.float32), SMALL).shape == (frames, 20)


def test_silence_is_the_baseline_and_ten_times_the_amplitude_is_20_db():
    noise = 0.01 * np.random.default_rng(0).normal(size=2000).astype(np.float32)
    quiet, loud = log_mel(noise, SMALL), log_mel(10 * noise, SMALL)
    np.testing.assert_allclose(loud - quiet, 20, atol=1e-3)
    assert (log_mel(np.zeros(400, np.float32), SMALL) == BASELINE).all()
    assert quiet.dtype == np.float32


def test_cepstra_add_up_to_the_log_spectrum():
    frames = np.random.default_rng(0).normal(size=(3, 12))
    cepstrum = mel_cepstrum(frames, 12)
    bands = np.arange(12) + 0.5
    natural = cepstrum[:, :1] + 2 * sum(
        cepstrum[:, m, None] * np.cos(np.pi * m * bands / 12) for m in range(1, 12)
    )
    np.testing.assert_allclose(natural * 10 / math.log(10), frames)


def test_mfcc_are_the_orthonormal_transform():
    frames = np.random.default_rng(1).normal(size=(4, 16)).astype(np.float32)
    coefficients = mfcc(frames, 16)
    assert coefficients.dtype == np.float32
    norms = np.linalg.norm(coefficients, axis=1)
    np.testing.assert_allclose(norms, np.linalg.norm(frames, axis=1), rtol=1e-5)
    assert coefficients[0, 0] == pytest.approx(frames[0].sum() / 4, abs=1e-5)
    np.testing.assert_array_equal(mfcc(frames, 5), coefficients[:, :5])


def test_mel_cepstral_distortion_by_hand():
    bands = np.arange(40) + 0.5
    flat = np.zeros((1, 40))
    # a ripple of 3 dB is 3 ln 10 / 10 / 2 in one coefficient
    ripple = 3 * np.cos(np.pi * 4 * bands / 40)[None]
    (coefficient,) = mel_cepstrum(ripple, 5)[:, 4]
    assert coefficient == pytest.approx(3 * math.log(10) / 20)
    expected = 10 * math.sqrt(2) / math.log(10) * coefficient
    assert mel_cepstral_distortion(flat, ripple) == pytest.approx([expected])
    # which is the root of the mean square of the ripple
    assert expected == pytest.approx(3 / math.sqrt(2))
    # neither the level nor a finer ripple counts
    fine = 3 * np.cos(np.pi * 30 * bands / 40)[None]
    np.testing.assert_allclose(mel_cepstral_distortion(flat, flat + 20), 0, atol=1e-9)
    np.testing.assert_allclose(mel_cepstral_distortion(flat, fine), 0, atol=1e-9)
    both = mel_cepstral_distortion(flat, ripple + np.cos(np.pi * bands / 40))
    assert both == pytest.approx([math.sqrt((9 + 1) / 2)])
