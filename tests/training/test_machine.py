"""The name of a processor, from Linux' description of it; the memory of a process."""

import os
import pathlib
import subprocess

import keras
import pytest
import tensorflow as tf

from seqtasks.errors import UsageError
from seqtasks.training import machine


@pytest.fixture
def cpuinfo(monkeypatch):
    monkeypatch.setattr(machine, "_cores", lambda: 2)
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    monkeypatch.setattr(tf.config, "get_visible_devices", lambda kind: [])
    machine._cpuinfo.cache_clear()
    yield lambda text: monkeypatch.setattr(pathlib.Path, "read_text", lambda path: text)
    machine._cpuinfo.cache_clear()


def test_two_machines_of_one_name(cpuinfo):
    core = "processor\t: {}\nmodel name\t: AMD EPYC\nflags\t\t: fpu sse2 avx avx2{}\n"
    cpuinfo("\n".join(core.format(number, "") for number in range(2)))
    assert machine.device_name() == "AMD EPYC, 2 cores, AVX2"
    machine._cpuinfo.cache_clear()
    cpuinfo("\n".join(core.format(number, " avx512f") for number in range(2)))
    assert machine.device_name() == "AMD EPYC, 2 cores, AVX-512"


@pytest.mark.parametrize(
    ("vectors", "given", "expected"),
    [
        ("AVX-512", None, "--xla_cpu_prefer_vector_width=512"),
        ("AVX-512", "--xla_mine", "--xla_mine"),
        ("AVX2", None, None),
    ],
)
def test_compiler_options_are_chosen_and_recorded(
    monkeypatch, vectors, given, expected
):
    monkeypatch.setenv("XLA_FLAGS", given or "")  # put back afterwards
    if given is None:
        monkeypatch.delenv("XLA_FLAGS")
    monkeypatch.setattr(machine, "_vectors", lambda: vectors)
    machine.start()
    assert os.environ.get("XLA_FLAGS") == expected
    assert machine.versions().get("XLA_FLAGS") == expected


def test_a_processor_without_such_flags(cpuinfo, monkeypatch):
    cpuinfo("processor\t: 0\nFeatures\t: fp asimd sve\n")
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    monkeypatch.setattr(machine.platform, "machine", lambda: "aarch64")
    assert machine.device_name() == "aarch64, 2 cores"


def test_memory_is_that_of_a_process_and_not_of_the_machine():
    whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    assert 1e6 < machine.peak_memory_bytes() < whole


@pytest.mark.parametrize(
    ("variable", "file", "sentence"),
    [
        (
            "torch",
            "",
            "the backend 'torch', by KERAS_BACKEND. Expected tensorflow or j",
        ),
        ("", '{"backend": "numpy"}', "the backend 'numpy', by {home}/keras.json."),
        ("jax", "", "JAX, which is not installed here. Install it with `pip install"),
    ],
)
def test_a_backend_that_cannot_be(tmp_path, monkeypatch, variable, file, sentence):
    monkeypatch.setenv("KERAS_BACKEND", variable)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    (tmp_path / "keras.json").write_text(file)
    with pytest.raises(UsageError) as error:
        machine.start()
    assert sentence.format(home=tmp_path) in str(error.value)


def test_a_keras_json_of_ones_own_decides_no_number():
    keras.config.set_floatx("float64")
    try:
        machine.start()
        assert keras.config.floatx() == "float32"
    finally:
        keras.config.set_floatx("float32")


def test_the_commit_is_read_without_writing_the_index(tmp_path, monkeypatch):
    def git(*arguments):
        who = ("-c", "user.name=a", "-c", "user.email=a@b.c")
        subprocess.run(["git", "-C", str(tmp_path), *who, *arguments], check=True)

    file = tmp_path / "machine.py"
    file.write_text("one")
    git("init", "-q")
    git("add", "machine.py")
    git("commit", "-qm", "one")
    monkeypatch.setattr(machine, "__file__", str(file))
    os.utime(file, (1, 1))  # `git status` would note the new time in the index
    index = (tmp_path / ".git" / "index").read_bytes()
    known = machine.commit()
    assert len(known) == 12
    assert (tmp_path / ".git" / "index").read_bytes() == index
    file.write_text("two")
    assert machine.commit() == f"{known}+"
    assert (tmp_path / ".git" / "index").read_bytes() == index
