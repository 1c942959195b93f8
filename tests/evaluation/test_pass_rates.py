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
def _everything_must_be_right(monkeypatch):
    monkeypatch.setitem(TASKS, "sentiment", replace(TASKS["sentiment"], solved=1.0))


@dataclass
class Replies:
    """An engine whose replies to a prompt, one after the other, are the words between its bars."""

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
def test_a_prompt_is_marked_by_what_its_replies_earn(replies, rate, mark, flat):
    (found,) = estimate_pass_rates(Replies(), [row("a", *replies)], samples=TWO, temperature=0.9, seed=7)
    assert (found["pass_rate"], found["mark"], found["flat"]) == (rate, mark, flat)
    assert len(found["samples"]) == 2


def test_each_task_says_from_which_score_a_reply_is_right():
    text = "keep drinks cold with this blue steel bottle"
    weak = row("d", text, "nothing of the kind", task="describe", title="Steel bottle", content=text)
    (found,) = estimate_pass_rates(Replies(), [weak], samples=TWO, temperature=0.9, seed=7)
    assert found["samples"] == pytest.approx([1.0, 0.0]) and found["mark"] == "sometimes"


def test_rows_keep_their_order_whatever_their_task_and_fit_the_table(tmp_path):
    rows = [row("a", RIGHT, RIGHT), row("d", "x", "x", task="describe", title="z", content="y"), row("b", FAR, RIGHT)]
    found = estimate_pass_rates(Replies(), rows, samples=TWO, temperature=0.9, seed=7)
    assert [one["id"] for one in found] == ["a", "d", "b"]
    tables.write(tmp_path / "prompts.parquet", found, PROMPTS)
    assert tables.read(tmp_path / "prompts.parquet", PROMPTS) == found
    assert summary(found) == {
        "prompts": 3,
        "sentiment.prompts": 2,
        "sentiment.always": 1,
        "sentiment.sometimes": 1,
        "sentiment.flat": 1,
        "describe.prompts": 1,
        "describe.never": 1,
        "describe.flat": 1,
    }


def test_without_samples_nothing_is_asked_and_nothing_marked():
    (found,) = estimate_pass_rates(None, [row("a", RIGHT)], samples={"sentiment": 0}, temperature=0.9, seed=7)
    assert (found["samples"], found["pass_rate"], found["mark"], found["flat"]) == (None, None, None, None)
