"""Graders finish in time on hostile texts of 100,000 characters."""

import time

import pytest

from tests.tasks import cheats as library
from tests.verifiers.hostile import HOSTILE

pytestmark = pytest.mark.slow

MAX_SECONDS = 1.0  # CPU time for one reply; most need a hundredth of it
TRIES = 3
TEMPLATES = {  # a grader may read on only if a reply looks like an answer
    "bare": "{text}",
    "in a report": "Resumo: {text}\nNúmeros: {text}\nRecomendação: {text}",
    "as a reason": '{{"risco": 0.5, "motivo": "{text}"}}',
    "after a thought": "<think>{text}</think>{text}",
    "in a fence": "```sql\n{text}\n```",
    "in JSON": '[{{"attribute": "a", "value": "{text}", "source": "{text}"}}]',
}


@pytest.mark.parametrize("task", library.GRADED, ids=lambda task: task.name)
def test_a_hostile_reply_is_graded_in_time(task, examples):
    case = library.cases(task, examples[task.name], 1)[-1]
    slow = {}
    for kind, text in HOSTILE.items():
        for form, template in TEMPLATES.items():
            if (elapsed := seconds(case, template.format(text=text))) > MAX_SECONDS:
                slow[f"{kind}, {form}"] = round(elapsed, 2)
    assert slow == {}


def seconds(case, reply):
    """The best CPU time of a few tries."""
    best = float("inf")
    for _ in range(TRIES):
        started = time.process_time()
        case.score(reply)
        best = min(best, time.process_time() - started)
        if best < MAX_SECONDS:
            break
    return best
