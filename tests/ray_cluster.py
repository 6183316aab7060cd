"""A Ray cluster of several nodes on one machine, some killed in the middle of a run.

As a program it prints JSON: how each run of a sweep on the cluster ended, and whether
its numbers are bit for bit those of the same run in one process here.

    python tests/ray_cluster.py FOLDER [--nodes 3] [--runs 24] [--kills 2]
        [--store driver]
"""

import argparse
import contextlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from seqtasks.claims import claims
from seqtasks.heartbeat import heartbeats
from seqtasks.store import Store

# in the middle of a run: so much of its training is done when its node is killed
_SHARE = 0.2
_PATIENCE_SECONDS = 1500

OPTIONS = (
    *("--set", "sequence_length=8", "--units", "4", "--optimizer", "sgd"),
    *("--implementation", "projected", "--epochs", "2", "--limit", "150"),
)
CELL = "elman"


def sweep(folder: Path, runs: int, address: str, store: str) -> subprocess.Popen:
    words = ("sweep", "adding", "--cell", CELL, "--seeds", str(runs), *OPTIONS)
    on = ("--on", "ray", "--address", address, "--store", store, "--no-plan")
    every = ("--checkpoint-every", "20 steps", "--results", str(folder))
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "seqtasks.cli.main", *words, *on, *every],
        env={**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "-1"},
        stdout=subprocess.PIPE,
        stderr=sys.stderr,
        text=True,
    )


def parent_of(pid: int) -> int:
    """The process that has started another; 0 if that has ended."""
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("PPid:"):
                return int(line.split()[1])
    return 0


def node_in_the_middle(store: Store, nodes: dict[int, object]) -> int:
    """The raylet whose node is in the middle of a run; 0 if none is."""
    pids = {claim.run_key.get("seed"): claim.pid for _, claim in claims(store)}
    for beat in heartbeats(store):
        if _SHARE < beat.share < 1:
            seed = int(beat.run.split("-s", 1)[1].split("-")[0])
            raylet = parent_of(pids.get(seed, 0))
            if raylet in nodes:
                return raylet
    return 0


def on_a_cluster(folder: Path, runs: int, nodes: int, kills: int, store: str) -> dict:
    from ray.cluster_utils import Cluster

    cluster = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False},
    )
    try:
        others = {}
        for _ in range(nodes - 1):
            node = cluster.add_node(num_cpus=1)
            others[node.all_processes["raylet"][0].process.pid] = node
        began = time.monotonic()
        driver = sweep(folder, runs, cluster.address, store)
        killed = 0
        while driver.poll() is None and time.monotonic() < began + _PATIENCE_SECONDS:
            # the second when a part of the runs is done
            done = len([*folder.glob("*.keras")]) >= killed * runs // (kills + 1)
            raylet = node_in_the_middle(Store(folder), others) if done else 0
            if killed < kills and raylet:
                cluster.remove_node(others.pop(raylet), allow_graceful=False)
                killed += 1
                print(f"killed node {killed}", file=sys.stderr, flush=True)
            time.sleep(0.05)
        if driver.poll() is None:
            driver.kill()
        return {
            "exit_code": driver.wait(),
            "killed": killed,
            "seconds": round(time.monotonic() - began, 1),
            "output": driver.communicate()[0],
        }
    finally:
        cluster.shutdown()


def here(folder: Path, runs: int) -> None:
    """The same runs in this process."""
    from click.testing import CliRunner

    from seqtasks.cli.main import main

    for seed in range(runs):
        words = ("run", "adding", "--cell", CELL, "--seed", seed, *OPTIONS)
        done = CliRunner().invoke(main, [*map(str, words), "--results", str(folder)])
        assert done.exit_code == 0, done.output


def numbers(store: Store) -> dict[int, tuple]:
    """All of each run that does not hang on the clock, by its seed."""
    from seqtasks.training.model_file import read_weights

    found = {}
    for row in store.read()[0]:
        history = [
            {name: value for name, value in entry.items() if name != "seconds"}
            for entry in row.history
        ]
        weights = b"".join(
            one.tobytes() for one in read_weights(store.model_path(row.run))
        )
        found[row.seed] = (history, row.metrics, row.steps, weights)
    return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    for name, default in (("nodes", 3), ("runs", 24), ("kills", 2)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--store", default="driver")
    given = parser.parse_args()
    there, local = given.folder / "cluster", given.folder / "local"
    for folder in (there, local):
        shutil.rmtree(folder, ignore_errors=True)
    found = on_a_cluster(there, given.runs, given.nodes, given.kills, given.store)
    rows, damaged = Store(there).read()
    here(local, given.runs)
    ours, theirs = numbers(Store(there)), numbers(Store(local))
    print(
        json.dumps(
            {
                **found,
                "rows": len(rows),
                "damaged": damaged,
                "finished": sum(row.status == "finished" for row in rows),
                "resumed": sum(row.resumed for row in rows),
                "equal to the bit": sum(
                    ours.get(seed) == theirs[seed] for seed in theirs
                ),
                "left over": sorted(
                    path.relative_to(there).as_posix()
                    for path in (there / "checkpoints").glob("*/*")
                ),
            }
        )
    )


if __name__ == "__main__":
    main()
