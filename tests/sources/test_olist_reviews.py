"""The sample's reviews match published ones in rates, length, variety and agreement with scores, and copy none."""

import random
import re
from collections import Counter
from pathlib import Path

import polars as pl
import pytest
import yaml

from benchmarks.likeness import facts
from benchmarks.likeness import reviews as read
from vitrine.cleaning.personal_data import redact
from vitrine.facts.reviews import PRAISES, PROBLEMS, text_fields
from vitrine.sources.samples import damage, personal_data
from vitrine.sources.samples import olist as sample
from vitrine.sources.samples.grammar import Phrase
from vitrine.sources.samples.olist_reviews import ReviewFacts, ReviewWriter, load_grammar
from vitrine.sources.samples.weighted import Grammar

# Measured on the published reviews by `python -m benchmarks.likeness`, with the allowed difference.
PUBLISHED = {
    "without_message": (0.587, 0.02),
    "without_title": (0.883, 0.02),
    "score_5": (0.578, 0.02),
    "score_4": (0.193, 0.02),
    "score_3": (0.082, 0.01),
    "score_2": (0.032, 0.01),
    "score_1": (0.115, 0.02),
    "chars_p50": (53, 10),
    "chars_p75": (95, 25),
    "chars_p95": (192, 20),
    "repeated_in_4000": (0.059, 0.02),
    "all_lower": (0.145, 0.04),
    "all_upper": (0.032, 0.015),
    "with_accents": (0.55, 0.08),
    "emoji": (0.007, 0.006),
    "ends_with_point": (0.542, 0.07),
    "line_break": (0.094, 0.04),
    "problem_of_4_5": (0.031, 0.03),
    "problem_of_1_2": (0.395, 0.1),
    "praise_of_4_5": (0.421, 0.1),
    "praise_of_1_2": (0.033, 0.03),
    "recommends_of_4_5": (0.157, 0.06),
    "warns_of_1_2": (0.032, 0.03),
    "exchange_of_1_2": (0.096, 0.05),
    "polarity_from_words": (0.836, 0.05),
}
ROOT = Path(__file__).resolve().parents[2]
LOWER_BOUNDS = {"words_in_4000": (4470, 2900)}  # published value, minimum for the sample


@pytest.fixture(scope="module")
def frame(tmp_path_factory):
    folder = tmp_path_factory.mktemp("olist")
    sample.generate(folder, rows=11_000, seed=3)
    return read(folder)


@pytest.fixture(scope="module")
def texts(frame):
    return frame["review_comment_message"].drop_nulls()


def test_rates_lengths_and_agreement_with_scores_match_published_reviews(frame):
    measured = facts(frame, seed=3)
    wrong = {name: (measured[name], near) for name, (near, by) in PUBLISHED.items() if abs(measured[name] - near) > by}
    assert not wrong
    for name, (published, least) in LOWER_BOUNDS.items():
        assert least <= measured[name] <= published * 1.1


def test_no_message_is_longer_than_published_ones(texts):
    assert texts.str.len_chars().max() <= 208
    assert texts.str.strip_chars().eq("").sum() > 0, "some are blank, as published"


@pytest.mark.slow
def test_no_long_message_is_a_copy_of_a_published_one(real, texts):
    """Short verdicts coincide by rng; a published sentence of more than ten words would be a copy."""

    def words_of(text):
        return " ".join(re.findall(r"\w+", text.lower()))

    published = {words_of(text) for text in read(real / "olist")["review_comment_message"].drop_nulls()}
    long = [text for text in map(words_of, texts) if len(text.split()) > 10]
    assert len(long) > 500
    assert not [text for text in long if text in published]


def test_every_value_of_every_field_occurs(texts):
    fields = [text_fields(text) for text in texts]
    for name, values in (("problema", PROBLEMS), ("elogio", PRAISES), ("recomenda", ("sim", "nao", "nao_diz"))):
        counts = Counter(row[name] for row in fields)
        assert set(counts) >= set(values), name
        assert min(counts[value] for value in values) >= 0.002 * len(fields), counts
    for name in ("pede_troca", "recompra"):
        assert 0.002 < sum(row[name] for row in fields) / len(fields) < 0.1, name


def test_messages_fit_the_delivery_of_the_order():
    """Published reviews mention waiting in 37% of lost and 51% of late orders, and in 15% of orders in time."""

    def problems(late, arrived):
        writer = ReviewWriter(seed=5)
        messages = [writer.message(ReviewFacts(1, late, arrived, days=31, promised=20, thing="a toalha")) for _ in range(600)]
        problems = Counter(text_fields(text)["problema"] for text in messages)
        waited, broken = ("nao_recebido", "atraso"), ("defeito", "errado", "incompleto")
        return sum(problems[name] for name in waited) / len(messages), sum(problems[name] for name in broken) / len(messages)

    lost, late, fine = problems(False, False), problems(True, True), problems(False, True)
    assert 0.3 < lost[0] < 0.6 and 0.4 < late[0] < 0.65 and 0.08 < fine[0] < 0.25
    assert max(lost[1], late[1]) < 0.05 < fine[1]


def test_titles_fit_their_scores():
    writer = ReviewWriter(seed=5)
    titles = {score: {writer.title(score).lower() for _ in range(400)} for score in (1, 5)}
    assert "não recomendo" in titles[1] and "recomendo" in titles[5]
    assert "recomendo" not in titles[1] and "péssimo" not in titles[5]
    assert all(title and len(title) < 40 for of in titles.values() for title in of)


def test_every_symbol_of_the_grammar_can_be_expanded():
    """All slots are filled and all brackets are closed."""
    writer, slots = ReviewWriter(seed=1), ReviewWriter(seed=1)._slots(ReviewFacts(5, False, True, 9, 20, "o relógio"))
    for symbol in load_grammar().choices:
        for _ in range(50):
            text = load_grammar().expand(symbol, writer._next).format_map(slots)
            assert not re.search(r"[\[\]|<>{}]", text), (symbol, text)


def test_a_grammar_draws_by_weight_and_refuses_the_wrong_number_of_weights():
    weighted = Grammar({"a": "x\n<w> [y|z]"}, words={"w": "um 3 dois 1"}, weights={"a": "1 3 0 1"})
    rng = random.Random(1)
    drawn = Counter(weighted.expand("a", rng.random) for _ in range(4000))
    assert drawn["x"] / 4000 == pytest.approx(0.25, abs=0.03)
    assert drawn["um z"] / drawn["dois z"] == pytest.approx(3, abs=0.5)
    assert set(drawn) == {"x", "um z", "dois z"}, "an alternative with weight 0 is never drawn"
    with pytest.raises(ValueError, match="fit again"):
        Grammar({"a": "x\ny"}, words={}, weights={"a": "1 2 3"})
    with pytest.raises(KeyError):
        Grammar({"a": "<b>"}, words={}, weights={})


def test_phrases_may_be_nested_and_unbalanced_brackets_are_refused():
    phrase = Phrase("[a|b[c|d]] e")
    draws = iter([0.9, 0.0, 0.0, 0.9, 0.9])
    assert [phrase.expand(lambda: next(draws)) for _ in range(3)] == ["bc e", "a e", "bd e"]
    with pytest.raises(ValueError, match="unbalanced"):
        Phrase("[a|b")


# ------------------------------------------------------------------------------------------ personal data and rejects


def test_personal_data_of_the_sample_is_redacted(texts):
    rng = random.Random(2)
    written = [personal_data.append_personal_data("Não recebi.", rng) for _ in range(600)]
    options = yaml.safe_load((ROOT / "conf" / "clean" / "default.yaml").read_text())["sources"]["olist"]
    frame = pl.DataFrame({"text": written})
    redacted = frame.select(redact(pl.col("text"), options["personal_data"]))["text"].to_list()
    assert sum(before != after for before, after in zip(written, redacted, strict=True)) > 0.9 * len(written)
    placeholders = Counter(mark for text in redacted for mark in re.findall(r"\[[A-Z]+\]", text))
    assert {"[CPF]", "[CNPJ]", "[PHONE]", "[EMAIL]", "[ADDRESS]", "[ORDER]"} <= set(placeholders)
    share = texts.str.contains(r"@example|90000").mean()
    assert 0.0005 < share < 0.01


def test_personal_data_belongs_to_nobody():
    rng = random.Random(3)
    for _ in range(500):
        number = re.sub(r"\D", "", personal_data._failing_cpf(rng))
        assert len(number) == 11 and not has_right_check_digits(number)
    assert all(has_right_check_digits(re.sub(r"\D", "", number)) for number in personal_data.CPFS)
    addresses = [personal_data._email(rng) for _ in range(50)]
    assert all(re.search(r"@example\.(com|org|net)(\.br)?$", address) for address in addresses)
    assert all(re.search(r"90000", personal_data._phone(rng)) for _ in range(50))


def has_right_check_digits(number):
    digits = [int(digit) for digit in number]
    for place in (9, 10):
        total = sum(digit * (place + 1 - at) for at, digit in enumerate(digits[:place]))
        if total * 10 % 11 % 10 != digits[place]:
            return False
    return True


def test_a_larger_sample_has_more_damaged_records():
    assert damage.damaged_rows(rows=99, seed=7) == []
    assert len(damage.damaged_rows(rows=100, seed=7)) == 1
    assert len(damage.damaged_rows(rows=12_000, seed=7)) == 6
    assert (
        damage.damaged_rows(rows=12_000, seed=7)
        == damage.damaged_rows(rows=12_000, seed=7)
        != damage.damaged_rows(rows=12_000, seed=8)
    )
