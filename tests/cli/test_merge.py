import json
import shlex

from click.testing import CliRunner
from results_factory import result

from seqtasks.cli.main import main
from seqtasks.evaluations import EvaluationLog
from seqtasks.store import Store


def _run(*arguments):
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def _class(folder, people=30):
    """A folder for each person, with three runs of one cell and their evaluations."""
    names = [f"person{number:02}" for number in range(people)]
    for number, name in enumerate(names):
        store = Store(folder / name / "results")
        for seed in range(3):
            run = f"probe-gru-s{seed}-20260101T0000{number:02}-{number:06x}"
            score = 0.5 + 0.01 * number + 0.001 * seed
            store.write(result(score, seed=seed, run=run, seconds=1.0 + number))
            EvaluationLog(store.folder).write(
                task="probe", fingerprint="0123456789abcdef", run=run, cell="gru"
            )
            store.weights_path(run).write_bytes(run.encode())
    return names


def test_thirty_folders_of_thirty_people_are_one_leaderboard(tmp_path):
    names = _class(tmp_path / "class")
    into = tmp_path / "all results"
    arguments = ("merge", tmp_path / "class", "--into", into, "--author-from-folder")
    done = _run(*arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert len(lines) == 33
    assert lines[0].split("  ")[1] == "3 new, 3 test evaluations"
    assert lines[-2:] == [
        f"written  {into}: 90 new runs",
        f"next     seqtasks table --results {shlex.quote(str(into))}",
    ]
    assert len(list(into.glob("*.weights.safetensors"))) == 90
    (group,) = json.loads(_run("table", "--results", into, "--format", "json").stdout)
    rows = [row for row in group["rows"] if row["kind"] == "run"]
    assert [row["author"] for row in rows] == names[::-1]
    assert all(row["seeds"] == [0, 1, 2] for row in rows)
    assert group["counts"] == ["Test evaluations so far: 90."]
    text = _run("table", "--results", into).stdout
    assert "gru (person07)" in text
    one = _run("table", "--results", into, "--author", "person07").stdout
    assert "0.5710 ± 0.0010" in one
    assert "person" not in one.replace(str(into), ""), "there is one author alone"
    # the same again: nothing is new, and nothing is lost
    again = _run(*arguments)
    assert again.exit_code == 0
    assert again.stdout.startswith(f"{tmp_path}/class/person00/results  0 new, 3 there")
    assert again.stdout.splitlines()[-2].endswith("0 new runs")


def test_the_folders_are_read_together_without_a_merge_too(tmp_path):
    _class(tmp_path / "class", people=2)
    folders = [tmp_path / "class" / f"person0{number}" for number in (0, 1)]
    both = [word for folder in folders for word in ("--results", folder)]
    table = _run("table", "--format", "json", *both)
    (group,) = json.loads(table.stdout)
    # without authors they are runs of the same seeds, and the row states it
    assert group["rows"][0]["status"].endswith("newest of 6 runs of 3 seeds")
    assert (
        table.stdout
        == _run("table", "--format", "json", "--results", tmp_path / "class").stdout
    )
    for command in ("compare", "report"):
        assert _run(command, *both).exit_code == 0
    assert (folders[0] / "report.html").exists()
    refused = _run("table", "--write", *both)
    assert refused.exit_code == 2
    assert "Join them with `seqtasks merge`." in refused.stderr


def test_what_could_not_be_merged_is_named_and_ends_with_1(tmp_path):
    Store(tmp_path / "ada").write(result(0.5, run="a"))
    Store(tmp_path / "bob").write(result(0.6, run="a"))
    done = _run("merge", tmp_path, "--into", tmp_path / "into")
    assert done.exit_code == 1
    assert "bob/a.json is not merged: another run of this name is there" in done.stderr
    assert "bob  0 new, 1 not merged\n" in done.stdout


def test_there_must_be_another_folder(tmp_path):
    Store(tmp_path / "into").write(result(0.5, run="a"))
    done = _run("merge", tmp_path, "--into", tmp_path / "into")
    assert done.exit_code == 2
    assert "Expected folders of results other than" in done.stderr
