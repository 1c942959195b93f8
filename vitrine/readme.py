"""README.md and pages with benchmarks' results, rendered from templates: results are read from a file, never typed.

render(root)       # {"README.md": "# Vitrine…", "docs/tasks.md": "…"}
differing(root)    # ["README.md, line 41: …"]; empty if the files in the checkout are what the templates give

A template sees `results` (metrics/benchmark.json and the report's verdicts), `metrics` (metrics/<stage>.json by stage),
`record(name, path)` (a figure of benchmarks/records.json), `tasks` (how many there are) and the formats below:
{{ record("decoding", "greedy_ratio") | ratio }}.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jinja2

from vitrine.errors import SettingsError
from vitrine.reporting.inputs import read_board
from vitrine.reporting.scores.models import models_of
from vitrine.reporting.scores.table import scores, summary
from vitrine.tasks import TASKS

PAGES = {
    "README.md": "docs/readme.md.jinja",
    "benchmarks/README.md": "docs/benchmarks.md.jinja",
    "docs/rewards.md": "docs/rewards.md.jinja",
    "docs/tasks.md": "docs/tasks.md.jinja",
}
NOTE = "<!-- Rendered from {source} by `vitrine readme`: edit the template, not this page. -->\n"
SHORT_TEXT = 50  # characters of a cheat or a constant that is shown
WITHIN = 0.05  # a derived count this close to a whole number is that number: the rates have six digits


class SqlQuestions(NamedTuple):
    """Questions with templates that are in the training split, and with templates that are not."""

    seen: int
    seen_correct: int
    unseen: int
    unseen_correct: int


class Results:
    """What the README says about metrics/benchmark.json and the verdicts in metrics/report.json."""

    def __init__(self, board: Mapping[str, Any], report: Mapping[str, Any]) -> None:
        if "verdicts" not in report:
            raise SettingsError("metrics/report.json has no verdicts: run `dvc repro`, then `vitrine readme`")
        self.board = board
        self.verdicts = report["verdicts"]
        self.seed = board["seed"]
        self.last = models_of(board)[-1].key  # the model that is delivered
        self.table = summary(board)

    def value(self, model: str, task: str, name: str = "score") -> Any:
        """One number of a model: of a task, or overall."""
        return scores(self.board, model, task)[name]

    def interval(self, model: str, task: str) -> list[float]:
        return [self.value(model, task, name) for name in ("score", "low", "high")]

    def difference(self, better: str, than: str, task: str, decoding: str = "greedy") -> Mapping[str, Any]:
        wanted = {"better": better, "than": than, "task": task, "decoding": decoding}
        return next(row for row in self.board["differences"] if wanted.items() <= row.items())

    def verdict(self, task: str) -> str:
        """The report's verdict on the last model with its reasons: "**not shown**: it is not shown to read the prompt"."""
        own = self.verdicts[task]
        reasons = ["better than the best baseline"] if self.beats_baseline(task) else []
        return f"**{own['verdict']}**: {'; '.join([*reasons, *own['reasons']])}"

    def beats_baseline(self, task: str) -> bool:
        """Whether the report shows that the last model is above the best baseline."""
        gap = self.verdicts[task]["above_baseline"]
        return gap is not None and gap["shown"] and gap["mean"] > 0

    def sql_questions(self) -> SqlQuestions | None:
        """How many questions there are, and how many the last model answers correctly.

        The scoreboard holds the rates and the number of all questions. The counts follow; None if both rates are equal."""
        own = scores(self.board, self.last, "sql")
        rate, seen, unseen = (own.get(f"execution_accuracy{end}", own["execution_accuracy"]) for end in ("", "_seen", "_unseen"))
        if seen == unseen:  # or there are questions of one kind only, as in a smoke run
            return None
        count = own["n"] * (rate - unseen) / (seen - unseen)
        counts = [count, count * seen, own["n"] - count, (own["n"] - count) * unseen]
        if any(abs(number - round(number)) > WITHIN for number in counts):
            raise SettingsError(f"the rates of SQL questions do not fit {own['n']} questions: {counts}")
        return SqlQuestions(*(round(number) for number in counts))


def minutes(seconds: float) -> str:
    """543 -> "9:03"."""
    whole, rest = divmod(round(seconds), 60)
    return f"{whole}:{rest:02d}"


def interval(numbers: list[float]) -> str:
    """[0.57, 0.51, 0.63] -> "0.570 [0.510, 0.630]"; of two numbers the range alone."""
    *middle, low, high = (f"{number:.3f}" for number in numbers)
    return " ".join([*middle, f"[{low}, {high}]"])


def signed(numbers: list[float]) -> str:
    """A difference with its interval: "+0.038 [0.029, 0.048]"."""
    mean, low, high = numbers
    return f"{mean:+.3f} [{low:.3f}, {high:.3f}]"


FORMATS: dict[str, Callable[..., str]] = {
    "score": lambda number: f"{number:.3f}",
    "hundredths": lambda number: f"{number:.2f}",
    "ratio": lambda number: f"{number:.1f}",
    "whole": lambda number: f"{number:,.0f}",
    "percent": lambda share: f"{100 * share:.0f} %",
    "precise_percent": lambda share: f"{100 * share:.1f} %",
    "millions": lambda number: f"{number / 1e6:.2f} million",
    "gigabytes": lambda megabytes: f"{megabytes / 1000:.1f} GB",
    "minutes": minutes,
    "interval": interval,
    "signed": signed,
    "in_brackets": lambda text: f" ({text})" if 0 < len(text) < SHORT_TEXT else "",
    "p_value": lambda number: f"{number:.4f}",
    "range": lambda numbers: "-".join(f"{number:g}" for number in numbers),
}


def environment(root: Path) -> jinja2.Environment:
    """Templates of a checkout; a misspelt name is an error and no empty text."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(root),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,  # Markdown
    )
    made.filters |= FORMATS
    return made


def render(root: Path) -> dict[str, str]:
    """The text of each page by its path in the checkout."""
    records = read_json(root / "benchmarks" / "records.json")

    def record(name: str, path: str | None = None) -> Any:
        try:
            return records[name] if path is None else records[name]["figures"][path]
        except KeyError as error:
            raise SettingsError(f"benchmarks/records.json has no {error} of {name!r}, which a template asks for") from error

    known = {
        "results": Results(read_board(root / "metrics" / "benchmark.json"), read_json(root / "metrics" / "report.json")),
        "metrics": {file.stem: read_json(file) for file in sorted((root / "metrics").glob("*.json"))},
        "record": record,
        "tasks": len(TASKS),
    }
    templates = environment(root)
    try:
        return {page: note(page) + templates.get_template(source).render(known) for page, source in PAGES.items()}
    except jinja2.TemplateError as error:
        raise SettingsError(f"a template of {', '.join(PAGES)} is wrong: {error}") from error
    except KeyError as error:
        raise SettingsError(f"metrics/ lacks {error}: the pages describe a run of the default recipe") from error


def note(page: str) -> str:
    """The first line of a page. The README has none, because it starts with its title; CONTRIBUTING.md says how it is made."""
    return "" if page == "README.md" else NOTE.format(source=PAGES[page])


def write(root: Path) -> list[str]:
    """Render the pages into the checkout; the pages that changed."""
    changed = {page: text for page, text in render(root).items() if read_page(root / page) != text}
    for page, text in changed.items():
        (root / page).write_text(text, encoding="utf-8")
    return list(changed)


def differing(root: Path) -> list[str]:
    """The first line of each page that is not what its template gives."""
    return [
        f"{page}, line {number}: is {old!r}, should be {new!r}"
        for page, text in render(root).items()
        for number, old, new in first_difference(read_page(root / page), text)
    ]


def first_difference(old: str, new: str) -> list[tuple[int, str, str]]:
    """The number of the first line that differs, with both lines; nothing if the texts are equal."""
    if old == new:
        return []
    ours, theirs = old.split("\n"), new.split("\n")
    number = next((n for n, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs)))
    return [(number + 1, "".join(ours[number : number + 1]), "".join(theirs[number : number + 1]))]


def read_page(file: Path) -> str:
    return file.read_text(encoding="utf-8") if file.exists() else ""


def read_json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from error
