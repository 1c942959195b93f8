"""Answers that are several things at once: a JSON list of records, and how many things two lists share.

    find('[{"attribute": "size", "value": "8 oz", "source": "title"}]')   ->  [{"attribute": "size", …}]
    count_matches(["a", "a", "b"], ["a", "c"])                                   ->  1     each is matched once
    f1(1, predicted=3, gold=2)                                                 ->  0.4

A list that stands inside prose is read, in a code fence too; two lists are not an answer. Saying a thing twice is saying one
thing too many.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

from vitrine.errors import ParseError
from vitrine.verifiers.json_object import DECODER
from vitrine.verifiers.replies import MAX_CHARS, answer_of

START = re.compile(r"\[\s*[{\]]")
BRACKET = re.compile(r"[\[{]")  # before the list, which then stands inside something else


def find(reply: str) -> list[dict[str, Any]]:
    """The only JSON list of objects in the answer; ParseError where there is none, more than one, or a broken one."""
    answer = answer_of(reply)
    start = START.search(answer)
    if start is None or len(answer) > MAX_CHARS or BRACKET.search(answer, 0, start.start()):
        raise ParseError(f"no JSON list of objects in {answer[:60]!r}")
    try:
        found, end = DECODER.raw_decode(answer, start.start())
    except (ValueError, RecursionError) as error:  # JSONDecodeError, an integer of thousands of digits, brackets without end
        raise ParseError(f"the list is not JSON ({str(error)[:80]}) in {answer[:60]!r}") from error
    if START.search(answer, end) or not all(isinstance(record, dict) for record in found):
        raise ParseError(f"not one list of objects in {answer[:60]!r}")
    return list(found)


def count_matches(said: Iterable[Hashable], true: Iterable[Hashable]) -> int:
    """How many of `said` stand in `true`, each of which can be matched once."""
    return (Counter(said) & Counter(true)).total()


def f1(hits: float, *, predicted: float, gold: float) -> float:
    """Twice the hits over what was said and what is true; 1 where there is nothing to say and nothing was said."""
    return 2 * hits / (predicted + gold) if predicted + gold else 1.0
