"""The answers in the report's browser: a reply cannot end the script that holds it, and the limit counts all bytes."""

import json

import pytest

from vitrine.reporting.scores.answers import embed
from vitrine.reporting.scores.models import Model

MODELS = [Model("sft", "SFT", 1)]


def rows(replies):
    return [
        {"task": "sql", "id": f"{place:02d}", "prompt": "p", "gold": None, "answer": reply, "score": 0.5}
        for place, reply in enumerate(replies)
    ]


@pytest.mark.parametrize("reply", ["</script >", "</SCRIPT>", "<!--<script>", "]]>&amp;", "a\u2028b"])
def test_a_reply_cannot_end_or_open_an_element(reply):
    embedded = embed({"sft": rows([reply])}, MODELS, limit=10_000)
    assert not set(embedded.data) & set("<>&\u2028\u2029")
    (prompt,) = json.loads(embedded.data)["prompts"]
    assert "script" not in reply.lower() or prompt["answers"][0][1] == reply


def test_the_limit_holds_with_the_last_prompt():
    answers = {"sft": rows(["x" * 100] * 5)}
    everything = embed(answers, MODELS, limit=10_000)
    size = len(json.dumps(json.loads(everything.data)["prompts"][0], separators=(",", ":"))) + 1
    assert everything.prompts == 5
    assert embed(answers, MODELS, limit=5 * size).prompts == 5
    assert embed(answers, MODELS, limit=5 * size - 1).prompts == 4
    assert embed(answers, MODELS, limit=size - 1).prompts == 0
