"""vitrine card: a model's or a source's card, with the commit and the day on it."""

import argparse
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Any

from vitrine.cli.checkout import checkout, param, read_params
from vitrine.cli.hints import known_names
from vitrine.errors import SettingsError


def add_parser(commands: Any) -> None:
    command = commands.add_parser("card", help="a model's or a source's card, to give away with it", description=card.__doc__)
    command.add_argument("name", metavar="NAME", help="a model (grpo) or a source (olist)")
    command.add_argument("--out", type=Path, metavar="FILE", help="write the card there; without it, print it")
    command.set_defaults(run=card)


def card(chosen: argparse.Namespace) -> int:
    """Print the card that the pipeline wrote for a model or a source, with the current commit and day on it."""
    from vitrine.reporting.cards.stamp import stamp, version  # Polars and Jinja, which no other command should wait for

    root = checkout(Path.cwd())
    params = read_params(root / "params.yaml")
    folders = [root / param(params, "card.cards", "models/cards"), root / param(params, "account.cards", "data/cards")]
    files = [folder / f"{chosen.name}.md" for folder in folders]
    file = next((path for path in files if path.exists()), None)
    if file is None:
        names = sorted(path.stem for folder in folders for path in folder.glob("*.md"))
        raise SettingsError(
            f"there is no card of {chosen.name!r}{known_names(chosen.name, names)}"
            if names
            else "there are no cards yet: run `dvc repro card`"
        )
    if file.parent == folders[0]:
        _check_weights(chosen.name, version(file), root / param(params, f"card.models.{chosen.name}", f"models/{chosen.name}"))
    stamped = stamp(file, commit=_commit(root), day=date.today())
    if chosen.out:
        chosen.out.write_text(stamped, encoding="utf-8")
        print(f"{chosen.out}: the card of {chosen.name}")
    else:
        sys.stdout.write(stamped)
    return 0


def _check_weights(name: str, stated: str, folder: Path) -> None:
    """Refuse a card that was written for other weights than those in `folder`. Weights that are not here go unchecked."""
    from vitrine.reporting.cards.model_cards import version_of, weights_of

    if folder.exists() and version_of(weights_of(folder)) != stated:
        raise SettingsError(f"the card of {name} was written for other weights than {folder} holds: run `dvc repro card`")


def _commit(root: Path) -> str:
    """The current commit, and whether tracked files differ from it."""

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=False)
        return done.stdout.strip() if done.returncode == 0 else ""

    commit = git("rev-parse", "HEAD")
    changed = " with uncommitted changes" if commit and git("status", "--porcelain", "--untracked-files=no") else ""
    return f"{commit}{changed}" if commit else "not in Git"
