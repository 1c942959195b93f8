"""Find the one JSON object in a reply: bare, in prose, in a code fence or after the thinking.

    find('Claro! {"nota": 5, "motivo": "chegou antes"}')   ->  {"nota": 5, "motivo": "chegou antes"}
    find_or_repair("Claro! {'nota': 5,}")   ->  ParsedObject(value={"nota": 5}, repairs=("single quotes", "trailing comma"))

`find` accepts JSON only. `find_or_repair` also accepts text that `json_repairs` can turn into JSON in exactly one way; it
returns the repairs, so that a task can give a lower score. Valid JSON is never repaired.

Two objects, an object inside a list, a repeated key and NaN are refused: each is ambiguous, and a model that is rewarded for
ambiguous answers learns to hedge. Time is linear in the length of the reply.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from vitrine.errors import ParseError
from vitrine.verifiers.json_repairs import repair_object
from vitrine.verifiers.replies import MAX_CHARS, answer_of

MAX_DEPTH = 32  # open brackets; more would attack the parser's stack

START = re.compile(r"""\{\s*+(?:["'}]|[^\W\d]\w*+\s*+:)""")  # a brace that opens an object; "{nome}" in prose does not match
BRACKET = re.compile(r"[\[\]{}]")
BRACKET_OR_STRING = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*(?:"|\Z)', re.DOTALL)


@dataclass(frozen=True)
class ParsedObject:
    value: dict[str, Any]
    repairs: tuple[str, ...] = ()  # empty: it was valid JSON


def find(reply: str) -> dict[str, Any]:
    """Return the only top-level JSON object of the answer; ParseError if there is none, more than one, or an invalid one."""
    return _only(reply, repair=False).value


def find_or_repair(reply: str) -> ParsedObject:
    """Like `find`, but also accept almost-JSON; the result lists the repairs."""
    return _only(reply, repair=True)


def _only(reply: str, *, repair: bool) -> ParsedObject:
    answer = answer_of(reply)
    if len(answer) > MAX_CHARS:
        raise ParseError(f"the answer is longer than {MAX_CHARS} characters, the most that is read")
    start = _start(answer, 0)
    if start is None:
        raise ParseError(f"no JSON object in {_shown(answer, 0)}")
    parsed, end = _object(answer, start, repair)
    if (second := _start(answer, end)) is not None:
        raise ParseError(f"a second JSON object at char {second}: {_shown(answer, second)}")
    if (start and not _balanced(answer[:start])) or (end < len(answer) and not _balanced(answer[end:])):
        raise ParseError(f"the object at char {start} stands inside a list or another object: {_shown(answer, 0)}")
    return parsed


def _start(answer: str, after: int) -> int | None:
    match = START.search(answer, after)
    return match.start() if match else None


def _object(answer: str, start: int, repair: bool) -> tuple[ParsedObject, int]:
    try:
        value, end = _decode(answer, start)
        return ParsedObject(value), end
    except json.JSONDecodeError as error:
        if repair and (almost := repair_object(answer, start)) is not None:
            try:
                return ParsedObject(_decode(almost.text, 0)[0], almost.repairs), almost.end
            except ValueError:  # the error below describes the original text, not the repaired one
                pass
        raise ParseError(f"{error.msg} at char {error.pos} of {_shown(answer, start)}") from error
    except ValueError as error:  # from the hooks below; an integer with thousands of digits; half a surrogate pair
        raise ParseError(f"{error} in the object at char {start}: {_shown(answer, start)}") from error


def _decode(answer: str, start: int) -> tuple[dict[str, Any], int]:
    if answer.count("{") + answer.count("[") > MAX_DEPTH:
        _check_depth(answer, start)
    value, end = DECODER.raw_decode(answer, start)
    if "\\u" in answer:
        json.dumps(value, ensure_ascii=False).encode()  # half of a surrogate pair cannot be stored
    return value, end


def _check_depth(answer: str, start: int) -> None:
    depth = 0
    for match in BRACKET_OR_STRING.finditer(answer, start):
        if match[0] in "[{":
            depth += 1
        elif match[0] in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise ParseError(f"more than {MAX_DEPTH} brackets are open at char {match.start()} of {_shown(answer, start)}")
        if depth <= 0:
            return


def _balanced(prose: str) -> bool:
    """Whether all brackets of `prose` are closed within it."""
    depth = 0
    for match in BRACKET.finditer(prose):
        depth += 1 if match[0] in "[{" else -1
        if depth < 0:
            return False
    return depth == 0


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands twice")
    return value


def _finite(written: str) -> float:
    if not math.isfinite(value := float(written)):
        raise ValueError(f"{written[:20]} is beyond every float")
    return value


def _no_constant(written: str) -> NoReturn:
    raise ValueError(f"{written} is not JSON")


def _shown(answer: str, start: int) -> str:
    return repr(answer[start : start + 60])


DECODER = json.JSONDecoder(object_pairs_hook=_object_of, parse_float=_finite, parse_constant=_no_constant)
