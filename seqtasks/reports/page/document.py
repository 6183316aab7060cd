"""The whole HTML file, which may load nothing and run nothing but its own two texts."""

import base64
import hashlib
from typing import Any

from seqtasks.reports.html import element, render


def document(title: str, style: str, script: str, *body: Any) -> str:
    """The text of the file.

    Args:
        title: The title of the window.
        style: The style sheet; of this package, since nothing escapes it.
        script: The script; likewise.
        *body: What stands in the body.

    Raises:
        ValueError: If the style sheet or the script could end its own element.
    """
    for text in (style, script):
        if "</" in text or "<!--" in text:
            raise ValueError("A style sheet or script may not hold '</' or '<!--'.")
    policy = (
        f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
        f"base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        (
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{render(title)}</title>",
            f"<style>{style}</style>",
            "</head>",
            f"<body>{render(element('main', *body))}",
            f"<script>{script}</script>",
            "</body>",
            "</html>\n",
        )
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
