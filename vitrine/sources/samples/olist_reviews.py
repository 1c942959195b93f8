"""Write the reviews of the Olist sample: title and message, from a score and the facts of an order.

    writer = ReviewWriter(seed=7)
    writer.message(ReviewFacts(score=1, late=True, arrived=True, days=31, promised=24, thing="a toalha"))
    # "A toalha demorou demais, péssimo. não recomendo a ninguém"

Score and delivery select the plan of a message: praise for 4 and 5, mixed for 3, a problem for 1 and 2, with exceptions as
often as in published reviews. Plans and clauses are a grammar (olist_messages.yaml, olist_praise.yaml, olist_complaints.yaml),
with weights fitted to published rates (olist_weights.yaml). Then spelling, case, punctuation and accents are varied; words
from which fields are extracted never get typos, but may lose their accents.
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

MAX_CHARS = 208  # of a message, as published
LONG_SHARE = {1: 0.18, 2: 0.15, 3: 0.1, 4: 0.06, 5: 0.02}  # by score: share of messages with more than one plan
LONG_CHARS = 150  # characters at which a long message ends
FORM_LIMIT = 200  # characters; the shop's form cut most long messages here
NO_TYPOS = re.compile(
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
OnDraw = Callable[[Choice, int], None]


@dataclass(frozen=True)
class ReviewFacts:
    """What the writer of a review knows."""

    score: int
    late: bool
    arrived: bool
    days: int
    promised: int
    thing: str


@cache
def load_grammar() -> Grammar:
    files = {name: yaml.load((FOLDER / f"olist_{name}.yaml").read_text(), yaml.CSafeLoader) for name in FILES}
    return Grammar(files["messages"] | files["praise"] | files["complaints"], files["words"], files["weights"])


class ReviewWriter:
    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._next = self._random.random
        self._grammar = load_grammar()

    def title(self, score: int) -> str:
        title = olist_titles.title(score, self._next)
        case = self._next()
        return title.lower() if case < 0.25 else title.upper() if case < 0.33 else title

    def message(self, facts: ReviewFacts) -> str:
        if self._next() < 0.002:
            return one_of(self._next, (" ", "\r\n", "   "))
        text = self.vary_spelling(self.clauses(facts), facts.score)
        if self._next() < personal_data.SHARE:
            text = personal_data.append_personal_data(text, self._random)
        return text[: FORM_LIMIT if self._next() < 0.9 else MAX_CHARS]

    def clauses(self, facts: ReviewFacts, on_draw: OnDraw | None = None) -> str:
        """The clauses of a message, separated by `~`, before spelling is varied."""
        text = self._grammar.expand(self.plan(facts), self._next, on_draw)
        if self._next() < LONG_SHARE[facts.score]:
            while len(text) < LONG_CHARS:
                text += "~" + self._grammar.expand(self.plan(facts), self._next, on_draw)
        if "{" in text:
            text = text.format_map(self._slots(facts))
        return text.replace(" ,", ",").replace(" .", ".")

    def plan(self, facts: ReviewFacts) -> str:
        """The grammar symbol for a message about `facts`."""
        draw = self._next()
        if not facts.arrived:
            return "waitlost" if facts.score > 3 and draw < 0.6 else "m1lost" if draw < 0.85 else f"m{facts.score}"
        if facts.late and draw < 0.85:
            return f"m{1 if facts.score == 2 else facts.score}late"
        return f"m{facts.score}"

    def _slots(self, facts: ReviewFacts) -> dict[str, str]:
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

    def vary_spelling(self, text: str, score: int) -> str:
        """The same words as people type them in a hurry."""
        random = self._next
        text = self._joined(" ".join(text.split(" ")))
        while random() < 0.22:
            text = self._add_typo(text)
        if random() < 0.05:
            text = _replace_words(text, SHORT)
        if score in (1, 5) and random() < 0.02:
            text = _replace_words(text, LONG)
        case = random()
        if case > 0.18:
            text = re.sub(r"(^|[.!?]\s+)(\w)", lambda match: match[1] + match[2].upper(), text)
        elif case < 0.032:
            text = text.upper()
        text += one_of(random, ENDS)
        if random() < 0.006:
            text += " " + one_of(random, EMOJI[score]) * one_of(random, (1, 1, 2, 3))
        text = _without_accents(text) if random() < 0.09 else self._drop_some_accents(text) if random() < 0.13 else text
        end = random()
        return text + " " if end < 0.19 else text + "\r\n" if end < 0.23 else text

    def _joined(self, text: str) -> str:
        """Join the clauses, mostly with the same joint within a message."""
        random = self._next
        first, *others = text.split("~")
        joint = one_of(random, JOINTS)
        for clause in others:
            first += (joint if random() < 0.7 and joint != " e " else one_of(random, JOINTS)) + clause
        return first

    def _drop_some_accents(self, text: str) -> str:
        """Remove the accents of about half of the words."""
        return " ".join(_without_accents(word) if self._next() < 0.5 else word for word in text.split(" "))

    def _add_typo(self, text: str) -> str:
        words = text.split(" ")
        candidates = [
            i
            for i, word in enumerate(words)
            if len(word) > 3 and word.isalpha() and not NO_TYPOS.search(_without_accents(word.lower()))
        ]
        if not candidates:
            return text
        index = one_of(self._next, candidates)
        word, at = words[index], 1 + int(self._next() * (len(words[index]) - 2))
        change = self._next()
        if change < 0.25:
            words[index] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        elif change < 0.6:
            words[index] = word[:at] + word[at + 1 :]
        elif change < 0.7:
            words[index] = word[:at] + word[at] + word[at:]
        elif change < 0.85:
            words[index] = word[:at] + one_of(self._next, "aeiorstnm") + word[at + 1 :]
        elif index + 1 < len(words):
            words[index : index + 2] = [word + words[index + 1]]
        return " ".join(words)


def _replace_words(text: str, words: dict[str, str]) -> str:
    return " ".join(words.get(word, word) for word in text.split(" "))


def _without_accents(text: str) -> str:
    """`text` without accents; emoji stay intact."""
    return unicodedata.normalize("NFC", "".join(c for c in unicodedata.normalize("NFD", text) if not "\u0300" <= c <= "\u036f"))
