"""params.yaml: composed from conf/, and compared with it.

composition(["grpo.temperature=1.0"])     what params.yaml should hold
drift()                                   the keys in which params.yaml differs from what conf/ composes
"""

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from vitrine.errors import SettingsError

ROOT = Path(__file__).resolve().parents[1]
CONF = ROOT / "conf"
PARAMS = Path("params.yaml")  # relative, like every path of a stage: DVC starts a stage in its repository's root
_SHOWN = 5  # differing keys that a message names


def drift() -> list[str]:
    """The keys in which params.yaml differs from what conf/ composes; an experiment is meant to differ."""
    try:
        params = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{PARAMS.absolute()} is missing: run `make params` in the root of the checkout") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"params.yaml is not YAML ({' '.join(str(error).split())}): run `make params`") from error
    if not isinstance(params, dict):
        raise SettingsError("params.yaml holds no sections: run `make params`")
    if "DVC_EXP_NAME" in os.environ or "DVC_EXP_BASELINE_REV" in os.environ or not (CONF / "config.yaml").exists():
        return []
    try:
        composed = composition([])
    except (HydraException, OmegaConfBaseException) as error:
        print(f"vitrine: conf/ does not compose, params.yaml is used as it is: {_first_line(error)}", file=sys.stderr)
        return []
    return sorted(key for key, _, _ in differences(composed, params))


def composition(overrides: list[str], conf: Path = CONF) -> dict[str, Any]:
    """conf/ composed with `overrides` and resolved: what params.yaml should hold."""
    with hydra.initialize_config_dir(str(conf), version_base="1.3"):
        composed = OmegaConf.to_container(hydra.compose("config", overrides), resolve=True, throw_on_missing=True)
    return {str(key): value for key, value in composed.items()} if isinstance(composed, dict) else {}


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(key, old value, new value) of every dotted key that differs; a key that one side lacks is None there."""
    left, right = _leaves(old), _leaves(new)
    keys = [*left, *(key for key in right if key not in left)]
    changed = [key for key in keys if key not in left or key not in right or left[key] != right[key]]
    return [(key, left.get(key), right.get(key)) for key in changed]


def _leaves(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping) and value:
            found |= _leaves(value, f"{prefix}{key}.")
        else:
            found[f"{prefix}{key}"] = value
    return found


def drift_sentence(keys: list[str]) -> str:
    shown = ", ".join(keys[:_SHOWN]) + (f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else "")
    return f"params.yaml differs from conf/ in {shown}; params.yaml counts (`make params` composes it anew)"


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0]
