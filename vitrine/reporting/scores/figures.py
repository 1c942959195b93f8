"""Numbers and names as the report writes them."""

from collections.abc import Mapping
from typing import Any

from vitrine.evaluation.scores.scoreboard import INTERVALS, OVERALL

MINUS = "\N{MINUS SIGN}"


def plain(value: float) -> str:
    """A score or an interval's end: 0.123, −0.012."""
    text = f"{value:.3f}"
    return "0.000" if text == "-0.000" else text.replace("-", MINUS)


def signed(value: float) -> str:
    """A difference: +0.123, −0.012, 0.000."""
    text = plain(value)
    return text if text.startswith(MINUS) or text == "0.000" else f"+{text}"


def p_value(value: float) -> str:
    return "p < 0.001" if value < 0.001 else f"p = {value:.3f}"


def label(name: str) -> str:
    return "Overall" if name == OVERALL else name.replace("_", " ")


def optional(value: float | None) -> str:
    return "–" if value is None else plain(value)


def bracketed(low: float | None, high: float | None) -> str:
    """An interval as [0.123, 0.456]; empty if it has no ends."""
    return "" if low is None or high is None else f"[{plain(low)}, {plain(high)}]"


def dashed(low: float | None, high: float | None) -> str:
    """An interval as 0.123 – 0.456; empty if it has no ends."""
    return "" if low is None or high is None else f"{number(low)} – {number(high)}"


def interval_of(own: Mapping[str, Any], name: str) -> str:
    """The interval of one of a task's own measures."""
    return dashed(*(own.get(INTERVALS, {}).get(name) or (None, None)))


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def number(value: Any) -> str:
    """Any number, short: whole ones with separators, others with three or four significant digits."""
    if not is_number(value):
        return "–"
    if float(value).is_integer() and abs(value) < 1e15:
        text = f"{int(value):,}"
    elif 0.001 <= abs(value) < 10:
        text = f"{value:.3f}"
    elif 10 <= abs(value) < 1e9:
        text = f"{value:,.1f}"
    else:
        text = f"{value:.2e}"
    return text.replace("-", MINUS)
