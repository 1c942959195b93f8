"""Whose rows a source holds in this run, and what their licence allows. The outputs of `account` and `card` share it.

report = SourceReport(account, manifest.read(Path("manifests/olist.yaml"), "olist"), origin)
report.licence.provenance                   # "generated", "published", "own" or "mixed"
licences(Path("data/accounting.json"))      # for a model card: the licences of the data that a model learned from
front_matter("CC BY 4.0", "https://…")      # {"license": "cc-by-4.0"}: a licence as a card of the hub names it

The publisher's name and licence are given to files that the manifest recognises (section `published`), and to no others.
Other files in the same layout are the owner's: their licence is for the owner to state (`vitrine pin SOURCE --licence …`).
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

SAMPLE_LICENCE = "Apache-2.0"  # of what Vitrine generates
NOT_STATED = "yours to state"  # the licence of own files until the owner states it
OWNER = "the owner of the files"
# The licences that the hub knows by name, as far as data are published under them.
KNOWN = re.compile(
    r"apache-2\.0|mit|cc0-1\.0|cc-by(-nc)?(-sa|-nd)?-[234]\.[05]|odc-by|odbl|pddl|cdla-(sharing-1\.0|permissive-[12]\.0)|gfdl|[al]?gpl-3\.0"
)
Provenance = Literal["generated", "published", "own", "mixed"]  # mixed: some files are the publisher's, some are the owner's


class Origin(Settings):
    """Where this run took a source from, as `ingest` was set. Outputs are the same wherever a folder lies."""

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
    homepage: str  # empty for own files
    licence: str
    commercial: bool | None
    provenance: Provenance = "published"

    @property
    def generated(self) -> bool:
        return self.provenance == "generated"


@dataclass(frozen=True)
class SourceReport:
    """All that the outputs say about one source."""

    account: Account
    manifest: Manifest
    origin: Origin

    @property
    def own_files(self) -> list[str]:
        """The files that are not known to be the publisher's, by name."""
        return [name for name, theirs in self.manifest.recognised(self.origin.origin).items() if not theirs]

    @property
    def provenance(self) -> Provenance:
        if self.origin.origin == "sample":
            return "generated"
        files = self.manifest.recognised(self.origin.origin)
        if not any(files.values()):
            return "own"
        return "published" if all(files.values()) else "mixed"

    @property
    def licence(self) -> Licence:
        """A sample and own files share the publisher's layout, but not the publisher's licence."""
        source, manifest, own = self.account.source, self.manifest, self.manifest.own
        stated = own.licence or NOT_STATED
        match self.provenance:
            case "generated":
                title = f"Sample in the format of {manifest.title}"
                return Licence(source, title, manifest.homepage, SAMPLE_LICENCE, True, "generated")
            case "own":
                title = own.title or f"Own files in the layout of {manifest.title}"
                return Licence(source, title, "", stated, own.commercial, "own")
            case "mixed":
                title = f"{manifest.title}, with {own.title or 'own files'} in its layout"
                licence = f"{manifest.licence} (the publisher's files); {stated} (own files)"
                both = (manifest.commercial, own.commercial)
                commercial = False if False in both else None if None in both else True
                return Licence(source, title, manifest.homepage, licence, commercial, "mixed")
        return Licence(source, manifest.title, manifest.homepage, manifest.licence, manifest.commercial)

    @property
    def publisher(self) -> str:
        """The publisher; for own files their owner, who is not named."""
        both = f"{self.manifest.publisher}, and {OWNER}"
        return {"own": OWNER, "mixed": both}.get(self.provenance, self.manifest.publisher)


def read_from(report: SourceReport) -> str:
    """Where the rows come from, in a few words."""
    origin, layout = report.origin, f"own files in the layout of {report.manifest.title}"
    if origin.origin == "sample":
        return f"generated sample, size {origin.rows:,}, seed {origin.seed}"
    if origin.origin == "hub" and report.provenance == "published" and not report.manifest.hub_files_have_published_hashes:
        hub = report.manifest.hub
        assert hub, "a source without hub files has other provenance"
        where = f"the publisher's repository {hub.repository} at commit {hub.revision}"
        return f"downloaded from {where}; files not compared with a published hash"
    place = {"path": "a folder", "hub": "a commit on a hub", "url": "the web"}[origin.origin]
    files = {"published": "the publisher's files", "own": layout, "mixed": f"the publisher's files and {layout}"}
    return f"{files[report.provenance]}, from {place}"


def licences(accounting: Path) -> list[Licence]:
    """The licences of all sources that this run learned from, out of the JSON that the stage `account` wrote."""
    try:
        sources = json.loads(accounting.read_text(encoding="utf-8"))["sources"]
        return [
            Licence(name, of["title"], of["homepage"], of["licence"], of["commercial"], of["provenance"])
            for name, of in sources.items()
            if of["selected"]
        ]
    except OSError as error:
        raise TableError(f"{accounting} cannot be read ({error.strerror}); run `dvc repro account`") from error
    except ValueError as error:
        raise TableError(f"{accounting} is not JSON ({error}): run `dvc repro -f account`") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise TableError(f"{accounting} was written by an older version: run `dvc repro -f account`") from error


def front_matter(licence: str, link: str) -> dict[str, str]:
    """A licence as the front matter of a card names it; one that the hub does not know has a name of its own and a link."""
    name = re.sub(r"\s+", "-", licence.strip().lower())
    if KNOWN.fullmatch(name):
        return {"license": name}
    if name in ("", "not-stated", "unknown", NOT_STATED.replace(" ", "-")):
        return {"license": "unknown"}
    values = {"license": "other", "license_name": re.sub(r"[^a-z0-9.]+", "-", name).strip("-")[:60], "license_link": link}
    return {key: value for key, value in values.items() if value}


def allows(licence: Licence) -> str:
    """Whether the licence allows commercial use, in a sentence."""
    if licence.commercial is not None:
        return f"Commercial use is {'allowed' if licence.commercial else 'not allowed'}."
    if licence.provenance in ("own", "mixed"):
        return "Whether commercial use is allowed is for the owner of the files to state."
    return "Whether commercial use is allowed is not stated: ask the publisher before you sell anything made from it."


def pins(manifest: Manifest, origin: Origin) -> list[tuple[str, str]]:
    """The files that were read, by name and hash. A sample follows from its size and seed."""
    if origin.origin == "path":
        return [(name, f"sha256 {pin.sha256}, {pin.bytes} bytes") for name, pin in manifest.path.items()]
    if origin.origin == "url":
        return [(name, f"{pin.url}, sha256 {pin.sha256}") for name, pin in manifest.url.items()]
    if origin.origin == "hub" and manifest.hub:
        where = f"{manifest.hub.repository} at {manifest.hub.revision}"
        return [(name, f"{where}, sha256 {sha256}" if sha256 else where) for name, sha256 in manifest.hub.files.items()]
    return []


def share(part: int, total: int) -> str:
    """A part in per cent: "0.0 %" and "100.0 %" mean exactly none and all."""
    if not total:
        return "none"
    text = f"{100 * part / total:.1f} %"
    return {"100.0 %": "> 99.9 %", "0.0 %": "< 0.1 %"}.get(text, text) if 0 < part < total else text
