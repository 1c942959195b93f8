"""The one label that an answer gives.

    find("Sentimento: POSITIVO.", ["positivo", "neutro", "negativo"])         ->  "positivo"
    find("positivo ou negativo", ["positivo", "neutro", "negativo"])          ->  ParseError: two labels

Labels are whole words whatever their case and accents; a longer label covers a shorter one inside it. Repeating a
label is still giving one. A label that is parted by characters which nobody sees is not given, yet it is a second one where
another is. Negation is not understood: "não é positivo" gives "positivo".
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from vitrine.errors import ParseError, VerifierError
from vitrine.verifiers.replies import INVISIBLE, answer_of


def find(reply: str, labels: Sequence[str]) -> str:
    """The label, as `labels` spells it; ParseError if the answer names none or two."""
    answer = answer_of(reply)
    pattern, spelled = _reader(tuple(labels))
    named = {spelled[match[0]]: None for match in pattern.finditer(normalize(answer))}
    if named and not answer.isascii():  # a second one may be parted by what nobody sees
        named |= {spelled[match[0]]: None for match in pattern.finditer(normalize(answer.translate(INVISIBLE)))}
    if len(named) != 1:
        raise ParseError(f"{' and '.join(named) or 'no label'} in {answer[:60]!r}, where one of {', '.join(labels)} belongs")
    return next(iter(named))


def normalize(text: str) -> str:
    """Without case, accents and runs of space."""
    folded = unicodedata.normalize("NFKD", text).casefold()  # in this order: a letter in a fancy alphabet has no case of its own
    letters = unicodedata.normalize("NFKD", folded)
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


@lru_cache(maxsize=256)
def _reader(labels: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    spelled = {normalize(label): label for label in labels}
    if len(spelled) < len(labels) or not all(spelled):
        raise VerifierError(f"labels {list(labels)} must be distinct words, whatever their case and accents")
    longest_first = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)"), spelled
