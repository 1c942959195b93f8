"""The pages that `vitrine readme` renders: their numbers are those of metrics/ and of benchmarks/records.json."""

import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from jinja2 import nodes

from benchmarks import record
from vitrine import cli, readme
from vitrine.errors import SettingsError
from vitrine.reporting.decisions import decide

ROOT = Path(__file__).resolve().parents[1]
NUMBER = re.compile(r"\d[\d.,:]*(?: %|×)?")
# Numbers in the README that are no results: versions, the scale of rewards, the level of intervals and tests, the licence.
CONSTANTS = ("Python 3.11", "(0 to 1)", "95 % interval", "below 0.05", "Apache-2.0", "16 GB", "24 GB", "80 GB")
# On the benchmarks page what a script is given (seeds, numbers of clusters) stands in the text; results have decimals, % or ×.
RESULT = re.compile(r"\d[\d,]*(?:\.\d+| ?%|×|:\d\d)")


@pytest.fixture
def checkout(tmp_path):
    """What rendering reads and writes, in a folder of its own."""
    for page, template in readme.PAGES.items():
        for path in (page, template):
            (tmp_path / path).parent.mkdir(exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / path)
    shutil.copy(ROOT / "benchmarks" / "records.json", tmp_path / "benchmarks")
    (tmp_path / "metrics").mkdir()
    for file in (ROOT / "metrics").glob("*.json"):
        shutil.copy(file, tmp_path / "metrics")
    board = json.loads((tmp_path / "metrics" / "benchmark.json").read_text())
    report = {"verdicts": {decision.task: decision.facts() for decision in decide(board, "grpo", {}, {}, minimum=0.5)}}
    (tmp_path / "metrics" / "report.json").write_text(json.dumps(report))
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "stage.yaml").touch()
    readme.write(tmp_path)  # metrics/ may hold an experiment
    return tmp_path


def change_score(root: Path) -> None:
    file = root / "metrics" / "benchmark.json"
    board = json.loads(file.read_text())
    board["models"]["sft"]["tasks"]["describe"]["score"] = 0.123456
    file.write_text(json.dumps(board))


def test_pages_have_the_committed_numbers() -> None:
    changed = subprocess.run(["git", "status", "--porcelain", "metrics"], cwd=ROOT, capture_output=True, text=True).stdout
    if changed:
        pytest.skip("metrics/ holds an experiment, or a run on another processor: the pages are about the committed metrics")
    assert readme.differing(ROOT) == [], "run `vitrine readme`"


def test_a_changed_metric_makes_the_readme_differ(checkout: Path) -> None:
    assert readme.differing(checkout) == []
    change_score(checkout)
    (line,) = readme.differing(checkout)
    assert re.match(r"README.md, line \d+: is '\| `describe` .*, should be '\| `describe` \| \d+ \| 0\.123 ", line)


def test_a_changed_record_makes_both_pages_differ(checkout: Path) -> None:
    file = checkout / "benchmarks" / "records.json"
    records = json.loads(file.read_text())
    records["pipeline"]["figures"]["repro_s"] = 601
    file.write_text(json.dumps(records))
    assert [line.partition(",")[0] for line in readme.differing(checkout)] == ["README.md", "benchmarks/README.md"]
    assert "10:01 minutes" in readme.render(checkout)["README.md"]


@pytest.mark.parametrize(
    ("name", "path", "value", "pages"),
    [
        ("contract", "tasks.sql.weak", 0.123, {"docs/rewards.md": "| `sql` | 0.12 |"}),
        ("contract", "tasks.sql.cheat", "a new cheat", {"docs/rewards.md": " (a new cheat) |"}),
        ("contract", "tasks.churn.natural.weak", 0.123, {"docs/rewards.md": "against 0.12), and"}),
        ("contract_extract", "tasks.extract.natural.best_cheat", 0.123, {"docs/rewards.md": "\n0.12 against"}),
        (
            "pave_br",
            "scores.task.model.f1",
            0.1234,
            {"docs/tasks.md": "| 0.123 [", "benchmarks/README.md": ", model 0.123 ["},
        ),
        ("pave_br", "differences.task.model - vendor.mean", -0.4567, {"docs/tasks.md": "| -0.457 ["}),
    ],
)
def test_a_changed_record_changes_its_pages(checkout: Path, name: str, path: str, value: object, pages: dict[str, str]) -> None:
    file = checkout / "benchmarks" / "records.json"
    records = json.loads(file.read_text())
    assert path in records[name]["figures"]
    records[name]["figures"][path] = value
    file.write_text(json.dumps(records))
    assert {line.partition(",")[0] for line in readme.differing(checkout)} == set(pages)
    rendered = readme.render(checkout)
    assert not [page for page, text in pages.items() if text not in rendered[page]]


def test_a_rendered_page_says_so() -> None:
    for page, template in readme.PAGES.items():
        first = (ROOT / page).read_text(encoding="utf-8").partition("\n")[0]
        assert page == "README.md" or (first.startswith("<!-- Rendered from ") and template in first)


def test_check_prints_the_line_and_one_sentence(checkout: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(checkout)
    assert cli.main(["readme", "--check"]) == 0
    assert capsys.readouterr().out == "README.md, benchmarks/README.md, docs/rewards.md, docs/tasks.md: up to date\n"
    change_score(checkout)
    before = (checkout / "README.md").read_bytes()
    assert cli.main(["readme", "--check"]) == 1
    out, err = capsys.readouterr()
    assert out.count("\n") == 1 and "0.123" in out
    assert err == "vitrine readme: the pages are not what metrics/ and the templates give, see above: run `vitrine readme`\n"
    assert (checkout / "README.md").read_bytes() == before, "--check writes nothing"
    assert cli.main(["readme"]) == 0
    assert capsys.readouterr().out == "README.md changed\n"
    assert cli.main(["readme", "--check"]) == 0


def test_a_missing_last_line_is_a_difference() -> None:
    assert readme.first_difference("a\nb\n", "a\n") == [(2, "b", "")]
    assert readme.first_difference("", "a\n") == [(1, "", "a")]
    assert readme.first_difference("a\n", "a\n") == []


def prose(text: str) -> str:
    """A template without what Jinja fills in, without inline code and links, and of code blocks the comments alone."""
    text = re.sub(r"{{.*?}}|{%.*?%}", "", text, flags=re.S)
    text = re.sub(r"```.*?```", lambda block: "\n".join(re.findall(r" # .*", block[0])), text, flags=re.S)
    return re.sub(r"`[^`\n]*`|\]\([^)]*\)", "", text)


def test_the_readme_template_holds_no_result() -> None:
    text = prose((ROOT / readme.PAGES["README.md"]).read_text())
    for constant in CONSTANTS:
        text = text.replace(constant, "")
    assert NUMBER.findall(text) == []


def test_the_benchmarks_template_holds_no_result() -> None:
    text = prose((ROOT / readme.PAGES["benchmarks/README.md"]).read_text()).replace("chance 0.5", "").replace("Qwen3-0.6B", "")
    assert RESULT.findall(text) == []


@pytest.mark.parametrize(
    ("page", "command", "constants"),
    [
        # The bounds of the contract and the examples that explain them; the share of a label in ECInstruct's files.
        (
            "docs/rewards.md",
            "benchmarks.contract",
            ["at most 0.75", "0.5 at most", "0.1 for the form", "make it 0.55", "gold earns 1.0", "83 %"],
        ),
        ("docs/tasks.md", "benchmarks.pave_br", []),
    ],
)
def test_a_section_with_a_benchmarks_figures_holds_no_result(page: str, command: str, constants: list[str]) -> None:
    (section,) = (text for text in re.split(r"^##+ ", (ROOT / readme.PAGES[page]).read_text(), flags=re.M) if command in text)
    text = prose(section)
    for constant in constants:
        assert constant in text
        text = text.replace(constant, "")
    assert RESULT.findall(text) == []
    typed = section.replace('{{ record("', '0.123 {{ record("', 1)
    assert typed != section and RESULT.findall(prose(typed)), "the pattern finds a typed figure"


@pytest.mark.parametrize("template", readme.PAGES.values())
def test_expressions_in_templates_hold_no_number(template: str) -> None:
    """A number inside {{ }} is typed as well; only the places in a list are allowed."""
    tree = readme.environment(ROOT).parse((ROOT / template).read_text())
    numbers = [one.value for one in tree.find_all(nodes.Const) if re.fullmatch(r"[-+]?\d*\.?\d+", str(one.value))]
    assert set(numbers) <= {0, 1, 2}


@pytest.mark.parametrize("typed", ["SFT scores 0.572.", "It is 3× faster.", "make repro # 9 minutes"])
def test_a_typed_number_is_found(typed: str) -> None:
    block = f"```\n{typed}\n```" if "#" in typed else typed
    assert NUMBER.findall(prose(block))


def test_a_misspelt_figure_is_one_sentence(checkout: Path) -> None:
    (checkout / "docs" / "readme.md.jinja").write_text('{{ record("pipeline", "repro") }}')
    with pytest.raises(SettingsError, match=r"benchmarks/records.json has no 'repro' of 'pipeline'"):
        readme.render(checkout)
    (checkout / "docs" / "readme.md.jinja").write_text("{{ result.table }}")
    with pytest.raises(SettingsError, match="'result' is undefined"):
        readme.render(checkout)


def test_pages_render_if_no_sql_question_is_solved(checkout: Path) -> None:
    """As after a smoke run."""
    file = checkout / "metrics" / "benchmark.json"
    board = json.loads(file.read_text())
    for model in board["models"].values():
        model["tasks"]["sql"] |= {f"execution_accuracy{end}": 0.0 for end in ("", "_seen", "_unseen")}
    file.write_text(json.dumps(board))
    assert "0 % of the questions are correct.\n" in readme.render(checkout)["README.md"]
    for model in board["models"].values():
        del model["tasks"]["sql"]["execution_accuracy_unseen"]
    file.write_text(json.dumps(board))
    assert "0 % of the questions are correct.\n" in readme.render(checkout)["README.md"]


def test_metrics_of_another_recipe_are_one_sentence(checkout: Path) -> None:
    file = checkout / "metrics" / "benchmark.json"
    board = json.loads(file.read_text())
    for model in board["models"].values():
        del model["tasks"]["insights"]
    file.write_text(json.dumps(board))
    with pytest.raises(SettingsError, match="metrics/ lacks 'insights': the pages describe a run of the default recipe"):
        readme.render(checkout)


def test_counts_of_sql_questions_follow_from_the_rates() -> None:
    board = json.loads((ROOT / "metrics" / "benchmark.json").read_text())
    results = readme.Results(board, {"verdicts": {}})
    own = board["models"][results.last]["tasks"]["sql"]
    own |= {"n": 125, "execution_accuracy": 0.248, "execution_accuracy_seen": 0.291262, "execution_accuracy_unseen": 0.045455}
    assert results.sql_questions() == (103, 30, 22, 1)
    own["execution_accuracy_seen"] = 0.5
    with pytest.raises(SettingsError, match="do not fit 125 questions"):
        results.sql_questions()
    own |= {"execution_accuracy_seen": 0.0, "execution_accuracy_unseen": 0.0}
    assert results.sql_questions() is None


@pytest.mark.parametrize(
    ("verdict", "gap", "reasons", "sentence"),
    [
        ("fit", {"mean": 0.2, "shown": True}, [], "**fit**: better than the best baseline"),
        ("not fit", {"mean": 0.2, "shown": True}, ["it is bad"], "**not fit**: better than the best baseline; it is bad"),
        ("not fit", {"mean": -0.2, "shown": True}, ["it is shown to be below"], "**not fit**: it is shown to be below"),
        ("not shown", {"mean": 0.2, "shown": False}, ["few prompts", "many words"], "**not shown**: few prompts; many words"),
        ("not shown", None, ["no baseline is known"], "**not shown**: no baseline is known"),
    ],
)
def test_a_verdict_is_that_of_the_report(checkout: Path, verdict: str, gap: object, reasons: list[str], sentence: str) -> None:
    file = checkout / "metrics" / "report.json"
    report = json.loads(file.read_text())
    report["verdicts"]["sql"] |= {"verdict": verdict, "above_baseline": gap, "reasons": reasons}
    file.write_text(json.dumps(report))
    assert f"- `sql`, question → query: {sentence}. " in readme.render(checkout)["README.md"]


def test_a_report_without_verdicts_asks_for_a_new_run(checkout: Path, monkeypatch, capsys) -> None:
    (checkout / "metrics" / "report.json").write_text('{"models": 3}')
    monkeypatch.chdir(checkout)
    assert cli.main(["readme"]) == 1
    expected = "vitrine readme: metrics/report.json has no verdicts: run `dvc repro`, then `vitrine readme`\n"
    assert capsys.readouterr().err == expected


def test_the_readme_is_short_and_shows_the_way(checkout: Path) -> None:
    text = (checkout / "README.md").read_text()
    assert len(text.splitlines()) <= 120
    assert "{{ results.table }}" in (ROOT / readme.PAGES["README.md"]).read_text()
    for command in ("make repro", "make test", "metrics/report.html", "vitrine set", "dvc exp run -S", "vitrine scores"):
        assert command in text, command


def test_every_benchmark_is_on_the_page() -> None:
    text = (ROOT / "benchmarks" / "README.md").read_text()
    scripts = [path.stem for path in (ROOT / "benchmarks").glob("*.py") if path.stem != "__init__"]
    named = set(re.findall(r"benchmarks[./](\w+)", text))
    assert sorted(set(scripts) - named) == []


# ---------------------------------------------------------------------------------------------------------------- records


def test_records_name_a_command_and_a_machine() -> None:
    text = record.RECORDS.read_text()
    records = json.loads(text)
    assert text == record.as_text(records), "records.json is written by benchmarks.record"
    for name, one in records.items():
        assert list(one) == ["command", "machine", "figures"], name
        for module in re.findall(r"benchmarks\.(\w+)", one["command"]):
            assert (ROOT / "benchmarks" / f"{module}.py").exists(), name
        assert one["figures"] == {path: record.figure(value, "") for path, value in one["figures"].items()}, name


@pytest.fixture
def records(tmp_path):
    file = tmp_path / "records.json"
    one = {
        "command": "python -m benchmarks.clean",
        "machine": "m",
        "figures": {"rate": 1, "at.0.8": 2.0, "range": [1, 2], "old": 3},
    }
    file.write_text(record.as_text({"clean": one}))
    return file


def keep(file: Path, monkeypatch, output: str, *arguments: str) -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(output))
    return record.main([*arguments, "--records", str(file)])


def test_a_record_takes_its_figures_from_the_last_line(records: Path, monkeypatch, capsys) -> None:
    output = 'some text\n{"rate": 5, "at": {"0.8": 0.5, "0": 7}, "range": [3, 4], "new": {"x": true, "y": 9}}\n'
    assert keep(records, monkeypatch, output, "clean", "--add", "new.y", "--machine", "a laptop") == 0
    one = json.loads(records.read_text())["clean"]
    assert one["figures"] == {"rate": 5, "at.0.8": 0.5, "range": [3, 4], "old": 3, "new.y": 9}
    assert (one["command"], one["machine"]) == ("python -m benchmarks.clean", "a laptop")
    assert capsys.readouterr().out == "clean: 4 figures written\nkept, because the output lacks them: old\n"


def test_all_figures_below_a_path_are_kept(records: Path, monkeypatch) -> None:
    output = '{"rate": 5, "tasks": {"sql": {"weak": 0.7, "cheat": "a text", "shown": true}, "a.b": {"range": [1, 2]}}, "task": 8}'
    assert keep(records, monkeypatch, output, "clean", "--add", "tasks") == 0
    figures = json.loads(records.read_text())["clean"]["figures"]
    added = {"tasks.sql.weak": 0.7, "tasks.sql.cheat": "a text", "tasks.a.b.range": [1, 2]}
    assert figures == {"rate": 5, "at.0.8": 2.0, "range": [1, 2], "old": 3, **added}


@pytest.mark.parametrize(
    ("output", "arguments", "sentence"),
    [
        ("Traceback", ["clean"], "the last line of the input is no JSON object: pipe the script's whole output in\n"),
        ("", ["clean"], "the last line of the input is no JSON object: pipe the script's whole output in\n"),
        ('{"rate": true}', ["clean", "--add", "rates"], "the output has no figure at rates\n"),
        ('{"rate": 1}', ["other", "--machine", "m"], "other is a new record: say --command\n"),
    ],
)
def test_a_wrong_record_is_one_sentence(records: Path, monkeypatch, capsys, output, arguments, sentence) -> None:
    before = records.read_bytes()
    assert keep(records, monkeypatch, output, *arguments) == 1
    assert capsys.readouterr().err == sentence
    assert records.read_bytes() == before
