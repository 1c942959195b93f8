"""vitrine compose, set, unset and settings: from conf/ and a user's own settings to params.yaml."""

import argparse
import hashlib
import shlex
import subprocess
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from hydra.errors import HydraException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from vitrine import checks, user_settings
from vitrine.cli.checkout import checkout, count_keys, read_params, shown
from vitrine.errors import SettingsError
from vitrine.params import NO_USER_SETTINGS, choices, composition, differences, leaves

Change = tuple[str, Any, Any]  # key, value in params.yaml, composed value
COMPOSED = "composed"  # the memory that holds the hash of the params.yaml that was last composed without overrides
LISTED_CHANGES = 10  # changed keys that are printed
LISTED_EDITS = 3  # edits that a refusal names
GROUPS = ("scale", "recipe", "hardware")  # choices that may explain many edits at once


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
    root = checkout(Path.cwd())
    try:
        return _compose(root, chosen.overrides, check=chosen.check, keep_edits=chosen.keep_edits)
    except _LostEditsError as error:
        raise SettingsError(_explain_lost_edits(root, error.changes)) from None


def set_own(chosen: argparse.Namespace) -> int:
    """Keep settings of your own in conf/user/local.yaml, which Git ignores, and compose params.yaml with them. `vitrine compose`,
    `make repro` and `dvc exp run` use them; the command line overrides them; `vitrine unset` drops them. Refused where edits of
    params.yaml would be lost."""
    root = checkout(Path.cwd())
    conf = root / "conf"
    return _keep(root, user_settings.apply_overrides(user_settings.read(conf), chosen.overrides, conf))


def unset_own(chosen: argparse.Namespace) -> int:
    """Drop settings of your own (all of them without a key), and compose params.yaml without them. Refused where edits of
    params.yaml would be lost."""
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
    """Write a user's settings and compose with them. If that fails or would lose edits of params.yaml, nothing is changed."""
    file = root / "conf" / user_settings.FILE
    before = file.read_bytes() if file.exists() else None
    edited = _edited_keys(root)
    user_settings.write(root / "conf", own)
    try:
        return _compose(root, [], keep_edits=True, edited=edited)
    except BaseException as error:
        file.unlink(missing_ok=True) if before is None else file.write_bytes(before)
        if isinstance(error, _LostEditsError):
            raise SettingsError(_explain_lost_edits(root, error.changes)) from None
        raise


def _edited_keys(root: Path) -> set[str]:
    """The keys of params.yaml that conf/ and the current own settings do not explain; none if those do not compose."""
    with suppress(SettingsError, HydraException, OmegaConfBaseException):
        return {key for key, _, _ in differences(composition([], root / "conf"), read_params(root / "params.yaml"))}
    return set()


class _LostEditsError(Exception):
    """Composing would lose these edits of params.yaml."""

    def __init__(self, changes: Sequence[Change]) -> None:
        self.changes = changes


def _compose(
    root: Path,
    overrides: Sequence[str],
    *,
    check: bool = False,
    keep_edits: bool = False,
    edited: Collection[str] | None = None,
) -> int:
    """Compose and write params.yaml. `keep_edits` refuses to lose edits; `edited`: the keys that may be edits (None: all)."""
    params, conf = root / "params.yaml", root / "conf"
    composed, own = composition(overrides, conf), user_settings.read(conf)
    checks.check(composed, root)
    changes = differences(read_params(params), composed)
    lost = [change for change in changes if edited is None or change[0] in edited]
    if keep_edits and lost and _edited(root, own):
        raise _LostEditsError(lost)
    listed = changes if check or len(changes) <= LISTED_CHANGES + 1 else changes[:LISTED_CHANGES]
    for key, old, new in listed:
        print(f"{key}: {shown(old)} -> {shown(new)}")
    if len(listed) < len(changes):
        print(f"… and {len(changes) - len(listed)} more (`git diff params.yaml` shows all)")
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


def _explain_lost_edits(root: Path, lost: Sequence[Change]) -> str:
    """A sentence with the shortest `vitrine set` that keeps the edits: group choices that compose to them, then single keys."""
    words, rest = _group_choices(root, lost) if len(lost) > LISTED_EDITS else ([], lost)
    words += [shlex.quote(f"{key}={shown(old)}") for key, old, _ in rest[:LISTED_EDITS]]
    more = f" … (`vitrine compose --check` shows {len(rest) - LISTED_EDITS} more)" if len(rest) > LISTED_EDITS else ""
    return (
        "params.yaml was changed by an edit, by vitrine compose KEY=VALUE, by a commit or by an experiment: "
        f"composing it would lose {count_keys(lost)}. Keep them: "
        f"`vitrine set {' '.join(words)}`{more}; run them as they are: `dvc repro`; or drop them: `vitrine compose`"
    )


def _group_choices(root: Path, lost: Sequence[Change]) -> tuple[list[str], Sequence[Change]]:
    """Choices of groups that compose to most of the edits, and the edits that they leave."""
    conf, params, keys = root / "conf", read_params(root / "params.yaml"), {key for key, _, _ in lost}
    words: list[str] = []
    rest: Sequence[Change] = differences(params, composition([], conf))
    for group in GROUPS:
        options = sorted(file.stem for file in (conf / group).glob("*.yaml"))
        left = {f"{group}={option}": _left_over(params, [*words, f"{group}={option}"], conf) for option in options}
        best = min(left, key=lambda choice: len(left[choice]), default=None)
        if best is not None and len(left[best]) < len(rest):
            words, rest = [*words, best], left[best]
    return words, [change for change in rest if change[0] in keys]


def _left_over(params: Mapping[str, Any], choices: Sequence[str], conf: Path) -> Sequence[Change]:
    """The values of params.yaml that these choices do not compose to; all of them if the choices do not compose."""
    with suppress(SettingsError, HydraException, OmegaConfBaseException):
        return differences(params, composition(choices, conf))
    return differences(params, {})


def _edited(root: Path, own: Mapping[str, Any]) -> bool:
    """Whether params.yaml holds values that were not composed here: an edit, or a commit made with other settings.

    For users with own settings, a commit does not count as an edit: their settings replace it, and Git still has it."""
    params = root / "params.yaml"
    text = params.read_bytes() if params.exists() else b""
    head = subprocess.run(["git", "show", "HEAD:./params.yaml"], cwd=root, capture_output=True)
    return (
        text not in (b"", head.stdout if own else b"") and checks.load_state(root, COMPOSED) != hashlib.sha256(text).hexdigest()
    )
