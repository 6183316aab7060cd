import base64
import hashlib
import re

import pytest
from page_reader import PageReader

from seqtasks.reports.html import element
from seqtasks.reports.page.document import document


def _between(page, tag):
    return re.search(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL).group(1)


def test_the_policy_allows_the_pages_own_texts_by_their_hash_and_nothing_else():
    page = document("T", "p { color: red }\n", "let a = 1 < 2;\n", element("p", "x"))
    (policy,) = [v for v in PageReader(page).values("content") if "default" in str(v)]
    hashes = [
        base64.b64encode(hashlib.sha256(_between(page, tag).encode()).digest()).decode()
        for tag in ("style", "script")
    ]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; "
        f"script-src 'sha256-{hashes[1]}'; base-uri 'none'; form-action 'none'"
    )


def test_the_title_is_escaped():
    page = document("</title><script>", "", "")
    assert PageReader(page).elements.count("script") == 1


@pytest.mark.parametrize("text", ["</style>", "a <!-- b"])
def test_a_style_sheet_or_script_cannot_end_its_element(text):
    for style, script in ((text, ""), ("", text)):
        with pytest.raises(ValueError, match="may not hold"):
            document("T", style, script)
