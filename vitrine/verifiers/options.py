"""The one option that an answer picks, of options that carry letters.

    shown = ["A: very positive", "B: positive", "C: neutral"]
    find("B", shown)   find("(b)", shown)   find("Option B.", shown)   find("B: positive", shown)   find("positive", shown)  ->  1
    find("A or B", shown)   find("B: neutral", shown)   find("B because I liked it", shown)               ->  ParseError

An answer is a letter, an option's own text, or both of the same option, and nothing else: two letters are not an answer,
nor is a letter before another option's text. Whatever follows a choice could take it back.
"""

import re
from collections.abc import Sequence

from vitrine.errors import ParseError, VerifierError
from vitrine.verifiers.labels import normalize
from vitrine.verifiers.replies import answer_of

LONGEST = 2_000  # characters; an option may be a product's long title

LETTERED = re.compile(r"\s*([A-Z])\s*:\s*(.*)", re.DOTALL)
LEAD = r"(?:(?:the\s+)?(?:(?:best|correct|right|final)\s+)?(?:answer|option|choice)(?:\s+is)?\s*:?\s*(?:option\s+)?)?"
CHOICE = re.compile(
    rf"{LEAD}[\s(\[*\"'`]*(?P<letter>[a-z])(?![^\W_])[\s)\]*\"'`]*[:.)-]?\s*(?P<text>.*)", re.DOTALL | re.IGNORECASE
)
EDGES = " \t\r\n.,;:!*\"'`()[]"


def find(reply: str, options: Sequence[str]) -> int:
    """The place of the option that the answer picks; ParseError if it picks none, or more than one."""
    texts = _texts(options)
    answer = answer_of(reply)
    if len(answer) > LONGEST:
        raise ParseError(f"the answer is {len(answer)} characters long, and an option is all that belongs there")
    same = [place for place, text in enumerate(texts) if text and text == _bare(answer)]
    if len(same) == 1:
        return same[0]
    choice = CHOICE.fullmatch(answer.strip())
    place = ord(choice["letter"].upper()) - ord("A") if choice else -1
    if choice is None or not 0 <= place < len(texts) or _bare(choice["text"]) not in ("", texts[place]):
        raise ParseError(f"{answer[:60]!r} is not one of the options A to {chr(ord('A') + len(texts) - 1)}")
    return place


def _texts(options: Sequence[str]) -> list[str]:
    """The options without their letters, which must be A, B, C and so on."""
    read = [LETTERED.fullmatch(option) for option in options]
    if not read or [match and match[1] for match in read] != [chr(ord("A") + place) for place in range(len(read))]:
        raise VerifierError(f"options {list(options)} must begin with 'A: ', 'B: ' and so on, in this order")
    return [_bare(match[2]) for match in read if match]


def _bare(text: str) -> str:
    return normalize(text.strip(EDGES))
