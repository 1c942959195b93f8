"""A resolver that checks all settings in `dvc exp run`, before anything runs or is queued.

conf/config.yaml uses it in `checked: ${vitrine.checked:}`. DVC imports the modules of hydra_plugins/, then resolves the whole
configuration, which calls the resolver.
"""

import sys
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

ROOT = Path(__file__).resolve().parents[1]


def checked(*, _root_: DictConfig) -> bool:
    """True, or the process ends with one sentence; DVC then restores its workspace."""
    values: Any = OmegaConf.to_container(_root_, resolve=False)
    resolved: Any = OmegaConf.to_container(OmegaConf.create(values | {"checked": True}), resolve=True)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))  # use this checkout's code, also if another Vitrine is installed
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


OmegaConf.register_new_resolver("vitrine.checked", checked, replace=True)
