"""The page of a trace as text: its data, its policy, and what no label can do."""

import base64
import dataclasses
import hashlib
import json
import re
import types

import numpy as np
import pytest
import trace_factory
from hostile_texts import HOSTILE
from page_reader import PageReader

from seqtasks.analysis import trace_page
from seqtasks.analysis.trace_page import page


def _data(html):
    (block,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html)
    return json.loads(block)


def test_the_numbers_of_a_small_trace_are_all_there():
    trace = trace_factory.elman()
    (given,) = _data(page(trace))["traces"]
    for step, one in zip(trace.steps, given["steps"], strict=True):
        assert one["x"]["v"] == pytest.approx(step.input, rel=1e-5)
        assert [row["p"] for row in one["classes"]] == pytest.approx(
            step.distribution, rel=1e-5
        )
        assert [row["true"] for row in one["classes"]].index(True) == step.target_index
        assert one["loss"] == pytest.approx(step.loss, rel=1e-5)
        for value, shown in zip(step.values, one["values"], strict=True):
            assert shown["value"]["v"] == pytest.approx(value.value, rel=1e-5)
            assert shown["source"] == value.source


def test_the_sum_of_a_weight_runs_from_the_last_step_to_the_first():
    trace = trace_factory.elman()
    (given,) = _data(page(trace))["traces"]
    for t, one in enumerate(given["gradients"]):
        for (name, weight), shown in zip(
            trace.weights.items(), one["weights"], strict=True
        ):
            terms = [later.weights[name] for later in trace.gradients[t:]]
            total = np.sum(terms, axis=0)
            assert shown["sum"]["s"] == list(weight.shape)
            assert shown["sum"]["v"] == pytest.approx(total.ravel(), rel=1e-4, abs=1e-9)
            assert shown["term"]["v"] == pytest.approx(terms[0].ravel(), rel=1e-5)


def test_a_large_array_is_colours_with_its_norm_and_range():
    trace = trace_factory.elman("abcdefghijklmnopqrstuvwxyz", 100)
    (given,) = _data(page(trace))["traces"]
    kernel, shown = trace.weights["kernel"], given["weights"][0]["value"]
    assert "v" not in shown
    assert shown["s"] == [126, 100]
    assert shown["norm"] == pytest.approx(np.linalg.norm(kernel), rel=1e-5)
    assert (shown["low"], shown["high"]) == pytest.approx(
        (kernel.min(), kernel.max()), rel=1e-5
    )
    levels = np.frombuffer(base64.b64decode(shown["b"]), np.int8)
    assert len(levels) == shown["r"] * shown["c"] <= 48**2
    # the largest of its neighbours is kept, so that no spike is lost
    assert np.abs(levels).max() == 127


def test_of_many_classes_the_likeliest_and_the_true_one_are_listed():
    trace = trace_factory.elman("abcdefghijklmnopqrstuvwxyz")
    (given,) = _data(page(trace))["traces"]
    for step, one in zip(trace.steps, given["steps"], strict=True):
        listed = [row["label"] for row in one["classes"]]
        assert len(listed) + one["others"] == 26
        assert trace.classes[int(np.argmax(step.distribution))] == listed[0]
        assert [row["label"] for row in one["classes"] if row["true"]] == [step.target]


def test_pictures_of_a_long_trace_are_coarser(monkeypatch):
    (given,) = _data(page(trace_factory.elman("a long text", 60)))["traces"]
    fine = given["gradients"][0]["jacobian"]
    # as if there were forty times as many steps
    monkeypatch.setattr(trace_page, "_COLOURS", trace_page._COLOURS // 40)
    (given,) = _data(page(trace_factory.elman("a long text", 60)))["traces"]
    coarse = given["gradients"][0]["jacobian"]
    assert (fine["r"], fine["c"]) == (48, 48)
    assert (coarse["r"], coarse["c"]) == (23, 23)
    assert fine["norm"] == coarse["norm"]


def test_numbers_that_are_not_finite_are_words():
    trace = trace_factory.elman()
    step = dataclasses.replace(
        trace.steps[0], loss=float("nan"), output=np.array([np.inf, -np.inf, np.nan, 1])
    )
    broken = dataclasses.replace(trace, steps=(step, *trace.steps[1:]))
    (given,) = _data(page(broken))["traces"]
    assert given["steps"][0]["loss"] == "nan"
    assert given["steps"][0]["output"]["v"] == ["inf", "-inf", "nan", 1]


def test_the_policy_allows_the_script_by_its_hash_and_no_connection():
    text = page(trace_factory.elman())
    (policy,) = [v for v in PageReader(text).values("content") if "default" in str(v)]
    (script,) = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{digest}';" in policy
    assert policy.startswith("default-src 'none';")
    assert not re.search(r"https?://|url\(|@import", text)


def test_equal_traces_give_equal_pages():
    assert page(trace_factory.elman()) == page(trace_factory.elman())


@pytest.mark.parametrize("part", [HOSTILE[::2], HOSTILE[1::2]])
def test_no_text_becomes_markup(part):
    trace = trace_factory.with_texts(part)
    difference = types.SimpleNamespace(step=1, quantity=part[0], values=())
    plain = PageReader(page(trace_factory.elman(), trace_factory.elman()))
    hostile = PageReader(page(trace, trace, difference))
    assert hostile.elements == plain.elements
    assert len(_data(page(trace))["traces"]) == 1
