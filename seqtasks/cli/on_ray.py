"""--on ray: the runs of a sweep, or of a search, are given to a Ray cluster."""

import contextlib
import signal
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import click

from seqtasks.errors import UsageError
from seqtasks.store import Store
from seqtasks.sweep.cluster import STORES, Cluster, connected
from seqtasks.sweep.grid import Run
from seqtasks.sweep.process import cores, threads_each

_OPTIONS = (
    click.option(
        "--on",
        type=click.Choice(["here", "ray"]),
        default="here",
        show_default=True,
        help="ray gives the runs to a Ray cluster (pip install 'seqtasks[ray]'): that "
        "of --address, else one of this machine alone. --jobs is then the number of "
        "runs that a machine with as many cores as this one has at once.",
    ),
    click.option(
        "--address",
        metavar="HOST:PORT|auto",
        help="A Ray cluster that this machine is a node of.",
    ),
    click.option(
        "--store",
        type=click.Choice(STORES),
        help="Who writes the results of --on ray: shared, each machine into a folder "
        "that all see; driver, this one, to which checkpoints and rows travel; auto "
        "tries it on each machine.  [default: auto]",
    ),
)


def ray_options(command: Callable) -> Callable:
    """Adds ``--on``, ``--address`` and ``--store`` to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_ray_options(on: str, address: str | None, store: str | None) -> None:
    """Refuses what is about a cluster where none is meant.

    Raises:
        UsageError: If there is an address, or a store, without ``--on ray``.
    """
    for name, value in (("address", address), ("store", store)):
        if value and on != "ray":
            raise UsageError(
                f"--{name} is about a Ray cluster; received {value} without --on ray. "
                f"Give both, or leave --{name} out."
            )


@contextlib.contextmanager
def ray_cluster(
    on: str,
    address: str | None,
    where: str | None,
    store: Store,
    *,
    jobs: int,
    digest_of: Callable[[Run], str],
    more: Sequence[str] = (),
    device: Any = None,
    receive: Any,
) -> Iterator[Cluster | None]:
    """The cluster that is meant; ``None`` for this machine without Ray.

    Args:
        on: ``"ray"``, or ``"here"``.
        address: Its address; ``None`` to start one of this machine.
        where: Who writes the store; ``None`` to try it on each machine.
        store: Folder of the results.
        jobs: Number of runs at once on a machine like this one.
        digest_of: Function of a run's name by its command line.
        more: Words that each command line has besides the run's own.
        device: The option ``--device``, as it was typed.
        receive: What SIGTERM is to call, in place of Ray's own.
    """
    if on != "ray":
        yield None
        return
    with connected(
        address,
        store,
        more=more,
        digest_of=digest_of,
        where=where or "auto",
        cpus=threads_each(jobs) or cores(),
        with_gpus=device not in ("cpu", ("cpu",)),
    ) as cluster:
        signal.signal(signal.SIGTERM, receive)
        yield cluster
