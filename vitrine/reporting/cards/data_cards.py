"""A data card for each source: whose rows they are, their licence, what this run read and how it was cleaned.

    report = SourceReport(account, manifest, origin)
    text = card(report, languages=["pt"], owner=Owner(), version=version_of(account, Path("data/clean/olist")))

The card is Markdown with the front matter of a Hugging Face dataset card. It holds counts and no rows, so that it can be
given away with a model.
"""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

from vitrine.reporting import environment
from vitrine.reporting.cards.owner import Owner
from vitrine.reporting.cards.provenance import Licence, SourceReport, allows, front_matter, pins, read_from, share
from vitrine.reporting.rows.accounting import Account

SIZES = {
    1_000: "n<1K",
    10_000: "1K<n<10K",
    100_000: "10K<n<100K",
    1_000_000: "100K<n<1M",
    10_000_000: "1M<n<10M",
    100_000_000: "10M<n<100M",
}
LARGEST = "100M<n<1B"
NOTABLE_SHARE = 0.1  # a card names a share of rows set aside, or without text, from here on
MAX_CELL_CHARS = 600  # characters of a cell
IDENTIFYING = re.compile(r"^(customer|seller)_(unique_)?id$|_zip_code_prefix$|^(customer|seller)_city$|_(lat|lng)$")
FINGERPRINT = 12  # hexadecimal digits of a version


def card(report: SourceReport, *, languages: Sequence[str], owner: Owner, version: str) -> str:
    """The whole card of one source."""
    account, manifest, origin, licence = report.account, report.manifest, report.origin, report.licence
    text = (
        markdown()
        .get_template("data_card.md.jinja")
        .render(
            head=yaml.safe_dump(_head(account, licence, languages), sort_keys=False, allow_unicode=True).strip(),
            account=account,
            manifest=manifest,
            origin=origin,
            licence=licence,
            allows=allows(licence),
            read_from=read_from(report),
            own_files=report.own_files,
            pins=pins(manifest, origin),
            owner=owner.lines(),
            version=version,
            problems=problems(report),
            identifying=identifying(account),
        )
    )
    return re.sub(r"\n{3,}", "\n\n", text)


def version_of(account: Account, clean: Path) -> str:
    """The fingerprint of a source's clean tables: rows that differ have another one."""
    digests = [f"{name} {sha256(clean / f'{name}.parquet')}\n" for name in sorted(account.tables)]
    return hashlib.sha256("".join(digests).encode()).hexdigest()[:FINGERPRINT]


def problems(report: SourceReport) -> list[str]:
    """What to know before relying on these rows. All of it is counted, or is in the manifest."""
    account, manifest, licence = report.account, report.manifest, report.licence
    if not account.selected:
        return []
    sentences = []
    if licence.generated:
        sentences.append("The texts are generated: what a model learns from them says nothing about real customers or products.")
    elif not pins(manifest, report.origin):
        sentences.append("The files are not pinned: the next run may read other files without a warning.")
    if licence.provenance in ("own", "mixed"):
        sentences.append(
            f"Some or all files are not byte for byte those of {manifest.publisher}. If they were made from those, the "
            f"publisher's licence ({manifest.licence}) applies to them as well."
        )
    if licence.commercial is not True:
        sentences.append(f"{allows(licence)} A model trained on these rows may fall under the same terms.")
    if not account.rows_in:
        sentences.append("It holds no rows.")
    if account.rejected:
        sentences.append(f"{account.rejected:,} rows could not be read ({share(account.rejected, account.rows_in)}).")
    for name, table in account.tables.items():
        if table.quarantined > NOTABLE_SHARE * table.raw:
            sentences.append(
                f"{share(table.quarantined, table.raw)} of {name} was set aside, mostly because {table.reasons[0].reason}."
            )
        for column, (_, after) in table.texts.items():
            if after.missing > NOTABLE_SHARE * table.clean:
                sentences.append(f"{name}.{column} has no text in {share(after.missing, table.clean)} of the rows.")
    if account.personal_data:
        sentences.append("Personal data are recognised by their form; names, and what people write about themselves, are not.")
    return sentences


def identifying(account: Account) -> list[str]:
    """The columns that identify or locate a person, by their names."""
    return [
        f"{name}.{column}" for name, table in account.tables.items() for column in table.columns if IDENTIFYING.search(column)
    ]


def cell(value: Any) -> str:
    """A text as one cell of a Markdown table: its own line breaks, columns, tags and marks have no effect."""
    text = " ".join(str(value).split())
    text = text if len(text) <= MAX_CELL_CHARS else f"{text[:MAX_CELL_CHARS]} …"
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_|\[\]])", r"\\\1", text)


def link(address: str) -> str:
    """An address as a link, if it is one."""
    return f"<{address}>" if re.fullmatch(r"https?://[^\s<>|`]+", address) else cell(address)


def _head(account: Account, licence: Licence, languages: Sequence[str]) -> dict[str, Any]:
    """The front matter of a dataset card."""
    head: dict[str, Any] = dict(front_matter(licence.licence, licence.homepage))
    if languages:
        head["language"] = list(languages)
    head["pretty_name"] = licence.title
    if account.rows_out:
        head["size_categories"] = [next((size for most, size in SIZES.items() if account.rows_out < most), LARGEST)]
    return head


def markdown() -> Environment:
    """The environment of the cards' templates. `cell` escapes text that comes from outside."""
    filters = {"cell": cell, "link": link, "count": "{:,}".format}
    return environment(Path(__file__).parent / "templates", filters, autoescape=False, keep_trailing_newline=True)


def sha256(file: Path) -> str:
    with file.open("rb") as data:
        return hashlib.file_digest(data, "sha256").hexdigest()
