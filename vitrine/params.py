"""Compose params.yaml from conf/, and compare the two.

composition(["grpo.temperature=1.0"])     the values that params.yaml should have: conf/, the user's own settings, overrides
drift(read())                             the keys in which params.yaml differs from conf/
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import hydra
import yaml
from hydra.core.global_hydra import GlobalHydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from vitrine.errors import SettingsError, first_line
from vitrine.lineage import flatten

ROOT = Path(__file__).resolve().parents[1]
CONF = ROOT / "conf"
PARAMS = Path("params.yaml")  # relative, like all paths of a stage: DVC starts stages in the root of their repository
NO_USER_SETTINGS = "user=nobody"  # an override: leaves conf/user/local.yaml out


def read() -> dict[str, Any]:
    """The sections of params.yaml."""
    try:
        values = yaml.safe_load(PARAMS.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"{PARAMS.absolute()} is missing: run `make params` in the root of the checkout") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"params.yaml is not YAML ({' '.join(str(error).split())}): run `make params`") from error
    if not isinstance(values, dict):
        raise SettingsError("params.yaml holds no sections: run `make params`")
    return values


def drift(values: Mapping[str, Any]) -> list[str]:
    """The keys in which `values` differ from conf/. None in an experiment, which differs on purpose."""
    if "DVC_EXP_NAME" in os.environ or "DVC_EXP_BASELINE_REV" in os.environ or not (CONF / "config.yaml").exists():
        return []
    try:
        composed = composition([])
    except (SettingsError, HydraException, OmegaConfBaseException) as error:
        print(
            f"vitrine: conf/ does not compose, params.yaml is used as it is: {first_line(error)}",
            file=sys.stderr,
        )
        return []
    return sorted(key for key, _, _ in differences(composed, values))


def composition(overrides: Sequence[str], conf: Path = CONF) -> dict[str, Any]:
    """conf/ composed with `overrides` and resolved, but not checked."""
    composed = OmegaConf.to_container(_compose(overrides, conf), resolve=True, throw_on_missing=True)
    return {str(key): value for key, value in composed.items()} if isinstance(composed, dict) else {}


def choices(overrides: Sequence[str], conf: Path = CONF) -> dict[str, str]:
    """The chosen option of each group of conf/ with these overrides."""
    return dict(_compose(overrides, conf, return_hydra_config=True).hydra.runtime.choices)


def _compose(overrides: Sequence[str], conf: Path, **options: bool) -> DictConfig:
    GlobalHydra.instance().clear()  # a stage composes inside its own Hydra, to compare params.yaml with conf/
    try:
        with hydra.initialize_config_dir(str(conf), version_base="1.3"):
            composed = hydra.compose("config", list(overrides), **options)
    except yaml.YAMLError as error:
        raise SettingsError(f"conf/ holds a file that is not YAML ({' '.join(str(error).split())})") from error
    if "checked" in list(composed):  # this key checks everything in `dvc exp run`; here the caller checks
        composed.checked = True
    return composed


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[tuple[str, Any, Any]]:
    """(key, old value, new value) for every dotted key that differs; the value of a missing key is None."""
    left, right = leaves(old), leaves(new)
    keys = [*left, *(key for key in right if key not in left)]
    changed = [key for key in keys if key not in left or key not in right or left[key] != right[key]]
    return [(key, left.get(key), right.get(key)) for key in changed]


def leaves(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values by dotted key. An empty mapping counts as a value."""
    return dict(flatten(values))
