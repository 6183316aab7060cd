"""``seqtasks score`` with a run; of files of anyone see ``test_bounded.py``."""

import json

import pytest
from click.testing import CliRunner
from results_factory import result

from seqtasks.analysis import other_data
from seqtasks.analysis.other_data_record import OtherDataRecord, Scored
from seqtasks.cli.main import main
from seqtasks.store import Store


def score(*arguments):
    return CliRunner().invoke(main, ["score", *map(str, arguments)])


def test_a_run_is_scored_on_each_value(tmp_path, monkeypatch):
    calls = []

    def score_on(run, store, option, values, split, display, allow_code):
        calls.append((run.run, option, values, split, allow_code))
        return OtherDataRecord(
            run=run.run, task="probe", cell="gru", seed=0, option=option, trained=64,
            split=split, monitor="accuracy", mode="max",
            metric_units={"accuracy": "fraction"}, own={"accuracy": 0.5},
            scored=(Scored(value=128, fingerprint="f", metrics={"accuracy": 0.25},
                           baseline="majority", baseline_value=0.125),),
            commit="",
        )  # fmt: skip

    monkeypatch.setattr(other_data, "score_on", score_on)
    Store(tmp_path).write(result())
    typed = ("probe-gru", "--test-set", "sequence-length=×2, 128")
    done = score(*typed, "--results", tmp_path)
    assert done.exit_code == 0, done.output
    assert calls == [("probe-gru-s0", "sequence_length", ["×2", "128"], "test", False)]
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["64", "×1", "0.5000", "trained", "with"] in lines
    assert ["128", "×2", "0.2500", "0.1250", "(majority)"] in lines
    done = score(*typed, "--split", "validation", "--json", "--results", tmp_path)
    assert json.loads(done.stdout)["scored"][0]["value"] == 128
    assert calls[-1][3] == "validation"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["probe-gru"], "or --test-set with a run, as in `seqtasks score probe-gru"),
        (["probe-gru", "--test-set", "×2"], "to be OPTION=VALUE, as in delay=200 or"),
        (["probe-gru", "--test-set", "a="], "to be OPTION=VALUE, as in delay=200 or"),
        (
            ["probe-gru", "m.keras", "--test-set", "a=2"],
            "Expected a run alone with --test-set, as its row has its task, cell and "
            "options; received MODEL.keras too. Leave it out.",
        ),
        (
            ["probe-gru", "--set", "b=1", "--test-set", "a=2"],
            "received --set too. Leave it out.",
        ),
    ],
)
def test_what_cannot_be_is_refused(words, sentence, tmp_path):
    done = score(*words, "--results", tmp_path)
    assert done.exit_code == 2
    assert sentence in " ".join(done.stderr.split())
