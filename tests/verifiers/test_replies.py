"""The answer is the part of a reply after the thinking."""

import pytest

from vitrine.verifiers.replies import answer_of


@pytest.mark.parametrize(
    ("reply", "answer"),
    [
        pytest.param(" sim \n", "sim", id="no thinking"),
        pytest.param("<think>não?</think>\nsim", "sim", id="after the thinking"),
        pytest.param("não?</think>sim", "sim", id="thinking that the prompt opened"),
        pytest.param("<think>a</think>b</think>c", "c", id="after the last of two"),
        pytest.param("<think>sim, mas", "", id="still thinking"),
        pytest.param("<think>a</think>sim<think>ou", "sim", id="thinking again"),
        pytest.param("", "", id="empty"),
    ],
)
def test_the_answer_follows_the_thinking(reply, answer):
    assert answer_of(reply) == answer
