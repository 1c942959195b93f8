"""The accounting page: the rows of every source from the published files to the clean tables, with their sums.

    html = page([SourceReport(account, published, origin), …])
    Path("metrics/accounting.html").write_text(html, encoding="utf-8")

It is one file, works offline and runs no script. Text of a row is escaped; characters that reorder text or are invalid are
replaced by their code points. The same inputs give the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from vitrine.reporting import environment
from vitrine.reporting.cards.provenance import SourceReport, allows, pins, read_from, share
from vitrine.reporting.examples import legible
from vitrine.reporting.rows.accounting import Account
from vitrine.reporting.rows.lengths import label


def page(sources: Sequence[SourceReport]) -> str:
    """The whole page."""
    filters = {"count": "{:,.10g}".format, "legible": legible}
    return (
        environment(Path(__file__).parent / "templates", filters)
        .get_template("accounting.html.jinja")
        .render(
            sources=[_source(one) for one in sources],
            selected=[one.account for one in sources if one.account.selected],
        )
    )


def _source(shown: SourceReport) -> dict[str, Any]:
    account = shown.account
    quarantined = [reason for table in account.tables.values() for reason in table.reasons]
    return {
        "account": account,
        "manifest": shown.manifest,
        "licence": shown.licence,
        "allows": allows(shown.licence),
        "origin": read_from(shown),
        "pins": pins(shown.manifest, shown.origin),
        "quarantined": quarantined,
        "most": max((reason.rows for reason in [*account.rejects, *quarantined]), default=1),
        "kept": share(account.rows_out, account.rows_in),
        "sample": shown.licence.provenance in ("generated", "own"),
        "panels": _panels(account),
        "link": shown.manifest.homepage if shown.manifest.homepage.startswith(("https://", "http://")) else "",
    }


def _panels(account: Account) -> list[dict[str, Any]]:
    """The histogram of each text column: its bins from the first to the last that is not empty."""
    panels = []
    for name, table in account.tables.items():
        for column, (before, after) in table.texts.items():
            counts = list(zip(map(label, range(len(before.bins))), before.bins, after.bins, strict=True))
            held = [place for place, (_, *texts) in enumerate(counts) if any(texts)]
            panels.append({"table": name, "column": column, "after": after, "bins": counts[held[0] : held[-1] + 1]})
    return panels
