r"""Find the quoted fields of a CSV: which quotes open and close a field. Vectorised over all quotes at once.

    regions, unclosed = quoted_fields(np.frombuffer(b'1,"a ""b""\r\nc",5"\n2,"x,\n', np.uint8))
    -> regions 2-15 ("a ""b""\r\nc"); unclosed 22: the text after it is read as if the quote were a letter; so is the 5"

A quote opens a field after a comma or a line end, and closes it before one. A doubled quote is a letter, and so is any other
quote. An opening quote that is never closed must not swallow the records after it.
"""

import numpy as np
import numpy.typing as npt

QUOTE, COMMA, NEWLINE, CARRIAGE_RETURN = b'",\n\r'
Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def quoted_fields(data: npt.NDArray[np.uint8]) -> tuple[Integers, Integers]:
    """Return the positions where quoted fields begin and end, alternating, and the positions of quotes that are never closed.

    Adjacent quotes form a run. A run of even length changes nothing: letters inside a field, or an empty field. A run of odd
    length acts by its neighbours (edge: a comma, a line end, the start or end of the file):
    edge | edge        opens a field, or closes the open one
    edge | letter      opens a field; a field that was open is never closed
    letter | edge      closes the open field
    letter | letter    is a letter; a field that was open is never closed
    """
    quotes = np.flatnonzero(data == QUOTE)
    apart = np.diff(quotes) != 1
    first, last = quotes[np.append(True, apart)[: quotes.size]], quotes[np.append(apart, True)[: quotes.size]]
    padded = np.concatenate([[NEWLINE], data, [NEWLINE]])
    opens = np.isin(padded[first], [COMMA, NEWLINE])
    closes = np.isin(padded[last + 2], [COMMA, NEWLINE, CARRIAGE_RETURN])
    odd = (last - first) % 2 == 0
    after = _open_after(odd, opens, closes)
    before = np.append(False, after)[: after.size]
    opening = odd & after
    closing = odd & before & closes
    opened = np.maximum.accumulate(np.where(opening, np.arange(first.size), -1))  # the run that opened the field that is open
    begins = opened[np.flatnonzero(closing) - 1]
    empty_and_more = ~odd & ~before & opens & ~closes  # ""x
    unclosed = np.append(np.setdiff1d(np.flatnonzero(opening), begins), np.flatnonzero(empty_and_more))
    return np.stack([first[begins], last[closing]], axis=1).ravel(), np.sort(first[unclosed])


def _open_after(odd: Mask, opens: Mask, closes: Mask) -> Mask:
    """Whether a field is open after each run.

    An edge | edge run toggles the state, every other odd run sets it: so the state is that of the last run that set it,
    toggled once for each toggling run since then.
    """
    toggles = odd & opens & closes
    sets = odd & ~toggles
    runs = np.arange(odd.size)
    last_set = np.maximum.accumulate(np.where(sets, runs, -1))
    count = np.cumsum(toggles)
    since: Integers = count - np.where(last_set >= 0, count[last_set], 0)
    state = np.where(last_set >= 0, opens[last_set], False)
    after: Mask = state ^ (since % 2 == 1)
    return after
