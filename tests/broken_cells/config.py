"""Cells whose configuration is not the whole cell."""

from broken_cells.good import GoodCell


class LosesAnArgument(GoodCell):
    def get_config(self):
        config = super().get_config()
        del config["scale"]
        return config


class FixedConfig(GoodCell):
    """Its configuration holds an argument, but always with the default's value."""

    argument, value = "gated", False

    def get_config(self):
        return {**super().get_config(), self.argument: self.value}


class FixedNumber(FixedConfig):
    argument, value = "steps", 1


class FixedActivation(FixedConfig):
    argument, value = "activation", "tanh"


class ConfigOfTooMuch(GoodCell):
    def get_config(self):
        return {**super().get_config(), "colour": "red"}


class ConfigDrifts(GoodCell):
    def get_config(self):
        return {**super().get_config(), "scale": self.scale + 1.0}


class HiddenSetting(GoodCell):
    """What ``call`` depends on is no argument: it is chosen where the cell is made."""

    shift = 0.0

    def step(self, projected, states):
        return super().step(projected + self.shift, states)


def shifted(units):
    """A factory of a cell that its configuration does not describe."""
    cell = HiddenSetting(units)
    cell.shift = 1.0
    return cell
