"""account -- count the rows of each source from the published files to the clean tables; write a data card for each source.

reads   data/raw, data/clean       the tables, rejects and quarantine
        manifests/<source>.yaml    who publishes a source, its licence, its pins
        metrics/ingest, metrics/clean
writes  data/accounting.json       counts by source, table and reason, lengths of texts, licences (docs/formats.md)
        data/cards/<source>.md     for people who get the data or a model that was trained on them
        metrics/accounting.html    the same with example rows, for internal use
"""

import json
from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from vitrine.reporting import write
from vitrine.reporting.cards.data_cards import card, version_of
from vitrine.reporting.cards.owner import Owner
from vitrine.reporting.cards.provenance import Origin, SourceReport
from vitrine.reporting.inputs import read_records
from vitrine.reporting.rows.accounting import account, totals
from vitrine.reporting.rows.page import page
from vitrine.reporting.rows.plain import plain
from vitrine.settings import Settings
from vitrine.stage import stage
from vitrine.tables import manifest

Language = Annotated[str, StringConstraints(pattern="^[a-z]{2,3}$")]  # as ISO 639 names it


class Account(Settings):
    sources: dict[str, Origin]
    languages: dict[str, list[Language]]  # of a source's texts
    owner: Owner  # what only the owner can say; the cards show it
    manifests: Path
    raw: Path
    clean: Path
    metrics: Path
    accounting: Path
    cards: Path
    page: Path
    examples: int = Field(ge=0, le=20)  # rows shown of each reason

    @model_validator(mode="after")
    def _languages_of_sources(self) -> "Account":
        unknown = sorted(self.languages.keys() - self.sources.keys())
        if unknown:
            raise ValueError(f"languages names {', '.join(unknown)}; should be one of {', '.join(self.sources)}")
        return self


@stage("account", Account)
def main(settings: Account) -> dict[str, float]:
    sources = []
    for name, origin in settings.sources.items():
        records = read_records(settings.metrics / stage / f"{name}.json" for stage in ("ingest", "clean"))
        raw, clean = settings.raw / name, settings.clean / name
        counts = account(name, raw, clean, *records, selected=origin.selected, examples=settings.examples)
        report = SourceReport(counts, manifest.read(settings.manifests / f"{name}.yaml", name), origin)
        languages = settings.languages.get(name, [])
        text = card(report, languages=languages, owner=settings.owner, version=version_of(counts, clean))
        write(settings.cards / f"{name}.md", text)
        sources.append(report)
    write(settings.accounting, json.dumps(plain(sources), indent=2, ensure_ascii=False) + "\n")
    write(settings.page, page(sources))
    return totals([report.account for report in sources])


if __name__ == "__main__":
    main()
