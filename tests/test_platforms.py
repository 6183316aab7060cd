"""Nothing of POSIX alone is needed to import the package: Windows has none of it."""

import ast
import subprocess
import sys

import pytest
from sources import sources

POSIX_MODULES = {
    *("fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog"),
    *("termios", "tty"),
}
POSIX_NAMES = {
    "os": {
        *("fork", "forkpty", "getuid", "geteuid", "getgid", "getloadavg", "getpgid"),
        *("killpg", "mkfifo", "nice", "O_NOFOLLOW", "O_NONBLOCK", "O_DIRECTORY"),
        *("sched_getaffinity", "setsid", "statvfs", "sync", "sysconf", "uname"),
    },
    "signal": {
        *("SIGALRM", "SIGCHLD", "SIGHUP", "SIGKILL", "SIGPIPE", "SIGQUIT"),
        *("SIGSTOP", "SIGUSR1", "SIGUSR2", "alarm", "pthread_sigmask"),
    },
}


def outside_functions(node):
    """What is run when a file is imported."""
    for child in ast.iter_child_nodes(node):
        functions = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
        if not isinstance(child, functions):
            yield child
            yield from outside_functions(child)


def of_posix(tree):
    """The modules and names of POSIX alone that an import needs."""
    for node in outside_functions(tree):
        match node:
            case ast.Import(names=names):
                yield from (one.name for one in names if one.name in POSIX_MODULES)
            case ast.ImportFrom(module=module, names=names):
                known = POSIX_NAMES.get(module, ())
                found = [f"{module}.{one.name}" for one in names if one.name in known]
                yield from [module] if module in POSIX_MODULES else found
            case ast.Attribute(value=ast.Name(id=module), attr=name):
                if name in POSIX_NAMES.get(module, ()):
                    yield f"{module}.{name}"


def test_no_file_needs_it_to_be_imported():
    found = {
        module: names
        for module, (_, tree) in sources().items()
        if (names := [*of_posix(tree)])
    }
    assert found == {}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("import fcntl", ["fcntl"]),
        ("from resource import getrusage", ["resource"]),
        ("from signal import SIGKILL, SIGTERM", ["signal.SIGKILL"]),
        ("class A:\n    uid = os.getuid()", ["os.getuid"]),
        ("try:\n    import pwd\nfinally:\n    pass", ["pwd"]),
        ("def f():\n    import fcntl", []),
        ("flag = getattr(os, 'O_NOFOLLOW', 0)", []),
    ],
)
def test_the_walk_sees_it(text, names):
    assert [*of_posix(ast.parse(text))] == names


_PROGRAM = f"""
import builtins, importlib, os, pkgutil, signal, sys
import click, filelock, numpy, rich.console, rich.progress, subprocess
for module, names in {POSIX_NAMES!r}.items():
    for name in names:
        if hasattr(sys.modules[module], name):
            delattr(sys.modules[module], name)
whole = builtins.__import__
def refusing(name, globals=None, *rest, **named):
    ours = ((globals or {{}}).get("__name__") or "").startswith("seqtasks")
    if ours and name.partition(".")[0] in {POSIX_MODULES!r}:
        raise ImportError(name + " is of POSIX alone")
    return whole(name, globals, *rest, **named)
builtins.__import__ = refusing
import seqtasks.cli, seqtasks.course
for package in (seqtasks.cli, seqtasks.course):
    for module in pkgutil.iter_modules(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
from seqtasks.cli.main import main
for words in (["--help"], ["run", "char_lm", "--help"], ["list"]):
    main(words, standalone_mode=False)
"""


def test_the_command_line_is_imported_and_lists_without_it():
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "Defaults of char_lm" in done.stdout
