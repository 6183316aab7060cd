"""The page of a trace in a real browser: stepped through by keys, buttons, a finger."""

import types

import numpy as np
import pytest
import trace_factory
from hostile_texts import HOSTILE

from seqtasks.analysis.trace_page import page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

_PHONE = {"viewport": {"width": 375, "height": 812}, "has_touch": True}


def _numbers(locator):
    texts = locator.all_text_contents()
    return [float(text.replace("−", "-")) for text in texts]


def _row(view, name):
    """The numbers of a value of the step that is shown."""
    row = view.locator(".values > div", has=view.locator("dt strong", has_text=name))
    return _numbers(row.locator(".cell"))


def _is_at(view, trace, t):
    """The page shows the values of a step."""
    step = trace.steps[t]
    where = view.locator("#where").text_content()
    assert where.startswith(f"Step {t} of 0 to {len(trace.steps) - 1}: ")
    assert f"input {step.label}, target {step.target}" in where
    assert view.locator("[aria-current=step]").get_attribute("data-step") == str(t)
    assert _row(view, "both") == pytest.approx(step.values[0].value, abs=6e-4)
    assert _row(view, "h = ") == pytest.approx(step.output, abs=6e-4)
    rows = view.locator(".distribution tbody tr")
    assert _numbers(rows.locator("td:nth-child(4)")) == pytest.approx(
        step.distribution, abs=6e-4
    )
    true = view.locator(".distribution tr.true th").all_text_contents()
    assert true == [step.target]
    bold = _numbers(view.locator(".loss b"))
    assert bold == pytest.approx([step.loss, step.perplexity], abs=6e-4)


def test_arrow_keys_step_through_time_and_the_numbers_are_the_traces(opened):
    trace = trace_factory.elman()
    view = opened(page(trace))
    _is_at(view, trace, 0)
    for key, t in (
        ("ArrowRight", 1),
        ("ArrowRight", 2),
        ("ArrowLeft", 1),
        ("End", 5),
        ("ArrowRight", 5),
        ("Home", 0),
        ("ArrowLeft", 0),
    ):
        view.keyboard.press(key)
        _is_at(view, trace, t)


def test_buttons_the_slider_and_the_steps_of_the_network_do_the_same(opened):
    trace = trace_factory.elman()
    view = opened(page(trace, step=3))
    _is_at(view, trace, 3)
    view.get_by_role("button", name="Next step").click()
    _is_at(view, trace, 4)
    view.get_by_role("button", name="First step").click()
    _is_at(view, trace, 0)
    view.get_by_role("slider").fill("2")
    _is_at(view, trace, 2)
    # one step, not the slider's and the page's
    view.get_by_role("slider").press("ArrowRight")
    _is_at(view, trace, 3)
    view.locator("[data-step='5']").click()
    _is_at(view, trace, 5)
    # the button that was pressed keeps the focus
    view.keyboard.press("ArrowLeft")
    assert view.evaluate("document.activeElement.dataset.step") == "4"


def test_backwards_are_the_gradients_and_their_sums(opened):
    trace = trace_factory.elman()
    view = opened(page(trace))
    view.get_by_role("button", name="Backwards").click()
    view.keyboard.press("End")
    for t in (5, 4, 3):
        gradient = trace.gradients[t]
        by_loss = view.locator(".columns").first.locator("small")
        assert _numbers(by_loss) == pytest.approx(gradient.by_loss[t:], abs=6e-4)
        jacobian = view.locator(".block", has_text="spectral radius")
        assert _numbers(jacobian.locator(".matrix .cell")) == pytest.approx(
            gradient.jacobian.ravel(), abs=6e-4
        )
        assert _numbers(jacobian.locator(".note b")) == pytest.approx(
            [gradient.norm, gradient.radius], abs=6e-4
        )
        kernel = view.locator("details[data-weight=g0] .pair > div")
        total = np.sum([one.weights["kernel"] for one in trace.gradients[t:]], axis=0)
        for place, expected in enumerate((gradient.weights["kernel"], total)):
            cells = _numbers(kernel.nth(place).locator(".cell"))
            assert cells == pytest.approx(expected.ravel(), abs=6e-4)
        view.keyboard.press("ArrowLeft")
    view.keyboard.press("b")
    _is_at(view, trace, 2)


def test_a_weight_that_was_opened_stays_open_from_step_to_step(opened):
    view = opened(page(trace_factory.elman()))
    summary = view.locator("details[data-weight=w0] summary")
    summary.click()
    summary.press("ArrowRight")
    assert view.locator("details[data-weight=w0]").get_attribute("open") is not None
    assert view.locator("details[data-weight=w1]").get_attribute("open") is None


@pytest.mark.parametrize("name", ["small", "wide", "frames", "series"])
@pytest.mark.parametrize("backwards", [False, True])
def test_on_a_phone_only_what_scrolls_is_wider_than_the_page(opened, name, backwards):
    trace = {
        "small": trace_factory.elman(),
        "wide": trace_factory.with_second_state(
            trace_factory.gated("a longer text", 40)
        ),
        "frames": trace_factory.vectors((12, 12, 3)),
        "series": trace_factory.vectors((3,)),
    }[name]
    view = opened(page(trace), **_PHONE)
    if backwards:
        view.get_by_role("button", name="Backwards").click()
    view.keyboard.press("End")
    assert view.evaluate("document.documentElement.scrollWidth") == 375


def test_a_finger_drawn_to_the_left_is_a_step(opened):
    trace = trace_factory.elman()
    view = opened(page(trace), **_PHONE)
    swipe = """([from, to]) => {
        const at = document.querySelector('.values');
        const touch = (x) => [new Touch({ identifier: 0, target: at, clientX: x,
            clientY: 400 })];
        at.dispatchEvent(new TouchEvent('touchstart',
            { bubbles: true, touches: touch(from), changedTouches: touch(from) }));
        at.dispatchEvent(new TouchEvent('touchend',
            { bubbles: true, touches: [], changedTouches: touch(to) }));
    }"""
    view.evaluate(swipe, [300, 100])
    _is_at(view, trace, 1)
    view.evaluate(swipe, [100, 130])
    _is_at(view, trace, 1)
    view.evaluate(swipe, [100, 300])
    _is_at(view, trace, 0)


def test_dark_and_light_have_their_own_colours_also_in_pictures(opened):
    trace = trace_factory.elman("a longer text", 40)
    corner = """[...document.querySelector('.heat canvas').getContext('2d')
        .getImageData(0, 11, 1, 1).data].slice(0, 3)"""
    ground = "getComputedStyle(document.body).backgroundColor"
    found = {}
    for scheme in ("light", "dark"):
        view = opened(page(trace), color_scheme=scheme)
        view.keyboard.press("b")
        # no loss reaches a later state: the picture is empty there
        found[scheme] = view.evaluate(corner)
        red, green, blue = found[scheme]
        assert view.evaluate(ground) == f"rgb({red}, {green}, {blue})"
    assert found["light"] == [255, 255, 255]
    view.emulate_media(color_scheme="light")
    # the page hears of it a little later; to read a canvas twice is a warning
    view.wait_for_timeout(500)
    assert view.evaluate(corner) == [255, 255, 255]


@pytest.mark.parametrize("motion", ["reduce", "no-preference"])
def test_nothing_moves_where_that_is_not_wanted(opened, motion):
    trace = trace_factory.elman("a text of some thirty characters")
    view = opened(page(trace), reduced_motion=motion)
    view.keyboard.press("End")
    overview = "document.querySelector('.overview')"
    arrived = f"{overview}.scrollLeft > {overview}.scrollWidth / 2"
    if motion == "reduce":
        assert view.evaluate(arrived)
        assert (
            view.evaluate(
                "getComputedStyle(document.querySelector('.bars i')).transitionDuration"
            )
            == "0s"
        )
    else:
        view.wait_for_timeout(1000)
        assert view.evaluate(arrived)


def test_two_cells_stand_side_by_side_and_the_first_difference_is_marked(opened):
    one, other = trace_factory.elman(), trace_factory.gated()
    difference = types.SimpleNamespace(step=3, quantity="candidate", values=())
    view = opened(page(one, other, difference), viewport={"width": 1280, "height": 900})
    left, right = (view.locator(".trace").nth(n).bounding_box() for n in (0, 1))
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert not view.locator(".values .differs").count()
    view.get_by_role("button", name="First difference: step 3").click()
    marked = view.locator(".values .differs dt strong").all_text_contents()
    assert marked == ["candidate"]
    assert view.locator(".step.differs").count() == 2
    assert "in candidate" in view.locator("#difference").text_content()


@pytest.mark.parametrize(
    ("quantity", "selector"),
    [("h_t", ".values .differs"), ("logits", ".distribution.differs")],
)
def test_what_a_step_hands_on_can_be_the_first_difference(opened, quantity, selector):
    difference = types.SimpleNamespace(step=0, quantity=quantity, values=())
    view = opened(page(trace_factory.elman(), trace_factory.elman(), difference))
    assert view.locator(selector).count() == 2


def test_two_cells_that_agree_are_called_equal(opened):
    view = opened(page(trace_factory.elman(), trace_factory.elman()))
    assert "No value differs" in view.locator("#difference").text_content()


def test_nothing_of_a_hostile_text_becomes_markup_or_script(opened):
    kinds = "[...new Set([...document.querySelectorAll('*')].map(e => e.localName))]"
    inline = """[...document.querySelectorAll('*')].flatMap(e => [...e.attributes])
        .filter(a => a.name.startsWith('on') || /href|src$|action/.test(a.name))
        .map(a => a.value)"""
    for part in (HOSTILE[::2], HOSTILE[1::2]):
        trace = trace_factory.with_texts(part)
        difference = types.SimpleNamespace(step=0, quantity=part[0], values=())
        view = opened(page(trace, trace, difference), **_PHONE)
        for key in ("End", "b"):
            view.keyboard.press(key)
            assert not {"iframe", "img", "svg", "object", "a"} & set(
                view.evaluate(kinds)
            )
            assert view.evaluate(inline) == []
            assert view.evaluate("document.documentElement.scrollWidth") == 375
    text = view.locator("body").text_content()
    assert "<img src=x onerror=alert(1)>" in text or "<svg onload=alert(1)>" in text
