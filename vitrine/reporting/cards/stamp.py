"""A card with the commit and the day of its export: the cards of a run hold neither, so that the same run gives the same bytes.

    text = stamp(Path("models/cards/grpo.md").read_text(), commit="3f2a91c…", day=date(2026, 5, 4))

`vitrine card grpo --out grpo.md` does this for the current commit and day.
"""

import re
from datetime import date
from pathlib import Path

from vitrine.errors import SettingsError

VERSION = re.compile(r"^\| Version \| ([0-9a-f]+) \|\n", re.MULTILINE)


def version(card: Path) -> str:
    """The version that a card states."""
    line = VERSION.search(card.read_text(encoding="utf-8"))
    if not line:
        raise SettingsError(f"{card} is not a card with a version: delete it and run `dvc repro account card`")
    return line[1]


def stamp(card: Path, *, commit: str, day: date) -> str:
    """The text of a card with two more rows below its version."""
    version(card)
    text = card.read_text(encoding="utf-8")
    if "\n| Commit |" in text:
        raise SettingsError(f"{card} is stamped already: stamp the card that the pipeline wrote")
    rows = f"| Commit | {commit} |\n| Exported | {day.isoformat()} |\n"
    return VERSION.sub(lambda line: line[0] + rows, text, count=1)
