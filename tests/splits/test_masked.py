"""A prompt that differs from a held-out one only in numbers is a copy, except in tasks in which the numbers matter."""

import polars as pl
import pytest

from vitrine.splits.masked import Masked, mask_numbers, masked_copies, masked_shares

RULES = Masked(jaccard=0.8, same_only=("sql",), not_compared=("churn",))


GOODS = "quantas vendas de brinquedos e de material de papelaria houve em"


def frame(*prompts, task="a"):
    without = mask_numbers(pl.Series(prompts, dtype=pl.String))
    return pl.DataFrame(
        {"task": [task] * len(prompts), "masked": without, "masked_own": without}, schema_overrides={"task": pl.String}
    )


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("vendas de ES em 08/2018", "vendas de ES em 12/2017"),
        ("pedidos 19; receita 3103; ticket 163,31", "pedidos 8; receita 436; ticket 5"),
        ("R$ 1.250,00 em 2018-06-30", "R$ 9 em 2017"),
        ("às 10:30 do dia 3", "às 9 do dia 28"),
        ("iPhone6 de 64GB", "iPhone7 de 128GB"),
    ],
)
def test_numbers_and_dates_of_any_form_are_masked_alike(text, same):
    assert mask_numbers(pl.Series([text])).item() == mask_numbers(pl.Series([same])).item() != text


@pytest.mark.parametrize(("text", "other"), [("10 azuis, 20 verdes", "10 azuis"), ("de 1 a 9", "de 1"), ("ES em 1", "SP em 1")])
def test_other_differences_stay(text, other):
    assert mask_numbers(pl.Series([text])).item() != mask_numbers(pl.Series([other])).item()


@pytest.mark.parametrize(
    ("task", "prompt", "copy"),
    [
        ("a", "Quantas vendas de brinquedos e de material de papelaria houve em ES em 12/2017?", True),
        ("a", "Quantas vendas de brinquedos e de material de papelaria houve em EX em 12/2017?", True),  # a letter of 75 differs
        ("a", "Como chegou a encomenda de 12/2017?", False),
        ("sql", "quantas vendas de brinquedos e de material de papelaria houve em ES em 1/2017", True),
        ("sql", "Quantas vendas de brinquedos e de material de papelaria houve em EX em 12/2017?", False),
        ("churn", "Quantas vendas de brinquedos e de material de papelaria houve em ES em 12/2017?", False),
    ],
)
def test_how_strict_it_is_depends_on_the_task(task, prompt, copy):
    held_out = frame("Quantas vendas de brinquedos e de material de papelaria houve em ES em 08/2018?", task=task)
    assert masked_copies(frame(prompt, "?", task=task), held_out, RULES).tolist() == [copy, False]


def test_remaining_similar_prompts_are_reported_for_every_task():
    test = pl.concat(
        [
            frame("ES em 08/2018", "qual a cor?", task="churn"),
            frame(f"{GOODS} SP em 1", task="sql"),
        ]
    )
    train = pl.concat(
        [
            frame("ES em 12/2017", task="churn"),
            frame(f"{GOODS} SC em 2", task="sql"),
        ]
    )
    assert masked_shares(test, train, RULES) == {
        "leaked_masked.churn": 0.5,
        "leaked_masked.sql": 0.0,
        "near_masked.churn": 0.5,
        "near_masked.sql": 1.0,
    }


def test_empty_frames_and_single_rows_are_compared_too():
    assert masked_copies(frame(), frame("a"), RULES).tolist() == [] and masked_copies(frame("a"), frame(), RULES).tolist() == [
        False
    ]
    assert masked_shares(frame(), frame("a"), RULES) == {}
    assert masked_shares(frame("a"), frame(), RULES) == {"leaked_masked.a": 0.0, "near_masked.a": 0.0}
