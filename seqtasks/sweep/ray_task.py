"""What a machine of a Ray cluster does: one run, as ``seqtasks run … --once`` does it.

It is a process of its own, and goes on from the last checkpoint wherever Ray starts it
again.
"""

import contextlib
import dataclasses
import importlib
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqtasks.sweep.carrying import Carrier, write
from seqtasks.sweep.process import MODULE, error_of


@dataclasses.dataclass(frozen=True)
class Job:
    """A run as a worker is given it.

    Args:
        words: Words of its command line after ``seqtasks``, without the folder.
        digest: Its name by its command line; any text that is its own.
        start: What the names of its rows begin with, as far as it is known.
        seed: Its seed.
        study: Name of the study that it belongs to; empty for none.
        results: Folder of the results, as the driver sees it.
        probe: A file in it that the driver has just written.
        store: Who writes the store: ``shared`` for the worker, ``driver``, or ``auto``
            for the worker if it sees the probe.
        here: The driver's current folder.
        code: Texts of tasks and cells that are files, by the paths that were typed.
        variables: Environment variables.
    """

    words: tuple[str, ...]
    digest: str
    start: str
    seed: int
    study: str
    results: str
    probe: str
    store: str
    here: str
    code: Mapping[str, bytes]
    variables: Mapping[str, str]


def train(job: Job, keeper: Any) -> tuple[int, str]:
    """What a worker does: the exit code of the run, and its error message.

    Args:
        job: The run.
        keeper: The actor that writes the store for workers that do not see it.
    """
    import ray

    os.environ.update(job.variables)
    keeper.begin.remote(job.digest)
    sees = Path(job.probe).is_file()
    if job.store == "shared" and not sees:
        return 2, (
            f"{socket.gethostname()} does not see {job.results}, which --store shared "
            f"needs. Leave --store out, so that its files travel."
        )
    if sees and job.store != "driver":
        if Path(job.here).is_dir():
            os.chdir(job.here)
        return _command([*job.words, "--results", job.results])
    folder = Path(tempfile.mkdtemp(prefix="seqtasks-"))
    results, code = folder / "results", folder / "code"
    try:
        asked = keeper.take.remote(job.digest, job.start, job.seed, job.study)
        write(results, ray.get(asked))
        code.mkdir()
        write(code, job.code)
        os.chdir(code)

        def send(changes):
            ray.get(keeper.put.remote(job.digest, changes))

        with Carrier(results, send):
            return _command([*job.words, "--results", str(results)])
    finally:
        ray.get(keeper.release.remote(job.digest))
        os.chdir(folder.parent)
        shutil.rmtree(folder, ignore_errors=True)


def _command(words: Sequence[str]) -> tuple[int, str]:
    """Does in this process what a command line does; exit code and error message."""
    program = importlib.import_module(MODULE)
    with tempfile.TemporaryFile("w+", encoding="utf-8") as output:
        try:
            with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
                program.main(args=[*words], prog_name="seqtasks")
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        except KeyboardInterrupt:
            code = 128 + signal.SIGINT
        output.seek(0)
        text = output.read()
    return code, error_of(text) or f"exit code {code}, without an error message"
