"""Which texts may hold personal data at all: found by Polars, so that the others cost next to nothing.

    where, groups = candidates(pl.Series(["nota 10", "ana@loja.com.br"]))
    where.to_list(), list(groups)     # [False, True], [frozenset({"mail"})]

Every expression takes in more than `spans` believes. ASCII classes and ASCII boundaries keep each of them one table that is
walked a byte a step.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl

# Each begins with signs of its own: looked for one by one they take a quarter of the time that they take together.
MAIL = ("@", "arroba|ARROBA|Arroba", r"[(\[] ?(?:at|AT) ?[)\]]", " at [a-z]+ dot ", "#[a-z]+mail")
# Without one of these a text holds none of the other groups. Nine in ten reviews have none.
NUMBERED = ("[0-9]", "[Ss](?: ?/ ?|em )[Nn]")
# A street's word, and after it a number or "s/n"; a block with a number; one of Brasília's sectors.
STREETS = (
    r"(?:[Rr]uas?|RUA|(?-u:\b)R\.?|[Aa]venida|AVENIDA|[Aa]v\.?|AV\.?|[Tt]ravessa|TRAVESSA|(?-u:\b)[Tt]rav\.?|[Tt]v\.|[Aa]l\."
    r"|[Aa]lameda|ALAMEDA|[Pp]ra[cç]a|P[çc]a\.?|P[çc]\.|[Rr]odovia|RODOVIA|(?-u:\b)[Rr]od\.?|[Ee]strada|[Ee]str?\.|[Ll]argo|[Vv]iela"
    r"|[Vv]ila|[Bb]eco|[Ss]ervid[aã]o|SERVID[AÃ]O|[Qq]uadra|QUADRA)\s+[^\[\]]{0,80}?(?:[0-9]|[Ss] ?/ ?[Nn]|[Ss]em [Nn])"
)
BLOCKS = (
    r"(?-u:\b)(?i-u:qda?\.? ?[0-9]|(?:sq[ns]w?|sqnw|s?cl[nrs][nw]?|scrn|crs|q[eilnrs][a-z]?|eq[ns][l-p]?|shcgn|shces|shigs|smpw"
    r"|smhn|sg[ao][ns]|sep[ns]|shi[ns] ?q[il]) ?[0-9])"
    r"|(?-u:\b)(?:S[A-Z]{1,4}|CL[NS]W?|CR[NS]|AOS)\s(?i-u:q|quadra|qd|trecho)\.?\s?[0-9]"
    r"|(?-u:\b)(?:AOS|CN[A-N]|CS[A-H])\s[0-9]"
)
GROUPS = {
    "mail": "|".join(MAIL),
    "number": r"(?:[0-9][^0-9A-Za-z]{0,3}){7}[0-9]|[0-9OoIl]{3}\. ?[0-9OoIl]{3}\. ?[0-9OoIl]{3}",
    "letters": r"[0-9A-Z]{12}[0-9]{2}|[0-9A-Za-z]{3} ?/ ?[0-9A-Za-z]{4} ?[\-‐‑‒–—−]? ?[0-9]{2}",
    "key": r"[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}|0[0-9]-[0-9]{8}",
    "order": r"(?i-u:pedido|compra|encomenda|order|purchase)[^\[\]]{1,60}?[0-9](?:[ ./\-]?[0-9]){4}",
    "street": f"{STREETS}|{BLOCKS}",
}


def candidates(texts: pl.Series, among: Sequence[str] = tuple(GROUPS)) -> tuple[pl.Series, Iterator[frozenset[str]]]:
    """Where the candidates of some groups stand, and for each all the groups of kinds that it may hold."""
    found = _holding(texts, MAIL if "mail" in among else ())
    numbered = np.flatnonzero(_holding(texts, NUMBERED))
    asked = "|".join(GROUPS[group] for group in among if group != "mail")
    found[numbered] |= _holding(texts.gather(numbered), [asked] if asked else [])
    where = pl.Series(found)
    few = texts.filter(where)
    rows = zip(*(few.str.contains(pattern) for pattern in GROUPS.values()), strict=True)
    return where, (frozenset(name for name, held in zip(GROUPS, row, strict=True) if held) for row in rows)


def _holding(texts: pl.Series, patterns: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Which texts hold one of these; a missing text holds none."""
    found = np.zeros(len(texts), bool)
    for pattern in patterns:
        found |= texts.str.contains(pattern).fill_null(False).to_numpy()
    return found
