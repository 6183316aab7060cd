"""Runs on a Ray cluster: where one is trained, and again if its machine is lost.

That is Ray's to decide: each run is a Ray task (``ray_task.py``) that asks for
processors, GPUs and memory.
"""

import contextlib
import dataclasses
import logging
import os
import re
import secrets
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from seqtasks.errors import UsageError
from seqtasks.files import check_readable
from seqtasks.registry import CELLS, TASKS
from seqtasks.store import Store
from seqtasks.sweep.carrying import Keeper
from seqtasks.sweep.grid import Run
from seqtasks.sweep.process import THREADS, cores
from seqtasks.sweep.ray_task import Job, train

STORES = ("auto", "shared", "driver")

# how often a run is begun again whose machine or process was lost
_RETRIES = 5
# how often it is asked which runs have begun
_ASK_SECONDS = 1.0

# bytes of a file of code, far above any that a person writes
_LARGEST_CODE = 2**25

# variables that decide where data lies and what a number depends on
_VARIABLES = ("KERAS_", "XLA_", "TF_", "JAX_", "SEQTASKS_", "TFDS_", "OMP_")


class RayRun:
    """A run that Ray was given; as :class:`seqtasks.sweep.pool.Started` has it.

    Args:
        future: Ray's reference to what :func:`train` returns.
        has_begun: Function of whether a machine has begun with it.
    """

    def __init__(self, future: Any, has_begun: Callable[[], bool]):
        self._future = future
        self._has_begun = has_begun
        self._result: tuple[int, str] | None = None

    def waits(self) -> bool:
        return not self._has_begun()

    def ended(self) -> int | None:
        import ray

        if self._result is None and ray.wait([self._future], timeout=0)[0]:
            try:
                self._result = ray.get(self._future)
            except ray.exceptions.TaskCancelledError:
                self._result = 128 + signal.SIGINT, "Cancelled before it began."
            except ray.exceptions.RayTaskError as error:
                self._result = 1, _line(error)
            except ray.exceptions.RayError as error:
                # its process or machine was lost, once more than it is begun again
                self._result = -signal.SIGKILL, _line(error)
        return None if self._result is None else self._result[0]

    def reason(self) -> str:
        self.ended()
        return self._result[1] if self._result else ""

    def terminate(self) -> None:
        import ray

        ray.cancel(self._future)

    def kill(self) -> None:
        import ray

        ray.cancel(self._future, force=True)

    def close(self) -> None:
        """Ray lets go of what nobody refers to."""


class Begun:
    """The runs that have begun, as the keeper knows them; nobody waits for its answer.

    Args:
        keeper: The actor that writes the store.
    """

    def __init__(self, keeper: Any):
        self._keeper = keeper
        self._known: frozenset[str] = frozenset()
        self._answer: Any = None
        self._asked = 0.0

    def __contains__(self, digest: str) -> bool:
        import ray

        if self._answer is None and time.monotonic() > self._asked + _ASK_SECONDS:
            self._asked = time.monotonic()
            self._answer = self._keeper.begun.remote()
        if self._answer is not None and ray.wait([self._answer], timeout=0)[0]:
            with contextlib.suppress(ray.exceptions.RayError):
                self._known = frozenset(ray.get(self._answer))
            self._answer = None
        return digest in self._known


@dataclasses.dataclass(frozen=True, kw_only=True)
class Cluster:
    """A Ray cluster that this process is connected to.

    Args:
        machines: Number of machines.
        places: Number of runs that it has room for at once.
        cpus: Processors that each run asks for.
        gpus: GPUs that each run asks for.
        memory: Largest memory in bytes that a run may ask for.
        job_of: Function of the job of a run.
        task: The Ray task.
        keeper: The actor that writes the store.
        begun: The runs that have begun.
    """

    machines: int
    places: int
    cpus: float
    gpus: float
    memory: int
    job_of: Callable[[Run], Job]
    task: Any
    keeper: Any
    begun: Begun

    def start(self, run: Run, memory: int = 0) -> RayRun:
        """Gives a run to Ray.

        Args:
            run: The run.
            memory: Bytes that it is predicted to need; 0 where that is not known.
        """
        asked = {"num_cpus": self.cpus, "num_gpus": self.gpus}
        if memory:
            asked["memory"] = min(memory, self.memory)
        options, job = self.task.options(name=run.label, **asked), self.job_of(run)
        future = options.remote(job, self.keeper)
        return RayRun(future, lambda: job.digest in self.begun)


@contextlib.contextmanager
def connected(
    address: str | None,
    store: Store,
    *,
    more: Sequence[str] = (),
    digest_of: Callable[[Run], str],
    where: str = "auto",
    cpus: int = 1,
    with_gpus: bool = True,
) -> Iterator[Cluster]:
    """Connects to a cluster, or starts one of this machine alone.

    Args:
        address: Address of a cluster that this machine is a node of, or ``auto``;
            ``None`` to start one.
        store: Folder of the results.
        more: Words that each command line has besides the run's own.
        digest_of: Function of a run's name by its command line.
        where: One of ``STORES``.
        cpus: Processors that each run asks for, if a machine has as many.
        with_gpus: Whether each run asks for a GPU, where there are some.

    Raises:
        UsageError: If Ray is not installed, or there is no such cluster.
    """
    try:
        # else a question, and messages about what Ray will change
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
        import ray
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
    except ImportError as error:
        raise UsageError(
            "--on ray needs Ray, which is not installed here. Install it with "
            "`pip install 'seqtasks[ray]'`, on each machine of the cluster."
        ) from error
    if address and address.startswith("ray://"):
        raise UsageError(
            f"Expected the address of a cluster that this machine is a node of, as in "
            f"auto or HOST:6379; received {address}. Type the sweep on a node of the "
            f"cluster, or submit it there with `ray job submit`."
        )
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    # Ray writes of lost machines to stdout, which is for results
    with contextlib.redirect_stdout(sys.stderr), contextlib.ExitStack() as held:
        try:
            if address:
                ray.init(address=address, **quiet)
            else:
                ray.init("local", num_cpus=cores(), include_dashboard=False, **quiet)
        except Exception as error:  # Ray raises a bare one where it starts too slowly
            if address is None:
                raise UsageError(
                    f"Expected a Ray cluster of this machine to start; it did not: "
                    f"{_line(error)}"
                ) from error
            raise UsageError(
                f"Expected the address of a Ray cluster that runs; {address} is none: "
                f"{_line(error)}. `ray start --head` starts one and prints its "
                f"address; without --address a cluster of this machine is started."
            ) from error
        held.callback(ray.shutdown)
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]

        def most(name: str) -> float:
            return max(node.get(name, 0.0) for node in nodes)

        if most("CPU") < 1:
            raise UsageError(
                "Expected a Ray cluster with a machine that has processors for tasks; "
                "no machine of this one has. Start one with `ray start --address=…`."
            )
        probe = store.folder.absolute() / "sweep" / f"probe-{secrets.token_hex(8)}"
        probe.parent.mkdir(parents=True, exist_ok=True)
        probe.touch()
        held.callback(probe.unlink, missing_ok=True)
        # where the driver is, so is the folder of results
        beside = NodeAffinitySchedulingStrategy(
            ray.get_runtime_context().get_node_id(), soft=False
        )
        keeper = ray.remote(Keeper).options(
            num_cpus=0, max_restarts=-1, max_task_retries=-1, scheduling_strategy=beside
        )
        cpus = min(cpus, int(most("CPU")))
        common: dict[str, Any] = {
            "results": str(store.folder.absolute()),
            "probe": str(probe),
            "store": where,
            "here": os.getcwd(),
            "variables": _variables(cpus),
        }

        def job_of(run: Run) -> Job:
            return Job(
                words=tuple(run.words(*more)),
                digest=digest_of(run) or run.label,
                start=_start(run),
                seed=run.seed,
                study=_study(run),
                code=_code(run) if where != "shared" else {},
                **common,
            )

        gpus = 1 if with_gpus and most("GPU") >= 1 else 0
        writer = keeper.remote(common["results"])
        yield Cluster(
            machines=sum(_room(node, cpus, gpus) > 0 for node in nodes),
            places=sum(_room(node, cpus, gpus) for node in nodes),
            cpus=cpus,
            gpus=gpus,
            memory=int(most("memory")),
            job_of=job_of,
            # a run is a process of its own, as random generators are the process's
            task=ray.remote(max_calls=1, max_retries=_RETRIES)(train),
            keeper=writer,
            begun=Begun(writer),
        )


def _variables(cpus: int) -> dict[str, str]:
    """Environment variables of a run, as a run of this machine has them."""
    threads = dict.fromkeys(THREADS, str(cpus))
    own = {n: v for n, v in os.environ.items() if n.startswith(_VARIABLES)}
    return {"TF_CPP_MIN_LOG_LEVEL": "3", **threads, **own}


def _room(node: dict[str, float], cpus: int, gpus: int) -> int:
    """Number of runs that a machine has room for at once."""
    room = node.get("CPU", 0.0) // cpus
    return int(min(room, node.get("GPU", 0.0) // gpus) if gpus else room)


def _study(run: Run) -> str:
    """The study that a run belongs to as a trial, or with what was chosen in it."""
    if "--study" not in run.options:
        return ""
    return re.split("[:@]", run.options[run.options.index("--study") + 1])[0]


def _start(run: Run) -> str:
    """What the names of a run's rows begin with, as far as it is known."""
    if run.task not in TASKS.entries():
        return ""
    return f"{run.task}-{run.cell}-" if run.cell in CELLS.entries() else f"{run.task}-"


def _code(run: Run) -> dict[str, bytes]:
    """The files of a person's own task and cell, and those beside them.

    Raises:
        UsageError: If one is not below the current folder.
    """
    found: dict[str, bytes] = {}
    for name in (run.task, run.cell):
        path = Path(name if name.endswith(".py") else name.rpartition(":")[0])
        if path.suffix != ".py":
            continue
        if path.is_absolute() or ".." in path.parts:
            raise UsageError(
                f"Expected a file below the current folder, as it travels to machines "
                f"that may not see it; received {name}. Type the sweep in the file's "
                f"folder, or give --store shared if all machines see it."
            )
        for beside in path.parent.glob("*.py"):
            if beside.is_file():  # a pipe is no code
                check_readable(beside, _LARGEST_CODE, "code")
                found[beside.as_posix()] = beside.read_bytes()
    return found


def _line(error: Exception) -> str:
    """What went wrong, in a line: of an error in a worker, that error."""
    cause = getattr(error, "cause", None) or error
    first = str(cause).strip().partition("\n")[0]
    return first if cause is error and first else f"{type(cause).__name__}: {first}"
