r"""Which quotes of a CSV open and close fields, found for all of them at once: as many quotes as there may be, one pass each.

    regions, unclosed = quoted(np.frombuffer(b'1,"a ""b""\r\nc",5"\n2,"x,\n', np.uint8))
    -> regions 2-15 ("a ""b""\r\nc"); unclosed 22: what follows it is read as if it stood there alone; the 5" is a letter

A quote opens after a comma or a line end and closes before one; doubled, it is a letter. Any other is a letter too, and an
opening one without its closing one must not swallow the records that follow.
"""

import numpy as np
import numpy.typing as npt

QUOTE, COMMA, NEWLINE, CARRIAGE_RETURN = b'",\n\r'
Whole = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def quoted(every: npt.NDArray[np.uint8]) -> tuple[Whole, Whole]:
    """Where quoted fields begin and end, in turn; and where one begins that nothing ends.

    Quotes side by side are one run. Of even length it changes nothing: letters inside a field, or an empty field. Of odd
    length, what it does follows from what stands before and behind it:
    edge | edge        opens a field, or closes the one that is open
    edge | letter      opens one; what was open is never closed
    letter | edge      closes what is open
    letter | letter    is a letter; what was open is never closed
    """
    quotes = np.flatnonzero(every == QUOTE)
    apart = np.diff(quotes) != 1
    first, last = quotes[np.append(True, apart)[: quotes.size]], quotes[np.append(apart, True)[: quotes.size]]
    padded = np.concatenate([[NEWLINE], every, [NEWLINE]])
    opens = np.isin(padded[first], [COMMA, NEWLINE])
    closes = np.isin(padded[last + 2], [COMMA, NEWLINE, CARRIAGE_RETURN])
    odd = (last - first) % 2 == 0
    after = _open_after(odd, opens, closes)
    before = np.append(False, after)[: after.size]
    opening = odd & after
    closing = odd & before & closes
    opened = np.maximum.accumulate(np.where(opening, np.arange(first.size), -1))  # the run that opened what is open
    begins = opened[np.flatnonzero(closing) - 1]
    empty_and_more = ~odd & ~before & opens & ~closes  # ""x
    lost = np.append(np.setdiff1d(np.flatnonzero(opening), begins), np.flatnonzero(empty_and_more))
    return np.stack([first[begins], last[closing]], axis=1).ravel(), np.sort(first[lost])


def _open_after(odd: Mask, opens: Mask, closes: Mask) -> Mask:
    """Whether a field is open after each run: as the last run left it that does not ask what was before, and every other turn."""
    turns = odd & opens & closes
    settles = odd & ~turns
    runs = np.arange(odd.size)
    settled = np.maximum.accumulate(np.where(settles, runs, -1))
    count = np.cumsum(turns)
    since: Whole = count - np.where(settled >= 0, count[settled], 0)
    then = np.where(settled >= 0, opens[settled], False)
    after: Mask = then ^ (since % 2 == 1)
    return after
