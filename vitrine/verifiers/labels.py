"""Find the one label in an answer.

    find("Sentimento: POSITIVO.", ["positivo", "neutro", "negativo"])         ->  "positivo"
    find("positivo ou negativo", ["positivo", "neutro", "negativo"])          ->  ParseError: two labels

Labels are matched as whole words, ignoring case and accents; a longer label hides a shorter one inside it. A repeated label
counts once. A label with invisible characters inside does not count as the answer, but it counts as a second label beside
another. Negation is ignored: "não é positivo" gives "positivo".
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from vitrine.errors import ParseError, VerifierError
from vitrine.verifiers.replies import INVISIBLE, answer_of


def find(reply: str, labels: Sequence[str]) -> str:
    """Return the label as spelled in `labels`; ParseError if the answer has none or more than one."""
    answer = answer_of(reply)
    pattern, spelled = _label_pattern(tuple(labels))
    named = {spelled[match[0]]: None for match in pattern.finditer(normalize(answer))}
    if named and not answer.isascii():  # a second label may be hidden by invisible characters
        named |= {spelled[match[0]]: None for match in pattern.finditer(normalize(answer.translate(INVISIBLE)))}
    if len(named) != 1:
        raise ParseError(f"{' and '.join(named) or 'no label'} in {answer[:60]!r}, where one of {', '.join(labels)} belongs")
    return next(iter(named))


def normalize(text: str) -> str:
    """Remove case, accents and repeated white space."""
    folded = unicodedata.normalize("NFKD", text).casefold()  # NFKD first: mathematical letters have no case of their own
    letters = unicodedata.normalize("NFKD", folded)
    return " ".join("".join(letter for letter in letters if not unicodedata.combining(letter)).split())


@lru_cache(maxsize=256)
def _label_pattern(labels: tuple[str, ...]) -> tuple[re.Pattern[str], dict[str, str]]:
    spelled = {normalize(label): label for label in labels}
    if len(spelled) < len(labels) or not all(spelled):
        raise VerifierError(f"labels {list(labels)} must be distinct words, whatever their case and accents")
    longest_first = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
    return re.compile(rf"(?<!\w)(?:{longest_first})(?!\w)"), spelled
