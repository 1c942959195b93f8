"""vitrine show: one row's way, from its source to the rewards of every model's reply."""

import json
import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vitrine import cli, tables
from vitrine.chat.messages import user_message
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT

ROW = {
    "id": "sentiment:r1aaaaaaa:o1aaaaaaa",
    "task": "sentiment",
    "entity": "c1",
    "cluster": "c1",
    "messages": user_message("avaliação: bom \x1b[31m"),
    "gold": "positivo, nota 5",
    "facts": json.dumps({"score": 5}),
    "version": "a1",
}
OTHER = ROW | {"id": "sentiment:r2aaaaaaa:o2aaaaaaa", "messages": user_message("ruim"), "gold": None}
QUESTION = ROW | {"id": "sql:receita:2018", "task": "sql", "facts": "x" * 5000}


pytestmark = pytest.mark.slow  # they load a model's tokenizer, and with it torch


@pytest.fixture
def place(tmp_path: Path, base: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with three rows, a review, a model and two models' answers."""
    (tmp_path / "conf").mkdir()
    (tmp_path / "conf" / "stage.yaml").touch()
    tables.write(tmp_path / "data" / "chat" / "train.parquet", [OTHER, QUESTION], CHAT)
    tables.write(tmp_path / "data" / "chat" / "test.parquet", [ROW], CHAT)
    reviews = tmp_path / "data" / "clean" / "olist" / "order_reviews.parquet"
    reviews.parent.mkdir(parents=True)
    pq.write_table(pa.table({"review_id": ["r1aaaaaaa", "r9"], "review_comment_message": ["bom", "outra"]}), reviews)
    shutil.copytree(base, tmp_path / "models" / "base")
    answer = {"task": "sentiment", "id": ROW["id"], "answer": "negativo", "gold": ROW["gold"], "tokens": 4}
    parts = {"base": {"right": 0.0}, "sft": {"right": 1.0, "near": 0.5}}
    for model, components in parts.items():
        row = answer | {"model": model, "score": components["right"], "components": json.dumps(components)}
        tables.write(tmp_path / "data" / "answers" / f"{model}.parquet", [row], ANSWERS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    code = cli.main(["show", *words])
    return code, *capsys.readouterr()


def test_a_row_is_shown_from_its_source_to_the_rewards(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = shown(capsys, ROW["id"])
    assert code == 0 and "\x1b" not in text, "plain where it is no terminal, and no text steers one"
    order = [
        "== sentiment:r1aaaaaaa:o1aaaaaaa · test split",
        'olist/order_reviews.parquet: {"review_id": "r1aaaaaaa", "review_comment_message": "bom"}',
        "user: avaliação: bom ␛[31m",
        "learned, between ⟦ and ⟧",
        "== gold reply\npositivo, nota 5",
        '{"score": 5}',
        "base: negativo\n  score 0.000, 4 tokens\n  right 0",
        "sft: negativo\n  score 1.000, 4 tokens\n  right 1, near 0.5",
    ]
    places = [text.index(part) for part in order]
    assert places == sorted(places)
    tokens = text[text.index("== tokens") : text.index("== gold")].replace("|", "")
    assert "⟦positivo, nota 5<im_end>⏎\n⟧" in tokens and "outra" not in text


def test_in_a_terminal_the_learned_tokens_are_green(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = shown(capsys, ROW["id"], "--color", "always")
    assert "\x1b[32m" in text and "learned, green" in text and "⟦" not in text


def test_a_row_without_a_gold_reply_is_a_prompt_only(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = shown(capsys, "r2", "--task", "sentiment")
    assert (
        "none learned" in text and "the task is graded without one" in text and "only rows of the test split are answered" in text
    )


def test_a_question_has_no_source_row_and_long_facts_are_cut(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = shown(capsys, "sql:receita:2018")
    assert "not one row: the example is made from several" in text and "… and 4,000 more characters" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (
            ["sentiment:"],
            "2 rows begin with sentiment:, such as sentiment:r2aaaaaaa:o2aaaaaaa, sentiment:r1aaaaaaa:o1aaaaaaa: write",
        ),
        (["nobody"], "no row in "),
        (["r1", "--task", "sql"], "no row of task sql in "),
        ([ROW["id"], "--model", "nowhere"], ""),
    ],
)
def test_an_id_that_names_no_row_is_one_sentence(
    place: Path, capsys: pytest.CaptureFixture[str], words: list[str], sentence: str
) -> None:
    code, text, error = shown(capsys, *words)
    if sentence:
        assert code == 1 and sentence in error and len(error.splitlines()) == 1
    else:
        assert code == 0 and "nowhere is not on this machine" in text


def test_without_rows_the_command_says_how_to_get_them(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for file in (place / "data" / "chat").iterdir():
        file.unlink()
    code, _, error = shown(capsys, "x")
    assert code == 1 and "has no rows yet: run `dvc repro format`" in error
