"""The size of a model on the command line: ``--params 70k`` in place of ``--units``."""

import decimal
import re

import click

_NUMBER = re.compile(r"(\d[\d_]*(?:\.\d+)?)([kM]?)")
_FACTORS = {"": 1, "k": 1_000, "M": 1_000_000}


class _Count(click.ParamType):
    """A whole number, as in ``70000``, ``70_000``, ``70k`` or ``1.5M``."""

    name = "number"

    def convert(self, value, parameter, context):
        if isinstance(value, int) and not isinstance(value, bool) and value > 0:
            return value
        found = _NUMBER.fullmatch(str(value))
        if found:
            digits, factor = found.groups()
            number = decimal.Decimal(digits.replace("_", "")) * _FACTORS[factor]
            if number == number.to_integral_value() and number > 0:
                return int(number)
        self.fail(
            f"expected a whole number above 0, as in 70000, 70k or 1.5M; "
            f"received {value!r}.",
            parameter,
            context,
        )


params_option = click.option(
    "--params",
    type=_Count(),
    metavar="NUMBER",
    help="In place of --units: the parameters of the whole model, as in 70k.",
)


def one_size(context: click.Context, settings: dict) -> dict:
    """The settings with one size: what was typed wins over a file of defaults."""
    typed = click.core.ParameterSource.COMMANDLINE
    for name, other in (("units", "params"), ("params", "units")):
        if (
            context.get_parameter_source(name) == typed
            and context.get_parameter_source(other) != typed
        ):
            return {**settings, other: None}
    return settings
