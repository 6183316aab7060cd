"""What must be the same for a run to go on, and what may differ and is told."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import keras

from seqtasks.training import machine
from seqtasks.training.prepared import Prepared


def identity(prepared: Prepared) -> dict[str, Any]:
    """All that decides a run's numbers and that a person chose, as JSON has it.

    That is the configuration, the data's fingerprint, and the text of a task or cell
    of one's own: one who has changed it wants a new run.
    """
    entries = {"task": prepared.task_plan.entry, "cell": prepared.cell_plan.entry}
    found = {
        **prepared.configuration,
        "task_version": prepared.task.version,
        "fingerprint": prepared.pipeline.fingerprint,
        "rerun_of": prepared.rerun_of,
        **{f"{kind}_reference": entry.reference for kind, entry in entries.items()},
        **{
            f"{kind}_file": _digest_of(entry.reference)
            for kind, entry in entries.items()
        },
    }
    del found["num_params"]  # the others decide it
    # it changes no number: a run may resume on a machine with less memory
    found["settings"] = {
        name: value
        for name, value in found["settings"].items()
        if name != "memory_budget"
    }
    return json.loads(json.dumps(found, default=str))


def circumstances() -> dict[str, Any]:
    """What a run runs on; another one may give other bits."""
    return {
        "device": machine.device_name(),
        "backend": keras.backend.backend(),
        "versions": machine.versions(),
        "commit": machine.commit(),
    }


def differences(before: Any, now: Any, name: str = "") -> list[str]:
    """What differs, as in ``settings.units 32 → 64``; files by name alone."""
    if before == now:
        return []
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return [
            difference
            for key in {**before, **now}
            for difference in differences(
                before.get(key), now.get(key), f"{name}.{key}".lstrip(".")
            )
        ]
    if name.endswith("_file"):
        return [f"the {name.removesuffix('_file')}'s file"]
    return [f"{name} {_short(before)} → {_short(now)}"]


def joined(before: Any, now: Any) -> Any:
    """Circumstances of a run that went on in others, as in ``2.20, then 2.21``."""
    if isinstance(before, Mapping) and isinstance(now, Mapping):
        return {key: joined(before.get(key, ""), now[key]) for key in now}
    if not before or str(before).split(", then ")[-1] == now:
        return before or now
    return f"{before}, then {now}"


def _digest_of(reference: str) -> str:
    """A hash of the file that a reference names, empty for what is installed."""
    path, _, _ = reference.rpartition(":")
    if not path.endswith(".py"):
        return ""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _short(value: Any) -> str:
    text = "nothing" if value in (None, "") else str(value)
    return f"{text[:40]}…" if len(text) > 40 else text
