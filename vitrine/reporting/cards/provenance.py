"""Who publishes a source and under which licence, and where this run took its rows from: what the outputs of `account` share.

published = manifest.read(Path("manifests/olist.yaml"), "olist")
SourceReport(account, published, Origin(origin="sample", rows=12000, seed=7, selected=True)).licence
licences(Path("data/accounting.json"))      # for a model card: what the data that a model saw allow
front_matter("CC BY 4.0", "https://…")      # {"license": "cc-by-4.0"}: a licence as a card of the hub names it
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import ConfigDict

from vitrine.errors import TableError
from vitrine.reporting.rows.accounting import Account
from vitrine.settings import Settings
from vitrine.tables.manifest import Manifest

OWN_LICENCE = "Apache-2.0"  # of what Vitrine generates
# The licences that the hub knows by name, as far as data are published under them.
KNOWN = re.compile(
    r"apache-2\.0|mit|cc0-1\.0|cc-by(-nc)?(-sa|-nd)?-[234]\.[05]|odc-by|odbl|pddl|cdla-(sharing-1\.0|permissive-[12]\.0)|gfdl|[al]?gpl-3\.0"
)


class Origin(Settings):
    """Where this run took a source from, as `ingest` was told. Outputs are the same wherever a folder lies."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    origin: Literal["sample", "path", "hub", "url"]
    rows: int
    seed: int
    selected: bool


@dataclass(frozen=True)
class Licence:
    """What the rows of one source allow in this run."""

    source: str
    title: str
    homepage: str
    licence: str
    commercial: bool | None
    generated: bool = False  # no row is the publisher's


@dataclass(frozen=True)
class SourceReport:
    """All that the outputs say about one source."""

    account: Account
    published: Manifest
    origin: Origin

    @property
    def licence(self) -> Licence:
        """A generated sample is in the publisher's format and nothing else of theirs."""
        source, published = self.account.source, self.published
        if self.origin.origin == "sample":
            return Licence(source, f"Sample in the format of {published.title}", published.homepage, OWN_LICENCE, True, True)
        return Licence(source, published.title, published.homepage, published.licence, published.commercial)


def licences(accounting: Path) -> list[Licence]:
    """The licences of all sources that this run learned from, out of the JSON that the stage `account` wrote."""
    try:
        sources = json.loads(accounting.read_text(encoding="utf-8"))["sources"]
        return [
            Licence(name, of["title"], of["homepage"], of["licence"], of["commercial"], of["origin"] == "sample")
            for name, of in sources.items()
            if of["selected"]
        ]
    except OSError as error:
        raise TableError(f"{accounting} cannot be read ({error.strerror}); run `dvc repro account`") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TableError(f"{accounting} is no account of rows ({error!r}); run `dvc repro -f account`") from error


def front_matter(licence: str, link: str) -> dict[str, str]:
    """A licence as the front matter of a card names it; one that the hub does not know has a name of its own and a link."""
    name = re.sub(r"\s+", "-", licence.strip().lower())
    if KNOWN.fullmatch(name):
        return {"license": name}
    if name in ("", "not-stated", "unknown"):
        return {"license": "unknown"}
    return {"license": "other", "license_name": re.sub(r"[^a-z0-9.]+", "-", name).strip("-")[:60], "license_link": link}


def allows(found: Licence) -> str:
    """Whether the licence allows commercial use, in a sentence."""
    if found.commercial is None:
        return "Whether commercial use is allowed is not stated: ask the publisher before you sell anything made from it."
    return f"Commercial use is {'allowed' if found.commercial else 'not allowed'}."


def pins(published: Manifest, origin: Origin) -> list[tuple[str, str]]:
    """What was read, by name and hash. A sample follows from its size and seed."""
    if origin.origin == "path":
        return [(name, f"sha256 {pin.sha256}, {pin.bytes} bytes") for name, pin in published.path.items()]
    if origin.origin == "url":
        return [(name, f"{pin.url}, sha256 {pin.sha256}") for name, pin in published.url.items()]
    if origin.origin == "hub" and published.hub:
        where = f"{published.hub.repository} at {published.hub.revision}"
        return [(name, f"{where}, sha256 {sha256}" if sha256 else where) for name, sha256 in published.hub.files.items()]
    return []


def share(part: int, whole: int) -> str:
    """A part in per cent: all of it and none of it are said only where they are meant."""
    if not whole:
        return "none"
    text = f"{100 * part / whole:.1f} %"
    return {"100.0 %": "> 99.9 %", "0.0 %": "< 0.1 %"}.get(text, text) if 0 < part < whole else text
