"""What pages that are one file share: escaped texts, data as JSON, a strict policy."""

import base64
import functools
import hashlib
import importlib.resources
import json
from typing import Any

from seqtasks.reports.chart_data import visible


@functools.cache
def environment(package: str) -> Any:
    """Jinja's environment for the templates of a package; every text is escaped.

    Args:
        package: Name of the package that the templates lie in.
    """
    import jinja2
    import markupsafe

    made = jinja2.Environment(
        loader=jinja2.FunctionLoader(functools.partial(own_text, package)),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # every text of a result is made visible, then escaped
        finalize=lambda value: (
            value if isinstance(value, markupsafe.Markup) else visible(str(value))
        ),
    )
    # files of this package and escaped JSON alone
    made.filters["verbatim"] = markupsafe.Markup
    return made


def own_text(package: str, name: str) -> str:
    """The text of a file of a package."""
    file = importlib.resources.files(package) / name
    return file.read_text(encoding="utf-8")


def json_block(value: Any) -> str:
    r"""Data as JSON in which nothing can end or open an element.

    >>> print(json_block({"text": "</script>"}))
    {"text":"\u003c/script\u003e"}
    """
    block = json.dumps(value, allow_nan=False, separators=(",", ":"))
    for character in "<>&'\u2028\u2029":
        block = block.replace(character, f"\\u{ord(character):04x}")
    return block


def policy(*scripts: str) -> str:
    """The content security policy: the scripts by their hash, and nothing loaded.

    plotly.js adds style sheets of its own, and makes images of a chart to be saved.
    """
    digests = (hashlib.sha256(text.encode("utf-8")).digest() for text in scripts)
    hashes = (f"'sha256-{base64.b64encode(d).decode('ascii')}'" for d in digests)
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data: blob:; "
        f"media-src data:; "
        f"script-src {' '.join(hashes)}; base-uri 'none'; form-action 'none'"
    )
