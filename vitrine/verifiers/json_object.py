"""The one JSON object in a reply, wherever it stands: bare, in prose or in a code fence, after the thinking.

    find('Claro! {"nota": 5, "motivo": "chegou antes"}')   ->  {"nota": 5, "motivo": "chegou antes"}
    find_or_repair("Claro! {'nota': 5,}")   ->  ParsedObject(value={"nota": 5}, repairs=("single quotes", "trailing comma"))

`find` takes JSON only; `find_or_repair` also takes what `json_repairs` can write as JSON in one way, and says what it took, so that
a task can pay less for it. What is JSON is never repaired.

Two objects are not an answer, nor is one inside a list, one with a key twice, or one with NaN: each could be read in
two ways, and a model that is paid for one of them learns to write both. Time is linear in the length of the reply.
"""

import json
import math
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from vitrine.errors import ParseError
from vitrine.verifiers.json_repairs import repair_object
from vitrine.verifiers.replies import MAX_CHARS, answer_of

DEEPEST = 32  # brackets open at once: more is an attack on the parser's stack

START = re.compile(r"""\{\s*+(?:["'}]|[^\W\d]\w*+\s*+:)""")  # a brace that opens an object, unlike those of "{nome}" in prose
BRACKET = re.compile(r"[\[\]{}]")
BRACKET_OR_STRING = re.compile(r'[\[\]{}]|"(?:[^"\\]|\\.)*(?:"|\Z)', re.DOTALL)


@dataclass(frozen=True)
class ParsedObject:
    value: dict[str, Any]
    repairs: tuple[str, ...] = ()  # none: it was JSON


def find(reply: str) -> dict[str, Any]:
    """The only top-level JSON object of the answer; ParseError where there is none, more than one, or a broken one."""
    return _only(reply, repair=False).value


def find_or_repair(reply: str) -> ParsedObject:
    """The same, and an object that is almost JSON, with the repairs that it took."""
    return _only(reply, repair=True)


def _only(reply: str, *, repair: bool) -> ParsedObject:
    answer = answer_of(reply)
    if len(answer) > MAX_CHARS:
        raise ParseError(f"the answer is longer than {MAX_CHARS} characters, which is the most that is read")
    start = _start(answer, 0)
    if start is None:
        raise ParseError(f"no JSON object in {_shown(answer, 0)}")
    found, end = _object(answer, start, repair)
    if (second := _start(answer, end)) is not None:
        raise ParseError(f"a second JSON object at char {second}: {_shown(answer, second)}")
    if (start and not _balanced(answer[:start])) or (end < len(answer) and not _balanced(answer[end:])):
        raise ParseError(f"the object at char {start} stands inside a list or another object: {_shown(answer, 0)}")
    return found


def _start(answer: str, after: int) -> int | None:
    match = START.search(answer, after)
    return match.start() if match else None


def _object(answer: str, start: int, repair: bool) -> tuple[ParsedObject, int]:
    try:
        value, end = _decoded(answer, start)
        return ParsedObject(value), end
    except json.JSONDecodeError as error:
        if repair and (almost := repair_object(answer, start)) is not None:
            try:
                return ParsedObject(_decoded(almost.text, 0)[0], almost.repairs), almost.end
            except ValueError:  # it is told what is wrong with what was written, not with what became of it
                pass
        raise ParseError(f"{error.msg} at char {error.pos} of {_shown(answer, start)}") from error
    except ValueError as error:  # of _object_of, _finite and _no_constant; an integer of thousands of digits; half a character
        raise ParseError(f"{error} in the object at char {start}: {_shown(answer, start)}") from error


def _decoded(answer: str, start: int) -> tuple[dict[str, Any], int]:
    if answer.count("{") + answer.count("[") > DEEPEST:
        _check_depth(answer, start)
    found, end = DECODER.raw_decode(answer, start)
    if "\\u" in answer:
        json.dumps(found, ensure_ascii=False).encode()  # half of a surrogate pair cannot be stored
    return found, end


def _check_depth(answer: str, start: int) -> None:
    depth = 0
    for match in BRACKET_OR_STRING.finditer(answer, start):
        if match[0] in "[{":
            depth += 1
        elif match[0] in "]}":
            depth -= 1
        if depth > DEEPEST:
            raise ParseError(f"more than {DEEPEST} brackets are open at char {match.start()} of {_shown(answer, start)}")
        if depth <= 0:
            return


def _balanced(prose: str) -> bool:
    """Whether no bracket of `prose` reaches beyond it."""
    depth = 0
    for match in BRACKET.finditer(prose):
        depth += 1 if match[0] in "[{" else -1
        if depth < 0:
            return False
    return depth == 0


def _object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        raise ValueError(f"the key {next(key for key in keys if keys.count(key) > 1)!r} stands twice")
    return found


def _finite(written: str) -> float:
    if not math.isfinite(value := float(written)):
        raise ValueError(f"{written[:20]} is beyond every float")
    return value


def _no_constant(written: str) -> NoReturn:
    raise ValueError(f"{written} is not JSON")


def _shown(answer: str, start: int) -> str:
    return repr(answer[start : start + 60])


DECODER = json.JSONDecoder(object_pairs_hook=_object_of, parse_float=_finite, parse_constant=_no_constant)
