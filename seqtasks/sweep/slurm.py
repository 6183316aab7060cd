"""A Slurm array script: a run for each index, queued again at its time limit."""

import shlex
from collections.abc import Sequence
from pathlib import Path

# of Slurm as it is installed (MaxArraySize, less one)
MOST_RUNS = 1000

_SCRIPT = """\
#!/bin/bash
# {count}, one for each index of a job array, written by seqtasks sweep --sbatch.
# What the cluster wants besides is given to sbatch, as in
#   sbatch --time=04:00:00 --mem=8G --cpus-per-task=4 {name}
# Each index trains its run once: submit the file again to run what lacks.
#SBATCH --job-name=seqtasks
#SBATCH --array=0-{last}{share}
#SBATCH --requeue
#SBATCH --signal=B:TERM@60
#SBATCH --open-mode=append

cd {folder} || exit 2
case "$SLURM_ARRAY_TASK_ID" in
{cases}
*) echo "No run has the index $SLURM_ARRAY_TASK_ID." >&2; exit 2 ;;
esac

# Slurm sends SIGTERM a minute before the time limit, and when it takes the machine
# away.
# The run then writes a checkpoint and ends with exit code 143.
trap 'kill -TERM "$run" 2>/dev/null' TERM
{program} "$@" &
run=$!
wait "$run"
code=$?
# the trap cuts the waiting short while the run still writes
while kill -0 "$run" 2>/dev/null; do
    wait "$run"
    code=$?
done
# 143: it was ended, and goes on when this index is started again
if [ "$code" -eq 143 ]; then
    scontrol requeue "$SLURM_JOB_ID"
fi
exit "$code"
"""


def script(
    runs: Sequence[Sequence[str]],
    program: Sequence[str],
    folder: Path,
    name: str,
    jobs: int | None = None,
) -> str:
    """The text of a script for ``sbatch``.

    Its exit code is that of the run; one that was ended by SIGTERM is queued again.

    Args:
        runs: Words of the command line of each run, after the program.
        program: Words that start the program.
        folder: Folder in which the runs are started.
        name: Name of the script's file, for its head.
        jobs: Largest number of runs at once; ``None`` for no limit.
    """
    cases = "\n".join(
        f"{index}) set -- {shlex.join(words)} ;;" for index, words in enumerate(runs)
    )
    return _SCRIPT.format(
        count=f"{len(runs)} run{'' if len(runs) == 1 else 's'}",
        name=shlex.quote(name),
        last=len(runs) - 1,
        share=f"%{jobs}" if jobs else "",
        folder=shlex.quote(str(folder)),
        cases=cases,
        program=shlex.join(program),
    )
