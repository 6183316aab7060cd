import hashlib
import shutil
import socket
import threading
import time
from pathlib import Path

import pytest
import tensorflow as tf
import tensorflow_datasets as tfds

from seqtasks.data import downloads
from seqtasks.data.sources import choose, prepared
from seqtasks.errors import DataUnavailableError, UsageError

SHAKESPEARE = "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed"


def named():
    return {"glyphs": lambda: "drawn", "mnist": lambda: pytest.fail("not asked for")}


def test_a_name_calls_its_own_loader_alone_and_wins_over_a_file(tmp_path, monkeypatch):
    assert choose("glyphs", named()) == "drawn"
    (tmp_path / "glyphs").touch()
    monkeypatch.chdir(tmp_path)
    assert choose("glyphs", named(), lambda path: path, "a text file") == "drawn"


def test_an_existing_path_is_read_also_in_the_home_folder(tmp_path, monkeypatch):
    book = tmp_path / "book.txt"
    book.write_text("x")
    monkeypatch.setenv("HOME", str(tmp_path))
    for given in (str(book), "~/book.txt"):
        assert choose(given, named(), lambda path: path, "a text") == book


@pytest.mark.parametrize(
    ("dataset", "from_path", "sentence"),
    [
        ("mnits", None, "There is no data set named 'mnits' here. Did you mean mnist?"),
        (
            "mnits",
            Path,
            "There is no data set named 'mnits' here. Did you mean mnist? "
            "A path to a UTF-8 text file is accepted too.",
        ),
        (
            "./book.txt",
            Path,
            "There is no file './book.txt'. Expected dataset to be the path to "
            "a UTF-8 text file, or one of glyphs, mnist. Did you mean books.txt? "
            "Relative paths begin at {here}.",
        ),
        (
            "./book.txt",
            None,
            "There is no data set named './book.txt' here. Known: glyphs, mnist.",
        ),
    ],
)
def test_what_is_neither_a_name_nor_a_path(
    dataset, from_path, sentence, tmp_path, monkeypatch
):
    (tmp_path / "books.txt").touch()
    (tmp_path / "book.csv").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as error:
        choose(dataset, named(), from_path, "a UTF-8 text file")
    assert str(error.value) == sentence.format(here=tmp_path)


@pytest.mark.parametrize(
    ("dataset", "sentence"),
    [
        *(
            (
                dataset,
                f"There is no file '{dataset}'. Expected dataset to be the path to a "
                f"CSV file. Relative paths begin at {{here}}.",
            )
            for dataset in ("sensor.csv", "sensor")
        ),
        ("no.csv", "Expected no.csv to be a CSV file; it is empty."),
        (".", "the path to a CSV file; . is a folder. Name a file in it."),
    ],
)
def test_a_task_without_named_data_sets(dataset, sentence, tmp_path, monkeypatch):
    (tmp_path / "no.csv").touch()
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError) as error:
        choose(dataset, {}, Path, "a CSV file")
    assert str(error.value).endswith(sentence.format(here=tmp_path))
    assert choose(".", {}, Path, "a CSV file or a folder") == Path()


def test_without_a_network_it_names_the_file_and_its_place(
    tmp_path, no_network, capsys
):
    with pytest.raises(DataUnavailableError) as error:
        prepared("tiny_shakespeare", tmp_path, "public domain")
    assert str(error.value) == (
        "tiny_shakespeare is not on this machine and raw.githubusercontent.com cannot "
        "be reached. Put these files there and run again:\n"
        f"  {tmp_path}/downloads/manual/input.txt\n"
        "    from https://raw.githubusercontent.com/karpathy/char-rnn/master/data/"
        "tinyshakespeare/input.txt\n"
        f"    1,115,394 bytes, SHA-256 {SHAKESPEARE}"
    )
    # results alone go to stdout
    assert capsys.readouterr() == (
        "",
        "Downloading 1.064 MiB and preparing tiny_shakespeare/1.0.0, once, in "
        f"{tmp_path}. Licence: public domain. Homepage: https://github.com/karpathy/"
        "char-rnn/blob/master/data/tinyshakespeare/input.txt\n",
    )


def test_a_file_without_a_registered_name_goes_where_tfds_keeps_downloads(
    tmp_path, no_network
):
    with pytest.raises(DataUnavailableError) as error:
        prepared("trec", tmp_path)
    assert f"  {tmp_path}/downloads/trec/cogcomp.org_Data_QA_QC_TREC_10" in str(
        error.value
    )


def test_only_the_missing_files_are_named(tmp_path, no_network, monkeypatch):
    builder = tfds.builder("mnist", data_dir=tmp_path)
    files = downloads.files_of(builder, tmp_path / "downloads")
    assert len(files) == 4
    there, *missing = files
    there.path.parent.mkdir(parents=True)
    there.path.write_bytes(b"")
    empty = hashlib.sha256(b"").hexdigest()
    info = builder.url_infos[there.url]
    monkeypatch.setattr(info, "checksum", empty)
    with pytest.raises(DataUnavailableError) as error:
        prepared("mnist", tmp_path)
    assert str(there.path) not in str(error.value)
    assert all(str(file.path) in str(error.value) for file in missing)


def test_the_files_of_other_configurations_are_not_asked_for(
    tmp_path, no_network, capsys
):
    with pytest.raises(DataUnavailableError) as error:
        prepared("groove/full-midionly", tmp_path, needs="-midionly.zip")
    assert f"{tmp_path}/downloads/manual/groove-v1.0.0-midionly.zip" in str(error.value)
    assert "/groove-v1.0.0.zip" not in str(error.value)
    assert capsys.readouterr().err.startswith("Downloading 3.1")


def test_a_builder_of_ones_own_is_given_as_a_class(tmp_path):
    class Numbers(tfds.core.GeneratorBasedBuilder):
        VERSION = tfds.core.Version("1.0.0")

        def _info(self):
            features = tfds.features.FeaturesDict({"number": tf.int32})
            return tfds.core.DatasetInfo(builder=self, features=features)

        def _split_generators(self, dl_manager):
            return {"train": ((i, {"number": i}) for i in range(3))}

        def _generate_examples(self):
            raise NotImplementedError

    (batch,) = prepared(Numbers, tmp_path).as_dataset(split="train", batch_size=3)
    assert sorted(batch["number"].numpy().tolist()) == [0, 1, 2]


def test_another_file_in_its_place_is_refused(tmp_path, no_network):
    path = tmp_path / "downloads" / "manual" / "input.txt"
    path.parent.mkdir(parents=True)
    path.write_text("not Shakespeare")
    with pytest.raises(DataUnavailableError) as error:
        prepared("tiny_shakespeare", tmp_path)
    assert str(error.value).startswith(f"Expected {path} to be the file at https://raw")
    assert str(error.value).endswith("Fetch it again or remove it.")


def test_a_download_that_fails_gives_the_reason_and_what_to_do(tmp_path, monkeypatch):
    def fail(self, **_):
        raise tfds.download.DownloadError("HTTP code: 404")

    monkeypatch.setattr(downloads, "unreachable_hosts", lambda urls: [])
    monkeypatch.setattr(tfds.core.DatasetBuilder, "download_and_prepare", fail)
    with pytest.raises(DataUnavailableError) as error:
        prepared("tiny_shakespeare", tmp_path)
    assert str(error.value).startswith(
        f"tiny_shakespeare could not be prepared in {tmp_path}: HTTP code: 404 "
        f"Put these files there and run again:\n  {tmp_path}/downloads/manual/input.txt"
    )


def test_a_name_server_that_does_not_answer_is_not_waited_for(monkeypatch):
    never = threading.Event()

    def wait(host, timeout):
        never.wait(60)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", wait)
    monkeypatch.setattr(downloads, "_SECONDS", 0.1)
    began = time.monotonic()
    urls = ["https://a.example/x", "https://b.example/y", "http://a.example/z"]
    assert downloads.unreachable_hosts(urls) == ["a.example", "b.example"]
    assert time.monotonic() - began < 5
    never.set()


def test_behind_a_proxy_the_proxy_must_answer(monkeypatch):
    asked = []
    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.delenv("no_proxy", raising=False)

    def refuse(host, timeout):
        asked.append(host)
        raise OSError

    monkeypatch.setattr(socket, "create_connection", refuse)
    assert downloads.unreachable_hosts(["https://a.example/x"]) == ["proxy.example"]
    assert asked == [("proxy.example", 3128)]


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1 KiB"), (5 * 2**30, "5 GiB")],
)
def test_sizes(size, text):
    assert downloads.human_size(size) == text


@pytest.mark.realdata
def test_tiny_shakespeare_is_built_from_a_file_put_there(
    tmp_path, realdata, no_network, capsys
):
    manual = tmp_path / "downloads" / "manual"
    manual.mkdir(parents=True)
    shutil.copy(realdata / "tiny_shakespeare" / "input.txt", manual)
    builder = prepared("tiny_shakespeare", tmp_path)
    assert capsys.readouterr().out == ""
    (example,) = tfds.as_numpy(builder.as_dataset(split="train"))
    assert example["text"][:14] == b"First Citizen:"
    capsys.readouterr()
    assert prepared("tiny_shakespeare", tmp_path).is_prepared()
    assert capsys.readouterr() == ("", "")
