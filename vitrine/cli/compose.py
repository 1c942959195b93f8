"""vitrine compose, set, unset and settings: from conf/ and a user's own settings to params.yaml."""

import argparse
import hashlib
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from omegaconf import OmegaConf

from vitrine import checks, user_settings
from vitrine.cli.checkout import checkout, count_keys, read_params, shown
from vitrine.errors import SettingsError
from vitrine.params import NO_USER_SETTINGS, choices, composition, differences, leaves

COMPOSED = "composed"  # the memory that holds the hash of the params.yaml that was last composed without overrides
LISTED_EDITS = 8  # edits that a refusal names


def add_parser(commands: Any) -> None:
    command = commands.add_parser("compose", help="compose conf/ into params.yaml", description=compose.__doc__)
    command.add_argument("overrides", nargs="*", metavar="OVERRIDE", help="a Hydra override: group=option or section.key=value")
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 if params.yaml would change")
    command.add_argument("--keep-edits", action="store_true", help="refuse where edits of params.yaml would be lost")
    command.set_defaults(run=compose)
    command = commands.add_parser("set", help="keep settings of your own", description=set_own.__doc__)
    command.add_argument("overrides", nargs="+", metavar="KEY=VALUE", help="section.key=value or group=option")
    command.set_defaults(run=set_own)
    commands.add_parser("settings", help="show your own settings", description=show_own.__doc__).set_defaults(run=show_own)
    command = commands.add_parser("unset", help="drop settings of your own", description=unset_own.__doc__)
    command.add_argument("keys", nargs="*", metavar="KEY", help="a key, a section or a group; none: all")
    command.set_defaults(run=unset_own)


def compose(chosen: argparse.Namespace) -> int:
    """Compose conf/ and your own settings into params.yaml, which DVC and every stage read. The overrides given here last until
    the next compose; `vitrine set` keeps them."""
    return _compose(checkout(Path.cwd()), chosen.overrides, check=chosen.check, keep_edits=chosen.keep_edits)


def set_own(chosen: argparse.Namespace) -> int:
    """Keep settings of your own in conf/user/local.yaml, which Git ignores, and compose params.yaml with them. `vitrine compose`,
    `make repro` and `dvc exp run` use them; the command line overrides them; `vitrine unset` drops them."""
    root = checkout(Path.cwd())
    conf = root / "conf"
    return _keep(root, user_settings.apply_overrides(user_settings.read(conf), chosen.overrides, conf))


def unset_own(chosen: argparse.Namespace) -> int:
    """Drop settings of your own (all of them without a key), and compose params.yaml without them."""
    root = checkout(Path.cwd())
    own = user_settings.read(root / "conf") if chosen.keys else {}
    unknown = [key for key in chosen.keys if not any(user_settings.covers(key, one) for one in own)]
    if unknown:
        raise SettingsError(f"{', '.join(unknown)} is not set; set are: {', '.join(own) or 'none'}")
    return _keep(root, {one: own[one] for one in own if not any(user_settings.covers(key, one) for key in chosen.keys)})


def show_own(chosen: argparse.Namespace) -> int:
    """Show your own settings, and what each one overrides."""
    conf = checkout(Path.cwd()) / "conf"
    own = user_settings.read(conf)
    groups = [f"{key}={own[key]}" for key in own if user_settings.is_group(key, conf)]
    usual = choices([NO_USER_SETTINGS], conf) | leaves(composition([NO_USER_SETTINGS, *groups], conf)) if own else {}
    for key, value in own.items():
        default = usual.get(key)
        print(f"{key}={shown(value)}  ({'not set by default' if default is None else f'instead of {shown(default)}'})")
    for sentence in user_settings.find_conflicts(own, [], conf) if own else ("nothing is set: `vitrine set KEY=VALUE`",):
        print(sentence)
    return 0


def _keep(root: Path, own: dict[str, Any]) -> int:
    """Write a user's settings and compose with them. If that fails, nothing is changed."""
    file = root / "conf" / user_settings.FILE
    before = file.read_bytes() if file.exists() else None
    user_settings.write(root / "conf", own)
    try:
        return _compose(root, [])
    except BaseException:
        file.unlink(missing_ok=True) if before is None else file.write_bytes(before)
        raise


def _compose(root: Path, overrides: Sequence[str], *, check: bool = False, keep_edits: bool = False) -> int:
    params, conf = root / "params.yaml", root / "conf"
    composed, own = composition(overrides, conf), user_settings.read(conf)
    checks.check(composed, root)
    changes = differences(read_params(params), composed)
    if keep_edits and changes and _edited(root, own):
        edits = " ".join(shlex.quote(f"{key}={shown(old)}") for key, old, _ in changes[:LISTED_EDITS])
        more = f" … (`vitrine compose --check` shows {len(changes) - LISTED_EDITS} more)" if len(changes) > LISTED_EDITS else ""
        raise SettingsError(
            "params.yaml was edited by hand, by a commit or by an experiment: "
            f"composing it would lose {count_keys(changes)}. Keep them: "
            f"`vitrine set {edits}`{more}; run them as they are: `dvc repro`; or drop them: `vitrine compose`"
        )
    for key, old, new in changes:
        print(f"{key}: {shown(old)} -> {shown(new)}")
    if check and changes:
        raise SettingsError(f"params.yaml is not what conf/ composes, see {count_keys(changes)} above: run `make params`")
    if check:
        return 0
    # the same text as `dvc exp run` writes, so that an experiment's diff shows only its change
    text = OmegaConf.to_yaml(OmegaConf.create(composed)).encode()
    if not params.exists() or params.read_bytes() != text:
        params.write_bytes(text)
    if not overrides:
        checks.save_state(root, COMPOSED, hashlib.sha256(text).hexdigest())
    print(f"params.yaml: {count_keys(changes) if changes else 'nothing'} changed")
    if own:
        print(f"with your own settings (`vitrine settings`): {user_settings.as_overrides(own)}")
        for sentence in user_settings.find_conflicts(own, overrides, conf):
            print(sentence)
    return 0


def _edited(root: Path, own: Mapping[str, Any]) -> bool:
    """Whether params.yaml holds values that were not composed here: an edit, or a commit made with other settings.

    A commit is no edit for users with settings of their own: those are meant to replace it, and Git still has it."""
    params = root / "params.yaml"
    text = params.read_bytes() if params.exists() else b""
    head = subprocess.run(["git", "show", "HEAD:./params.yaml"], cwd=root, capture_output=True)
    return (
        text not in (b"", head.stdout if own else b"") and checks.load_state(root, COMPOSED) != hashlib.sha256(text).hexdigest()
    )
