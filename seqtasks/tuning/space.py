"""The space of a search: the ranges of settings and options, by name."""

import dataclasses
import math
import typing
from collections.abc import Collection, Sequence
from typing import Any, Literal

from seqtasks.errors import UsageError
from seqtasks.options import convert, options_of, resolve_options
from seqtasks.registry import nearest
from seqtasks.training.experiment import Experiment, build_cell, build_task
from seqtasks.training.settings import Settings, resolve_settings
from seqtasks.training.study import rounded

# how long a run trains is not among them: it is the effort, the same for every trial
SETTINGS = (
    *("learning_rate", "batch_size", "schedule", "clip_norm", "optimizer"),
    *("layers", "units"),
)

# the word that stands for the space that the task declares
DEFAULT = "default"

_CELL = "cell."


@dataclasses.dataclass(frozen=True)
class Range:
    """What one setting or option may be.

    Args:
        name: Name of a setting or of an option of the task, or ``cell.NAME``.
        values: The lowest and the highest value, or all choices.
        form: Distribution of the values: ``"linear"`` and ``"log"`` are from the lowest
            to the highest one.
    """

    name: str
    values: tuple[Any, ...]
    form: Literal["linear", "log", "choices"]

    @property
    def text(self) -> str:
        """The range as it is typed, without the name."""
        if self.form == "choices":
            return ",".join(map(str, self.values))
        return ":".join([*map(str, self.values), *(["log"] * (self.form == "log"))])

    def suggest(self, trial: Any) -> Any:
        """The value that a trial of Optuna has, drawn if it has none."""
        if self.form == "choices":
            return trial.suggest_categorical(self.name, self.values)
        low, high = self.values
        whole = isinstance(low, int) and isinstance(high, int)
        draw = trial.suggest_int if whole else trial.suggest_float
        return draw(self.name, low, high, log=self.form == "log")

    def holds(self, value: Any) -> bool:
        """Whether a value is one of the range."""
        if self.form == "choices":
            return value in self.values
        number = isinstance(value, int | float) and not isinstance(value, bool)
        return number and self.values[0] <= value <= self.values[1]

    def words(self, value: Any) -> tuple[str, str]:
        """The words of ``seqtasks run`` that set the value."""
        text = str(rounded(value))
        if self.name.startswith(_CELL):
            return "--cell-set", f"{self.name.removeprefix(_CELL)}={text}"
        if self.name in SETTINGS:
            return f"--{self.name.replace('_', '-')}", text
        return "--set", f"{self.name}={text}"

    def default(self, experiment: Experiment) -> Any:
        """The value that an experiment has of it without a search."""
        if self.name.startswith(_CELL):
            return experiment.cell_options[self.name.removeprefix(_CELL)]
        if self.name in SETTINGS:
            return getattr(experiment.settings, self.name)
        return experiment.options[self.name]


def parse_space(
    given: Sequence[str], experiments: Sequence[Experiment], fixed: Collection[str]
) -> tuple[Range, ...]:
    """The ranges that were typed, or else those that the task declares.

    Args:
        given: Ranges as in ``"learning_rate=1e-4:1e-2:log"``; ``"default"`` stands for
            those of the task.
        experiments: An experiment of each cell, with all that is not searched.
        fixed: Names of the settings and options that were given one value.

    Raises:
        UsageError: If one is no range, of nothing that can be searched, or of what was
            given one value.
    """
    found: dict[str, Range] = {}
    for text in given or (DEFAULT,):
        if text == DEFAULT:
            declared = experiments[0].task.search.items()
            texts = [f"{n}={values}" for n, values in declared if n not in fixed]
        else:
            texts = [text]
        for one in texts:
            parsed = _parse(one, experiments)
            if parsed.name in fixed:
                raise UsageError(
                    f"Expected {parsed.name} with one value or in --search; received "
                    f"both. Leave one of them out."
                )
            if parsed.name in found and text != DEFAULT:
                raise UsageError(
                    f"Expected {parsed.name} once in --search; received it twice. "
                    f"Leave one of them out."
                )
            found.setdefault(parsed.name, parsed)
    if not found:
        raise UsageError(
            "Expected something to search; what the task declares was given one value "
            "each. Name a range, as in --search learning_rate=1e-4:1e-2:log."
        )
    return tuple(found.values())


def _parse(text: str, experiments: Sequence[Experiment]) -> Range:
    """One range, with values of the right type that a run can have."""
    name, equals, values = text.partition("=")
    name = name.strip().replace("-", "_")
    if not equals or not values.strip():
        raise UsageError(_form(text))
    _check_name(name, experiments)
    parts, form = parse_range(name, values)
    found = tuple(_value(name, part, experiments) for part in parts)
    if len(set(found)) < len(found):
        raise UsageError(
            f"Expected different values of {name} in --search; received {values}. "
            f"Leave the repeated one out."
        )
    return Range(name, found, form)


def parse_range(
    name: str, values: str
) -> tuple[tuple[str, ...], Literal["linear", "log", "choices"]]:
    """The choices, or the two ends, of a range, and the form of a :class:`Range`.

    Args:
        name: Name of what is searched.
        values: The range, as in ``"1e-4:1e-2:log"`` or ``"16,32"``.

    Raises:
        UsageError: If it is no range.
    """
    text = f"{name}={values}"
    if not isinstance(values, str):  # as a task of one's own may declare it
        raise UsageError(_form(text))
    if "," in values:
        return tuple(part.strip() for part in values.split(",")), "choices"
    ends = [part.strip() for part in values.split(":")]
    if len(ends) not in (2, 3) or ends[2:] not in ([], ["log"]):
        raise UsageError(_form(text))
    log = len(ends) == 3
    low, high = (_number(name, end, text) for end in ends[:2])
    if log and low <= 0:
        raise UsageError(
            f"Expected a range with :log to begin above 0, as the logarithm of 0 is "
            f"none; received {text}. Begin it at {high / 1000:g}, say, or leave "
            f":log out."
        )
    if low >= high:
        turned = ":".join([ends[1], ends[0], *ends[2:]])
        remedy = f"Turn it round: {name}={turned}." if low > high else "Widen it."
        raise UsageError(
            f"Expected --search {name}=LOW:HIGH with LOW below HIGH; received {text}. "
            f"{remedy}"
        )
    return (ends[0], ends[1]), "log" if log else "linear"


def _form(text: str) -> str:
    return (
        f"Expected --search NAME=LOW:HIGH, NAME=LOW:HIGH:log, NAME=A,B,… or {DEFAULT}; "
        f"received {text!r}."
    )


def _number(name: str, end: str, text: str) -> float:
    """An end of a range."""
    try:
        value = float(end)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise UsageError(
            f"Expected two numbers as the ends of {name} in --search; received {text}. "
            f"Choices that are no numbers are written with commas."
        )
    return value


def _check_name(name: str, experiments: Sequence[Experiment]) -> None:
    """Refuses what cannot be searched, or not for each of the cells."""
    first = experiments[0]
    if name.startswith(_CELL):
        for one in experiments:
            options = options_of(one.cell_entry.load())
            if name.removeprefix(_CELL) not in options:
                raise UsageError(
                    f"Expected the same space for each cell; "
                    f"{one.cell_entry.name} has no option "
                    f"{name.removeprefix(_CELL)!r}. "
                    f"{nearest(name.removeprefix(_CELL), options)} Search cells with "
                    f"options of their own in a study each, with --study NAME."
                )
        return
    if name in SETTINGS or (name in first.task.search and name in first.options):
        return
    if name in first.options:
        raise UsageError(
            f"{name} is an option of the task {first.task_entry.name}: with another "
            f"value it is another problem, whose scores do not compare. Give it with "
            f"--set {name}=…. A task declares in `search` what can be searched."
        )
    if name in {field.name for field in dataclasses.fields(Settings)}:
        raise UsageError(
            f"{name} is the same in all trials. Give it as --{name.replace('_', '-')}; "
            f"what can be searched: {', '.join(SETTINGS)}."
        )
    known = [*SETTINGS, *(n for n in first.task.search if n not in SETTINGS)]
    raise UsageError(
        f"There is no setting {name!r} to search. {nearest(name, known)} An option of "
        f"the cells is cell.NAME."
    )


def _value(name: str, text: str, experiments: Sequence[Experiment]) -> Any:
    """A value of the type that the setting or option has, and in its own bounds."""
    first = experiments[0]
    if name.startswith(_CELL):
        option = name.removeprefix(_CELL)
        for one in experiments:
            owner = f"the cell {one.cell_entry.name}"
            given = {**one.cell_options, option: text}
            values = resolve_options(one.cell_entry.load(), given, owner)
            value = values[option]
            build_cell(one.cell_entry, {**one.cell_options, option: value}, units=2)
        return value
    if name in SETTINGS:
        value = convert(name, text, typing.get_type_hints(Settings)[name])
        resolve_settings(first.task, first.task_entry.name, {name: value})
        return value
    owner = f"the task {first.task_entry.name}"
    given = {**first.options, name: text}
    values = resolve_options(first.task_entry.load(), given, owner)
    build_task(first.task_entry, values, first.seed)
    return values[name]
