"""Writes the reviews of the Olist sample: a score and an order's facts in, a title and a message out.

    writer = Writer(seed=7)
    writer.message(Facts(score=1, late=True, arrived=True, days=31, promised=24, thing="a toalha"))
    # "A toalha demorou demais, péssimo. não recomendo a ninguém"

The score and what became of the order choose the message's plan: praise for 4 and 5, both sides for 3, a problem for 1 and 2,
and as often as in published reviews the other way round. Plans and clauses are a grammar (olist_messages.yaml, olist_praise.yaml,
olist_complaints.yaml); how often each is said is fitted to published rates (olist_weights.yaml). Spelling, case, punctuation and
accents then change; the words that fields are read from are never misspelt, only stripped of accents.
"""

import random
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from vitrine.sources.samples import olist_titles, personal_data
from vitrine.sources.samples.grammar import one_of
from vitrine.sources.samples.weighted import Choice, Grammar

LONGEST = 208  # characters, the longest published message
WRITES_ON = {1: 0.18, 2: 0.15, 3: 0.1, 4: 0.06, 5: 0.02}  # by score: how many write more than one plan's message
AT_LENGTH = 150  # characters at which they stop
CUT = 200  # characters at which the shop's form cut most long messages
KEPT = re.compile(
    r"receb|cheg|nunca|atras|demor|defeito|quebrad|funciona|estragad|errad|diferente|outro|trocad|falt|incomplet|veio|"
    r"rapid|qualidade|excelente|lind[oa]|perfeit|preco|barat|custo|atendimento|atencios|vendedor|troca|devol|reembolso|"
    r"dinheiro|volta|recomend|indico|compr|sempre|novo|nova|^nao$|^so$"
)
JOINTS = (". ",) * 14 + (", ",) * 11 + (" ",) * 3 + ("! ",) * 4 + (" e ",) * 5 + (".\r\n",) * 2 + ("... ", ".", ",", " - ", "; ")
ENDS = ("",) * 37 + (".",) * 35 + ("!",) * 7 + ("!!", "!!!", "...", "..")
NUMBERS = ("2", "3", "4", "dois", "duas", "três", "dois", "duas", "2", "quatro", "01", "02", "03", "10", "5")
SHORT = {
    "muito": "mto",
    "também": "tb",
    "que": "q",
    "tudo": "td",
    "porque": "pq",
    "não": "n",
    "vocês": "vcs",
    "você": "vc",
    "estou": "to",
}
LONG = {"muito": "muuuito", "amei": "ameiii", "adorei": "adoreiii", "bom": "booom", "péssimo": "pééssimo", "demais": "demaaais"}
EMOJI = {1: "😡👎😠😤", 2: "😞👎😕", 3: "😐🤔", 4: "👍😊🙂", 5: "😍❤👏😀👍😘"}
FOLDER = Path(__file__).parent
FILES = ("messages", "praise", "complaints", "words", "weights")
Seen = Callable[[Choice, int], None]


@dataclass(frozen=True)
class Facts:
    """What a customer knows when writing."""

    score: int
    late: bool
    arrived: bool
    days: int
    promised: int
    thing: str


@cache
def grammar() -> Grammar:
    read = {name: yaml.load((FOLDER / f"olist_{name}.yaml").read_text(), yaml.CSafeLoader) for name in FILES}
    return Grammar(read["messages"] | read["praise"] | read["complaints"], read["words"], read["weights"])


class Writer:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._next = self._random.random
        self._grammar = grammar()

    def title(self, score: int) -> str:
        title = olist_titles.title(score, self._next)
        case = self._next()
        return title.lower() if case < 0.25 else title.upper() if case < 0.33 else title

    def message(self, facts: Facts) -> str:
        if self._next() < 0.002:
            return one_of(self._next, (" ", "\r\n", "   "))
        text = self.styled(self.plain(facts), facts.score)
        if self._next() < personal_data.SHARE:
            text = personal_data.told(text, self._random)
        return text[: CUT if self._next() < 0.9 else LONGEST]

    def plain(self, facts: Facts, seen: Seen | None = None) -> str:
        """The clauses of a message, told apart by `~`, before its writer's spelling."""
        text = self._grammar.say(self.plan(facts), self._next, seen)
        if self._next() < WRITES_ON[facts.score]:
            while len(text) < AT_LENGTH:
                text += "~" + self._grammar.say(self.plan(facts), self._next, seen)
        if "{" in text:
            text = text.format_map(self._slots(facts))
        return text.replace(" ,", ",").replace(" .", ".")

    def plan(self, facts: Facts) -> str:
        """The grammar's symbol for such a message."""
        chance = self._next()
        if not facts.arrived:
            return "waitlost" if facts.score > 3 and chance < 0.6 else "m1lost" if chance < 0.85 else f"m{facts.score}"
        if facts.late and chance < 0.85:
            return f"m{1 if facts.score == 2 else facts.score}late"
        return f"m{facts.score}"

    def _slots(self, facts: Facts) -> dict[str, str]:
        article, noun = facts.thing.split(" ", 1)
        early = max(1, facts.promised - facts.days)
        return {
            "s": facts.thing,
            "n": noun,
            "g": article,
            "de": article,
            "m": "m" if article == "o" else "a",
            "e": one_of(self._next, "oa"),
            "d": str(facts.days),
            "p": str(facts.promised),
            "k": "um dia" if early == 1 else f"{early} dias",
            "q": one_of(self._next, NUMBERS),
            "x": str(1 + int(self._next() * 30)),
            "y": str(1 + int(self._next() * 12)),
        }

    def styled(self, text: str, score: int) -> str:
        """The same words as hurried people type them."""
        chance = self._next
        text = self._joined(" ".join(text.split(" ")))
        while chance() < 0.22:
            text = self._misspelt(text)
        if chance() < 0.05:
            text = _replaced(text, SHORT)
        if score in (1, 5) and chance() < 0.02:
            text = _replaced(text, LONG)
        case = chance()
        if case > 0.18:
            text = re.sub(r"(^|[.!?]\s+)(\w)", lambda match: match[1] + match[2].upper(), text)
        elif case < 0.032:
            text = text.upper()
        text += one_of(chance, ENDS)
        if chance() < 0.006:
            text += " " + one_of(chance, EMOJI[score]) * one_of(chance, (1, 1, 2, 3))
        text = _plain(text) if chance() < 0.09 else self._half_plain(text) if chance() < 0.13 else text
        end = chance()
        return text + " " if end < 0.19 else text + "\r\n" if end < 0.23 else text

    def _joined(self, text: str) -> str:
        """One text of the clauses: a writer mostly keeps to one kind of joint."""
        chance = self._next
        first, *others = text.split("~")
        joint = one_of(chance, JOINTS)
        for clause in others:
            first += (joint if chance() < 0.7 and joint != " e " else one_of(chance, JOINTS)) + clause
        return first

    def _half_plain(self, text: str) -> str:
        """Some words without their accents."""
        return " ".join(_plain(word) if self._next() < 0.5 else word for word in text.split(" "))

    def _misspelt(self, text: str) -> str:
        words = text.split(" ")
        open_to = [
            i for i, word in enumerate(words) if len(word) > 3 and word.isalpha() and not KEPT.search(_plain(word.lower()))
        ]
        if not open_to:
            return text
        which = one_of(self._next, open_to)
        word, at = words[which], 1 + int(self._next() * (len(words[which]) - 2))
        change = self._next()
        if change < 0.25:
            words[which] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif change < 0.6:
            words[which] = word[:at] + word[at + 1 :]
        elif change < 0.7:
            words[which] = word[:at] + word[at] + word[at:]
        elif change < 0.85:
            words[which] = word[:at] + one_of(self._next, "aeiorstnm") + word[at + 1 :]
        elif which + 1 < len(words):
            words[which : which + 2] = [word + words[which + 1]]
        return " ".join(words)


def _replaced(text: str, words: dict[str, str]) -> str:
    return " ".join(words.get(word, word) for word in text.split(" "))


def _plain(text: str) -> str:
    """Without accents; emoji keep what they are made of."""
    return unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f"))
