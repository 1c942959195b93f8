"""Find the one option that an answer picks, from options with letters.

    options = ["A: very positive", "B: positive", "C: neutral"]
    find("B", options)   find("(b)", options)   find("Option B.", options)   find("B: positive", options)      ->  1
    find("A or B", options)   find("B: neutral", options)   find("B because I liked it", options)               ->  ParseError

An answer is a letter, the text of an option, or both of the same option, and nothing else. Two letters are no answer, and
neither is a letter with the text of another option. Other text is refused, because it could retract the choice.
"""

import re
from collections.abc import Sequence

from vitrine.errors import ParseError, VerifierError
from vitrine.verifiers.labels import normalize
from vitrine.verifiers.replies import answer_of

MAX_CHARS = 2_000  # of an answer; an option may be a long product title

LETTERED = re.compile(r"\s*([A-Z])\s*:\s*(.*)", re.DOTALL)
LEAD = r"(?:(?:the\s+)?(?:(?:best|correct|right|final)\s+)?(?:answer|option|choice)(?:\s+is)?\s*:?\s*(?:option\s+)?)?"
CHOICE = re.compile(
    rf"{LEAD}[\s(\[*\"'`]*(?P<letter>[a-z])(?![^\W_])[\s)\]*\"'`]*[:.)-]?\s*(?P<text>.*)", re.DOTALL | re.IGNORECASE
)
EDGES = " \t\r\n.,;:!*\"'`()[]"


def find(reply: str, options: Sequence[str]) -> int:
    """Return the index of the option that the answer picks; ParseError if it picks none or more than one."""
    texts = _texts(options)
    answer = answer_of(reply)
    if len(answer) > MAX_CHARS:
        raise ParseError(f"the answer is {len(answer)} characters long; expected only an option")
    matches = [place for place, text in enumerate(texts) if text and text == _bare(answer)]
    if len(matches) == 1:
        return matches[0]
    choice = CHOICE.fullmatch(answer.strip())
    place = ord(choice["letter"].upper()) - ord("A") if choice else -1
    if choice is None or not 0 <= place < len(texts) or _bare(choice["text"]) not in ("", texts[place]):
        raise ParseError(f"{answer[:60]!r} is not one of the options A to {chr(ord('A') + len(texts) - 1)}")
    return place


def _texts(options: Sequence[str]) -> list[str]:
    """The options without their letters, which must be A, B, C and so on."""
    parsed = [LETTERED.fullmatch(option) for option in options]
    if not parsed or [match and match[1] for match in parsed] != [chr(ord("A") + place) for place in range(len(parsed))]:
        raise VerifierError(f"options {list(options)} must begin with 'A: ', 'B: ' and so on, in this order")
    return [_bare(match[2]) for match in parsed if match]


def _bare(text: str) -> str:
    return normalize(text.strip(EDGES))
