"""Check all settings in `dvc exp run`, before anything runs or is queued, and explain misspelt overrides in one sentence.

DVC imports the modules of hydra_plugins/, composes conf/ with the overrides (-S), then resolves the whole configuration. That
calls the resolver of `checked: ${vitrine.checked:}` in conf/config.yaml.
"""

import sys
from pathlib import Path
from typing import Any

from hydra._internal.hydra import Hydra
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf

ROOT = Path(__file__).resolve().parents[1]
_compose = Hydra.compose_config


def checked(*, _root_: DictConfig) -> bool:
    """True, or the process ends with one sentence; DVC then restores its workspace."""
    values: Any = OmegaConf.to_container(_root_, resolve=False)
    resolved: Any = OmegaConf.to_container(OmegaConf.create(values | {"checked": True}), resolve=True)
    _use_this_checkout()
    try:
        from vitrine import user_settings
        from vitrine.checks import check
        from vitrine.errors import SettingsError
    except ModuleNotFoundError:
        return True  # DVC runs in another Python, without our packages: each stage will check its settings
    try:
        check(resolved)
        own = user_settings.read()
    except SettingsError as error:
        raise SystemExit(f"vitrine: {error}") from None  # DVC calls other exceptions unexpected
    if own:
        print(f"vitrine: with your own settings (`vitrine settings`): {user_settings.as_overrides(own)}", file=sys.stderr)  # noqa: T201
    return True


def compose_or_explain(self: Hydra, *args: Any, **kwargs: Any) -> DictConfig:
    """Hydra's compose_config; a misspelt key, group or option ends the process with one sentence and the closest name."""
    try:
        return _compose(self, *args, **kwargs)
    except HydraException as error:
        _use_this_checkout()
        try:
            from vitrine.cli.hints import explain
        except ModuleNotFoundError:
            raise error from None
        raise SystemExit(f"vitrine: {explain(error, ROOT / 'conf')}") from None


def _use_this_checkout() -> None:
    """Import vitrine from here, also if another one is installed."""
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))


if "dvc.cli" in sys.modules:  # `vitrine` handles Hydra's errors itself
    Hydra.compose_config = compose_or_explain
OmegaConf.register_new_resolver("vitrine.checked", checked, replace=True)
