import dataclasses
from pathlib import Path

import pytest
from bench_reports import PRODUCT, report, row

from seqtasks.bench.spread import Spread, ratios, spread
from seqtasks.bench.tables import (
    bench_readme,
    lay_out,
    product_rate,
    rate_share,
    table,
    write_readme,
)


def cells(layout, name):
    (line,) = (line for line in layout.lines if line.cells[0] == name)
    headers = [column.header for column in layout.columns]
    return dict(zip(headers, line.cells, strict=True))


def test_a_row_by_hand():
    shown = cells(lay_out(report(row(), row("keras", 1.5))), "lstm, keras")
    assert shown == {
        "layer": "lstm, keras",
        "training step (ms)": "300 (150 to 600)",
        "× seqtasks": "1.50 (1.50 to 1.50)",
        "forward pass (ms)": "30.0 (15.0 to 30.0)",
        "× seqtasks, forward": "1.50 (1.50 to 1.50)",
        "tokens/s": "3,330",  # 1000 in 0.3 s
        "of product rate": "7%",  # 6 · 1000 · 344320 / 0.3 s = 6.89 of 100 GFLOP/s
        "compiling (s)": "1.50",
        "memory (MB)": "900",
        "implementation": "compiled",
    }


def test_the_share_of_the_product_rate_by_hand():
    rate = product_rate(PRODUCT, "float32")
    assert rate == pytest.approx(100e9)
    assert product_rate(PRODUCT, "bfloat16") is None
    # 6 · 1000 · 344320 operations in 0.2 s
    assert rate_share(row(), 100e9) == pytest.approx(0.103296)


def test_without_padding_it_is_time_for_the_same_number_of_tokens():
    masked = row(tokens_per_step={"train": 500.0, "forward": 500.0})
    layout = lay_out(report(masked, row("unmasked")))
    assert cells(layout, "lstm, unmasked")["× seqtasks"] == "0.500 (0.500 to 0.500)"
    assert "for the same number of time steps" in layout.notes[0]


def test_a_failure_is_a_row_and_leaves_the_others():
    broken = row("torch", reason="It broke: badly.", seconds_per_step={})
    layout = lay_out(report(row(), broken))
    assert [line.kind for line in layout.lines] == ["run", "unfinished"]
    assert layout.lines[1].cells[-1] == "failed: It broke: badly."


def test_beside_a_failure_of_ours_there_is_no_ratio():
    layout = lay_out(report(row(reason="It broke."), row("keras")))
    assert cells(layout, "lstm, keras")["× seqtasks"] == ""
    assert cells(layout, "lstm, keras")["training step (ms)"] == "200 (100 to 400)"


def test_without_the_product_rate_there_is_no_share():
    unknown = dataclasses.replace(PRODUCT, reason="It died.", seconds_per_step={})
    layout = lay_out(report(row(), product=unknown))
    assert cells(layout, "lstm, seqtasks")["of product rate"] == ""
    assert "The product rate is not known. It died." in layout.notes


def test_the_caption_names_the_machine():
    text = table([report(row())], "markdown")
    assert text.startswith(
        "### 256 units, batches of 64, 128 steps, float32 · A Processor, 2 cores · "
        "tensorflow 2.21.0, keras 3.15.1\n"
    )
    assert "Load average 0.25 before, 1.50 after; Python 3.11.7" in text
    assert "2048 × 2048 matrices in float32, 100 (100 to 100) GFLOP/s" in text


def epoch(model, factor, **fields):
    return row(
        model,
        subject="adding",
        steps={"epoch": 10, "waiting": 9},
        tokens_per_step={"epoch": 50.0, "waiting": 50.0},
        seconds_per_step={
            "epoch": tuple(factor * s for s in (0.1, 0.2, 0.4)),
            "waiting": (0.2, 0.2, 0.2),
        },
        **fields,
    )


TASK = {"task": "adding", "cell": "gru", "units": 64, "repetitions": 3}


def test_an_epoch_beside_a_bare_loop():
    bare = epoch(
        "bare loop",
        1.0,
        waited_seconds_per_step={"waiting": (0.01, 0.02, 0.02)},
        first_seconds={"waiting": (0.5, 0.4, 0.6)},
    )
    both = report(epoch("runner", 1.25), product=bare, kind="task", settings=TASK)
    layout = lay_out(both)
    shown = cells(layout, "runner")
    assert shown["epoch (s)"] == "2.50 (1.25 to 5.00)"
    assert shown["step (ms)"] == "250 (125 to 500)"
    assert shown["× bare loop"] == "1.25 (1.25 to 1.25)"
    assert shown["tokens/s"] == "200"
    assert layout.title.startswith("adding: cell gru, units 64 · A Processor")
    assert (
        "Waiting for the next batch: 10.0 (5.00 to 10.0) % of a step; for the first "
        "batch of an epoch: 0.500 (0.400 to 0.600) s."
    ) in layout.notes


def test_an_epoch_beside_a_bare_loop_that_failed():
    bare = epoch("bare loop", 1.0, reason="It broke.")
    bare = dataclasses.replace(bare, seconds_per_step={})
    both = report(epoch("runner", 1.0), product=bare, kind="task", settings=TASK)
    assert cells(lay_out(both), "runner")["× bare loop"] == ""


def test_the_readme_of_a_folder_of_reports(tmp_path):
    one = report(row(), name="one")
    path = write_readme(tmp_path / "bench", [one])
    assert path == tmp_path / "bench" / "README.md"
    assert path.read_text() == bench_readme([one])
    assert table([one], "markdown") in path.read_text()
    assert "No measurement is kept here yet" in bench_readme([])


def test_the_committed_readme_is_that_of_the_committed_reports(committed_reports):
    committed = (
        Path(__file__).parents[2] / "results" / "reference" / "bench" / "README.md"
    )
    assert committed.read_text(encoding="utf-8") == bench_readme(committed_reports)


# The numbers in the tables.


def test_the_median_of_an_even_number_is_between_the_two_in_the_middle():
    assert spread([4.0, 1.0, 2.0, 100.0]) == Spread(3.0, 1.0, 100.0)
    assert spread([7.0]) == Spread(7.0, 7.0, 7.0)


def test_ratios_are_taken_within_a_round():
    # the machine was ten times as slow in the second round, for both
    assert ratios([3.0, 30.0, 3.0], [2.0, 20.0, 2.0]) == Spread(1.5, 1.5, 1.5)
    # the median of the quotients, not the quotient of the medians, which is 1
    assert ratios([1.0, 2.0, 3.0], [2.0, 1.0, 4.0]).median == 0.75


def test_rounds_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="longer than argument 1"):
        ratios([1.0], [1.0, 2.0])
