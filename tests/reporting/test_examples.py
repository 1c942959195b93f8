"""Which answers the report shows, and how any text becomes legible."""

import random

import pytest

from vitrine.reporting.examples import LONGEST, choose, legible

NAMES = {"sft": "SFT", "grpo": "GRPO"}


def rows(scores, task="sql"):
    return [
        {"task": task, "id": f"r{place}", "prompt": f"prompt {place}", "gold": "g", "answer": "a", "score": score}
        for place, score in enumerate(scores)
    ]


def test_the_best_the_worst_and_a_typical_prompt_are_shown():
    answers = {"sft": rows([0.5, 0.5, 0.5, 0.5, 0.5]), "grpo": rows([0.9, 0.1, 0.6, 0.6, 0.5])}
    examples = choose(answers, NAMES, count=3)
    assert [(one.prompt, one.why) for one in examples] == [
        ("prompt 0", "Largest gain of GRPO against SFT: 0.40"),
        ("prompt 1", "Largest loss of GRPO against SFT: 0.40"),
        ("prompt 2", "Typical of this task"),
    ]


def test_the_order_of_rows_changes_nothing(answers):
    names = {"base": "Base", "sft": "SFT", "grpo": "GRPO"}
    shuffled = {model: random.Random(4).sample(rows, len(rows)) for model, rows in answers.items()}
    assert choose(shuffled, names, count=3) == choose(answers, names, count=3)


@pytest.mark.parametrize("count", [0, 1, 2, 4, 20])
def test_the_requested_number_without_repeats(count):
    answers = {"sft": rows([0.1 * place for place in range(10)]), "grpo": rows([0.5] * 10)}
    examples = choose(answers, NAMES, count=count)
    assert len({one.prompt for one in examples}) == len(examples) == min(count, 10)


def test_one_model_is_judged_by_its_own_scores():
    examples = choose({"sft": rows([0.0, 0.5, 1.0])}, NAMES, count=3)
    assert [one.why for one in examples] == ["SFT scores high here", "SFT scores low here", "Typical of this task"]


def test_only_prompts_that_every_model_answered_are_shown():
    examples = choose({"sft": rows([0.1, 0.2]), "grpo": rows([0.3])}, NAMES, count=3)
    assert [one.prompt for one in examples] == ["prompt 0"]


def test_ungraded_tasks_and_no_answers():
    assert [one.why for one in choose({"sft": rows([None])}, NAMES, count=3)] == ["Not graded"]
    assert choose({}, NAMES, count=3) == []
    assert choose({"sft": []}, NAMES, count=3) == []


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("olá\n\t👏 ção", "olá\n\t👏 ção"),
        ("a\r\nb\rc", "a\nb␍c"),
        ("a\x00b\x1b[31m", "a␀b␛[31m"),
        ("user\u202egnp.exe", "user⟨U+202E⟩gnp.exe"),
        ("\u200f\u2066x\u2069", "⟨U+200F⟩⟨U+2066⟩x⟨U+2069⟩"),
        ("a\x7f\x85\ufffe", "a⟨U+007F⟩⟨U+0085⟩⟨U+FFFE⟩"),
        ("half \ud83d of a pair", "half ⟨U+D83D⟩ of a pair"),
        (None, ""),
        ({"a": 1}, '{"a": 1}'),
    ],
)
def test_any_text_becomes_legible(text, seen):
    assert legible(text) == seen
    legible(text).encode()


def test_long_text_is_cut():
    assert legible("a" * (LONGEST + 1_234)).endswith("a … and 1,234 more characters")
