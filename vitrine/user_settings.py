"""A user's own settings: conf/user/local.yaml, which Git ignores and every composition of conf/ honours.

own = read(conf)                                       # {"scale": "smoke", "grpo.temperature": 1.0}
write(conf, changed(own, ["lm=small"]))                # what `vitrine set lm=small` does
overruled({"scale": "smoke", "lm": "small"}, [])       # ["lm=small, which you set, is used; … would choose lm=smoke"]
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from hydra.core.override_parser.overrides_parser import OverridesParser

from vitrine.errors import SettingsError
from vitrine.params import CONF, NOBODY, choices, leaves

FILE = Path("user/local.yaml")  # in conf/
HEADER = """# @package _global_
# Your own settings. `vitrine set` and `vitrine unset` write this file; Git ignores it.
"""


def read(conf: Path = CONF) -> dict[str, Any]:
    """The option of each group that a user has chosen, and values by dotted key; nothing where there is no file."""
    try:
        found = yaml.safe_load((conf / FILE).read_text(encoding="utf-8")) or {}
        groups = [(key, option) for entry in found.pop("defaults", None) or [] for key, option in entry.items()]
    except FileNotFoundError:
        return {}
    except (yaml.YAMLError, UnicodeDecodeError, AttributeError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise SettingsError(f"{conf / FILE} cannot be read ({reason}): correct it, or start anew with `vitrine unset`") from error
    return {key.removeprefix("override ").lstrip("/"): option for key, option in groups} | leaves(found)


def write(conf: Path, own: Mapping[str, Any]) -> None:
    """The file as Hydra reads it; none where nothing is set."""
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


def changed(own: Mapping[str, Any], overrides: Sequence[str], conf: Path = CONF) -> dict[str, Any]:
    """`own` with these overrides of Hydra's: group=option or section.key=value."""
    found = dict(own)
    for override in OverridesParser.create().parse_overrides(list(overrides)):
        if override.is_delete() or override.is_sweep_override():
            raise SettingsError(f"{override.input_line}: give a key one value, as in grpo.temperature=1.0 or scale=smoke")
        key = override.key_or_group if override.package is None else f"{override.key_or_group}@{override.package}"
        found = {
            one: found[one]
            for one in found
            if is_group(one, conf) or is_group(key, conf) or not (covers(one, key) or covers(key, one))
        }
        found |= leaves({key: override.value()})
    return found


def covers(key: str, other: str) -> bool:
    """Whether `other` is `key` or lies below it."""
    return f"{other}.".startswith(f"{key}.")


def is_group(key: str, conf: Path) -> bool:
    return (conf / key.partition("@")[0]).is_dir()


def words(own: Mapping[str, Any]) -> str:
    """As `vitrine set` takes them."""
    return " ".join(f"{key}={shown(value)}" for key, value in own.items())


def overruled(own: Mapping[str, Any], overrides: Sequence[str], conf: Path = CONF) -> list[str]:
    """A sentence for each group whose option a user has set and another choice, set or made now, would choose otherwise."""
    now = {word.partition("=")[0]: word for word in overrides if is_group(word.partition("=")[0], conf)}
    groups = {key: f"{key}={own[key]}" for key in own if is_group(key, conf) and key not in now}
    usual = choices([NOBODY], conf) if groups and len(groups) + len(now) > 1 else {}  # else nothing else is chosen
    found = []
    for group, word in groups.items() if usual else ():
        others = [*(other for other in groups.values() if other != word), *now.values()]
        option = choices([NOBODY, *others], conf)[group]
        if option not in (own[group], usual[group]):
            found.append(f"{word}, which you set, is used; {' '.join(others)} alone would choose {group}={option}")
    return found


def shown(value: Any) -> str:
    """A value in one line, as YAML and Hydra read it."""
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=10_000).removesuffix("...\n").strip()
