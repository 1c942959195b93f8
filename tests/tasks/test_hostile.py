"""No reply keeps a grader busy: texts of 100,000 characters that are made to."""

import time

import pytest

from tests.tasks import cheats as library
from tests.verifiers.hostile import HOSTILE

pytestmark = pytest.mark.slow

MOST_SECONDS = 1.0  # to grade one reply on a busy machine; most take a hundredth of it
TRIES = 3
WRAPPED = {  # where a grader reads on only if a reply looks like an answer
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
        for way, form in WRAPPED.items():
            if (taken := seconds(case, form.format(text=text))) > MOST_SECONDS:
                slow[f"{kind}, {way}"] = round(taken, 2)
    assert slow == {}


def seconds(case, reply):
    best = float("inf")
    for _ in range(TRIES):
        started = time.process_time()
        case.score(reply)
        best = min(best, time.process_time() - started)
        if best < MOST_SECONDS:
            break
    return best
