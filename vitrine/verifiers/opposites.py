"""Check whether one English answer contradicts another.

    contradicts("It is made of steel.", "It is not made of steel.")           ->  True
    contradicts("It is not steel but wood.", "It is steel, not wood.")        ->  True
    contradicts("It does not fit.", "No, it doesn't fit.")                    ->  False
    contradicts("It fits well, I have no complaints.", "It fits well.")       ->  False     an omission is no contradiction

A negator denies the words after it in its clause, at most six. Two answers contradict each other if

- one denies words that the other states, and none of the words that the other denies;
- the reply has more negators than the reference: "It is made of steel? Not at all.";
- a negator has no content words in its scope ("It does not.") and the other answer has fewer negators.

"No," at the start followed by another negator counts as one.
"""

import re
from collections.abc import Collection

from vitrine.verifiers.replies import INVISIBLE

REACH = 6  # tokens
NEGATORS = frozenset(
    """
    not no nope never none nobody nothing nowhere neither nor cannot without hardly barely scarcely lacks lacking false untrue
    incorrect unlike isnt arent wasnt werent dont doesnt didnt cant couldnt wont wouldnt shouldnt hasnt havent hadnt aint
    não nem nunca jamais sem nenhum nenhuma nada
    """.split()
)
PHRASES = re.compile(r"\b(?:anything but|far from|rather than|instead of|not? (?=only|just|doubt))")
SUBSTITUTES = {"not ": "", "no ": "", "anything but": "not", "far from": "not", "rather than": "not", "instead of": "not"}
TOKEN = re.compile(r"\w+(?:'\w+)?|[.,;:!?]")
STOPS = frozenset(". , ; : ! ? but because and so or".split())


def contradicts(reference: str, reply: str, *, small: Collection[str] = ()) -> bool:
    """Whether the reply contradicts the reference; `small` words are ignored."""
    gold, predicted = _Denials(reference, small), _Denials(reply, small)
    return _denies(predicted, gold) or _denies(gold, predicted) or len(predicted.scopes) > len(gold.scopes)


class _Denials:
    """The words that a text denies, by negator, and the words that it states."""

    def __init__(self, text: str, small: Collection[str]) -> None:
        visible = text.translate(INVISIBLE).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        tokens = TOKEN.findall(PHRASES.sub(lambda match: SUBSTITUTES[match[0]], visible))
        places = [place for place, token in enumerate(tokens) if token.partition("'")[0] in NEGATORS or token.endswith("n't")]
        if len(places) > 1 and places[0] == 0 and tokens[0] == "no" and places[1] <= REACH:
            places = places[1:]
        ignored = NEGATORS.union(small, STOPS)
        self.scopes: list[set[str]] = []
        covered = set(places)
        for place in places:
            scope = []
            for at in range(place + 1, min(len(tokens), place + 1 + REACH)):
                if tokens[at] in STOPS:
                    break
                scope.append(at)
            covered.update(scope)
            self.scopes.append({tokens[at] for at in scope if tokens[at] not in ignored})
        self.denied = {word for scope in self.scopes for word in scope}
        self.stated = {token for place, token in enumerate(tokens) if place not in covered and token not in ignored}


def _denies(one: _Denials, other: _Denials) -> bool:
    return any(
        scope.isdisjoint(other.denied) and not scope.isdisjoint(other.stated) if scope else len(one.scopes) > len(other.scopes)
        for scope in one.scopes
    )
