"""The picture of a trace: well formed, in shared colours, with the trace's numbers."""

import dataclasses
import functools
import itertools
import re
import warnings
from xml.etree import ElementTree

import numpy as np
import pytest
import trace_factory
from hostile_texts import HOSTILE

from seqtasks.analysis.trace_canvas import TEXT, fixed, short
from seqtasks.analysis.trace_picture import draw, make_figure

TRACES = {
    "elman": trace_factory.elman(),
    "long and wide": trace_factory.elman("the quick brown fox jumps over it" * 3, 64),
    "gates": trace_factory.gated(),
    "wide, two states": trace_factory.with_second_state(trace_factory.gated("a b", 48)),
    "frames": trace_factory.vectors((12, 12, 3)),
    "series": trace_factory.vectors((3,)),
    "piano roll": trace_factory.vectors((88,)),
    "one number, one unit": trace_factory.vectors((), 2, 1),
    "a part of a series, long": trace_factory.vectors((8, 4), 20),
}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """Draws the SVG of a trace, once."""
    folder = tmp_path_factory.mktemp("pictures")

    @functools.cache
    def root(name, step=None):
        path = folder / "trace.svg"
        draw(TRACES[name], path, step)
        return ElementTree.fromstring(path.read_bytes())

    return root


def _texts(root):
    return [e.text or "" for e in root.iter() if e.tag.endswith("}text")]


def _strokes(root, prefix):
    """The colours of the arrows whose names begin so."""
    return {
        colour
        for group in root.iter()
        if re.match(rf"{prefix}-(\d+|cycle|gap.*)$", group.get("id", ""))
        for path in group
        for colour in re.findall(r"stroke: (#\w+)", path.get("style", ""))
    }


@pytest.mark.parametrize("name", TRACES)
def test_no_text_lies_on_another_or_leaves_the_slide(name):
    figure = make_figure(TRACES[name])
    boxes = []
    for text in figure.axes[0].texts:
        if text.get_text().strip():
            box = text.get_window_extent()
            # half a line's spacing is air
            boxes.append((box.x0 + 1, box.y0 + 4, box.x1 - 1, box.y1 - 4, text))
    width, height = figure.bbox.width, figure.bbox.height
    for left, low, right, high, text in boxes:
        assert 0 <= left < right <= width, text
        assert low >= 0, text
        assert high <= height, text
    for one, other in itertools.combinations(boxes, 2):
        apart = (
            one[2] <= other[0]
            or other[2] <= one[0]
            or one[3] <= other[1]
            or other[3] <= one[1]
        )
        assert apart, (one[4], other[4])


@pytest.mark.slow
def test_the_text_is_text(drawn):
    for name in ("elman", "gates"):
        texts = _texts(drawn(name))
        assert TRACES[name].title in texts
        assert "hₜ₋₁" in texts


def test_a_matrix_at_two_arrows_has_one_colour_and_others_have_their_own(drawn):
    root = drawn("elman")
    found = {name: _strokes(root, name) for name in ("input", "recurrent", "output")}
    assert found["input"] == found["recurrent"]
    assert len(found["input"] | found["output"]) == 2
    root = drawn("gates")
    found = {name: _strokes(root, name) for name in ("input", "recurrent", "output")}
    assert all(len(colours) == 1 for colours in found.values()), found
    assert len(set.union(*found.values())) == 3


def test_the_names_of_the_shared_weights_are_in_their_colours(drawn):
    root = drawn("gates")
    for name, arrow in (
        ("recurrent_kernel (4 × 12)", "recurrent"),
        ("kernel (7 × 12)", "input"),
        ("output.kernel (4 × 7)", "output"),
    ):
        (colour,) = _strokes(root, arrow)
        named = [
            e.get("style")
            for e in root.iter()
            if e.tag.endswith("}text") and (e.text or "").endswith(f" {name}")
        ]
        assert len(named) == 1, name
        assert f"fill: {colour}" in named[0]


def test_the_true_class_alone_is_marked(drawn):
    trace, root = TRACES["elman"], drawn("elman")
    for step in trace.steps:
        (marked,) = (e for e in root.iter() if e.get("id") == f"true-{step.index}")
        assert TEXT in marked[0].get("style")
        heights = [float(y) for y in re.findall(r"[ML] \S+ (\S+)", marked[0].get("d"))]
        share = step.distribution[step.target_index] / step.distribution.max()
        # 54 pixels are the largest; SVG counts in points
        assert max(heights) - min(heights) == pytest.approx(54 * 0.72 * share, abs=0.1)


def test_the_numbers_are_those_of_the_trace(drawn):
    trace, texts = TRACES["elman"], _texts(drawn("elman"))
    for step in trace.steps:
        for number in (step.loss, step.distribution[step.target_index]):
            assert short(float(number)) in texts
    worked = trace.steps[2]
    arrays = [step.output for step in trace.steps]
    arrays += [value.value for value in worked.values]
    for values in (*arrays, trace.weights["kernel"], worked.logits):
        for number in values.flat:
            assert fixed(float(number), abs(values).max()) in texts
    assert 'Step 2 enlarged:  x₂ is "c",  the target is "h"' in texts


@pytest.mark.slow
def test_a_step_may_be_chosen_and_is_drawn_in_a_long_trace(drawn):
    texts = _texts(drawn("long and wide", step=50))
    assert any("Step 50 enlarged" in text for text in texts)
    drawn = [int(t.removeprefix("t = ")) for t in texts if re.match(r"t = \d+$", t)]
    assert drawn == [0, 1, 2, 3, 49, 50, 51, 95, 96, 97]
    assert texts.count("…") == 2


def test_a_step_without_an_output_has_no_distribution(drawn):
    figure = make_figure(TRACES["frames"], 1)
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert "This task has no output at this step." in texts


@pytest.mark.parametrize("part", [HOSTILE[::2], HOSTILE[1::2]])
def test_a_hostile_text_is_a_text(part, tmp_path):
    draw(trace_factory.with_texts(part), tmp_path / "hostile.svg")
    root = ElementTree.fromstring((tmp_path / "hostile.svg").read_bytes())
    tags = {e.tag.rpartition("}")[2] for e in root.iter()}
    assert not tags & {"script", "a", "foreignObject", "iframe", "b", "img"}
    assert not any(name.startswith("on") for e in root.iter() for name in e.attrib)


def test_numbers_that_are_not_finite_are_drawn():
    trace = trace_factory.elman()
    broken = [
        dataclasses.replace(
            step,
            output=step.output * np.nan,
            logits=step.logits * np.inf,
            distribution=step.distribution * np.nan,
            loss=float("nan"),
        )
        for step in trace.steps
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure = make_figure(dataclasses.replace(trace, steps=tuple(broken)))
    assert "nan" in [text.get_text() for text in figure.axes[0].texts]


def test_equal_traces_give_equal_files(tmp_path, drawn):
    draw(trace_factory.elman(), tmp_path / "again.svg")
    again = ElementTree.fromstring((tmp_path / "again.svg").read_bytes())
    assert ElementTree.tostring(again) == ElementTree.tostring(drawn("elman"))


@pytest.mark.slow
def test_a_png_is_a_slide(tmp_path):
    from matplotlib.image import imread

    draw(TRACES["piano roll"], tmp_path / "trace.png")
    assert imread(tmp_path / "trace.png").shape[:2] == (1350, 2400)


def test_a_series_is_a_line_that_leaves_out_what_is_not_drawn():
    axes = make_figure(TRACES["a part of a series, long"]).axes[0]
    lines = [line for line in axes.lines if line.get_marker() == "o"]
    assert len(lines) == 4
    drawn = np.array(lines[0].get_ydata())
    # eight numbers of each of seven steps, and one gap
    assert len(drawn) == 7 * 8 + 1
    assert np.flatnonzero(np.isnan(drawn)).tolist() == [4 * 8]
