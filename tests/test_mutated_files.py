"""Files cut, changed and blown up at random: each is read, or refused in a sentence."""

import bz2
import gzip
import io
import json
import lzma
import pickle
import random
import zipfile

import numpy as np
import pytest
import safetensors.numpy
import soundfile
from results_factory import result
from seqtasks.tasks.captioning.captions_file import read_captions
from seqtasks.tasks.chords.chord_labels import read_timeline
from seqtasks.tasks.forecast.reading import Reading
from seqtasks.tasks.forecast.tsf_files import tsf_series
from seqtasks.tasks.gesture_recognition.series_table import read_series
from seqtasks.tasks.gesture_recognition.ts_files import read_ts
from seqtasks.tasks.gesture_recognition.ucr_files import read_arff, read_npz, read_ucr
from seqtasks.tasks.music_lm.midi import read_midi, write_midi
from seqtasks.tasks.music_lm.roll_files import roll_file

from seqtasks.data import audio, parquet_file, text_file, text_records
from seqtasks.data.damage import DamagedError
from seqtasks.errors import SeqtasksError, UsageError
from seqtasks.store import read_file
from seqtasks.training import checkpoint
from seqtasks.training.weights import read_arrays

TRIALS = 25
REFUSALS = (SeqtasksError, DamagedError, checkpoint.DamagedError)

CSV = "date,a,b\n" + "".join(f"2020-01-{day:02d},{day / 2},1\n" for day in range(1, 29))
HEAD = "@relation x\n@attribute series_name string\n@attribute start_timestamp date\n"
TSF = f"{HEAD}@frequency daily\n@data\n" + "".join(
    f"T{one}:1979-01-01 00-00-00:1,2,3,4\n" for one in (1, 2)
)
TS = "@univariate true\n@classLabel true a b\n@data\n1,2,3:a\n2,3,4:b\n"
LINES = "".join(
    json.dumps({"text": f"t {i}", "label": "ab"[i % 2]}) + "\n" for i in range(8)
)
ROLLS = {split: [[[60, 64], [62]], [[60], []]] for split in ("train", "valid", "test")}
SHAPES = [(3, 4), (3,)]


def _bytes(write):
    buffer = io.BytesIO()
    write(buffer)
    return buffer.getvalue()


def _zip(buffer):
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", CSV)


ARRAYS = {"0000": np.ones((3, 4), "float32"), "0001": np.zeros(3)}
SERIES = {
    "x_train": np.ones((6, 5, 2)),
    "y_train": np.arange(6) % 2,
    "x_test": np.ones((4, 5, 2)),
    "y_test": np.arange(4) % 2,
}

# a file as it should be, and its reader
ROOMS = {
    "a.csv.gz": (gzip.compress(CSV.encode()), read_series),
    "a.csv": (CSV.encode(), read_series),
    "a.zip": (_bytes(_zip), read_series),
    "a.jsonl": (LINES.encode(), text_records.read_records),
    "captions.txt": (b"v1\ta man\nv2\ta dog\n", read_captions),
    "a.tsf": (TSF.encode(), lambda path: tsf_series(path, Reading())),
    "a.ts": (TS.encode(), read_ts),
    "a.arff": (b"@data\n1,2,3,a\n4,5,6,b\n", read_arff),
    "a.tsv": (b"1\t1\t2\n2\t1\t2\n", read_ucr),
    "a.npz": (_bytes(lambda buffer: np.savez(buffer, **SERIES)), read_npz),
    "roll.json": (json.dumps(ROLLS).encode(), lambda path: roll_file(path, 1)),
    "roll.pickle": (pickle.dumps(ROLLS, 2), lambda path: roll_file(path, 1)),
    "a.mid": (write_midi(np.eye(8, 88), 4), lambda path: read_midi(path, 4)),
    "a.wav": (
        _bytes(
            lambda b: soundfile.write(b, np.sin(np.arange(400)), 8000, format="WAV")
        ),
        audio.decode,
    ),
    "a.lab": (b"0.0 2.5 C:maj7\n2.5 4 A:min\n", read_timeline),
    "w.weights.npz": (
        _bytes(lambda buffer: np.savez_compressed(buffer, **ARRAYS)),
        lambda path: read_arrays(path, SHAPES),
    ),
    "w.weights.safetensors": (
        safetensors.numpy.save(ARRAYS),
        lambda path: read_arrays(path, SHAPES),
    ),
    "00000001.safetensors": (
        safetensors.numpy.save(ARRAYS, {"json": "{}", "sha256": "0"}),
        checkpoint.read_checkpoint,
    ),
    "r.json": (result().to_json().encode(), read_file),
}
_INSERTED = (
    *(b"[", b"{", b'"', b",", b"9" * 400, b"1e999", b"NaN", b"[" * 1500, b"\xff\xfe"),
    *(b"\0", b"null", b"true", b"-1", b"@", b"#", b"\r", "é\u2028\x85".encode()),
)


def mutated(data, rng):
    """The bytes with up to four changes, as disks, tools and people make them."""
    content = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4])):
        if not content:
            break
        at, kind = rng.randrange(len(content)), rng.randrange(6)
        if kind == 0:
            del content[at:]
        elif kind == 1:
            content[at] ^= 1 << rng.randrange(8)
        elif kind == 2:
            width = rng.choice([1, 2, 4, 8])
            content[at : at + width] = rng.choice([b"\xff", b"\0"]) * width
        elif kind == 3:
            content[at:at] = content[at : at + 40] * rng.choice([1, 2, 50])
        elif kind == 4:
            del content[at : at + rng.randrange(1, 40)]
        else:
            content[at:at] = rng.choice(_INSERTED)
    return bytes(content)


@pytest.mark.parametrize("name", ROOMS)
def test_each_mutation_is_read_or_refused(tmp_path, name):
    data, read = ROOMS[name]
    path, rng, refused = tmp_path / name, random.Random(name), 0
    for trial in range(TRIALS):
        path.write_bytes(mutated(data, rng))
        try:
            read(path)
        except REFUSALS:
            refused += 1
        except Exception as error:
            kept = tmp_path / f"found-{trial}-{name}"
            kept.write_bytes(path.read_bytes())
            pytest.fail(f"{type(error).__name__}: {error} from {kept}")
    assert refused or name.endswith(".wav")


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zip", lambda data: _bytes(lambda b: _zip_of(b, data))),
    ],
)
def test_what_unpacks_to_more_than_a_text_can_is_refused(
    tmp_path, monkeypatch, suffix, pack
):
    monkeypatch.setattr(text_file, "_LEAST_LIMIT", 2**16)
    path = tmp_path / f"a.csv{suffix}"
    path.write_bytes(pack(bytes(2**22)))
    with pytest.raises(UsageError, match="packed bytes unpack to more than"):
        text_file.read_text(path, "a table")


def _zip_of(buffer, data):
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", data)


def test_arrays_that_unpack_to_more_than_they_can_are_refused(tmp_path, monkeypatch):
    from seqtasks.data import npz_file

    monkeypatch.setattr(npz_file, "_LEAST_LIMIT", 2**16)
    path = tmp_path / "a.npz"
    np.savez_compressed(path, **(SERIES | {"x_test": np.zeros((1000, 1000, 2))}))
    with pytest.raises(UsageError, match="it unpacks from "):
        read_npz(path)


@pytest.mark.parametrize("name", ["_MOST_CELLS", "_LARGEST_TABLE"])
def test_a_table_is_no_larger_than_the_memory(tmp_path, monkeypatch, name):
    import pandas as pd

    monkeypatch.setattr(parquet_file, name, 1000)
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": np.zeros(2000)}).to_parquet(path)
    with pytest.raises(UsageError, match="is not read: it "):
        parquet_file.read_parquet(path)


def test_a_recording_is_no_longer_than_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(audio, "_MOST_SAMPLES", 1000)
    soundfile.write(tmp_path / "a.wav", np.zeros(2000), 8000)
    with pytest.raises(DamagedError, match="minutes long; cut it into shorter ones"):
        audio.decode(tmp_path / "a.wav")
    assert audio.decode(tmp_path / "a.wav", longest=-0.4)[0].shape == (800, 1)
