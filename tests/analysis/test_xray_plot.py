import pytest
from xray_factory import made_up

from seqtasks.analysis.xray_plot import draw

MANY = [made_up(cell=cell, run=f"probe-{cell}") for cell in ("gru", "lstm", "$x_{")]


@pytest.mark.parametrize(
    "xrays", [[made_up(gates=[])], pytest.param(MANY, marks=pytest.mark.slow)]
)
@pytest.mark.slow
def test_equal_xrays_give_equal_pictures(xrays):
    assert draw(xrays, "png").startswith(b"\x89PNG")
    svg = draw(xrays, "svg")
    assert svg == draw(xrays, "svg")
    text = svg.decode()
    for title in ("State gradient", "Saturated gates", "Loss along the sequence"):
        assert text.count(title) == 1
    for xray in xrays if len(xrays) > 1 else ():
        assert f">{xray.cell}, half-life 1.00<" in text
    assert ("no gates" in text) == (xrays is not MANY)
