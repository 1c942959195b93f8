"""The report in a real browser: it draws, says no error and asks the network for nothing."""

from pathlib import Path

import pytest

from tests.conftest import Smoke
from tests.parts.browser import CHROMIUM, visit

pytestmark = [
    pytest.mark.part,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium"),
]
SEEN = """({
    charts: [...document.querySelectorAll("svg")].filter(one => one.getBoundingClientRect().width > 50).length,
    words: document.body.innerText.length,
    broken: [...document.querySelectorAll("a[href^='#']")].filter(one => !document.getElementById(one.hash.slice(1))).length,
})"""


@pytest.mark.parametrize("page", ["report.html", "accounting.html"])
def test_a_page_of_the_pipeline_is_quiet_and_whole(smoke: Smoke, page: str) -> None:
    seen = visit(smoke.root / "metrics" / page, SEEN)
    assert seen.errors == []
    assert seen.requests == []
    assert seen.found["words"] > 1000
    assert seen.found["broken"] == 0, "links within the page that lead nowhere"
    assert seen.found["charts"] > 0 or page == "accounting.html"


@pytest.mark.parametrize(
    ("body", "errors", "requests"),
    [
        ("<script>console.error('oh')</script>", ["oh"], []),
        ("<script>undefined.field</script>", ["TypeError"], []),
        ("<script>setTimeout(() => nothing(), 300)</script>", ["ReferenceError"], []),
        ("<img src='http://127.0.0.1:9/pixel.png'>", ["ERR_"], ["http://127.0.0.1:9/pixel.png"]),
        ("<style>body {background: url(http://127.0.0.1:9/sky.png)}</style>", ["ERR_"], ["http://127.0.0.1:9/sky.png"]),
    ],
)
def test_what_is_wrong_is_noticed(tmp_path: Path, body: str, errors: list[str], requests: list[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><title>a page</title><body>{body}</body>")
    seen = visit(page)
    assert seen.found == "a page"
    assert seen.requests == requests
    assert len(seen.errors) == len(errors) and all(part in said for part, said in zip(errors, seen.errors, strict=True))
