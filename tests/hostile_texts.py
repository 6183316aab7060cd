"""Texts of those who want more than to be read, and results that hold them."""

import json

from results_factory import PUBLISHED, result

from seqtasks.result import Result, from_json
from seqtasks.task import Conversion, Optimum

HOSTILE = [
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</style><style>*{display:none}</style>",
    "<img src=x onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "</title></svg><iframe src=//evil.example>",
    '" onmouseover="alert(1)" x="',
    "' onfocus='alert(1)' autofocus='",
    "javascript:alert(1)",
    " javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    'https://evil.example/"onclick="alert(1)',
    "https://user@evil.example/<b>",
    "]]><b>",
    "<!-- comment",
    "<![CDATA[<b>",
    "<?php ?>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;script&#62;",
    "&",
    "a\0b<\0script>",
    "\u202etpircs\u2066<b>\u2069",
    "\u2028<b>\u2029",
    "\ud800<b>\udfff",
    "\x1b]8;;http://evil.example\x07<b>",
    "{{7*7}}${7*7}<%= 7 %>",
    "`${alert(1)}`",
    "M0 0L1 1",
    "url(https://evil.example)",
    "e" + "\u0301" * 500,
    "漢" * 3000,
    "A" * 20_000,
    "9" * 5000,
    "",
    " ",
    "\n",
    "../../etc/passwd",
    "%s%n{0.__class__}",
]

# what the schema fixes, and numbers as text are not the point here
# a run with a purpose is in no table
_FIXED = {"status", "mode", "purpose"}
_KEYED_BY_TEXT = {"options", "cell_options", "settings", "metric_units", "versions"}


def _everything() -> Result:
    """A result in which every field says something."""
    return result(
        status="failed",
        reason="reason",
        cell_options={"activation": "tanh", "nested": {"deep": ["list", "of"]}},
        published=(PUBLISHED,),
        optimum=Optimum("accuracy", 0.97, "how"),
        conversions=(Conversion("accuracy", "percent", 100.0, "how"),),
        history=[{"epoch": 1.0, "loss": 1.0, "validation_accuracy": 0.4}],
        metric_units={"accuracy": "fraction", "loss": "nats"},
        implementation_used="compiled",
        rerun_of="another",
        last_loss=1.5,
    )


def _poisoned(value, text, key=""):
    """The JSON with this text in place of every text and of every key that may be."""
    if isinstance(value, dict):
        free = key in _KEYED_BY_TEXT or key in ("nested", "settings")
        return {
            f"{name}{text}" if free else name: _poisoned(item, text, name)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_poisoned(item, text, key) for item in value]
    return text if isinstance(value, str) and key not in _FIXED else value


def hostile_results(text, status):
    """Runs of this text in every field; the metric's name is the text too."""
    results = []
    for seed, state in enumerate((status, "finished", "finished")):
        data = _poisoned(json.loads(_everything().to_json()), text)
        data |= {"seed": seed, "status": state, "run": f"{text}{seed}"}
        # of several authors, whose names are shown
        data["author"] = f"{text}{seed % 2}"
        data["metrics"] = {s: {text: 0.5 + 0.1 * seed} for s in ("test", "validation")}
        data["metric_units"] = {text: text}
        data["history"] = [{"epoch": 1, "loss": 1, f"validation_{text}": 0.5}]
        results.append(from_json(json.dumps(data)))
    return results


def _known(attributes):
    """Elements with the names of their attributes."""
    return {(tag, name) for tag, name, _ in attributes}
