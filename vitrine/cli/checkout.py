"""The checkout that a command acts on, and its params.yaml."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from vitrine import user_settings
from vitrine.errors import SettingsError
from vitrine.params import leaves


def checkout(start: Path) -> Path:
    """The checkout that `start` lies in: a command acts on the folder it is typed in, not on where it is installed."""
    for folder in (start, *start.parents):
        if (folder / "conf" / "stage.yaml").exists():
            return folder
    raise SettingsError(f"{start} is in no checkout (no conf/stage.yaml here or above): change to one and try again")


def read_params(params: Path) -> dict[str, Any]:
    """What params.yaml holds now; a missing or broken one is simply written anew."""
    try:
        found = yaml.safe_load(params.read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def param(params: dict[str, Any], key: str, otherwise: Any) -> Any:
    found = leaves(params).get(key)
    return found if isinstance(found, type(otherwise)) else otherwise


def count_keys(changes: Sequence[Any]) -> str:
    return f"{len(changes)} key{'' if len(changes) == 1 else 's'}"


def shown(value: Any) -> str:
    return f"{user_settings.shown(value):.80}"
