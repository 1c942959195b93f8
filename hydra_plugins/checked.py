"""`checked: ${vitrine.checked:}` in conf/config.yaml: `dvc exp run` refuses bad settings before it runs or queues anything.

DVC imports what lies in hydra_plugins/ and then resolves the whole configuration: there this resolver looks at all of it.
"""

import sys
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

ROOT = Path(__file__).resolve().parents[1]


def checked(*, _root_: DictConfig) -> bool:
    """True; or the process ends with one sentence, after DVC has put its workspace back."""
    values: Any = OmegaConf.to_container(_root_, resolve=False)
    resolved: Any = OmegaConf.to_container(OmegaConf.create(values | {"checked": True}), resolve=True)
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))  # this checkout's code, wherever Vitrine is installed
    try:
        from vitrine import user_settings
        from vitrine.checks import check
        from vitrine.errors import SettingsError
    except ModuleNotFoundError:
        return True  # a DVC with a Python of its own, without our packages: each stage checks before its work
    try:
        check(resolved)
        own = user_settings.read()
    except SettingsError as error:
        raise SystemExit(f"vitrine: {error}") from None  # any other exception DVC calls unexpected, and offers its support
    if own:
        print(f"vitrine: with your own settings (`vitrine settings`): {user_settings.words(own)}", file=sys.stderr)  # noqa: T201
    return True


OmegaConf.register_new_resolver("vitrine.checked", checked, replace=True)
