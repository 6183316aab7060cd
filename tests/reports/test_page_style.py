"""The colours of the charts, measured: against their ground, and for the colour-blind.

The three dichromacies are simulated with the matrices of Machado, Oliveira and
Fernandes 2009 (severity 1), distances are Euclidean in OKLab (Ottosson 2020), contrast
is WCAG's.
"""

import importlib.resources
import itertools
import math
import re

import pytest

from seqtasks.reports.chart_data import COLOURS

_SHEET = (importlib.resources.files("seqtasks.reports") / "page.css").read_text(
    encoding="utf-8"
)
_LIGHT, _DARK = (
    dict(re.findall(r"--(\w+): (#\w+);", block))
    for block in re.findall(r":root\S* \{(.*?)\}", _SHEET, re.DOTALL)
)
_SIGHT = {
    "trichromacy": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def _linear(colour):
    digits = colour[1:] if len(colour) == 7 else "".join(c * 2 for c in colour[1:])
    parts = (int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4))
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]


def _times(matrix, vector):
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _oklab(linear):
    cones = _times(
        (
            (0.4122214708, 0.5363325363, 0.0514459929),
            (0.2119034982, 0.6806995451, 0.1073969566),
            (0.0883024619, 0.2817188376, 0.6299787005),
        ),
        linear,
    )
    return _times(
        (
            (0.2104542553, 0.7936177850, -0.0040720468),
            (1.9779984951, -2.4285922050, 0.4505937099),
            (0.0259040371, 0.7827717662, -0.8086757660),
        ),
        [math.cbrt(max(cone, 0.0)) for cone in cones],
    )


def _seen(colour, sight):
    return _oklab([min(1, max(0, c)) for c in _times(_SIGHT[sight], _linear(colour))])


def _contrast(one, other):
    weights = ((0.2126, 0.7152, 0.0722),)
    dark, light = sorted(_times(weights, _linear(c))[0] for c in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [_LIGHT, _DARK], ids=["light", "dark"])
@pytest.mark.parametrize("sight", _SIGHT)
def test_colours_can_be_distinguished(theme, sight):
    colours = [theme[f"c{index}"] for index in range(COLOURS)]
    for one, other in itertools.combinations(colours, 2):
        # 0.02 can just be noticed side by side; Okabe and Ito's eight keep 0.076
        apart = math.dist(_seen(one, sight), _seen(other, sight))
        assert apart > 0.1, (one, other)


@pytest.mark.parametrize("theme", [_LIGHT, _DARK], ids=["light", "dark"])
def test_lines_and_texts_stand_out_from_the_page(theme):
    for name in (*(f"c{index}" for index in range(COLOURS)), "mark"):
        assert _contrast(theme[name], theme["page"]) >= 3, name
    for name in ("text", "quiet", "link", "bad"):
        assert _contrast(theme[name], theme["page"]) >= 4.5, name


def test_the_styles_of_series_are_in_the_sheet():
    for name in (*(f"c{index}" for index in range(COLOURS)), "grey"):
        assert f".{name} {{ --line: var(--{name}); }}" in _SHEET


def test_the_sheet_loads_nothing():
    assert not re.search(r"url\(|@import|@font-face|expression", _SHEET)
