"""Training prompts that repeat a held-out prompt are recognised, by each kind of copy; a shared template is no copy."""

import polars as pl
import pytest

from vitrine.splits.contamination import (
    Contamination,
    leak_kinds,
    same_text,
    shares_word_run,
    without_common_words,
    without_template,
)

ALL = Contamination(ngram=13, jaccard=0.8, by_gold=("sql",), replies=(), masked=None)
REVIEW = "comprei este produto para minha mae e ela adorou a entrega foi rapida e a embalagem chegou perfeita"


def frame(rows, task="a"):
    """A frame of prompts, or of (prompt, gold) pairs."""
    pairs = [row if isinstance(row, tuple) else (row, "gold") for row in rows]
    prompts = pl.DataFrame({"task": [task] * len(pairs), "prompt": [p for p, _ in pairs], "gold": [g for _, g in pairs]})
    return prompts.with_columns(own=prompts["prompt"], rare=prompts["prompt"])


@pytest.mark.parametrize("copy", ["Ótimo produto!", "otimo produto", "  ÓTIMO,\n produto ", "Ótimo - produto..."])
def test_a_copy_is_recognised_in_any_spelling(copy):
    assert same_text(pl.Series([copy, "produto ótimo"]), pl.Series(["Ótimo produto"])).tolist() == [True, False]


def test_thirteen_words_in_a_row_are_an_overlap_anywhere_in_the_text():
    words = [f"w{n}" for n in range(40)]
    texts = [" ".join(["x", *words[3:16], "y"]), " ".join(words[3:15]), " ".join(reversed(words)), "w1"]
    assert shares_word_run(pl.Series(texts), pl.Series([" ".join(words)]), words=13).tolist() == [True, False, False, False]
    assert shares_word_run(pl.Series(texts), pl.Series([" ".join(words)]), words=12).tolist() == [True, True, False, False]


def test_a_run_of_words_does_not_cross_two_texts():
    texts = pl.Series(["a b c d", "e f g h"])
    assert not shares_word_run(pl.Series(["c d e f"]), texts, words=4).any()


def test_the_template_of_a_task_is_removed():
    """Instruction, schema and ending are in every prompt. Other tasks do not matter."""
    names = ["Ana", "Bia", "Caio", "Davi"]
    questions = [f"[SQL] Responda com um SELECT.\norders(id, state)\nPergunta: Quantos pedidos {name} fez?" for name in names]
    other = ["Quantos pedidos", "Responda com calma ao cliente"]
    own = without_template(pl.Series(questions + other), pl.Series(["sql"] * 4 + ["general"] * 2))
    assert own.to_list() == ["ana fez", "bia fez", "caio fez", "davi fez", "quantos pedidos", "responda com calma ao cliente"]


def test_words_in_half_of_the_prompts_are_no_template():
    texts = pl.Series(["muito bom mesmo", "muito bom mesmo", "chegou com defeito", "nao recomendo a loja"])
    assert without_template(texts, pl.Series(["a"] * 4)).to_list() == texts.to_list()


def test_an_instruction_with_several_wordings_is_no_overlap_but_a_repeated_text_is():
    """Ten wordings of an instruction, each in a tenth of 200 prompts; two prompts share a text of twenty words."""
    wordings = [" ".join(f"i{way}w{n}" for n in range(20)) for way in range(10)]
    texts = [" ".join(f"t{row}w{n}" for n in range(20)) for row in range(199)]
    prompts = pl.Series([f"{wordings[row % 10]} {text}" for row, text in enumerate([*texts, texts[3]])])
    tasks = pl.Series(["a"] * 200)
    rare, own = without_common_words(prompts, tasks), without_template(prompts, tasks)
    assert rare.to_list() == [*texts, texts[3]] and own.to_list() == prompts.to_list()
    assert shares_word_run(rare[:100], rare[100:], words=13).tolist() == [row == 3 for row in range(100)]


def test_words_in_few_prompts_are_uncommon_however_few_prompts_there_are():
    texts = pl.Series(["comprei este produto", "comprei este produto", "x"])
    assert without_common_words(texts, pl.Series(["a"] * 3)).to_list() == texts.to_list()


@pytest.mark.parametrize(
    ("prompt", "kind"),
    [
        (REVIEW.upper() + "!", "exact"),
        (f"oi, {REVIEW} e por isso voltarei a comprar sempre que puder nesta loja", "ngram"),
        ("Caneca azul de porcelana, 300 mL com tampas", "near"),
        ("Caneca verde de vidro, 500 ml", None),
        (" ".join(REVIEW.split()[:12]), None),
    ],
)
def test_each_kind_of_copy_is_named(prompt, kind):
    held_out = frame([REVIEW, "Caneca azul de porcelana 300 ml com tampa"])
    assert leak_kinds(frame([prompt]), held_out, ALL).to_list() == [kind]


def test_rules_that_are_off_find_nothing():
    prompts = frame([f"oi {REVIEW} sim", "caneca azul de porcelana 300 ml com tampas"])
    held_out = frame([REVIEW, "caneca azul de porcelana 300 ml com tampa"])
    off = {"ngram": None, "jaccard": None, "by_gold": (), "replies": (), "masked": None}
    assert leak_kinds(prompts, held_out, Contamination(**off)).to_list() == [None, None]
    assert leak_kinds(prompts, held_out, Contamination(**off | {"ngram": 13})).to_list() == ["ngram", None]
    assert leak_kinds(prompts, held_out, Contamination(**off | {"jaccard": 0.8})).to_list() == ["near", "near"]
    assert leak_kinds(prompts, held_out, Contamination(**off | {"jaccard": 1.0})).to_list() == [None, None]


def test_questions_that_differ_in_a_constant_are_compared_by_their_query():
    query = "SELECT COUNT(*) FROM orders WHERE state = '{}'"
    questions = [
        ("quantos pedidos vieram do estado RJ em 2017", query.format("RJ")),
        ("pedidos de SP?", query.format("SP").lower()),
    ]
    held_out = frame([("quantos pedidos vieram do estado SP em 2017", query.format("SP"))], "sql")
    assert leak_kinds(frame(questions, "sql"), held_out, ALL).to_list() == [None, "gold"]
    unnamed = Contamination(ngram=13, jaccard=0.7, by_gold=(), replies=(), masked=None)
    assert leak_kinds(frame(questions, "sql"), held_out, unnamed).to_list() == ["near", None]
    assert leak_kinds(frame(questions, "other"), held_out, ALL.model_copy(update={"jaccard": None})).to_list() == [None] * 2
    assert leak_kinds(frame([("outra", None)], "sql"), frame([("pergunta", None)], "sql"), ALL).to_list() == [None]


DESCRIBED = "A wooden puzzle of 1000 pieces that shows a lake at dusk, for two or more players."


def test_a_reply_similar_to_a_held_out_one_is_a_copy_whatever_the_prompts():
    """Only in the named tasks, and only against replies of the same task."""
    sold = [
        ("Maplweood 1000", DESCRIBED),
        ("Wood game, lake", DESCRIBED.replace("dusk", "dawn")),
        ("Maple tree", "A young tree in a pot of clay, to be watered once a week."),
        ("no reply", None),
        ("Maplewood Puzzle", "An empty box."),
    ]
    held_out = pl.concat([frame([("Maplewood Puzzle", DESCRIBED), ("nothing", None)]), frame([("x", sold[2][1])], task="b")])
    rules = ALL.model_copy(update={"replies": ("a",)})
    assert leak_kinds(frame(sold), held_out, rules).to_list() == ["reply", "reply", None, None, "exact"]
    assert leak_kinds(frame(sold), held_out, rules.model_copy(update={"jaccard": None})).to_list() == [
        "reply",
        *[None] * 3,
        "exact",
    ]
    assert leak_kinds(frame(sold), held_out, ALL).to_list() == [*[None] * 4, "exact"]
    assert leak_kinds(frame(sold, task="c"), held_out, rules).to_list() == [*[None] * 4, "exact"]


@pytest.mark.parametrize(("train", "held_out"), [([], ["a"]), (["a"], []), ([], []), ([""], ["b"])])
def test_empty_frames_and_single_rows_are_compared_too(train, held_out):
    rules = ALL.model_copy(update={"replies": ("a",)})
    train_rows, held_out_rows = ([(prompt, None) for prompt in side] for side in (train, held_out))
    assert leak_kinds(frame(train_rows), frame(held_out_rows), rules).to_list() == [None] * len(train)
    assert without_template(pl.Series(train, dtype=pl.String), pl.Series(["a"] * len(train), dtype=pl.String)).to_list() == train
