"""A user's own settings: conf/user/local.yaml, which Git ignores and every composition of conf/ includes.

own = read(conf)                                         # {"scale": "smoke", "grpo.temperature": 1.0}
write(conf, apply_overrides(own, ["lm=small"]))          # what `vitrine set lm=small` does
find_conflicts({"scale": "smoke", "lm": "small"}, [])    # ["lm=small, which you set, is used; … would choose lm=smoke"]
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser

from vitrine.errors import SettingsError
from vitrine.params import CONF, NO_USER_SETTINGS, choices, leaves

FILE = Path("user/local.yaml")  # in conf/
HEADER = """# @package _global_
# Your own settings. `vitrine set` and `vitrine unset` write this file; Git ignores it.
"""


def read(conf: Path = CONF) -> dict[str, Any]:
    """The user's options by group and values by dotted key; empty if there is no file."""
    try:
        content = yaml.safe_load((conf / FILE).read_text(encoding="utf-8")) or {}
        groups = [(key, option) for entry in content.pop("defaults", None) or [] for key, option in entry.items()]
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{conf / FILE} cannot be read ({reason}): correct it, or remove it with `vitrine unset`") from error
    return {key.removeprefix("override ").lstrip("/"): option for key, option in groups} | leaves(content)


def write(conf: Path, own: Mapping[str, Any]) -> None:
    """Write the file in Hydra's format, or remove it if nothing is set."""
    path = conf / FILE
    if not own:
        return path.unlink(missing_ok=True)
    content: dict[str, Any] = {"defaults": [{f"override /{key}": own[key]} for key in own if is_group(key, conf)]}
    for key in (key for key in own if not is_group(key, conf)):
        *above, last = key.split(".")
        block = content
        for step in above:
            block = block.setdefault(step, {})
        block[last] = own[key]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(HEADER + yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")


def apply_overrides(own: Mapping[str, Any], overrides: Sequence[str], conf: Path = CONF) -> dict[str, Any]:
    """`own` with Hydra overrides applied: group=option or section.key=value."""
    settings = dict(own)
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        if override.is_delete() or override.is_sweep_override():
            raise SettingsError(f"{override.input_line}: give a key one value, as in grpo.temperature=1.0 or scale=smoke")
        key = override.key_or_group if override.package is None else f"{override.key_or_group}@{override.package}"
        settings = {
            other: settings[other]
            for other in settings
            if is_group(other, conf) or is_group(key, conf) or not (covers(other, key) or covers(key, other))
        }
        settings |= leaves({key: override.value()})
    return settings


def covers(key: str, other: str) -> bool:
    """Whether `other` is `key` or a key below it."""
    return f"{other}.".startswith(f"{key}.")


def is_group(key: str, conf: Path) -> bool:
    return (conf / key.partition("@")[0]).is_dir()


def as_overrides(own: Mapping[str, Any]) -> str:
    """The arguments of `vitrine set` that give these settings."""
    return " ".join(f"{key}={format_value(value)}" for key, value in own.items())


def find_conflicts(own: Mapping[str, Any], overrides: Sequence[str], conf: Path = CONF) -> list[str]:
    """A sentence for each group that the user has set although other choices or overrides would choose differently."""
    now = {word.partition("=")[0]: word for word in overrides if is_group(word.partition("=")[0], conf)}
    groups = {key: f"{key}={own[key]}" for key in own if is_group(key, conf) and key not in now}
    usual = choices([NO_USER_SETTINGS], conf) if groups and len(groups) + len(now) > 1 else {}  # one choice alone has no conflict
    conflicts = []
    for group, word in groups.items() if usual else ():
        others = [*(other for other in groups.values() if other != word), *now.values()]
        option = choices([NO_USER_SETTINGS, *others], conf)[group]
        if option not in (own[group], usual[group]):
            conflicts.append(f"{word}, which you set, is used; {' '.join(others)} alone would choose {group}={option}")
    return conflicts


def format_value(value: Any) -> str:
    """A value on one line, in a form that YAML and Hydra can read."""
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000).removesuffix("...\n").strip()
