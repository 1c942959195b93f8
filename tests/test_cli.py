"""vitrine compose, pin and rewards: their output, exit codes and messages."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT, ToyRepo
from vitrine import cli, tables
from vitrine.chat.messages import user_message
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT
from vitrine.tables.prompts import PROMPTS


def compose(repo: ToyRepo, *words: str) -> "subprocess.CompletedProcess[str]":
    return repo.python("-m", "vitrine.cli", "compose", *words)


def test_help_lists_the_commands(repo: ToyRepo) -> None:
    done = repo.python("-m", "vitrine.cli", "--help")
    assert done.returncode == 0
    assert "compose conf/ into params.yaml" in done.stdout
    assert "vitrine compose --check" in done.stdout


def test_a_misspelt_command_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        cli.main(["compse"])
    assert left.value.code == 2
    assert "invalid choice: 'compse'; did you mean compose? Choose one of compose, set, " in capsys.readouterr().err
    with pytest.raises(SystemExit):
        cli.main(["rewards", "audits"])
    assert capsys.readouterr().err.endswith("invalid choice: 'audits'; did you mean audit? Choose one of audit\n")
    with pytest.raises(SystemExit):
        cli.main(["xyzzy"])
    assert "invalid choice: 'xyzzy'; choose one of compose, " in capsys.readouterr().err


def test_a_closed_pipe_ends_a_command_without_a_word(repo: ToyRepo) -> None:
    script = "set -o pipefail; PYTHONUNBUFFERED=1 python -m vitrine.cli compose --check seed=8 toy.rows=5 | true"
    done = subprocess.run(["bash", "-c", script.replace("python", sys.executable)], cwd=repo.root, capture_output=True, text=True)
    assert (done.returncode in (1, 141), done.stderr.count("ipe")) == (True, 0)


def test_compose_lists_ten_of_many_changes(repo: ToyRepo, capsys: pytest.CaptureFixture[str]) -> None:
    params = repo.root / "params.yaml"
    params.write_text(params.read_text() + "".join(f"old{number}: 1\n" for number in range(30)))
    done = compose(repo)
    lines = done.stdout.splitlines()
    assert len(lines) == 12 and lines[10] == "… and 20 more (`git diff params.yaml` shows all)"
    assert lines[11] == "params.yaml: 30 keys changed"


def test_compose_prints_and_writes_the_changes(repo: ToyRepo) -> None:
    done = compose(repo, "toy.rows=5")
    assert (done.returncode, done.stdout) == (0, "toy.rows: 3 -> 5\nparams.yaml: 1 key changed\n")
    assert yaml.safe_load((repo.root / "params.yaml").read_text())["toy"]["rows"] == 5
    again = compose(repo, "toy.rows=5")
    assert (again.returncode, again.stdout) == (0, "params.yaml: nothing changed\n")


@pytest.mark.slow
def test_check_writes_nothing(repo: ToyRepo) -> None:
    before = (repo.root / "params.yaml").read_bytes()
    assert compose(repo, "--check").returncode == 0
    done = compose(repo, "--check", "toy.rows=5")
    assert done.returncode == 1
    assert done.stdout == "toy.rows: 3 -> 5\n"
    assert done.stderr == "vitrine compose: params.yaml is not what conf/ composes, see 1 key above: run `make params`\n"
    assert (repo.root / "params.yaml").read_bytes() == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("toy=huge", "vitrine compose: toy=huge: there is no such option; choose one of default\n"),
        ("toy=defualt", "toy=defualt: there is no such option; did you mean default? Choose one of default\n"),
        ("toy.rowz=1", "vitrine compose: toy.rowz: there is no such key or group; did you mean toy.rows?\n"),
        ("recipe=tucano2", "vitrine compose: recipe: there is no such key or group\n"),
        (
            "toy.rows=[1",
            "vitrine compose: toy.rows=[1: cannot be read; write KEY=VALUE, as in grpo.temperature=1.0 or scale=smoke\n",
        ),
        ("toy.rows=${nowhere}", "nowhere"),
    ],
)
def test_a_bad_override_is_one_sentence_and_changes_nothing(repo: ToyRepo, override: str, message: str) -> None:
    before = (repo.root / "params.yaml").read_bytes()
    done = compose(repo, override)
    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (repo.root / "params.yaml").read_bytes() == before


@pytest.mark.slow
def test_a_missing_or_broken_params_file_is_written_anew(repo: ToyRepo) -> None:
    params = repo.root / "params.yaml"
    before = params.read_bytes()
    for broken in (None, b"toy: [", b"\xff\xfe", b"3\n"):
        params.unlink() if broken is None else params.write_bytes(broken)
        assert compose(repo).returncode == 0
        assert params.read_bytes() == before


@pytest.mark.slow
def test_a_command_acts_on_the_checkout_of_the_current_folder(repo: ToyRepo, tmp_path: Path) -> None:
    (repo.root / "deep").mkdir()
    script = Path(sys.executable).parent / "vitrine"
    if script.exists():  # the installed command, which knows another checkout
        done = subprocess.run([script, "compose", "toy.rows=9"], cwd=repo.root / "deep", capture_output=True, text=True)
        assert (done.returncode, done.stdout) == (0, "toy.rows: 3 -> 9\nparams.yaml: 1 key changed\n"), done.stderr
    outside = subprocess.run([sys.executable, "-m", "vitrine.cli", "compose"], cwd="/", capture_output=True, text=True)
    if outside.returncode != 0 and "No module named" not in outside.stderr:
        assert "is in no checkout" in outside.stderr


# ------------------------------------------------------------------------------------------------- pin


@pytest.fixture
def alpaca(repo: ToyRepo, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a manifest, stood in, and the folder of which params.yaml says that Alpaca lies there."""
    (repo.root / "manifests").mkdir()
    shutil.copy(ROOT / "manifests" / "alpaca.yaml", repo.root / "manifests")
    params = repo.root / "params.yaml"
    params.write_text(params.read_text() + "ingest: {sources: {alpaca: {path: files}, olist: {path: null}}}\n")
    (repo.root / "files").mkdir()
    (repo.root / "files" / "alpaca_data.json").write_text("[]")
    monkeypatch.chdir(repo.root / "files")
    return repo.root / "files"


def test_pin_prints_and_writes_the_hashes(alpaca: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["pin", "alpaca"]) == 0
    message = capsys.readouterr().out
    whose = (
        "0 of 1 files are known as files of Stanford Alpaca\nyour own files: alpaca_data.json\n"
        "their licence is yours to state: `vitrine pin alpaca --name … --licence … --commercial yes|no`\n"
    )
    first = "alpaca_data.json: nothing -> sha256 4f53cda18c2b…, 2 bytes\nmanifests/alpaca.yaml: 1 file changed\n"
    assert message == first + whose
    manifest = alpaca.parent / "manifests" / "alpaca.yaml"
    assert yaml.safe_load(manifest.read_text())["path"]["alpaca_data.json"]["bytes"] == 2
    assert cli.main(["pin", "alpaca", "--check"]) == 0
    assert cli.main(["pin", "alpaca"]) == 0
    assert capsys.readouterr().out == "manifests/alpaca.yaml: nothing changed\n" + whose


def test_pin_writes_what_the_owner_states(alpaca: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = alpaca.parent / "manifests" / "alpaca.yaml"
    assert cli.main(["pin", "alpaca", "--licence", "internal use only", "--commercial", "no"]) == 0
    assert "yours to state" not in capsys.readouterr().out
    assert cli.main(["pin", "alpaca", "--name", "Our instructions"]) == 0
    values = yaml.safe_load(manifest.read_text())
    assert values["own"] == {"title": "Our instructions", "licence": "internal use only", "commercial": False}
    assert values["licence"] == "CC BY-NC 4.0"
    assert cli.main(["pin", "alpaca", "--check", "--name", "Other"]) == 1
    assert "--check writes nothing" in capsys.readouterr().err
    assert cli.main(["pin", "alpaca", "--licence", "  "]) == 1
    assert "own.licence" in capsys.readouterr().err
    assert yaml.safe_load(manifest.read_text()) == values


def test_pin_drops_statements_about_other_files(alpaca: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = alpaca.parent / "manifests" / "alpaca.yaml"
    cli.main(["pin", "alpaca", "--name", "Our instructions", "--licence", "internal use", "--commercial", "yes"])
    (alpaca / "alpaca_data.json").write_text("[ ]")
    capsys.readouterr()
    assert cli.main(["pin", "alpaca", "--check"]) == 1
    assert yaml.safe_load(manifest.read_text())["own"]["title"] == "Our instructions", "--check writes nothing"
    assert cli.main(["pin", "alpaca", "--licence", "internal use"]) == 0
    printed = capsys.readouterr().out
    dropped = "dropped your statement about other files, give it again if it holds:"
    assert f"{dropped} --name 'Our instructions'\n{dropped} --commercial yes\n" in printed and "--licence 'int" not in printed
    own = yaml.safe_load(manifest.read_text())["own"]
    assert own == {"title": None, "licence": "internal use", "commercial": None}
    assert cli.main(["pin", "alpaca"]) == 0
    assert yaml.safe_load(manifest.read_text())["own"] == own, "the files are the same"


def test_pin_takes_another_path_and_check_writes_nothing(alpaca: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["pin", "alpaca"])
    (alpaca / "other").mkdir()
    (alpaca / "other" / "alpaca_data.json").write_text("[ ]")
    manifest = alpaca.parent / "manifests" / "alpaca.yaml"
    before = manifest.read_bytes()
    capsys.readouterr()
    assert cli.main(["pin", "alpaca", "--path", "other", "--check"]) == 1
    captured = capsys.readouterr()
    assert captured.out.startswith("alpaca_data.json: sha256 4f53cda18c2b…, 2 bytes -> sha256 ")
    assert "does not pin what is at other, see 1 file above: run `vitrine pin alpaca" in captured.err
    assert manifest.read_bytes() == before
    assert cli.main(["pin", "alpaca", "--path", "other"]) == 0
    assert manifest.read_bytes() != before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["alpacca"], "vitrine pin: there is no source 'alpacca'; did you mean alpaca? Choose one of olist, "),
        (["olist"], "vitrine pin: params.yaml sets no ingest.sources.olist.path: set it (and origin=path), or give --path"),
        (["alpaca", "--path", "nowhere"], "vitrine pin: nowhere does not exist; expected the folder or zip with the files of "),
        (["olist", "--path", "."], "olist.yaml cannot be read"),
    ],
)
def test_a_pin_that_fails_is_one_sentence(
    alpaca: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["pin", *words]) == 1
    message_printed = capsys.readouterr().err
    assert message in message_printed
    assert len(message_printed.splitlines()) == 1


def answers_in(folder: Path, scores: list[float]) -> Path:
    parts = json.dumps({"parses": 1.0, "resolves": 1.0, "runs": 1.0, "equal": 0.0, "bird": 0.0, "unseen": 0.0})
    rows = [
        {"model": "sft", "task": "sql", "id": f"sql:{i}", "entity": str(i), "score": score, "components": parts}
        for i, score in enumerate(scores)
    ]
    tables.write(folder / "sft.parquet", rows, ANSWERS)
    return folder


def test_rewards_audit_prints_and_writes_the_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answers = answers_in(tmp_path / "answers", [0.3] * 30)
    drawn = [{"task": "sql", "samples": [0.3] * 4}]
    tables.write(tmp_path / "prompts.parquet", drawn, PROMPTS)
    words = ["rewards", "audit", str(answers), "--prompts", str(tmp_path / "prompts.parquet"), "--group", "4"]
    assert cli.main([*words, "--json", str(tmp_path / "out" / "audit.json")]) == 0
    message = capsys.readouterr().out
    assert "100% of the groups of 4 would have zero variance" in message
    report = json.loads((tmp_path / "out" / "audit.json").read_text())
    assert report["group"] == 4 and report["tasks"]["sql"]["models"]["sft"]["n"] == 30
    assert report["tasks"]["sql"]["prompts"]["continuous"] == 1.0


def test_rewards_audit_without_paths_reads_the_checkout(repo: ToyRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(repo.root)
    answers_in(repo.root / "elsewhere", [0.3] * 30)
    (repo.root / "params.yaml").write_text("benchmark: {answers: elsewhere, seed: 3}\ngrpo: {generations: 5}\n")
    assert cli.main(["rewards", "audit", "--json", "audit.json"]) == 0
    report = json.loads((repo.root / "audit.json").read_text())
    assert (report["group"], report["seed"]) == (5, 3)
    assert report["tasks"]["sql"]["prompts"] is None


def test_rewards_audit_reads_controls_or_computes_them(
    repo: ToyRepo, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(repo.root)
    stars = [5 if place % 3 else 1 for place in range(30)]
    common = {"model": "sft", "task": "sentiment", "answer": "positivo, nota 5", "version": "a1"}
    rows = [
        common
        | {"id": f"r{place}", "entity": f"{place}", "score": float(score == 5)}
        | {"components": json.dumps({"said": 1.0, "true": float(score == 5)})}
        for place, score in enumerate(stars)
    ]
    prompts = [
        {"id": row["id"], "task": "sentiment", "entity": row["entity"], "messages": user_message(row["id"]), "version": "a1"}
        | {"gold": None, "facts": json.dumps({"score": score})}
        for row, score in zip(rows, stars, strict=True)
    ]
    tables.write(repo.root / "data/answers/sft.parquet", rows, ANSWERS)
    assert cli.main(["rewards", "audit"]) == 0
    assert "controls are not all available for sentiment" in capsys.readouterr().out
    tables.write(repo.root / "data/chat/test.parquet", prompts, CHAT)
    for words in ([], ["data/answers/sft.parquet", "--chat", "data/chat/test.parquet"]):
        assert cli.main(["rewards", "audit", *words]) == 0
        assert "the answers of sft still earn 0.667 of 0.667 (100 %)" in capsys.readouterr().out
    (repo.root / "data/chat/test.parquet").unlink()
    kept = [row | {"model": "copy", "score": 0.25, "components": '{"how": "the prompt"}'} for row in rows]
    tables.write(repo.root / "data/answers/controls/copy.parquet", kept, ANSWERS)
    assert cli.main(["rewards", "audit", "--json", "audit.json"]) == 0
    assert json.loads((repo.root / "audit.json").read_text())["tasks"]["sentiment"]["controls"]["copy"] == 0.25


def test_rewards_audit_without_answers_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rewards", "audit", str(tmp_path)]) == 1
    message = capsys.readouterr().err
    assert message.startswith("vitrine rewards: ") and message.count("\n") == 1 and "holds no tables of answers" in message
    with pytest.raises(SystemExit) as left:
        cli.main(["rewards", "audit", "--group", "1"])
    assert left.value.code == 2
    assert "a group has 2 replies or more, not '1'" in capsys.readouterr().err
