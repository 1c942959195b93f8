"""An option is picked by its letter, its text or both; any other answer is an error."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vitrine.errors import ParseError, VerifierError
from vitrine.verifiers import options

FEELINGS = ["A: very positive", "B: positive", "C: neutral", "D: negative", "E: very negative"]
TWENTY = [f"{chr(65 + place)}: Lamp {place}, A to Z" for place in range(20)]
TWICE = ["A: a blue lamp", "B: a blue lamp", "C: a chair"]


@pytest.mark.parametrize(
    ("reply", "among", "place"),
    [
        pytest.param("B", FEELINGS, 1, id="letter"),
        pytest.param("b", FEELINGS, 1, id="small letter"),
        pytest.param(" B.\n", FEELINGS, 1, id="with a stop"),
        pytest.param("(B)", FEELINGS, 1, id="in brackets"),
        pytest.param("**B**", FEELINGS, 1, id="bold"),
        pytest.param("B: positive", FEELINGS, 1, id="letter and text"),
        pytest.param("(B) Positive.", FEELINGS, 1, id="bracketed letter and text"),
        pytest.param("B positive", FEELINGS, 1, id="letter and text without a sign"),
        pytest.param("option B", FEELINGS, 1, id="option"),
        pytest.param("Answer: B", FEELINGS, 1, id="answer"),
        pytest.param("The answer is B: positive.", FEELINGS, 1, id="in a sentence"),
        pytest.param("The correct option is (B)", FEELINGS, 1, id="the correct option"),
        pytest.param("positive", FEELINGS, 1, id="text"),
        pytest.param('"Very  Positive!"', FEELINGS, 0, id="quoted text"),
        pytest.param("<think>A or B?</think>B", FEELINGS, 1, id="after the thinking"),
        pytest.param("T", TWENTY, 19, id="the twentieth"),
        pytest.param("Lamp 0, A to Z", TWENTY, 0, id="a text with letters in it"),
        pytest.param("A blue lamp, a chair", ["A: x", "B: a blue lamp, a chair"], 1, id="a text that begins like a letter"),
        pytest.param("B: a blue lamp", TWICE, 1, id="the letter tells two equal texts apart"),
    ],
)
def test_one_option_is_found(reply, among, place):
    assert options.find(reply, among) == place


@pytest.mark.parametrize(
    ("reply", "among"),
    [
        pytest.param("", FEELINGS, id="silence"),
        pytest.param("A or B", FEELINGS, id="two letters"),
        pytest.param("A, B", FEELINGS, id="a list"),
        pytest.param("AB", FEELINGS, id="glued letters"),
        pytest.param("A B C D E", FEELINGS, id="every letter"),
        pytest.param("A: positive", FEELINGS, id="the letter of one and the text of another"),
        pytest.param("A: very positive\nB: positive", FEELINGS, id="two options"),
        pytest.param("\n".join(FEELINGS), FEELINGS, id="all of them"),
        pytest.param("F", FEELINGS, id="a letter without an option"),
        pytest.param("B because it shines", FEELINGS, id="an essay"),
        pytest.param("Because it shines", FEELINGS, id="a word that begins with a letter"),
        pytest.param("positive or neutral", FEELINGS, id="two texts"),
        pytest.param("a blue lamp", TWICE, id="two options with the same text"),
        pytest.param("<think>B", FEELINGS, id="still thinking"),
        pytest.param("B" + " " * 5_000, ["A: x"], id="beyond the options"),
        pytest.param("x" * 5_000, FEELINGS, id="endless"),
    ],
)
def test_other_answers_raise(reply, among):
    with pytest.raises(ParseError):
        options.find(reply, among)


@pytest.mark.parametrize("among", [[], ["positive"], ["B: b", "A: a"], ["A: a", "A: b"], ["a: a"]])
def test_options_without_letters_raise_a_verifier_error(among):
    with pytest.raises(VerifierError):
        options.find("A", among)


@given(st.text(max_size=80))
def test_any_text_gives_an_option_or_a_parse_error(reply):
    try:
        assert options.find(reply, FEELINGS) in range(5)
    except ParseError:
        pass


@given(st.lists(st.text("ABC,or ", max_size=6), min_size=1, max_size=4))
def test_two_different_letters_are_never_an_answer(parts):
    reply = "A " + " ".join(parts) + " B"
    with pytest.raises(ParseError):
        options.find(reply, FEELINGS)
