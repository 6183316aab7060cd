import numpy as np
from seqtasks.tasks.speech_synthesis.frame_error import FrameError


def test_frame_error_by_hand():
    metric = FrameError(scale=10.0)
    truth = np.array([[0.0, 0], [1, 1], [5, 5]])
    said = np.array([[0.2, -0.4], [1, 2], [0, 0]])
    # frames are off by 3 and 5 dB on the mean of two bands; the last does not count
    metric.update_state(truth, said, sample_weight=[1, 1, 0])
    np.testing.assert_allclose(metric.result(), 4.0, rtol=1e-6)
    metric.update_state(truth[:1], said[:1])
    np.testing.assert_allclose(metric.result(), (3 + 5 + 3) / 3, rtol=1e-6)


def test_it_is_made_again_from_its_configuration():
    again = FrameError.from_config(FrameError(scale=3.0).get_config())
    again.update_state(np.zeros((1, 2)), np.ones((1, 2)))
    np.testing.assert_allclose(again.result(), 3.0)
