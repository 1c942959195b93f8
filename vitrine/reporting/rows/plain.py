"""The accounting as JSON: counts by source, table and reason, lengths of texts, licences (docs/formats.md).

    json.dumps(plain([SourceReport(account, published, origin)]))

It holds no example rows, because this file may be shared.
"""

from collections.abc import Sequence
from typing import Any

from vitrine.reporting.cards.provenance import SourceReport
from vitrine.reporting.rows.accounting import Table
from vitrine.reporting.rows.lengths import EDGES, Lengths
from vitrine.reporting.rows.set_aside import Reason


def plain(sources: Sequence[SourceReport]) -> dict[str, Any]:
    """All counts as values for JSON."""
    return {"sources": {one.account.source: _source(one) for one in sources}, "bins": [0, *EDGES]}


def _source(shown: SourceReport) -> dict[str, Any]:
    account, licence = shown.account, shown.licence
    return {
        "title": licence.title,
        "publisher": shown.publisher,
        "homepage": licence.homepage,
        "licence": licence.licence,
        "commercial": licence.commercial,
        "origin": shown.origin.origin,
        "provenance": licence.provenance,
        "selected": account.selected,
        "rows_in": account.rows_in,
        "rejected": account.rejected,
        "rows_raw": account.raw,
        "quarantined": account.quarantined,
        "rows_out": account.rows_out,
        "reject_reasons": _reasons(account.rejects),
        "tables": {name: _table(table) for name, table in account.tables.items()},
        "counters": dict(account.counters),
    }


def _table(table: Table) -> dict[str, Any]:
    return {
        "raw": table.raw,
        "clean": table.clean,
        "quarantined": table.quarantined,
        "reasons": _reasons(table.reasons),
        "columns": dict(table.columns),
        "lengths": {name: {"raw": _lengths(before), "clean": _lengths(after)} for name, (before, after) in table.texts.items()},
    }


def _reasons(reasons: Sequence[Reason]) -> list[dict[str, Any]]:
    return [{"reason": reason.reason, "rows": reason.rows} for reason in reasons]


def _lengths(lengths: Lengths) -> dict[str, Any]:
    return {
        "missing": lengths.missing,
        "shortest": lengths.shortest,
        "longest": lengths.longest,
        "mean": lengths.mean,
        "bins": list(lengths.bins),
    }
