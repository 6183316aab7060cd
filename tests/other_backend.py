"""Programs of this folder, run in a process with another backend of Keras."""

import json
import os
import subprocess
import sys
from pathlib import Path


def output_of(backend, name, *arguments):
    """What a program of this folder prints last, run with another backend of Keras."""
    finished = subprocess.run(
        [sys.executable, str(Path(__file__).parent / name), *arguments],
        env={
            **os.environ,
            "KERAS_BACKEND": backend,
            "JAX_PLATFORMS": "cpu",
            # compiling is most of the time
            "JAX_DISABLE_MOST_OPTIMIZATIONS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr[-3000:]
    return json.loads(finished.stdout.splitlines()[-1])
