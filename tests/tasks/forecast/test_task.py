"""forecast: windows, scores, baselines, samples."""

import functools

import keras
import numpy as np
import pytest
from seqtasks.tasks.forecast import forecast_sample, generated_series
from seqtasks.tasks.forecast import task as module
from seqtasks.tasks.forecast.forecast_layers import (
    HorizonHead,
    WindowEncoder,
    range_in_text,
    steps_of_patch,
)
from seqtasks.tasks.forecast.forecast_sample import (
    Panel,
    forecast_picture,
    forecast_text,
)
from seqtasks.tasks.forecast.generated_series import seasons
from seqtasks.tasks.forecast.observed_errors import is_observed
from seqtasks.tasks.forecast.task import forecast

from seqtasks.errors import UsageError
from seqtasks.options import resolve_options
from seqtasks.task import Prediction

SMALL = {"lookback": 24, "horizon": 6}


def values(scores):
    """Scores as plain numbers."""
    return {name: float(score) for name, score in scores.items()}


@pytest.fixture(autouse=True)
def short(monkeypatch):
    monkeypatch.setattr(
        module, "seasons", lambda seed: seasons(steps=500, variables=2, seed=seed)
    )


@pytest.fixture
def task():
    return forecast(**SMALL)


class Truth:
    """A model that predicts the truth, or so much more."""

    def __init__(self, task, more=0.0):
        self.task = task
        self.more = more

    def predicted(self, split):
        for inputs, targets in self.task.load(split).as_numpy_iterator():
            yield Prediction(inputs, targets, np.ones(()), targets + self.more)

    def predict(self, inputs):
        for known, targets in self.known:
            if np.allclose(known, inputs, atol=1e-5):
                return targets + self.more
        raise AssertionError("this window is no example of test")

    @functools.cached_property
    def known(self):
        return list(self.task.load("test").as_numpy_iterator())


@pytest.fixture(scope="module")
def csv(tmp_path_factory):
    path = tmp_path_factory.mktemp("own") / "power.csv"
    load = 50 + 10 * np.sin(np.arange(240) * np.pi / 12)
    lines = [f"2020-01-{1 + i // 24:02} {i % 24:02}:00,{load[i]}" for i in range(240)]
    path.write_text("\n".join(["date,load", *lines]))
    return str(path)


def test_the_first_examples_are_always_the_same(task):
    inputs, targets = next(task.load("test").as_numpy_iterator())
    assert (inputs.shape, targets.shape) == ((24, 2), (12,))
    np.testing.assert_allclose(inputs[:2, 0], [-0.829859, -0.013715], atol=1e-5)
    np.testing.assert_allclose(inputs.mean(axis=0), 0, atol=1e-6)
    # 100 steps of the test part, and the 24 before it are read
    assert task.load("test").cardinality() == 95


def test_options_change_what_they_name(csv):
    assert forecast(columns="x2", **SMALL).load("train").element_spec[0].shape[1] == 1
    last = forecast(normalization="last", **SMALL)
    inputs, _ = next(last.load("test").as_numpy_iterator())
    assert inputs[-1].tolist() == [0, 0]
    other = forecast(data_seed=1, normalization="last", **SMALL)
    assert next(other.load("test").as_numpy_iterator())[0][0, 0] != inputs[0, 0]
    # half a day later the sine has turned, a day later it is back
    half, day = (
        next(one.value for one in task.baselines() if one.name == "seasonal naive")
        for task in (forecast(csv, period=12, **SMALL), forecast(csv, **SMALL))
    )
    assert day < 1e-6 < 1 < half


def test_patches_are_read_at_once_and_the_first_is_filled_up():
    values = np.arange(1.0, 11).reshape(1, 5, 2)
    together = keras.ops.convert_to_numpy(WindowEncoder(3)(values))
    assert together.tolist() == [[[0, 0, 1, 2, 3, 4], [5, 6, 7, 8, 9, 10]]]
    patches = [steps_of_patch(5, 3, index) for index in range(2)]
    assert [values[0][one].tolist() for one in patches] == [
        [[1, 2], [3, 4]],
        [[5, 6], [7, 8], [9, 10]],
    ]
    assert [range_in_text(one) for one in patches] == ["0 to 1", "2 to 4"]
    assert range_in_text(slice(4, 5)) == "4"
    apart = keras.ops.convert_to_numpy(
        WindowEncoder(3, channel_independent=True)(values)
    )
    assert apart.tolist() == [[[0, 1, 3], [5, 7, 9]], [[0, 2, 4], [6, 8, 10]]]
    for layer, shape in ((WindowEncoder(3), (1, 2, 6)), (WindowEncoder(3, True), None)):
        built = layer.compute_output_shape((1, 5, 2))
        assert built == (shape or (2, 2, 3))
    for layer in (WindowEncoder(3, True), HorizonHead(5, 2, True, 0.25)):
        config = layer.get_config()
        assert type(layer).from_config(config).get_config() == config


def test_independent_channels_do_not_see_each_other():
    task = forecast(channel_independent=True, **SMALL)
    recurrence = keras.layers.SimpleRNN(4)

    def predictions(inputs):
        return keras.ops.convert_to_numpy(task.head(recurrence(task.encoder(inputs))))

    inputs = np.random.default_rng(0).standard_normal((3, 24, 2)).astype("float32")
    before = predictions(inputs).reshape(3, 6, 2)
    swapped = predictions(inputs[..., ::-1]).reshape(3, 6, 2)
    np.testing.assert_allclose(swapped, before[..., ::-1], atol=1e-5)
    inputs[..., 1] += 1
    after = predictions(inputs).reshape(3, 6, 2)
    np.testing.assert_allclose(after[..., 0], before[..., 0], atol=1e-6)
    assert np.abs(after[..., 1] - before[..., 1]).min() > 1e-6


def test_the_scaled_error_divides_each_variable_by_its_own_season(task):
    assert values(task.scores(Truth(task), "test")) == {
        "mean_absolute_scaled_error": 0.0
    }
    made = values(task.scores(Truth(task, more=1.0), "test"))
    series = seasons(steps=500, variables=2)
    train = series.normalised()[:300]
    scale = np.abs(train[24:] - train[:-24]).mean(axis=0)
    assert made["mean_absolute_scaled_error"] == pytest.approx(np.mean(1 / scale))


def test_the_keras_metrics_are_the_errors_in_normalised_units():
    task = forecast(normalization="last", **SMALL)
    batch = next(task.load("test").batch(200).as_numpy_iterator())
    # to predict 0 is to repeat the last value
    for metric in task.metrics:
        metric.update_state(batch[1], np.zeros_like(batch[1]), np.ones(len(batch[1])))
    reached = {metric.name: float(metric.result()) for metric in task.metrics}
    for one in task.baselines()[:2]:
        assert one.name == "persistence"
        assert one.value == pytest.approx(reached[one.metric], rel=1e-5)


def test_the_optimum_is_below_every_baseline(task):
    assert task.optimum.metric == task.monitor
    series = seasons(steps=500, variables=2)
    expected = (series.error(6) / series.deviations**2).mean()
    assert task.optimum.value == pytest.approx(expected)
    baselines = [b.value for b in task.baselines() if b.metric == task.monitor]
    assert 0 < task.optimum.value < min(baselines)


def test_one_variable_is_converted_to_its_unit(csv):
    assert forecast(**SMALL).conversions == ()
    squared, absolute = forecast(csv, **SMALL).conversions
    # of a sine of height 10 over whole days
    assert (squared.unit, absolute.unit) == ("squared units of load", "units of load")
    assert squared.factor == pytest.approx(50)
    assert absolute.factor == pytest.approx(50**0.5)


def test_a_person_sees_what_is_read_and_what_follows(task):
    text = task.render(*next(task.load("test").as_numpy_iterator()))
    lines = text.splitlines()
    assert [line.split()[0] for line in lines] == ["x1", "x2"]
    read, follows = lines[0].split(maxsplit=1)[1].split(" | ")
    assert (len(read), len(follows)) == (24, 6)
    assert set("▁█") <= set(read + follows)


def test_a_sample_shows_forecasts_beside_the_truth(task, monkeypatch):
    made = task.sample(Truth(task), "", 14, 0.8, 0)
    first, _, *lines = made.text.splitlines()
    assert first == "14 hours of the test split, predicted 6 at a time"
    assert [line.split()[0] for line in lines] == [
        *("x1,", "truth", "forecast"),
        *("x2,", "truth", "forecast"),
    ]
    truth, predicted = (line.split()[1] for line in lines[1:3])
    assert truth == predicted
    assert len(truth) == 14
    assert made.files["forecast.png"].startswith(b"\x89PNG")
    # the picture is the same for all others
    monkeypatch.setattr(forecast_sample, "forecast_picture", lambda *_: None)
    monkeypatch.setattr(forecast_sample, "png", lambda _: b"")
    # an error of one deviation is one in the unit of the variable too
    deviation = seasons(steps=500, variables=2).deviations[1]
    other = task.sample(Truth(task, more=1.0), "x2", 6, 0.8, 1).text
    assert f"mean absolute error {deviation:.4g}" in other
    assert "x1" not in other
    # the seed decides where it begins
    second = task.sample(Truth(task), "x1", 14, 0.8, 1).text
    assert second.splitlines()[-1] not in made.text
    # it is no longer than the test split
    longest = task.sample(Truth(task), "x1", 4_000, 0.8, 0)
    assert longest.text.startswith("96 hours of the test split")
    with pytest.raises(UsageError, match="There is no variable 'x9' in seasons"):
        task.sample(Truth(task), "x9", 4, 0.8, 0)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"lookback": 0}, "lookback must be an integer of at least 1; received 0."),
        ({"horizon": 0}, "horizon must be an integer of at least 1; received 0."),
        ({"patch_length": 0},
         "patch_length must be an integer of at least 1; received 0."),
        ({"dropout": 1}, "dropout must be at least 0 and below 1; received 1.0."),
        ({"period": -1}, "period must be an integer of at least 0; received -1."),
        ({"data_seed": -1}, "data_seed must be an integer of at least 0; received -1."),
        ({"normalization": "first"},
         "normalization must be one of last, mean, none; received 'first'."),
        ({"gaps": "ignore"}, "gaps must be the default, 'fill', unless dataset is a "
         "file; received 'ignore'."),
        ({"train": 0.7},
         "train must be the default, 0.6, unless dataset is a file; received 0.7."),
        ({"dataset": "lorentz"},
         "There is no data set named 'lorentz' here. Did you mean lorenz? A path to "
         "a CSV, Parquet or .tsf file is accepted too."),
        ({"columns": "x3"}, "There is no variable 'x3' in seasons. Known: x1, x2."),
        ({"lookback": 24, "horizon": 101},
         "Expected each part of seasons to hold 101 steps to predict, and the first 24 "
         "more to read; the parts have 300 (train), 100 (validation), 100 (test) "
         "steps. Give a longer series, or smaller --set lookback and --set horizon."),
    ],
)  # fmt: skip
def test_options_that_cannot_be(given, sentence):
    with pytest.raises(UsageError) as error:
        forecast(**resolve_options(forecast, given, "the task"))
    assert str(error.value) == sentence


def test_chaotic_series_have_a_least_error_of_0(monkeypatch):
    for name, count in (("mackey_glass", 1), ("lorenz", 3)):
        monkeypatch.setattr(
            module, name, functools.partial(getattr(generated_series, name), 500)
        )
        task = forecast(name, **SMALL)
        assert task.load("test").element_spec[0].shape == (24, count)
        assert task.optimum.value == 0


PANEL = Panel("load", np.zeros(4), np.array([0.0, 2.0, 4.0]), np.array([0.0, 1.0, 7.0]))


def test_truth_and_forecast_are_on_one_scale():
    assert forecast_text([PANEL]) == (
        "load, from 0 to 7, mean absolute error 1.333\n  truth     ▁▃▅\n  forecast  ▁▂█"
    )


def test_a_picture_has_a_panel_for_each_variable():
    figure = forecast_picture([PANEL] * 2, 2, "hour")
    assert [axes.get_ylabel() for axes in figure.axes] == ["load", "load"]
    past, truth, _, first, _, second = figure.axes[0].lines
    assert past.get_xdata().tolist() == [-4, -3, -2, -1]
    assert truth.get_ydata().tolist() == [0, 2, 4]
    # the second forecast begins after two steps
    assert (first.get_xdata().tolist(), second.get_xdata().tolist()) == ([0, 1], [2])
    assert first.get_ydata().tolist() == [0, 1]


@pytest.fixture(scope="module")
def gappy(tmp_path_factory):
    """Two sines, of which every tenth value is a gap in the test part and before."""
    path = tmp_path_factory.mktemp("own") / "gappy.csv"
    lines = ["date,a,b"]
    for i in range(240):
        a = "" if i % 20 == 7 else f"{np.sin(i * np.pi / 12) + i / 100:.4f}"
        lines.append(f"2020-01-{1 + i // 24:02} {i % 24:02}:00,{a},{i % 9}")
    path.write_text("\n".join(lines))
    return str(path)


def test_what_was_filled_in_is_not_scored(gappy):
    task = forecast(gappy, **SMALL)
    inputs, targets, weight = next(task.load("test").as_numpy_iterator())
    assert (inputs.shape, targets.shape) == ((24, 2), (12,))
    # the test part begins at hour 192; 207 is the first gap in it
    whole = [*task.load("test").as_numpy_iterator()]
    shares = [round(12 * float(one[2])) for one in whole]
    assert shares[:16] == [12] * 10 + [11] * 6
    assert weight == 1
    for value, expected in ((0.0, 0.0), (5.0, 25.0)):
        for metric in task.metrics:
            metric.reset_state()
            for _, targets, weight in whole:
                # wherever a value was filled in, the forecast is far off
                far = np.where(is_observed(targets), targets + value, 1e4)
                metric.update_state(
                    targets[None], far[None], sample_weight=weight[None]
                )
            got = float(metric.result())
            assert got == pytest.approx(expected if "squared" in metric.name else value)
    targets, weights = (np.stack([one[i] for one in whole]) for i in (1, 2))
    far = np.where(is_observed(targets), targets + 2, 1e4).astype("float32")
    loss = task.loss
    loss.reduction = "mean_with_sample_weight"
    assert float(loss(targets, far, sample_weight=weights)) == pytest.approx(
        4, rel=1e-5
    )


def test_scores_and_baselines_leave_out_what_was_filled_in(gappy):
    task = forecast(gappy, **SMALL)

    class OffWhereFilled:
        def predicted(self, split):
            for inputs, targets, weight in task.load(split).as_numpy_iterator():
                off = np.where(is_observed(targets), targets, 1e6)
                yield Prediction(inputs, targets, weight, off)

    scores = values(task.scores(OffWhereFilled(), "test"))
    assert scores["mean_absolute_scaled_error"] == 0
    persistence = task.baselines()[0]
    windows = [*task.load("test").as_numpy_iterator()]
    squares = [
        (np.tile(inputs[-1], 6) - targets)[is_observed(targets)] ** 2
        for inputs, targets, _ in windows
    ]
    assert persistence.value == pytest.approx(np.concatenate(squares).mean(), rel=1e-5)


def test_an_example_and_a_sample_have_their_dates(gappy, csv):
    task = forecast(gappy, **SMALL)
    first = next(task.load("test").as_numpy_iterator())
    assert task.render(*first).startswith(
        "read from 2020-01-08 on; to predict: 2020-01-09 to 2020-01-09 05:00\na "
    )
    # of a sine alone, many windows are alike
    sine = forecast(csv, **SMALL)
    assert "to predict" not in sine.render(*next(sine.load("test").as_numpy_iterator()))
    made = task.sample(FirstValue(), "", 12, 1.0, 0)
    assert made.text.startswith("12 hours of the test split, 2020-01-")
    figure = forecast_picture(
        [Panel("a", np.zeros(3), np.ones(3), np.ones(3))], 3, "hour",
        np.arange(6) * 3_600.0,
    )  # fmt: skip
    figure.canvas.draw()
    labels = [tick.get_text() for tick in figure.axes[0].get_xticklabels()]
    assert any("Jan" in label or ":" in label for label in labels), labels


class FirstValue:
    """A model that predicts zeros, whatever it reads."""

    def predict(self, inputs):
        return np.zeros(12, "float32")


def test_few_windows_are_reported(tmp_path, capsys):
    path = tmp_path / "small.csv"
    path.write_text(
        "\n".join(["date,a", *(f"2020-01-{d:02},{d % 5}" for d in range(1, 32))])
    )
    forecast(str(path), lookback=4, horizon=2, patch_length=1)
    assert capsys.readouterr().err == (
        f"Few windows of {path}: 13 (train), 5 (validation), 6 (test). Numbers on so "
        f"few change much with each; smaller --set lookback and --set horizon give "
        f"more.\n"
    )
    forecast(str(path), lookback=4, horizon=2)
    assert capsys.readouterr().err.startswith(
        "patch_length=8 makes lookback=4 one step of the recurrence, which has nothing "
        "to remember; --set patch_length=1 makes each step one.\n"
    )


def test_windows_of_two_blocks_apart_have_no_step_in_common(task):
    blocks = task.groups.of("test")
    assert task.groups.name == "block of 30 windows"
    assert len(blocks) == len(list(task.load("test")))
    first = {block: blocks.index(block) for block in blocks}
    assert [first[block] for block in sorted(first)] == [*range(0, len(blocks), 30)]
    score = task.scores(Truth(task, more=1.0), "test")["mean_absolute_scaled_error"]
    assert score.combine(score.parts.sum(axis=0)) == pytest.approx(score.value)
    assert list(score.groups) == blocks
