"""benchmarks.choices: settings are chosen on validation prompts, never on test prompts, and only if significantly better."""

import math
from pathlib import Path

import pytest

from benchmarks import choices, validation
from tests.conftest import ROOT
from vitrine import tables
from vitrine.errors import VitrineError
from vitrine.tables.answers import ANSWERS
from vitrine.tables.chat import CHAT


def chat(split, count=30):
    messages = [{"role": "user", "content": "?"}]
    return [
        {"id": f"{split}:{n}", "task": "a", "entity": f"e{n}", "messages": messages, "gold": "x", "facts": "{}", "version": "1"}
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
    """A clone with validation and test prompts."""
    for split in ("validation", "test"):
        tables.write(tmp_path / "data" / "chat" / f"{split}.parquet", chat(split), CHAT)
    return tmp_path


def test_test_prompts_are_removed_before_a_model_answers(folder, monkeypatch):
    commands = []

    def run(where, command):
        commands.append(command)
        if command.startswith("python -m benchmarks.validation"):
            assert not (where / choices.TEST).exists() and (where / choices.VALIDATION).exists()
            tables.write(where / choices.ANSWERS_FILE, answers(chat("validation"), lambda n: 0.5), ANSWERS)
        return 0.0, ""

    monkeypatch.setattr(choices, "run", run)
    graded = choices.answer_prompts(folder, "sft", ["scale=smoke", "sft.steps=3"], ["--pull"], samples=0)
    assert set(graded) == {("a", f"validation:{n}") for n in range(30)}
    assert commands[:2] == ["vitrine compose scale=smoke sft.steps=3", "dvc repro --pull sft"]


@pytest.mark.parametrize(("split", "removed"), [("test", True), ("validation", False)])
def test_answers_that_may_depend_on_test_prompts_are_refused(folder, split, removed):
    if removed:
        (folder / choices.TEST).unlink()
    with pytest.raises(VitrineError, match="choose settings on validation prompts only"):
        choices.on_validation(folder, answers(chat(split), lambda n: 0.5))


def test_answering_is_refused_if_test_prompts_exist(folder, monkeypatch):
    (folder / "params.yaml").write_bytes((ROOT / "params.yaml").read_bytes())
    monkeypatch.chdir(folder)
    monkeypatch.setattr("sys.argv", ["validation", "sft", "--out", "answers.parquet"])
    with pytest.raises(VitrineError, match=r"test\.parquet exists"):
        validation.main()
    assert not Path("answers.parquet").exists()


@pytest.mark.parametrize(
    ("overrides", "model"),
    [(["base.repeats=1"], "sft"), (["sft.steps=3", "base.steps=2"], "sft"), (["sft.steps=3", "grpo.steps=2"], "grpo")],
)
def test_choices_are_compared_by_the_last_model_that_they_change(overrides, model):
    assert choices.model_for(overrides) == model


def compare(name, gain):
    """A choice whose answers are better than the current ones by `gain(n)`."""
    scores = (lambda n: 0.5), (lambda n: 0.5 + gain(n))
    current, own = ({(row["task"], row["id"]): row for row in answers(chat("validation"), score)} for score in scores)
    return choices.compare(name, "sft", own, current, "score", 7)


def test_only_a_significant_gain_is_chosen():
    nothing = compare(choices.CURRENT, lambda n: 0.0)
    luck, worse = compare("luck", lambda n: 0.3 * math.sin(n * n) + 0.02), compare("worse", lambda n: -0.2)
    better, best = compare("better", lambda n: 0.1 + 0.01 * (n % 3)), compare("best", lambda n: 0.2 + 0.01 * (n % 3))
    assert choices.choose([nothing, luck, worse]) == {"sft": choices.CURRENT}
    assert choices.choose([nothing, luck, worse, better, best]) == {"sft": "best"}
    assert better["difference"]["mean"] == pytest.approx(0.11, abs=0.001) and better["score"] == pytest.approx(0.61, abs=0.001)
    assert better["difference"]["p"] < better["difference"]["p_holm"] < 0.05 < luck["difference"]["p_holm"]


def test_p_values_are_corrected_for_many_tries():
    """Each of twenty has p < 0.05 alone, but not after the correction."""
    lucky = [compare(f"luck {n}", lambda row: 0.2 * (-1) ** row + 0.09) for n in range(20)]
    assert lucky[0]["difference"]["p"] < 0.05
    assert choices.choose(lucky[:1]) == {"sft": "luck 0"} and choices.choose(lucky) == {"sft": choices.CURRENT}
