import pytest
from broken_cells import config
from faults import checks_of, sentence_of

from seqtasks.testing import cell_config_checks as checks

CAUGHT_BY = [
    (
        config.LosesAnArgument,
        checks.config_holds_every_argument,
        "Expected the argument 'scale' in get_config(), so that a saved cell can be "
        "made again; it is missing.",
    ),
    (
        config.FixedConfig,
        checks.config_holds_every_argument,
        "the value of 'gated'; it gives False for gated=True too.",
    ),
    (
        config.FixedNumber,
        checks.config_holds_every_argument,
        "the value of 'steps'; it gives 1 for steps=2 too.",
    ),
    (
        config.FixedActivation,
        checks.config_holds_every_argument,
        "the value of 'activation'; it gives 'tanh' for activation='relu' too.",
    ),
    (
        config.ConfigOfTooMuch,
        checks.is_made_again_from_its_config,
        "to ConfigOfTooMuch: {'colour': 'red'}. Let get_config hold the constructor's",
    ),
    (
        config.ConfigDrifts,
        checks.is_made_again_from_its_config,
        "to have the same configuration; it differs in scale.",
    ),
    (
        config.shifted,
        checks.is_made_again_from_its_config,
        "given the same weights, to compute the same; it does not.",
    ),
]


@pytest.mark.parametrize(("cell", "check", "sentence"), CAUGHT_BY)
def test_each_fault_has_its_sentence(cell, check, sentence):
    assert sentence in sentence_of(check, cell)


def test_each_check_has_a_cell_that_fails_it():
    assert {check for _, check, _ in CAUGHT_BY} == checks_of(checks)
