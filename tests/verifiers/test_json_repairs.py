"""Almost-JSON is repaired if there is only one way to read it, and the repairs are named; ambiguous text is refused."""

import contextlib
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clock import cpu_seconds
from vitrine.errors import ParseError
from vitrine.verifiers import json_object
from vitrine.verifiers.json_object import ParsedObject

QUOTES, COMMA, PYTHON, BARE = "single quotes", "trailing comma", "Python literals", "bare keys"


@pytest.mark.parametrize(
    ("reply", "value", "repairs"),
    [
        pytest.param('{"a": 1}', {"a": 1}, (), id="JSON"),
        pytest.param(
            '{"a": "d\'água, True, {x: 1,}"}',
            {"a": "d'água, True, {x: 1,}"},
            (),
            id="valid JSON with all repairable text",
        ),
        pytest.param('{"a": 1,}', {"a": 1}, (COMMA,), id="trailing comma"),
        pytest.param('{"a": [1, 2 , ], }', {"a": [1, 2]}, (COMMA,), id="two trailing commas"),
        pytest.param('{"a": "x, }",}', {"a": "x, }"}, (COMMA,), id="a trailing comma, and one in a string"),
        pytest.param("{'a': 'x'}", {"a": "x"}, (QUOTES,), id="single quotes"),
        pytest.param("{'a': 'copo d'agua', 'b': 1}", {"a": "copo d'agua", "b": 1}, (QUOTES,), id="d'agua"),
        pytest.param("{'a': 'caixa d'água'}", {"a": "caixa d'água"}, (QUOTES,), id="d'água"),
        pytest.param("{'a': 'calça Levi's'}", {"a": "calça Levi's"}, (QUOTES,), id="Levi's at the end"),
        pytest.param("{'a': \"Levi's\", 'b': 'x'}", {"a": "Levi's", "b": "x"}, (QUOTES,), id="as Python quotes Levi's"),
        pytest.param(r"{'a': 'pau d\'arco'}", {"a": "pau d'arco"}, (QUOTES,), id="an escaped apostrophe"),
        pytest.param("{'a': 'TV 32\" nova'}", {"a": 'TV 32" nova'}, (QUOTES,), id="a double quote in single ones"),
        pytest.param("{'a': True, 'b': [False, None]}", {"a": True, "b": [False, None]}, (QUOTES, PYTHON), id="Python"),
        pytest.param("{'a': 'True', 'b': 'None,'}", {"a": "True", "b": "None,"}, (QUOTES,), id="words of Python in strings"),
        pytest.param('{a: 1, não_diz : "x"}', {"a": 1, "não_diz": "x"}, (BARE,), id="bare keys"),
        pytest.param("{true: true}", {"true": True}, (BARE,), id="a bare key that is a word of JSON"),
        pytest.param("Segue:\n```python\n{'a': 1,}\n```\nÉ isso.", {"a": 1}, (QUOTES, COMMA), id="in a fence"),
        pytest.param("<think>{'a': 2}</think>{'a': 1}", {"a": 1}, (QUOTES,), id="after the thinking"),
        pytest.param("não é d'água: {'a': 1}", {"a": 1}, (QUOTES,), id="an apostrophe in the prose"),
        pytest.param(r"{'a': '\xa0\u00e9\n'}", {"a": "\u00a0é\n"}, (QUOTES,), id="escapes of Python"),
    ],
)
def test_read(reply, value, repairs):
    assert json_object.find_or_repair(reply) == ParsedObject(value, repairs)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("{'a': 1", id="truncated"),
        pytest.param("{'a': 'x", id="truncated in a string"),
        pytest.param("{'a': [1, 2}", id="an unclosed list"),
        pytest.param("{'a': 'x' 'b': 'y'}", id="a comma forgotten"),
        pytest.param("{'a': 'um 'dois', 'b': 1}", id="an apostrophe at the start of a word"),
        pytest.param("{'a': 'rock 'n' roll'}", id="a word in apostrophes"),
        pytest.param("{'a':'x''b':'y'}", id="a missing comma"),
        pytest.param("{'a': 'x', 'y', 'b': 1}", id="a value without a key"),
        pytest.param("{'a': 1 2}", id="two numbers are not one"),
        pytest.param("{'a': 1,,}", id="two commas"),
        pytest.param("{a: [,]}", id="a comma alone"),
        pytest.param("{'a': x}", id="a bare value"),
        pytest.param("{'a': 01}", id="a leading zero"),
        pytest.param("{'a': nan}", id="not a number"),
        pytest.param("{'a': 1e999}", id="beyond every float"),
        pytest.param("{'a': 1, \"a\": 2}", id="a repeated key"),
        pytest.param("{a: 1, 'a': 1}", id="a repeated key, one of them bare"),
        pytest.param("{'a': 1} {'a': 1}", id="two objects"),
        pytest.param("{'a': 1} ou {\"a\": 2}", id="two, the second in JSON"),
        pytest.param("{\"a\": 1} ou {'a': 2}", id="two, the first in JSON"),
        pytest.param("[{'a': 1}]", id="in a list"),
        pytest.param("{'a': 1 // talvez 2\n}", id="a comment"),
        pytest.param("{“a”: 1}", id="smart quotes"),
        pytest.param("{'a': (1, 2)}", id="a tuple"),
        pytest.param("{1: 2}", id="a number for a key"),
        pytest.param("{'a': '\\ud800'}", id="half a surrogate pair"),
        pytest.param("{'a': " + "[" * 40 + "]" * 40 + "}", id="too deep"),
    ],
)
def test_ambiguous_or_truncated_text_is_no_answer(reply):
    with pytest.raises(ParseError):
        json_object.find_or_repair(reply)


LETTERS = st.characters(codec="utf-8", exclude_characters="<")
TEXT = st.text(LETTERS, max_size=12) | st.lists(
    st.sampled_from(["d'água", "Levi's", "'", '"', ", ", "}", "{'", "': ", "\\", "True", "\n", "n", "\u00a0", "// x"]), max_size=6
).map("".join)
LEAF = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUE = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=8)
OBJECT = st.dictionaries(TEXT, VALUE, max_size=5)
PROSE = st.text(st.characters(codec="utf-8", exclude_characters="<{}[]"), max_size=30)


@given(OBJECT, PROSE, PROSE, st.booleans(), st.sampled_from([None, 1]))
def test_valid_json_is_never_repaired(thing, before, after, ascii_only, indent):
    reply = f"{before}{json.dumps(thing, ensure_ascii=ascii_only, indent=indent)}{after}"
    assert json_object.find_or_repair(reply) == ParsedObject(thing)
    assert json_object.find(reply) == thing


@st.composite
def written(draw, value):
    """`value` as almost-JSON, with random use of the four repairs."""
    if isinstance(value, str):
        return draw(quoted(value))
    if isinstance(value, list):
        return "[" + ",".join([draw(written(item)) for item in value]) + draw(comma(value)) + "]"
    if isinstance(value, dict):
        pairs = [f"{draw(key(name))} : {draw(written(item))}" for name, item in value.items()]
        return "{" + ", ".join(pairs) + draw(comma(value)) + "}"
    return repr(value) if draw(st.booleans()) else json.dumps(value)


def comma(value):
    return st.sampled_from(["", ",", " ,\n"]) if value else st.just("")


@st.composite
def key(draw, name):
    bare = re.fullmatch(r"[^\W\d]\w*", name) and draw(st.booleans())  # an identifier may contain a middle dot, a word may not
    return name if bare else draw(quoted(name))


@st.composite
def quoted(draw, text):
    if draw(st.booleans()):
        return json.dumps(text, ensure_ascii=draw(st.booleans()))
    inner = json.dumps(text, ensure_ascii=draw(st.booleans()))[1:-1].replace('\\"', '"')
    pieces = [inner[0:1] if inner[0:1] != "'" else "\\'"]
    for before, letter, after in zip(inner, inner[1:], [*inner[2:], ""], strict=False):
        between = _word(before) and _word(after) and draw(st.booleans())  # the apostrophe of d'água needs no escape
        pieces.append("\\'" if letter == "'" and not between else letter)
    return "'" + "".join(pieces) + "'"


def _word(letter):
    return letter.isalnum()


@given(OBJECT.flatmap(lambda thing: st.tuples(st.just(thing), written(thing))), PROSE, PROSE)
def test_a_repaired_object_keeps_its_value(pair, before, after):
    thing, reply = pair
    assert json_object.find_or_repair(f"{before}\n{reply}\n{after}").value == thing


@given(OBJECT.filter(bool))
def test_a_printed_python_dict_is_read(thing):
    with contextlib.suppress(ParseError):  # \\U0001F600 and the like, which JSON writes differently
        assert json_object.find_or_repair(str(thing)).value == thing


@given(st.text(alphabet="{}[]'\",: aT1\\x\n") | st.text())
def test_any_text_gives_an_object_or_a_parse_error(text):
    with contextlib.suppress(ParseError):
        parsed = json_object.find_or_repair(text)
        assert json_object.find(json.dumps(parsed.value)) == parsed.value


@pytest.mark.parametrize(
    "hostile",
    [
        "{'",
        "{a:",
        "{'a':",
        "{'a':'",
        "'a",
        "a'",
        "\\'",
        "{'a':1,",
        "{a:1}",
        "{ ",
        "{a",
        "[",
        ",",
        "'\"",
        "{'a':[",
        "{a :",
        "{'a':'x',",
    ],
)
def test_time_is_linear_on_hostile_text(hostile):
    def find_or_refuse(text):
        with contextlib.suppress(ParseError):
            json_object.find_or_repair(text)

    for text in (hostile * (65_000 // len(hostile)), hostile * (100_000 // len(hostile)), "{'a': " + hostile * 10_000):
        assert cpu_seconds(lambda text=text: find_or_refuse(text), limit=0.2) < 0.2
