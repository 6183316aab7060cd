"""What is no plain file of an honest size is a sentence before anything is read."""

import ast
import os
import signal
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner
from seqtasks.tasks.captioning.captions_file import read_captions
from seqtasks.tasks.chords.chord_labels import read_timeline
from seqtasks.tasks.forecast.reading import Reading
from seqtasks.tasks.forecast.tsf_files import tsf_series
from seqtasks.tasks.gesture_recognition.ts_files import read_ts
from seqtasks.tasks.gesture_recognition.ucr_files import read_npz
from seqtasks.tasks.music_lm.midi import read_midi
from seqtasks.tasks.music_lm.roll_files import roll_file

import seqtasks
from seqtasks.bench.report import read_file as read_report
from seqtasks.cli.main import main
from seqtasks.course.answer import read_answer
from seqtasks.data import audio, clips, number_table, sources, text_file, text_records
from seqtasks.data.damage import DamagedError
from seqtasks.errors import SeqtasksError
from seqtasks.loading import import_module
from seqtasks.store import Store
from seqtasks.training.load_model import load_model
from seqtasks.training.weights import count_numbers

PACKAGE = Path(seqtasks.__file__).parent
TASKS = Path(read_midi.__code__.co_filename).parents[1]


def _config(path):
    run = CliRunner().invoke(main, ["run", "adding", "--config", str(path)])
    assert isinstance(run.exception, SystemExit)
    raise SeqtasksError(run.stderr)


def _readme(path):
    results = path.parent / "results"
    results.mkdir()
    run = CliRunner().invoke(main, ["table", "--write", "--results", str(results)])
    assert isinstance(run.exception, SystemExit)
    raise SeqtasksError(run.stderr)


# whatever a person can name, and how it is read
READERS = {
    "data.txt": lambda path: text_file.read_text(path, "a text file"),
    "chosen.csv": lambda path: sources.choose(
        str(path), {}, lambda path: text_file.read_bytes(path, "a table"), "a table"
    ),
    "cells.csv": number_table.read_cells,
    "cells.parquet": number_table.read_cells,
    "records.jsonl": text_records.read_records,
    "records.parquet": text_records.read_records,
    "captions.json": read_captions,
    "series.tsf": lambda path: tsf_series(path, Reading()),
    "waves.ts": read_ts,
    "waves.npz": read_npz,
    "sound.wav": audio.decode,
    "clip.mp4": lambda path: clips.decode(path, 4, 8),
    "piece.mid": lambda path: read_midi(path, 4),
    **{
        f"roll{suffix}": lambda path: roll_file(path, 4)
        for suffix in (".mat", ".npz", ".json", ".pickle")
    },
    "chords.lab": read_timeline,
    "model.keras": load_model,
    "run.weights.npz": count_numbers,
    "run.weights.safetensors": count_numbers,
    "result.json": lambda path: Store(path.parent).find(str(path)),
    "report.json": read_report,
    "answer.txt": lambda path: read_answer(str(path), "", Store(path.parent)),
    "task.py": lambda path: import_module(str(path), "a task"),
    "options.toml": _config,
    "README.md": _readme,
}


def _socket(path):
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(os.path.relpath(path))  # its name may have 107 bytes


def _large(path):
    with path.open("wb") as file:
        file.truncate(2**37)  # 128 GiB, none of which is on the disk


TROUBLES = {
    "pipe": os.mkfifo,
    "socket": _socket,
    "device": lambda path: path.symlink_to("/dev/zero"),
    "large": _large,
}


@pytest.fixture
def in_time():
    def fail(*_):
        raise TimeoutError("it waits, or reads without end")

    before = signal.signal(signal.SIGALRM, fail)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


@pytest.mark.parametrize("trouble", TROUBLES)
@pytest.mark.parametrize("name", READERS)
def test_no_reader_waits_or_fills_the_memory(tmp_path, in_time, name, trouble):
    path = tmp_path / name
    TROUBLES[trouble](path)
    with pytest.raises((SeqtasksError, DamagedError)) as error:
        READERS[name](path)
    sentence = {
        "large": "has 137,438,953,472 bytes, and",
    }.get(trouble, "it is no ordinary file but a pipe, a device or a socket. Write its")
    # without weights beside a run, its file is called missing
    missing = "weights" in name and "there is no such file" in str(error.value)
    assert missing or sentence in str(error.value)


# functions that read, and why no person's file comes there unseen
_OTHERWISE = {
    "files.py": "holds the check itself",
    "evaluations.py:_append": "checks what it has opened",
    "training/baseline_cache.py:_code_and_machine": "reads the code that runs",
    "registry.py:code": "reads the file that was imported",
    "training/machine.py": "reads /proc, and what Keras itself reads",
    "training/predict.py:score_file": "hashes the model that was loaded",
    "training/checkpoint.py": "reads plain files of a run of this model's size",
    "training/example_store.py": "reads what it wrote",
    "cli/main.py:_whole_output": "opens the null device",
    "cli/new.py": "writes, and reads a template of the package",
    "data/downloads.py": "reads what it downloaded",
    "data/file_folder.py:equal_contents": "is given plain files",
    "reports/one_file.py": "reads libraries of this installation",
    "reports/html_page.py": "reads files of the package",
    "testing/resume.py": "reads what its own processes wrote",
    "course/exercises.py": "reads files of the package",
    "training/export_keras.py": "writes",
    "training/lazy_imports.py:_execute": "executes a part of Keras or TensorFlow",
    "training/study.py:_remove_torn_line": "is given a file that storage() checked",
    "testing/sweep_kills.py": "reads what its own processes wrote",
    "sweep/calibrate.py:_measurement": "reads what its own process wrote",
    "sweep/plan.py:_free_bytes": "reads /proc",
    "sweep/carrying.py:send": "reads what the run before it wrote",
    "sweep/carrying.py:take": "asks is_file, of the store's own files",
    # what a function is given that checked it
    "data/audio.py:_decoded": "is given an open file",
    "data/text_file.py:_only_member": "is given the bytes",
    "data/text_file.py:text_suffix": "reads the directory of a plain file",
    "data/npz_file.py:read_header": "is given an open archive",
    "training/load_model.py:_read_config": "is given the bytes",
    "training/load_model.py:read_arrays_of": "is given the bytes",
    "training/weights.py:read_arrays": "reads when _shapes has found the shapes",
    "tasks/music_lm/midi.py:write_midi": "writes",
    "tasks/music_lm/roll_files.py": "checks before it chooses the reader",
    "tasks/music_lm/jsb_chorales/": "reads what TensorFlow Datasets downloaded",
    "tasks/forecast/etth1_builder/": "reads what TensorFlow Datasets downloaded",
    "training/memory_limit.py": "reads what the kernel writes of this process",
    "tasks/chords/groove.py": "reads what TensorFlow Datasets downloaded",
    "tasks/video_frames/ucf101.py": "reads what TensorFlow Datasets downloaded",
}
_READ = {
    *("read_text", "read_bytes", "open", "ZipFile", "load_file", "safe_open"),
    *("read_csv", "read_parquet", "loadmat", "File", "SoundFile", "MidiFile"),
    *("ParquetFile", "memmap", "fromfile", "exec_module"),
}
# with which others read; `read_text` of text_file is known by its two arguments
_SAFE = ("check_readable(", "replacing(")


def _unchecked(path, name):
    text = path.read_text(encoding="utf-8")
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.FunctionDef):
            continue
        calls = [one for one in ast.walk(node) if isinstance(one, ast.Call)]
        reads = [
            one
            for one in calls
            if isinstance(one.func, ast.Attribute)
            and (one.func.attr in _READ or ast.unparse(one.func) == "np.load")
        ]
        place = f"{name}:{node.name}"
        listed = any(place.startswith(prefix) for prefix in _OTHERWISE)
        if reads and not listed and not any(s in ast.unparse(node) for s in _SAFE):
            yield place, [ast.unparse(one) for one in reads]


def test_every_reader_checks_first():
    found = {}
    for folder, prefix in ((PACKAGE, ""), (TASKS, "tasks/")):
        for path in folder.rglob("*.py"):
            name = f"{prefix}{path.relative_to(folder).as_posix()}"
            text = path.read_text(encoding="utf-8")
            if any(f"{one}(" in text for one in (*_READ, "np.load")):
                found |= dict(_unchecked(path, name))
    assert not found


def test_the_walk_finds_a_reader(tmp_path):
    path = tmp_path / "a.py"
    path.write_text("def f(p):\n    return p.read_text()\n")
    assert [place for place, _ in _unchecked(path, "a.py")] == ["a.py:f"]
