"""What every test shares: the tiers, a quiet TensorFlow, the folder of public data.

The default run is the fast tier: everything without a marker. ``.ci/run`` also runs the
rest; the tests of the time loop with ``SEQTASKS_TESTS=full``, XLA's optimizations.
"""

import contextlib
import ctypes
import gc
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

# read by TensorFlow when it is first imported, so it is set before any test file is
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# Two workers on two cores have one thread each; more only get in each other's way.
for _threads in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(_threads, "1")
if os.environ.get("SEQTASKS_TESTS") != "full":
    # most of the time of a small test goes into compiling
    os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "realdata"
REALDATA = Path(os.environ.get("SEQTASKS_REALDATA") or _BESIDE)


@pytest.hookimpl(tryfirst=True)  # before the fixtures
def pytest_runtest_setup(item: pytest.Item) -> None:
    if "keras" in sys.modules:  # what a test draws is the same in every order
        sys.modules["keras"].utils.set_random_seed(0)
    if item.get_closest_marker("realdata") and not REALDATA.is_dir():
        pytest.skip(f"needs public data: no folder {REALDATA} (SEQTASKS_REALDATA)")


# what a worker may grow by before what is left of earlier tests is collected
_GROWTH = 300 * 2**20
_resident_after_collection = 0.0


@pytest.fixture(autouse=True)
def give_memory_back():
    """Graphs and compiled programs of a test are let go after it: they add up.

    Only where they have added up, because to collect them takes half a second.
    """
    global _resident_after_collection
    if not _resident_after_collection and "keras" in sys.modules:
        gc.freeze()  # the libraries themselves are not searched again each time
        _resident_after_collection = _resident_bytes()
    yield
    if _resident_bytes() > _resident_after_collection + _GROWTH:
        _collect()


@pytest.fixture(scope="module", autouse=True)
def forget_graphs():
    """What Keras and JAX keep for the whole process is let go with a file."""
    yield
    if _resident_bytes() < _resident_after_collection + _GROWTH / 2:
        return
    keras = sys.modules.get("keras")
    if keras is not None:
        keras.backend.clear_session()
    jax = sys.modules.get("jax")
    if jax is not None:
        jax.clear_caches()
    _collect()


def _collect() -> None:
    """Lets go of what nothing refers to; the C library gives it to the system."""
    global _resident_after_collection
    gc.collect()
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL("libc.so.6").malloc_trim(0)
    _resident_after_collection = _resident_bytes()


def _resident_bytes() -> float:
    """What this process holds in memory now; infinite where that is not known."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return math.inf
    return pages * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture(scope="session", autouse=True)
def ctrl_c_arrives() -> None:
    """A shell starts what runs in its background with Ctrl-C ignored; tests send it."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def realdata() -> Path:
    """The folder of public data, for tests marked ``realdata``."""
    if not REALDATA.is_dir():
        pytest.skip(f"needs public data: no folder {REALDATA} (SEQTASKS_REALDATA)")
    return REALDATA


@pytest.fixture
def no_network(monkeypatch) -> None:
    """No name can be looked up, and there is no proxy to ask."""

    def refuse(*args, **kwargs):
        raise socket.gaierror(-3, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def mnist_folder(realdata, tmp_path_factory) -> Path:
    """A folder of TensorFlow Datasets with MNIST, built once for all workers."""
    import filelock

    from seqtasks.data.sources import prepared

    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent  # that of the whole session
    folder = base / "mnist"
    with filelock.FileLock(base / "mnist.lock"):
        if not folder.exists():
            manual = folder / "downloads" / "manual"
            manual.mkdir(parents=True)
            for path in (realdata / "mnist").iterdir():
                (manual / path.name).symlink_to(path)
            prepared("mnist", folder, "CC BY-SA 3.0")
    return folder


@pytest.fixture(scope="session")
def committed_results() -> list:
    """The results that git tracks: a run of one's own may stand in the folder too."""
    from seqtasks.store import read_file

    return [read_file(path) for path in _committed("results/reference/*.json")]


@pytest.fixture(scope="session")
def committed_evaluations(committed_results, tmp_path_factory) -> dict:
    """How often each test split was looked at, by the results and ledger of git."""
    from seqtasks.evaluations import NAME, EvaluationLog, count_evaluations

    folder = tmp_path_factory.mktemp("committed")
    for path in _committed(f"results/reference/{NAME}"):
        # one's own runs may have added to the file
        text = subprocess.check_output(
            ["git", "-C", str(path.parent), "show", f":./{NAME}"]
        )
        (folder / NAME).write_bytes(text)
    evaluations, damaged = EvaluationLog(folder).read()
    assert not damaged
    return count_evaluations(evaluations, committed_results)


@pytest.fixture(scope="session")
def committed_ablations() -> list:
    """The results of ``seqtasks ablate`` that git tracks."""
    from seqtasks.store import read_file

    return [
        read_file(path) for path in _committed("results/reference/ablations/*.json")
    ]


@pytest.fixture(scope="session")
def committed_reports() -> list:
    """The reports of ``seqtasks bench`` that git tracks."""
    from seqtasks.bench.report import read_file

    return [read_file(path) for path in _committed("results/reference/bench/*.json")]


def _committed(pattern: str) -> list[Path]:
    root = Path(__file__).parents[1]
    listed = subprocess.run(
        # glob: a star does not stand for a folder
        ["git", "-C", str(root), "ls-files", "-z", f":(glob){pattern}"],
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("needs a git checkout, to distinguish committed results")
    return [root / name for name in sorted(listed.stdout.split("\0")) if name]


_SANDBOXLESS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="module")
def chromium():
    """A browser without a window; without one the test is skipped."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip(
            "There is no chromium; `apt-get install chromium`, or name one by CHROMIUM."
        )
    api = pytest.importorskip("playwright.sync_api")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=_SANDBOXLESS)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, tmp_path):
    """Opens a page; whatever the console or a dialog shows is an error in the end."""
    messages: list[str] = []
    with contextlib.ExitStack() as contexts:

        def opens(html, **options):
            context = chromium.new_context(**options)
            contexts.callback(context.close)
            view = context.new_page()
            view.on("console", lambda message: messages.append(message.text))
            view.on("pageerror", lambda error: messages.append(str(error)))
            view.on("dialog", lambda dialog: messages.append(dialog.message))
            view.on(
                "request",
                lambda request: (
                    request.url.startswith(("file:", "data:", "blob:"))
                    or messages.append(request.url)
                ),
            )
            path = tmp_path / "page.html"
            path.write_text(html, encoding="utf-8")
            view.goto(path.as_uri())
            return view

        yield opens
        assert messages == []
