"""One JSON object is found anywhere in a reply; ambiguous text is no answer."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import cpu_seconds
from vitrine.errors import ParseError
from vitrine.verifiers import json_object


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        pytest.param('{"nota": 5}', {"nota": 5}, id="bare"),
        pytest.param('Claro! Segue:\n{"nota": 5}\nEspero que ajude.', {"nota": 5}, id="in prose"),
        pytest.param('```json\n{"nota": 5}\n```', {"nota": 5}, id="in a fence"),
        pytest.param('<think>{"nota": 1}</think>{"nota": 5}', {"nota": 5}, id="after the thinking"),
        pytest.param('<think>a</think>{"nota": 1}</think>{"nota": 5}', {"nota": 5}, id="after the last thinking"),
        pytest.param('Troque {nome} por nada: {"nota": 5}', {"nota": 5}, id="braces in prose"),
        pytest.param('[EXTRAIR] {"nota": 5}', {"nota": 5}, id="closed brackets in prose"),
        pytest.param('{"a": {"b": [{"c": 1}, {"d": 2}]}}', {"a": {"b": [{"c": 1}, {"d": 2}]}}, id="nested"),
        pytest.param(
            '{"texto": "chave } e \\" aspas {"}', {"texto": 'chave } e " aspas {'}, id="brackets and quotes in a string"
        ),
        pytest.param("{}", {}, id="empty"),
        pytest.param('{ \n "a" : null }', {"a": None}, id="spaces"),
        pytest.param('{"a": "\\ud83d\\ude00 não"}', {"a": "😀 não"}, id="escapes"),
    ],
)
def test_the_object_in_an_answer_is_found(reply, value):
    assert json_object.find(reply) == value


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        pytest.param("", "no JSON object", id="empty"),
        pytest.param("não sei", "no JSON object", id="prose"),
        pytest.param("{'nota': 5}", "double quotes", id="single quotes"),
        pytest.param("{\"a\": 1} {'a': 1}", "second JSON object", id="a second in single quotes"),
        pytest.param("{'a': 1} {\"a\": 1}", "double quotes", id="a first in single quotes"),
        pytest.param('{"a": 1} {"a": 1}', "second JSON object", id="the same object twice"),
        pytest.param('{"a": 1}\nou {"b": 2}', "second JSON object", id="two objects"),
        pytest.param('{"a": 1} e {"b": ', "second JSON object", id="a truncated second object"),
        pytest.param('[{"a": 1}]', "inside a list", id="in a list"),
        pytest.param('[1, {"a": 1}]', "inside a list", id="deep in a list"),
        pytest.param('{{"a": 1}}', "inside a list or another object", id="in another object"),
        pytest.param('{"a": 1}}', "inside a list or another object", id="one brace too many"),
        pytest.param('{"a": 1, "a": 2}', "'a' stands twice", id="a repeated key"),
        pytest.param('{"x": {"a": 1, "a": 1}}', "'a' stands twice", id="a repeated nested key"),
        pytest.param('{"a": NaN}', "NaN", id="NaN"),
        pytest.param('{"a": -Infinity}', "Infinity", id="Infinity"),
        pytest.param('{"a": 1e999}', "beyond every float", id="too large a float"),
        pytest.param('{"a": ' + "9" * 5000 + "}", "digit", id="too long an integer"),
        pytest.param('{"a": "\\ud800"}', "surrogates", id="half a surrogate pair"),
        pytest.param('{"a": 1', "char 7", id="truncated"),
        pytest.param('{"a": "sem fim', "char 6", id="truncated in a string"),
        pytest.param('{"a": 1,}', "char 8", id="trailing comma"),
        pytest.param('<think>{"a": 1}', "no JSON object", id="still thinking"),
        pytest.param('{"a": "' + "x" * 25_000 + '"}', "20000", id="too long"),
        pytest.param('{"a": ' + "[" * 40 + "]" * 40 + "}", "brackets", id="too deep"),
    ],
)
def test_no_answer(reply, why):
    with pytest.raises(ParseError, match=why):
        json_object.find(reply)


@pytest.mark.parametrize(
    "hostile",
    ["{", "{ ", '{"', '{"a":', '{"\\"', '"\\"', "[", "{}", '{"a":1}', "}{", "\\u", '{"a":"', "<think>", "</think>{"],
)
def test_time_is_linear_on_hostile_text(hostile):
    def find_all():
        for text in (hostile * (65_000 // len(hostile)), hostile * 100_000, 'x {"a": ' + hostile * 10_000):
            with pytest.raises(ParseError):
                json_object.find(text)

    assert cpu_seconds(find_all, limit=1.0) < 1.0


@given(st.text())
def test_any_text_gives_an_object_or_a_parse_error(text):
    with contextlib.suppress(ParseError):
        assert isinstance(json_object.find(text), dict)


PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8"))
)


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="<"), max_size=5), PLAIN.filter(lambda v: "<" not in str(v))
    )
)
def test_every_object_that_json_writes_is_read_back(thing):
    assert json_object.find(f"Aqui: {json.dumps(thing)} pronto") == thing
    assert json_object.find(json.dumps(thing, ensure_ascii=False, indent=1)) == thing
