"""The report and the accounting page in a real browser: they fit a screen and a phone, log no error and make no request."""

from pathlib import Path

import pytest

from tests.conftest import Smoke
from tests.parts.browser import CHROMIUM, visit
from tests.reporting.conftest import CONTROLS, RUN, made_answers, made_board, made_controls
from vitrine.reporting.decisions import decide
from vitrine.reporting.scores.page import report

pytestmark = [
    pytest.mark.part,
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium: apt-get install chromium"),
]
SCREENS = 5 * 800  # pixels of the report before its folded detail, at 1280 × 800
LAYOUT = """(() => {
    document.querySelectorAll("details").forEach(details => details.open = %s);
    const links = [...document.querySelectorAll("a[href^='#']")];
    const detail = document.querySelector("section > details");
    return {
        charts: [...document.querySelectorAll("svg")].filter(chart => chart.getBoundingClientRect().width > 50).length,
        characters: document.body.innerText.length,
        broken: links.filter(link => !document.getElementById(link.hash.slice(1))).length,
        width: document.documentElement.scrollWidth,
        detail: detail ? detail.getBoundingClientRect().top + scrollY : 0,
    };
})()"""


@pytest.mark.parametrize("page", ["report.html", "accounting.html"])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_page_of_the_pipeline_fits_the_screen(smoke: Smoke, page: str, width: int, dark: bool) -> None:
    file = smoke.root / "metrics" / page
    folded, unfolded = (visit(file, LAYOUT % opened, width=width, dark=dark) for opened in ("false", "true"))
    for seen in (folded, unfolded):
        assert seen.errors == []
        assert seen.requests == []
        assert seen.value["width"] <= width, "the page scrolls sideways"
        assert seen.value["broken"] == 0, "links within the page that lead nowhere"
    assert unfolded.value["characters"] > 1000
    assert unfolded.value["charts"] > 0 or page == "accounting.html"
    if width == 1280:
        assert folded.value["detail"] <= SCREENS


@pytest.fixture(scope="module")
def made_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    answers = made_answers(n=40)
    for rows in answers.values():
        rows[0]["answer"] = "<img src=x onerror=alert(1)> ação única"
    path = tmp_path_factory.mktemp("report") / "report.html"
    board = made_board(answers)
    decisions = decide(board, "grpo", answers, made_controls(answers), minimum=0.5)
    path.write_text(report(board, answers, decisions, RUN, [], []), encoding="utf-8")
    return path


FILTER = """(async () => {
    const set = (name, value) => {
        const control = document.getElementById("answers-" + name);
        control.value = value;
        control.dispatchEvent(new Event("input"));
    };
    const matches = () => parseInt(document.getElementById("answers-status").textContent);
    const counts = () => [matches(), document.querySelectorAll("#answers-list article").length];
    const seen = {all: counts()};
    document.getElementById("answers-more").click();
    seen.more = counts();
    set("task", "sql"); seen.task = counts();
    set("model", "2"); seen.model = document.querySelectorAll("#answers-list article:first-child .replies > div").length;
    set("grade", "right"); seen.right = counts()[0];
    set("grade", "partly"); seen.partly = counts()[0];
    set("grade", "wrong"); seen.wrong = counts()[0];
    for (const name of ["task", "model", "grade"]) set(name, "");
    set("search", "ACAO unica"); seen.search = counts();
    seen.images = document.querySelectorAll("img").length;
    location.hash = "#controls";
    await new Promise(done => setTimeout(done, 100));
    seen.opened = document.getElementById("controls").closest("details").open;
    return seen;
})()"""


def test_answers_are_filtered_and_searched_offline(made_report: Path) -> None:
    seen = visit(made_report, FILTER)
    assert (seen.errors, seen.requests) == ([], [])
    prompts = 40 * len(CONTROLS)
    assert seen.value["all"] == [prompts, 20]
    assert seen.value["more"] == [prompts, 40]
    assert seen.value["task"] == [40, 20]
    assert seen.value["model"] == 1
    assert seen.value["right"] + seen.value["partly"] + seen.value["wrong"] == 40
    assert 0 < seen.value["right"] < 40
    assert seen.value["search"] == [1, 1], "the search ignores case and accents"
    assert seen.value["images"] == 0, "markup in a reply stays text"
    assert seen.value["opened"], "a link in the contents opens the section"


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
def test_errors_and_requests_are_noticed(tmp_path: Path, body: str, errors: list[str], requests: list[str]) -> None:
    page = tmp_path / "page.html"
    page.write_text(f"<!doctype html><title>a page</title><body>{body}</body>")
    seen = visit(page)
    assert seen.value == "a page"
    assert seen.requests == requests
    assert len(seen.errors) == len(errors) and all(part in error for part, error in zip(errors, seen.errors, strict=True))


def test_a_page_that_is_too_wide_is_noticed(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text("<!doctype html><meta name=viewport content='width=device-width'><div style='width: 600px'>wide</div>")
    assert visit(page, LAYOUT % "true", width=390).value["width"] > 390
    assert visit(page, LAYOUT % "true", width=1280).value["width"] <= 1280
