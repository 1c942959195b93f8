"""The checkout that a command acts on, and its params.yaml."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from vitrine import user_settings
from vitrine.errors import SettingsError
from vitrine.params import leaves


def checkout(start: Path) -> Path:
    """The checkout that holds `start`: a command acts on the folder it is run in, not on the one it is installed from."""
    for folder in (start, *start.parents):
        if (folder / "conf" / "stage.yaml").exists():
            return folder
    raise SettingsError(f"{start} is in no checkout (no conf/stage.yaml here or above): change to one and try again")


def read_params(params: Path) -> dict[str, Any]:
    """The values in params.yaml; none if it is missing or broken, because compose writes it anew."""
    try:
        values = yaml.safe_load(params.read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return values if isinstance(values, dict) else {}


def param(params: dict[str, Any], key: str, default: Any) -> Any:
    value = leaves(params).get(key)
    return value if isinstance(value, type(default)) else default


def count_keys(changes: Sequence[Any]) -> str:
    return f"{len(changes)} key{'' if len(changes) == 1 else 's'}"


def shown(value: Any) -> str:
    return f"{user_settings.format_value(value):.80}"
