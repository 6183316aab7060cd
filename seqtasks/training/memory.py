"""The memory of this process; it needs no library that trains."""

import resource
import sys
from pathlib import Path


def peak_memory_bytes() -> int:
    """The largest resident set of this process so far.

    On Linux the kernel's own note is read: ``ru_maxrss`` also counts the process that
    started this one.
    """
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak) if sys.platform == "darwin" else int(peak) * 1024
