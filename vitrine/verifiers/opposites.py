"""Whether one English answer denies what another says.

    contradicts("It is made of steel.", "It is not made of steel.")           ->  True
    contradicts("It is not steel but wood.", "It is steel, not wood.")        ->  True
    contradicts("It does not fit.", "No, it doesn't fit.")                    ->  False
    contradicts("It fits well, I have no complaints.", "It fits well.")       ->  False     what it leaves out it does not deny

A negator denies the words of its clause behind it, six at most. Two answers are opposed where

- one denies words that the other says, and none of those that the other denies;
- the reply denies more often than the reference, whatever it denies: "It is made of steel? Not at all.";
- a negator denies nothing that can be named ("It does not.") and the other has fewer.

An answer that begins with "No," and then denies has denied once.
"""

import re
from collections.abc import Collection

from vitrine.verifiers.replies import INVISIBLE

REACH = 6
NEGATORS = frozenset(
    """
    not no nope never none nobody nothing nowhere neither nor cannot without hardly barely scarcely lacks lacking false untrue
    incorrect unlike isnt arent wasnt werent dont doesnt didnt cant couldnt wont wouldnt shouldnt hasnt havent hadnt aint
    não nem nunca jamais sem nenhum nenhuma nada
    """.split()
)
PHRASES = re.compile(r"\b(?:anything but|far from|rather than|instead of|not? (?=only|just|doubt))")
INSTEAD = {"not ": "", "no ": "", "anything but": "not", "far from": "not", "rather than": "not", "instead of": "not"}
TOKEN = re.compile(r"\w+(?:'\w+)?|[.,;:!?]")
STOPS = frozenset(". , ; : ! ? but because and so or".split())


def contradicts(reference: str, reply: str, *, small: Collection[str] = ()) -> bool:
    """Whether the reply says the opposite of the reference; `small` are words that say nothing."""
    true, said = _Denials(reference, small), _Denials(reply, small)
    return _denies(said, true) or _denies(true, said) or len(said.scopes) > len(true.scopes)


class _Denials:
    """What a text denies, negator by negator, and what it says."""

    def __init__(self, text: str, small: Collection[str]) -> None:
        seen = text.translate(INVISIBLE).lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
        tokens = TOKEN.findall(PHRASES.sub(lambda match: INSTEAD[match[0]], seen))
        places = [place for place, token in enumerate(tokens) if token.partition("'")[0] in NEGATORS or token.endswith("n't")]
        if len(places) > 1 and places[0] == 0 and tokens[0] == "no" and places[1] <= REACH:
            places = places[1:]
        empty = NEGATORS.union(small, STOPS)
        self.scopes: list[set[str]] = []
        under = set(places)
        for place in places:
            reached = []
            for at in range(place + 1, min(len(tokens), place + 1 + REACH)):
                if tokens[at] in STOPS:
                    break
                reached.append(at)
            under.update(reached)
            self.scopes.append({tokens[at] for at in reached if tokens[at] not in empty})
        self.denied = {word for scope in self.scopes for word in scope}
        self.said = {token for place, token in enumerate(tokens) if place not in under and token not in empty}


def _denies(one: _Denials, other: _Denials) -> bool:
    return any(
        scope.isdisjoint(other.denied) and not scope.isdisjoint(other.said) if scope else len(one.scopes) > len(other.scopes)
        for scope in one.scopes
    )
