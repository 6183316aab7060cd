"""``--help`` with options under headings, and with the defaults of a task."""

import ast
import dataclasses
import shlex
from collections.abc import Iterator, Sequence

import click

from seqtasks.loading import definition
from seqtasks.registry import CELLS, TASKS, Entry
from seqtasks.task import Task

# options by their names in the program; what stands nowhere is under "Other"
_HEADINGS = {
    "Data": ("dataset", "assignments", "limit", "overfit", "memory_budget"),
    "Model": (
        *("cell", "cell_assignments", "units", "params", "layers", "bidirectional"),
        *("implementation", "precision", "init_from"),
    ),
    "Training": (
        *("epochs", "seconds", "early_stopping", "batch_size", "optimizer"),
        *("learning_rate", "schedule", "clip_norm", "gradient_checkpoint_every"),
    ),
    "Run": (
        "task",
        "seed",
        "seeds",
        "trials",
        "searches",
        "pruning",
        "study",
        "device",
        "devices",
        "resume",
        "once",
        "retry",
        "with_plan",
        "fit_in",
        "measure",
        "dry_run",
        "checkpoint_every",
        "config",
    ),
    "Output": (
        *("results", "author", "save_predictions", "tensorboard", "form", "as_json"),
    ),
}

# of the task's own, by the option that replaces each
_SETTINGS = (
    *("cell", "units", "layers", "epochs", "batch_size", "optimizer"),
    *("learning_rate", "schedule", "clip_norm"),
)


class GroupedCommand(click.Command):
    """A command whose many options stand under headings.

    ``seqtasks run TASK --help`` ends with the defaults of that task.
    """

    def parse_args(self, ctx, args):
        # --help is answered before any argument is looked at
        ctx.meta[__name__] = list(args)
        return super().parse_args(ctx, args)

    def format_options(self, ctx, formatter):
        left = [one for one in self.get_params(ctx) if isinstance(one, click.Option)]
        for heading, names in (*_HEADINGS.items(), ("Other", ())):
            # the last heading takes what is left
            here = [one for one in left if not names or one.name in names]
            left = [one for one in left if one not in here]
            records = [record for one in here if (record := one.get_help_record(ctx))]
            if records:
                with formatter.section(heading):
                    formatter.write_dl(records)

    def format_epilog(self, ctx, formatter):
        for entry in _named(ctx.meta.get(__name__, ())):
            with formatter.section(f"Defaults of {entry.name}"):
                lines: dict[bool, list[str]] = {False: [], True: []}
                for option, value in task_defaults(entry):
                    lines[option == "--set"].append(f"{option} {shlex.quote(value)}")
                formatter.write_text(" ".join(lines[False]))
                formatter.write_paragraph()
                formatter.write_text(" ".join(lines[True]))
            return
        if any(one.name == "task" for one in self.params):
            formatter.write_paragraph()
            formatter.write_text(
                "Without a default here, an option has that of the task: "
                "`seqtasks run char_lm --help` and `seqtasks show char_lm` name those "
                "of char_lm."
            )


def task_defaults(entry: Entry) -> Iterator[tuple[str, str]]:
    """Options with the values that a task has for them, read from its file.

    Nothing of it is run. What the file computes is left out: it may depend on the data
    set, and ``seqtasks show`` names it.
    """
    _, node = definition(*entry.reference.rpartition(":")[::2]) or (None, None)
    if not isinstance(node, ast.FunctionDef):
        return
    given = dict(_keywords(node))
    fields = {field.name: field.default for field in dataclasses.fields(Task)}
    for name in _SETTINGS:
        value = given.get(name, fields[name])
        if isinstance(value, ast.expr):
            try:
                value = ast.literal_eval(value)
            except ValueError:
                continue
        yield f"--{name.replace('_', '-')}", str(value)
    for name, default in options_in(node):
        yield "--set", f"{name}={default}"


def options_in(node: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """The arguments of a function that have a default, and the default as typed."""
    spec = node.args
    named = [*spec.posonlyargs, *spec.args]
    pairs = [
        *zip(named[len(named) - len(spec.defaults) :], spec.defaults, strict=True),
        *zip(spec.kwonlyargs, spec.kw_defaults, strict=True),
    ]
    for argument, default in pairs:
        if default is not None:
            try:
                yield argument.arg, str(ast.literal_eval(default))
            except ValueError:
                yield argument.arg, ast.unparse(default)


def option_names(kind: str, name: str) -> list[str]:
    """Options of a task or a cell by its name, for the shell's completion."""
    registry = TASKS if kind == "task" else CELLS
    entry = registry.entries().get(name)
    if entry is None:
        return []
    _, node = definition(*entry.reference.rpartition(":")[::2]) or (None, None)
    if isinstance(node, ast.ClassDef):
        methods = (one for one in node.body if isinstance(one, ast.FunctionDef))
        node = next((one for one in methods if one.name == "__init__"), None)
    if not isinstance(node, ast.FunctionDef):
        return []
    return [option for option, _ in options_in(node)]


def _keywords(node: ast.FunctionDef) -> Iterator[tuple[str, ast.expr]]:
    """What the function gives to the ``Task`` that it returns."""
    for one in ast.walk(node):
        match one:
            case ast.Return(value=ast.Call(func=function, keywords=keywords)):
                if ast.unparse(function).rpartition(".")[2] == "Task":
                    yield from ((k.arg, k.value) for k in keywords if k.arg)


def _named(words: Sequence[str]) -> Iterator[Entry]:
    """The tasks that are named among words of a command line."""
    entries = TASKS.entries()
    for word in words:
        if word in entries:
            yield entries[word]
        elif word.endswith(".py"):
            name = word.replace("\\", "/").rpartition("/")[2].removesuffix(".py")
            yield Entry(name, f"{word}:{name}", word)
