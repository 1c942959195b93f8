"""parse: a section becomes a frozen model, or one sentence names every problem."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError

from vitrine.errors import SettingsError, VitrineError
from vitrine.settings import Settings, parse


class Method(Settings):
    name: Literal["full", "lora"] = "full"
    rank: int = Field(default=16, ge=1)


class Scratch(Settings):
    origin: Literal["scratch"]
    layers: int = Field(ge=1)


class Hub(Settings):
    origin: Literal["hub"]
    revision: str


class Toy(Settings):
    rows: int = Field(ge=0)
    share: float = Field(gt=0, lt=1)
    method: Method
    blocks: dict[str, Method] = {}
    sizes: dict[str, tuple[int, ...]] = {}
    wait: int | float = 0
    lm: Annotated[Scratch | Hub, Field(discriminator="origin")] = Scratch(origin="scratch", layers=1)


GOOD: dict[str, Any] = {"rows": 3, "share": 0.5, "method": {}}


def test_settings_are_frozen() -> None:
    toy = parse(Toy, "toy", GOOD | {"method": {"name": "lora"}, "lm": {"origin": "hub", "revision": "abc"}})
    assert (toy.rows, toy.method.name, toy.method.rank, toy.lm) == (3, "lora", 16, Hub(origin="hub", revision="abc"))
    with pytest.raises(ValidationError, match="frozen"):
        toy.rows = 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rowz": 3}, "toy.rowz: there is no such key; did you mean rows? Allowed: blocks, lm, method, rows, share, sizes, wait"),
        ({"rows": -1}, "toy.rows: Input should be greater than or equal to 0 (got -1)"),
        ({"rows": 1.5}, "toy.rows: Input should be a valid integer, got a number with a fractional part (got 1.5)"),
        ({"rows": "many"}, "toy.rows: Input should be a valid integer, unable to parse string as an integer (got 'many')"),
        ({"share": 1}, "toy.share: Input should be less than 1 (got 1)"),
        ({"method": {"name": "qlora"}}, "toy.method.name: Input should be 'full' or 'lora' (got 'qlora')"),
        ({"method": {"rnk": 8}}, "toy.method.rnk: there is no such key; did you mean rank? Allowed: name, rank"),
        ({"method": 3}, "toy.method: Input should be a valid dictionary or instance of Method (got 3)"),
    ],
)
def test_a_bad_value_is_reported_with_its_key_and_the_allowed_ones(change: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(Toy, "toy", GOOD | change)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rows": 1e3}, "toy.rows: should be written as an integer: 1000 (got 1000.0)"),
        ({"rows": True}, "toy.rows: should be written as an integer: 1 (got True)"),
        ({"method": {"rank": 8.0}}, "toy.method.rank: should be written as an integer: 8 (got 8.0)"),
        ({"blocks": {"x": {"rank": 8.0}}}, "toy.blocks.x.rank: should be written as an integer: 8 (got 8.0)"),
        ({"sizes": {"x": [4, 5.0]}}, "toy.sizes.x.1: should be written as an integer: 5 (got 5.0)"),
        ({"lm": {"origin": "scratch", "layers": 2.0}}, "toy.lm.layers: should be written as an integer: 2 (got 2.0)"),
    ],
)
def test_an_integer_is_written_as_one(change: dict[str, Any], message: str) -> None:
    """Otherwise params.yaml would hold 1000.0, which DVC takes for another value than 1000."""
    with pytest.raises(SettingsError) as caught:
        parse(Toy, "toy", GOOD | change)
    assert str(caught.value) == message


def test_numbers_that_may_be_fractions_may_be_written_either_way() -> None:
    for wait in (2, 2.0, 0.5):
        toy = parse(Toy, "toy", GOOD | {"wait": wait})
        assert toy.wait == wait and type(toy.wait) is type(wait)


@pytest.mark.parametrize(
    "change",
    [
        {"blocks": {"x": {"rnk": 8}}},
        {"lm": {"origin": "scratch", "layers": 1, "lyers": 2}},
        {"lm": {"origin": "moon"}},
        {"lm": {}},
    ],
)
def test_a_nested_error_is_one_sentence_too(change: dict[str, Any]) -> None:
    with pytest.raises(SettingsError) as caught:
        parse(Toy, "toy", GOOD | change)
    assert str(caught.value).startswith("toy.")
    assert "\n" not in str(caught.value)


def test_a_section_may_have_no_keys() -> None:
    class Nothing(Settings):
        pass

    assert parse(Nothing, "nothing", {}) == Nothing()
    with pytest.raises(SettingsError, match=r"^nothing\.rows: there is no such key; allowed: no keys$"):
        parse(Nothing, "nothing", {"rows": 3})
    with pytest.raises(SettingsError, match=r"^toy\.rows: is missing; toy\.share: is missing; toy\.method: is missing$"):
        parse(Toy, "toy", {})


def test_all_problems_are_reported_at_once() -> None:
    with pytest.raises(SettingsError) as caught:
        parse(Toy, "toy", {"rows": -1, "shar": 0.5})
    message = str(caught.value)
    assert message.count(";") >= 3
    for part in ("toy.rows: ", "toy.shar: there is no such key", "toy.share: is missing", "toy.method: is missing"):
        assert part in message


def test_settings_error_is_a_vitrine_error_and_a_value_error() -> None:
    assert issubclass(SettingsError, VitrineError)
    assert issubclass(SettingsError, ValueError)
