import json
from dataclasses import dataclass, replace

import pytest

from vitrine import tables
from vitrine.chat.messages import user_message
from vitrine.engines.engine import Answer
from vitrine.evaluation.pass_rates import estimate_pass_rates, summary
from vitrine.tables.prompts import PROMPTS
from vitrine.tasks import TASKS


@pytest.fixture(autouse=True)
def _only_a_full_score_is_solved(monkeypatch):
    monkeypatch.setitem(TASKS, "sentiment", replace(TASKS["sentiment"], solved=1.0))


@dataclass
class Replies:
    """An engine that returns the parts of a prompt between the bars as its samples."""

    def answer(self, prompts, sampling):
        return [
            [Answer(text=text, tokens=1, finished=True) for text in prompt[-1]["content"].split("|")[: sampling.samples]]
            for prompt in prompts
        ]


def row(name, *replies, task="sentiment", **facts):
    known = json.dumps(facts or {"score": 5})
    return {"id": name, "task": task, "messages": user_message("|".join(replies)), "facts": known, "version": "v"}


TWO = {"sentiment": 2, "describe": 2}
RIGHT, NEAR, FAR = "positivo, nota 5", "positivo, nota 4", "negativo, nota 1"


@pytest.mark.parametrize(
    ("replies", "rate", "mark", "flat"),
    [
        ((RIGHT, RIGHT), 1.0, "always", True),
        ((RIGHT, FAR), 0.5, "sometimes", False),
        ((NEAR, FAR), 0.0, "never", False),
        ((FAR, FAR), 0.0, "never", True),
        ((NEAR, NEAR), 0.0, "never", True),
    ],
)
def test_a_prompt_is_marked_by_the_scores_of_its_replies(replies, rate, mark, flat):
    (marked,) = estimate_pass_rates(Replies(), [row("a", *replies)], samples=TWO, temperature=0.9, seed=7)
    assert (marked["pass_rate"], marked["mark"], marked["flat"]) == (rate, mark, flat)
    assert len(marked["samples"]) == 2


def test_each_task_has_its_own_threshold_for_a_solved_reply():
    text = "keep drinks cold with this blue steel bottle"
    weak = row("d", text, "nothing of the kind", task="describe", title="Steel bottle", content=text)
    (marked,) = estimate_pass_rates(Replies(), [weak], samples=TWO, temperature=0.9, seed=7)
    assert marked["samples"] == pytest.approx([1.0, 0.0]) and marked["mark"] == "sometimes"


def test_rows_of_several_tasks_keep_their_order_and_fit_the_table(tmp_path):
    rows = [row("a", RIGHT, RIGHT), row("d", "x", "x", task="describe", title="z", content="y"), row("b", FAR, RIGHT)]
    marked = estimate_pass_rates(Replies(), rows, samples=TWO, temperature=0.9, seed=7)
    assert [row["id"] for row in marked] == ["a", "d", "b"]
    tables.write(tmp_path / "prompts.parquet", marked, PROMPTS)
    assert tables.read(tmp_path / "prompts.parquet", PROMPTS) == marked
    assert summary(marked) == {
        "prompts": 3,
        "sentiment.prompts": 2,
        "sentiment.always": 1,
        "sentiment.sometimes": 1,
        "sentiment.flat": 1,
        "describe.prompts": 1,
        "describe.never": 1,
        "describe.flat": 1,
    }


def test_without_samples_prompts_stay_unmarked():
    (unmarked,) = estimate_pass_rates(None, [row("a", RIGHT)], samples={"sentiment": 0}, temperature=0.9, seed=7)
    assert (unmarked["samples"], unmarked["pass_rate"], unmarked["mark"], unmarked["flat"]) == (None, None, None, None)
