import dataclasses

from hostile_texts import HOSTILE
from page_reader import PageReader
from results_factory import result
from xray_factory import made_up

from seqtasks.analysis.xray_record import Curve
from seqtasks.analysis.xray_table import COLUMNS
from seqtasks.analysis.xray_words import CAUTIONS, MEANINGS
from seqtasks.reports.html_page import page

RUNS = [result(0.5), result(0.6, cell="lstm")]
XRAYS = [made_up(), made_up(run="probe-lstm-s0", cell="lstm", warnings=["Beware."])]


def test_a_row_and_two_lines_for_each_xray():
    reader = PageReader(page(RUNS, xrays=XRAYS))
    assert "What the cells remember" in reader.text_of("h4")
    assert [*reader.figures] == [*("g1-scores", "g1-cost", "g1-memory", "g1-influence")]
    for kind in ("memory", "influence"):
        lines = reader.traces(kind)
        assert [line["name"] for line in lines] == ["lstm", "gru"]
        dots = [t["meta"]["colour"] for t in reader.traces("scores")]
        assert {line["meta"]["colour"] for line in lines} == {*dots} - {"mark"}
    assert reader.traces("memory")[0]["y"] == [1.0, 0.5, 0.25, 0.125]
    cells = reader.text_of("td")
    for _, value in COLUMNS:
        assert cells.count(value(XRAYS[0])) >= 2
    notes = " ".join(reader.text_of("li"))
    for sentence in (*MEANINGS.values(), *CAUTIONS.values()):
        assert sentence in notes
    assert "lstm, seed 0, layer 1: Beware." in notes


def test_without_xrays_the_page_is_what_it_was():
    other = made_up(run="another")
    assert page(RUNS, xrays=[other]) == page(RUNS)
    assert "What the cells remember" not in page(RUNS)


def test_what_a_logarithmic_axis_cannot_show_is_a_gap():
    lags = [1.0, 2.0, 3.0]
    curve = Curve(lags, [1.0, 1e-3, 0.0], [0.0] * 3, [1.0] * 3)
    gradient = dataclasses.replace(made_up().state_gradient, curve=curve)
    reader = PageReader(page(RUNS[:1], xrays=[made_up(state_gradient=gradient)]))
    layout = reader.figures["g1-memory"]["layout"]
    assert layout["yaxis"]["type"] == "log"
    assert reader.traces("memory")[0]["y"] == [1.0, 1e-3, None]


def test_a_curve_of_zeros_is_drawn():
    flat = Curve([1.0, 2.0], [0.0, 0.0], [0.0, 0.0], [0.0, 0.0])
    gradient = dataclasses.replace(made_up().state_gradient, curve=flat)
    reader = PageReader(page(RUNS[:1], xrays=[made_up(state_gradient=gradient)]))
    assert reader.traces("memory")[0]["y"] == [0.0, 0.0]


def test_nothing_in_a_file_becomes_markup():
    joined = "".join(HOSTILE)
    hostile = made_up(warnings=HOSTILE, cell=joined, step_name=joined)
    plain = PageReader(page(RUNS[:1], xrays=[made_up(warnings=["x"] * len(HOSTILE))]))
    assert PageReader(page(RUNS[:1], xrays=[hostile])).elements == plain.elements
