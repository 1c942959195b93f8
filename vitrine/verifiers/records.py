"""Parse answers that are a JSON list of records; count the items that two lists share.

    find('[{"attribute": "size", "value": "8 oz", "source": "title"}]')   ->  [{"attribute": "size", …}]
    count_matches(["a", "a", "b"], ["a", "c"])                                   ->  1     each is matched once
    f1(1, predicted=3, gold=2)                                                 ->  0.4

A list in prose or in a code fence is accepted; two lists are no answer. A repeated item is a wrong item.
"""

import re
from collections import Counter
from collections.abc import Hashable, Iterable
from typing import Any

from vitrine.errors import ParseError
from vitrine.verifiers.json_object import DECODER
from vitrine.verifiers.replies import MAX_CHARS, answer_of

START = re.compile(r"\[\s*[{\]]")
BRACKET = re.compile(r"[\[{]")  # before the list: it would be inside another list or object


def find(reply: str) -> list[dict[str, Any]]:
    """Return the only JSON list of objects in the answer; ParseError if there is none, more than one, or an invalid one."""
    answer = answer_of(reply)
    start = START.search(answer)
    if start is None or len(answer) > MAX_CHARS or BRACKET.search(answer, 0, start.start()):
        raise ParseError(f"no JSON list of objects in {answer[:60]!r}")
    try:
        value, end = DECODER.raw_decode(answer, start.start())
    except (ValueError, RecursionError) as error:  # JSONDecodeError, an integer with thousands of digits, endless brackets
        raise ParseError(f"the list is not JSON ({str(error)[:80]}) in {answer[:60]!r}") from error
    if START.search(answer, end) or not all(isinstance(record, dict) for record in value):
        raise ParseError(f"not one list of objects in {answer[:60]!r}")
    return list(value)


def count_matches(predicted: Iterable[Hashable], gold: Iterable[Hashable]) -> int:
    """Count the predicted items that occur in `gold`; each gold item is matched once."""
    return (Counter(predicted) & Counter(gold)).total()


def f1(hits: float, *, predicted: float, gold: float) -> float:
    """F1 = 2 * hits / (predicted + gold); 1 if both are empty."""
    return 2 * hits / (predicted + gold) if predicted + gold else 1.0
