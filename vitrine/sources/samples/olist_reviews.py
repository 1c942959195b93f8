"""Writes the reviews of the Olist sample: a score and an order's facts in, a title and a message out.

    writer = Writer(seed=7)
    writer.message(Facts(score=1, late=True, arrived=True, days=31, promised=24, thing="a toalha"))
    # "a toalha demorou demais, pessimo, nao recomendo a ninguem"

The score decides which clauses are said: praise for 4 and 5, both sides for 3, a problem for 1 and 2. Clauses change
places, words, spelling and punctuation; the words that fields are read from are never misspelt, only stripped of accents.
"""

import random
import re
import unicodedata
from dataclasses import dataclass
from itertools import pairwise

from vitrine.sources.samples import olist_phrases as said
from vitrine.sources.samples.grammar import Phrase, one_of

LONGEST = 208  # characters, the longest published message
KEPT = re.compile(
    r"receb|cheg|nunca|atras|demor|defeito|quebrad|funciona|estragad|errad|diferente|outro|produto|trocad|falt|incomplet|veio|prazo|"
    r"entrega|rapid|qualidade|excelente|lind[oa]|perfeit|preco|barat|custo|atendimento|atencios|vendedor|otim|troca|devol|reembolso|"
    r"dinheiro|volta|recomendo|compr|sempre|novo|nova|^nao$|^so$"
)
OTHER_NAMES = ("o produto", "o produto", "a peça", "o item")
PROBLEMS = ("nao_recebido", "atraso", "defeito", "errado", "incompleto")
PRAISES = ("entrega", "qualidade", "preco", "atendimento", "outro")


@dataclass(frozen=True)
class Facts:
    """What a customer knows when writing."""

    score: int
    late: bool
    arrived: bool
    days: int
    promised: int
    thing: str


class Writer:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._next = self._random.random

    def title(self, score: int) -> str:
        title = one_of(self._next, said.TITLES[score])
        return title.lower() if self._next() < 0.3 else title

    def message(self, facts: Facts) -> str:
        chance = self._next
        if chance() < 0.002:
            return one_of(chance, (" ", "\r\n", "   "))
        slots = self._slots(facts)
        clauses = [self._filled(phrase, slots, facts.thing) for phrase in self._plan(facts)]
        text = self._joined(clauses)
        while len(text) > LONGEST - 6 and len(clauses) > 1:
            clauses.pop()
            text = self._joined(clauses)
        return self._styled(text, facts.score)[:LONGEST]

    def _slots(self, facts: Facts) -> dict[str, str]:
        early = max(1, facts.promised - facts.days)
        return {
            "e": one_of(self._next, "oa"),
            "d": str(facts.days),
            "p": str(facts.promised),
            "k": "um dia" if early == 1 else f"{early} dias",
            "q": one_of(self._next, ("2", "3", "4", "três", "5", "quatro")),
        }

    def _filled(self, phrase: Phrase, slots: dict[str, str], thing: str) -> str:
        subject = thing if self._next() < 0.72 else one_of(self._next, OTHER_NAMES)
        article, noun = subject.split(" ", 1)
        text = " ".join(phrase.say(self._next).split())
        if "{" not in text:
            return text
        return text.format(s=subject, n=noun, o=article, g=article, um="um" if article == "o" else "uma", **slots)

    def _plan(self, facts: Facts) -> list[Phrase]:
        """Which clauses are said, in which order."""
        core = (self._mixed if facts.score == 3 else self._pleased if facts.score > 3 else self._displeased)(facts)
        return self._some((0.27, said.CONTEXT), (0.07, said.GREETING))[::-1] + core

    def _pleased(self, facts: Facts) -> list[Phrase]:
        chance = self._next
        if chance() < 0.06:
            return [self._one(said.VERDICT[facts.score])]
        weights = (0.0 if facts.late else 0.3, 0.26, 0.23, 0.24, 0.14)
        praised = self._random.choices(PRAISES, weights)
        if chance() < 0.5:
            praised += self._random.choices(PRAISES, weights)
        core = [self._one(said.PRAISE[kind]) for kind in dict.fromkeys(praised)]
        if chance() < 0.85 or praised == ["outro"]:
            core.append(self._one(said.VERDICT[facts.score]))
        if facts.late and chance() < 0.4:
            core.append(self._one(said.PROBLEM["atraso"]))
        self._random.shuffle(core)
        return core + self._some((0.36, said.RECOMMEND), (0.24, said.REBUY), (0.16, said.THANKS))

    def _mixed(self, facts: Facts) -> list[Phrase]:
        chance = self._next
        verdict = self._one(said.VERDICT[3])
        if chance() < 0.15:
            return [verdict]
        kind = self._random.choices(PRAISES, (0.0 if facts.late or not facts.arrived else 0.25, 0.25, 0.2, 0.2, 0.2))[0]
        good = self._one(said.PRAISE[kind] if facts.arrived and chance() < 0.75 else said.VERDICT[4])
        bad = self._one(said.PROBLEM[self._problem(facts)] if chance() < 0.5 or not facts.arrived else said.QUIBBLE)
        how = chance()
        if how < 0.25:
            core = [verdict, bad]
        elif how < 0.4:
            core = [good, Phrase(one_of(chance, said.BUT) + " "), verdict]
        else:
            core = [good, Phrase(one_of(chance, said.BUT) + " "), bad]
            if chance() < 0.6:
                core.insert(0 if chance() < 0.5 else 3, verdict)
        return core + self._some((0.08, said.EXCHANGE))

    def _displeased(self, facts: Facts) -> list[Phrase]:
        chance = self._next
        verdict = self._one(said.VERDICT[facts.score])
        if chance() < 0.06:
            return [verdict]
        core = [self._one(said.PROBLEM[self._problem(facts)]) if chance() < 0.88 else self._one(said.DISLIKE)]
        if chance() < 0.85:
            core.append(verdict)
        core += self._some((0.45, said.DISLIKE))
        self._random.shuffle(core)
        return core + self._some((0.4, said.EXCHANGE), (0.34, said.WARN), (0.25, said.PLEA))

    def _problem(self, facts: Facts) -> str:
        if not facts.arrived:
            return "nao_recebido"
        weights = (0.1, 0.8, 0.04, 0.03, 0.03) if facts.late else (0.17, 0.08, 0.25, 0.26, 0.24)
        return self._random.choices(PROBLEMS, weights)[0]

    def _one(self, phrases: list[Phrase]) -> Phrase:
        return one_of(self._next, phrases)

    def _some(self, *kinds: tuple[float, list[Phrase]]) -> list[Phrase]:
        """One phrase of each kind, as often as its share says."""
        return [self._one(phrases) for share, phrases in kinds if self._next() < share]

    def _joined(self, clauses: list[str]) -> str:
        """One text of the clauses; a `mas` binds what stands before and after it."""
        chance = self._next
        joint = one_of(chance, (". ", ". ", ". ", ", ", ", ", "! ", "; ", ", ", " - ", "... "))
        if len(clauses) == 2 and chance() < 0.2:
            joint = " e "
        text = clauses[0]
        for before, clause in pairwise(clauses):
            if before in said.BUT:
                text += " " + clause
            elif clause in said.BUT:
                text += one_of(chance, (", ", ", ", " ", ". ")) + clause
            else:
                text += (joint if chance() < 0.8 else one_of(chance, (". ", ", ", "! "))) + clause
        return text

    def _styled(self, text: str, score: int) -> str:
        """The same words as hurried people type them."""
        chance = self._next
        if chance() < 0.2:
            text = self._misspelt(text)
        if chance() < 0.12:
            text = self._replaced(text, said.SHORT)
        if score in (1, 5) and chance() < 0.15:
            text = self._replaced(text, said.LONG)
        if chance() < 0.07:
            text = re.sub(r"([.!;]) ", "\\1\r\n", text, count=1)
        case = chance()
        if case > 0.36:
            text = re.sub(r"(^|[.!?]\s+)(\w)", lambda match: match[1] + match[2].upper(), text)
        elif case > 0.3:
            text = text.upper()
        text += one_of(chance, ("", "", "", "", ".", ".", ".", "!", "!!!", "...", " ", "!!"))
        if chance() < 0.1:
            emoji = one_of(chance, said.EMOJI[score])
            text += " " + emoji * one_of(chance, (1, 1, 2, 3))
        if chance() < 0.35:
            text = _plain(text)
        return text

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
        if change < 0.4:
            words[which] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif change < 0.75:
            words[which] = word[:at] + word[at + 1 :]
        else:
            words[which] = word[:at] + word[at] + word[at:]
        return " ".join(words)

    def _replaced(self, text: str, words: dict[str, str]) -> str:
        return " ".join(words.get(word, word) for word in text.split(" "))


def _plain(text: str) -> str:
    """Without accents; emoji keep what they are made of."""
    return unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f"))
