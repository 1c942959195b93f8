"""benchmarks.choices: settings are chosen on validation prompts, never on test prompts, and not by chance."""

import math
from pathlib import Path

import pytest

from benchmarks import choices, validation
from tests.conftest import ROOT
from vitrine import tables
from vitrine.errors import VitrineError
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT


def chat(side, count=30):
    say = [{"role": "user", "content": "?"}]
    return [
        {"id": f"{side}:{n}", "task": "a", "entity": f"e{n}", "messages": say, "gold": "x", "facts": "{}", "version": "1"}
        for n in range(count)
    ]


def answers(rows, score):
    return [
        dict.fromkeys(ANSWERS.names)
        | {"model": "sft", "task": row["task"], "id": row["id"], "entity": row["entity"], "score": score(n), "components": "{}"}
        for n, row in enumerate(rows)
    ]


@pytest.fixture
def folder(tmp_path):
    """A clone in which the models are made, and what was run there."""
    for side in ("validation", "test"):
        tables.write(tmp_path / "data" / "chat" / f"{side}.parquet", chat(side), CHAT)
    return tmp_path


def test_a_model_is_asked_once_the_test_prompts_are_gone(folder, monkeypatch):
    ran = []

    def run(where, command):
        ran.append(command)
        if command.startswith("python -m benchmarks.validation"):
            assert not (where / choices.TEST).exists() and (where / choices.VALIDATION).exists()
            tables.write(where / choices.ANSWERED, answers(chat("validation"), lambda n: 0.5), ANSWERS)
        return 0.0, ""

    monkeypatch.setattr(choices, "run", run)
    found = choices.answered(folder, "sft", ["scale=smoke", "sft.steps=3"], ["--pull"], samples=0)
    assert set(found) == {("a", f"validation:{n}") for n in range(30)}
    assert ran[:2] == ["vitrine compose scale=smoke sft.steps=3", "dvc repro --pull sft"]


@pytest.mark.parametrize(("side", "gone"), [("test", True), ("validation", False)])
def test_answers_that_a_test_prompt_may_have_a_part_in_are_refused(folder, side, gone):
    if gone:
        (folder / choices.TEST).unlink()
    with pytest.raises(VitrineError, match="nothing may be chosen by them"):
        choices.on_validation(folder, answers(chat(side), lambda n: 0.5))


def test_answering_is_refused_while_the_test_prompts_are_there(folder, monkeypatch):
    (folder / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["validation", "sft", "--out", "answers.parquet"])
    with pytest.raises(VitrineError, match=r"test\.parquet is there"):
        validation.main()
    assert not Path("answers.parquet").exists()


@pytest.mark.parametrize(
    ("overrides", "model"),
    [(["base.repeats=1"], "sft"), (["sft.steps=3", "base.steps=2"], "sft"), (["sft.steps=3", "grpo.steps=2"], "grpo")],
)
def test_a_choice_is_judged_by_the_model_that_it_shapes(overrides, model):
    assert choices.shaped(overrides) == model


def judged(name, gain):
    """A choice whose answers are better than usual by `gain(n)`."""
    scores = (lambda n: 0.5), (lambda n: 0.5 + gain(n))
    usual, mine = ({(row["task"], row["id"]): row for row in answers(chat("validation"), of)} for of in scores)
    return choices.judged(name, "sft", mine, usual, "score", 7)


def test_only_what_is_better_by_more_than_chance_is_chosen():
    nothing = judged(choices.AS_IT_IS, lambda n: 0.0)
    luck, worse = judged("luck", lambda n: 0.3 * math.sin(n * n) + 0.02), judged("worse", lambda n: -0.2)
    better, best = judged("better", lambda n: 0.1 + 0.01 * (n % 3)), judged("best", lambda n: 0.2 + 0.01 * (n % 3))
    assert choices.choose([nothing, luck, worse]) == {"sft": choices.AS_IT_IS}
    assert choices.choose([nothing, luck, worse, better, best]) == {"sft": "best"}
    assert better["difference"]["mean"] == pytest.approx(0.11, abs=0.001) and better["score"] == pytest.approx(0.61, abs=0.001)
    assert better["difference"]["p"] < better["difference"]["p_holm"] < 0.05 < luck["difference"]["p_holm"]


def test_many_tries_must_be_shown_by_more():
    """Each of twenty has p = 0.03 or so by itself: one of them would."""
    lucky = [judged(f"luck {n}", lambda row: 0.2 * (-1) ** row + 0.09) for n in range(20)]
    assert lucky[0]["difference"]["p"] < 0.05
    assert choices.choose(lucky[:1]) == {"sft": "luck 0"} and choices.choose(lucky) == {"sft": choices.AS_IT_IS}
