"""A data card for each source: who publishes it, under which licence, what this run read of it and what became of it.

    text = card(SourceReport(account, published, origin), languages=["pt"])

The card is Markdown with the front matter of a Hugging Face dataset card. It holds counts and no rows, so that it can be
given away with a model.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

from vitrine.reporting import environment
from vitrine.reporting.cards.provenance import Licence, Origin, SourceReport, allows, front_matter, pins, share
from vitrine.reporting.rows.accounting import Account
from vitrine.tables.manifest import Manifest

SIZES = {
    1_000: "n<1K",
    10_000: "1K<n<10K",
    100_000: "10K<n<100K",
    1_000_000: "100K<n<1M",
    10_000_000: "1M<n<10M",
    100_000_000: "10M<n<100M",
}
LARGEST = "100M<n<1B"
MUCH = 0.1  # share of rows set aside that a reader should know of
LONGEST = 600  # characters of a cell


def card(shown: SourceReport, *, languages: Sequence[str]) -> str:
    """The whole card of one source."""
    account, published, origin, found = shown.account, shown.published, shown.origin, shown.licence
    page = markdown().get_template("card.md.jinja")
    text = page.render(
        head=yaml.safe_dump(_head(account, found, languages), sort_keys=False, allow_unicode=True).strip(),
        account=account,
        published=published,
        origin=origin,
        licence=found,
        allows=allows(found),
        pins=pins(published, origin),
        problems=problems(account, published, origin, found),
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def problems(account: Account, published: Manifest, origin: Origin, found: Licence) -> list[str]:
    """What one should know before one relies on these rows; all of it is counted or said in the manifest."""
    if not account.selected:
        return []
    told = []
    if origin.origin == "sample":
        told.append("The texts are generated: what a model learns from them says nothing about real customers or products.")
    elif not pins(published, origin):
        told.append("The files are not pinned: nothing says that the next run reads the same ones.")
    if found.commercial is not True:
        told.append(f"{allows(found)} A model trained on these rows may fall under the same terms.")
    if not account.rows_in:
        told.append("It holds no rows.")
    if account.rejected:
        told.append(f"{account.rejected:,} rows could not be read ({share(account.rejected, account.rows_in)}).")
    for name, table in account.tables.items():
        if table.quarantined > MUCH * table.raw:
            told.append(
                f"{share(table.quarantined, table.raw)} of {name} was set aside, mostly because {table.reasons[0].reason}."
            )
        for column, (_, after) in table.texts.items():
            if after.missing > MUCH * table.clean:
                told.append(f"{name}.{column} has no text in {share(after.missing, table.clean)} of the rows.")
    if account.personal_data:
        told.append("Personal data are found by their form; names and what people tell of themselves in words are not.")
    return told


def cell(value: Any) -> str:
    """Any text as one cell of a Markdown table: no line, column, tag or mark of its own."""
    text = " ".join(str(value).split())
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_|\[\]])", r"\\\1", text)


def link(address: str) -> str:
    """An address as a link of its own, if it is one."""
    return f"<{address}>" if re.fullmatch(r"https?://[^\s<>|`]+", address) else cell(address)


def _head(account: Account, found: Licence, languages: Sequence[str]) -> dict[str, Any]:
    """The front matter."""
    head: dict[str, Any] = dict(front_matter(found.licence, found.homepage))
    if languages:
        head["language"] = list(languages)
    head["pretty_name"] = found.title
    if account.rows_out:
        head["size_categories"] = [next((size for most, size in SIZES.items() if account.rows_out < most), LARGEST)]
    return head


def markdown() -> Environment:
    """Where a card's template comes from, and what it may use: `cell` escapes what comes from outside."""
    filters = {"cell": cell, "link": link, "count": "{:,}".format}
    return environment(Path(__file__).parent / "templates", filters, autoescape=False, keep_trailing_newline=True)
