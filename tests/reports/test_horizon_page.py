"""Horizons, and runs on other data, on the HTML page."""

import dataclasses

import pytest
from horizon_factory import record
from page_reader import PageReader
from results_factory import result

from seqtasks.analysis.other_data_record import OtherDataRecord, Scored
from seqtasks.reports.html_page import page

OTHER = OtherDataRecord(
    run="probe-gru-s0",
    task="probe",
    cell="gru",
    seed=0,
    option="delay",
    trained=30,
    split="test",
    monitor="accuracy",
    mode="max",
    metric_units={"accuracy": "fraction"},
    own={"accuracy": 0.5},
    scored=(
        Scored(value=60, fingerprint="f", metrics={"accuracy": 0.25, "extra": 0.125}),
    ),
    commit="",
)


@pytest.fixture(scope="module")
def reader():
    horizons = [
        record(8, 4, 64),
        record(0, cell="elman", cell_reference="seqtasks.cells.elman:ElmanCell"),
    ]
    return PageReader(
        page([result()], horizons=horizons, other_data=[OTHER, _of_another_run()])
    )


def _of_another_run():
    return dataclasses.replace(OTHER, run="another", option="units")


def test_a_horizon_is_a_row_among_the_tasks(reader):
    cells = [text for _, text in reader.texts]
    title = "probe · longest delay (steps) · 16,000 parameters · 5 epochs"
    assert title in reader.text_of("h3")
    assert ("a", "href", "#h1") in reader.attributes
    place = cells.index("8 (4 to ≥ 64)")
    # beside the cell that has a row of its own in the folder
    assert "< 1" in cells[place:]
    headings = [text for place, text in reader.texts if "thead" in place]
    assert headings.count("elman") == 1


def test_its_chart_has_a_dot_a_seed_and_a_bar_at_the_median(reader):
    bar, dots, none, _ = reader.figures["h1-chart"]["data"]
    assert dots["x"] == [8, 4, 64]
    assert dots["text"][2] == "gru, seed 2: ≥ 64"
    assert (bar["x"], bar["y"]) == ([8], [0])
    assert none["x"] == [0.5]
    layout = reader.figures["h1-chart"]["layout"]
    assert layout["yaxis"]["ticktext"] == ["gru", "elman"]
    assert layout["xaxis"]["ticktext"][:3] == ["&lt; 1", "1", "2"]


def test_a_run_on_other_data_stands_in_a_table_of_its_group(reader):
    assert "Trained with one delay, scored with another (test)" in reader.text_of("h4")
    assert not any("units" in text for text in reader.text_of("h4"))
    cells = reader.text_of("td")
    place = cells.index("×2")
    assert cells[place : place + 3] == ["×2", "0.2500", "0.1250"]
    assert "×1" in cells
