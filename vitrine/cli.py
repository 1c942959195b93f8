"""vitrine: the commands around the pipeline; the pipeline itself is `dvc repro`.

vitrine compose                          # conf/ -> params.yaml, with the defaults
vitrine compose recipe=tucano2 seed=8    # ... with Hydra overrides
vitrine compose --check                  # say what would change, write nothing, exit 1 if anything would
vitrine set scale=smoke seed=8           # settings of your own, which every way of starting honours from now on
vitrine settings                         # ... shown, with what each overrides
vitrine unset seed                       # ... and dropped; all of them without a key
vitrine pin olist --path ~/archive.zip   # hash the files that a source reads into manifests/olist.yaml
vitrine rewards audit                    # what the graded answers say of each task's reward, before a GPU is paid for
vitrine scores                           # the results as a Markdown table, with the controls beside the scores
"""

import argparse
import contextlib
import hashlib
import json
import os
import shlex
import subprocess
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from hydra.errors import HydraException, OverrideParseException
from omegaconf import OmegaConf
from omegaconf.errors import OmegaConfBaseException

from vitrine import checks, user_settings
from vitrine.errors import SettingsError, VitrineError
from vitrine.params import NOBODY, choices, composition, differences, leaves

COMPOSED = "composed"  # what is remembered: the hash of the params.yaml that was last composed without overrides
EDITS = 8  # edits that a refusal names


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0 when all is well, 1 when something is wrong, 2 for a misspelt command."""
    chosen = _parser().parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except (VitrineError, HydraException, OmegaConfBaseException) as error:
        if os.environ.get("VITRINE_DEBUG", "0") not in ("", "0"):
            traceback.print_exc()
        sentence = str(error).partition("Config search path:")[0]  # Hydra lists where it looked; there is one place here
        where = f"{error.override}: " if isinstance(error, OverrideParseException) else ""
    except OSError as error:
        where, sentence = "", f"{error.filename or 'a file'}: {error.strerror or error}"
    print(f"vitrine {chosen.command}: {where}{' '.join(sentence.split())}", file=sys.stderr)
    return 1


def compose(chosen: argparse.Namespace) -> int:
    """Compose conf/ and your own settings into params.yaml, which DVC and every stage read. The overrides given here last until
    the next compose; `vitrine set` keeps them."""
    return _compose(checkout(Path.cwd()), chosen.overrides, check=chosen.check, keep_edits=chosen.keep_edits)


def set_own(chosen: argparse.Namespace) -> int:
    """Keep settings of your own in conf/user/local.yaml, which Git ignores, and compose params.yaml with them. `vitrine compose`,
    `make repro` and `dvc exp run` honour them, a command line wins over them, `vitrine unset` drops them."""
    root = checkout(Path.cwd())
    conf = root / "conf"
    return _keep(root, user_settings.changed(user_settings.read(conf), chosen.overrides, conf))


def unset_own(chosen: argparse.Namespace) -> int:
    """Drop settings of your own, all of them where no key is named, and compose params.yaml without them."""
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
    usual = choices([NOBODY], conf) | leaves(composition([NOBODY, *groups], conf)) if own else {}
    for key, value in own.items():
        print(f"{key}={_shown(value)}  (instead of {_shown(usual.get(key))})")
    for sentence in user_settings.overruled(own, [], conf) if own else ("nothing is set: `vitrine set KEY=VALUE`",):
        print(sentence)
    return 0


def _keep(root: Path, own: dict[str, Any]) -> int:
    """Write a user's settings and compose with them; where they do not compose or are no settings, nothing is changed."""
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
    changes = differences(_read(params), composed)
    if keep_edits and changes and _edited(root, own):
        words = " ".join(shlex.quote(f"{key}={_shown(old)}") for key, old, _ in changes[:EDITS])
        more = f" … (`vitrine compose --check` shows {len(changes) - EDITS} more)" if len(changes) > EDITS else ""
        raise SettingsError(
            "params.yaml was edited, came so with a commit, or an experiment left it so: "
            f"composing it would lose {_keys(changes)}. Keep them: "
            f"`vitrine set {words}`{more}; run them as they are: `dvc repro`; or drop them: `vitrine compose`"
        )
    for key, old, new in changes:
        print(f"{key}: {_shown(old)} -> {_shown(new)}")
    if check and changes:
        raise SettingsError(f"params.yaml is not what conf/ composes, see {_keys(changes)} above: run `make params`")
    if check:
        return 0
    # the same words as `dvc exp run` writes, so that an experiment's diff shows its change and nothing else
    text = OmegaConf.to_yaml(OmegaConf.create(composed)).encode()
    if not params.exists() or params.read_bytes() != text:
        params.write_bytes(text)
    if not overrides:
        checks.remember(root, COMPOSED, hashlib.sha256(text).hexdigest())
    print(f"params.yaml: {_keys(changes) if changes else 'nothing'} changed")
    if own:
        print(f"with your own settings (`vitrine settings`): {user_settings.words(own)}")
        for sentence in user_settings.overruled(own, overrides, conf):
            print(sentence)
    return 0


def _edited(root: Path, own: Mapping[str, Any]) -> bool:
    """Whether params.yaml holds what was not composed here: an edit, or a commit of somebody with other settings.

    A commit is no edit for whoever has settings of their own: those are meant to replace it, and Git still has it."""
    params = root / "params.yaml"
    text = params.read_bytes() if params.exists() else b""
    head = subprocess.run(["git", "show", "HEAD:./params.yaml"], cwd=root, capture_output=True)
    return text not in (b"", head.stdout if own else b"") and checks.recall(root, COMPOSED) != hashlib.sha256(text).hexdigest()


def pin(chosen: argparse.Namespace) -> int:
    """Write the hashes of the files that a source reads into its manifest: other files are other rows, as DVC then sees."""
    from vitrine.sources import SOURCES  # polars and pyarrow, which no other command should wait for
    from vitrine.sources.origins.pin import pin as pinned

    root = checkout(Path.cwd())
    if chosen.source not in SOURCES:
        raise SettingsError(f"there is no source {chosen.source!r}; choose one of {', '.join(SOURCES)}")
    path = chosen.path or _path_in_params(root, chosen.source)
    manifest = root / "manifests" / f"{chosen.source}.yaml"
    changes = pinned(SOURCES[chosen.source], path, manifest, write=not chosen.check)
    for name, old, new in changes:
        print(f"{name}: {_pinned(old)} -> {_pinned(new)}")
    count = f"{len(changes)} file{'' if len(changes) == 1 else 's'}"
    if chosen.check and changes:
        raise SettingsError(f"{manifest} does not pin what is at {path}, see {count} above: run `vitrine pin {chosen.source}`")
    if not chosen.check:
        print(f"manifests/{chosen.source}.yaml: {count if changes else 'nothing'} changed")
    return 0


def _path_in_params(root: Path, source: str) -> Path:
    """Where params.yaml says that the files of `source` are, as a stage, which starts in the root, would find it."""
    path = leaves(_read(root / "params.yaml")).get(f"ingest.sources.{source}.path")
    if not isinstance(path, str):
        raise SettingsError(f"params.yaml sets no ingest.sources.{source}.path: set it (and origin=path), or give --path")
    return root / Path(path).expanduser()


def _pinned(pin: Any) -> str:
    return f"sha256 {pin.sha256[:12]}…, {pin.bytes} bytes" if pin else "nothing"


def audit_rewards(chosen: argparse.Namespace) -> int:
    """Read answers that were graded and say whether each task's reward is worth training on, and whether it needs the prompt."""
    from vitrine.evaluation.audit import controls, tables, text  # NumPy and pyarrow, which no other command should wait for
    from vitrine.evaluation.audit.audit import audit
    from vitrine.tasks import TASKS

    paths, prompts, chat, params = chosen.paths, chosen.prompts, chosen.chat, {}
    if not paths:  # of this checkout; tables that are named may be another run's, whose prompts and groups are not these
        root = checkout(Path.cwd())
        params = _read(root / "params.yaml")
        paths = [root / _of_params(params, "benchmark.answers", "data/answers")]
        drawn = root / _of_params(params, "prompts.prompts", "data/prompts.parquet")
        prompts = prompts or (drawn if drawn.exists() else None)
        chat = chat or root / _of_params(params, "benchmark.test", "data/chat/test.parquet")
    seed = _of_params(params, "benchmark.seed", 7)
    found = controls.Computed(tables.answers(paths), tables.controls(paths), [])
    if chosen.chat or (chat and chat.exists() and not found.controls):
        with contextlib.chdir(_home(chat)):  # the facts of a prompt name the shop's files as its checkout sees them
            found = controls.computed(found.answers, chat, seed=seed)
    report = audit(
        found.answers,
        tables.prompts(prompts) if prompts else [],
        controls=found.controls,
        regraded=found.regraded,
        tasks=TASKS,
        group=chosen.group or _of_params(params, "grpo.generations", 8),
        seed=seed,
    )
    if chosen.json:
        chosen.json.parent.mkdir(parents=True, exist_ok=True)
        chosen.json.write_text(json.dumps(report, indent=1, sort_keys=True, allow_nan=False) + "\n", encoding="utf-8")
    print("\n".join(text.lines(report)))
    return 0


def _home(file: Path) -> Path:
    """The checkout that a file lies in, or else the current folder."""
    try:
        return checkout(file.resolve().parent)
    except SettingsError:
        return Path.cwd()


def _of_params(params: dict[str, Any], key: str, otherwise: Any) -> Any:
    found = leaves(params).get(key)
    return found if isinstance(found, type(otherwise)) else otherwise


def scores(chosen: argparse.Namespace) -> int:
    """Print the results of the benchmark as a Markdown table, as the README has it: models, the last gain, and the controls."""
    from vitrine.reporting.inputs import read_board  # Polars and Jinja, which no other command should wait for
    from vitrine.reporting.scores.table import table

    print(table(read_board(chosen.board or checkout(Path.cwd()) / "metrics" / "benchmark.json")))
    return 0


def checkout(start: Path) -> Path:
    """The checkout that `start` lies in: a command acts on the folder it is typed in, not on where it is installed."""
    for folder in (start, *start.parents):
        if (folder / "conf" / "stage.yaml").exists():
            return folder
    raise SettingsError(f"{start} is in no checkout (no conf/stage.yaml here or above): change to one and try again")


def _read(params: Path) -> dict[str, Any]:
    """What params.yaml holds now; a missing or broken one is simply written anew."""
    try:
        found = yaml.safe_load(params.read_text(encoding="utf-8"))
    except (FileNotFoundError, UnicodeDecodeError, yaml.YAMLError):
        return {}
    return found if isinstance(found, dict) else {}


def _keys(changes: Sequence[Any]) -> str:
    return f"{len(changes)} key{'' if len(changes) == 1 else 's'}"


def _shown(value: Any) -> str:
    return f"{user_settings.shown(value):.80}"


def _several(written: str) -> int:
    if not written.isdecimal() or int(written) < 2:
        raise argparse.ArgumentTypeError(f"a group has 2 replies or more, not {written!r}")
    return int(written)


def _parser() -> argparse.ArgumentParser:
    summary, _, examples = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        "vitrine", description=summary, epilog=examples, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
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
    command = commands.add_parser("pin", help="hash a source's files into its manifest", description=pin.__doc__)
    command.add_argument("source", metavar="SOURCE", help="olist, amazon_titles, … as in conf/source")
    command.add_argument("--path", type=Path, help="the folder or zip; without it, ingest.sources.SOURCE.path of params.yaml")
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 if the manifest would change")
    command.set_defaults(run=pin)
    command = commands.add_parser("scores", help="the results as a Markdown table", description=scores.__doc__)
    command.add_argument("board", nargs="?", type=Path, metavar="FILE", help="a scoreboard; metrics/benchmark.json")
    command.set_defaults(run=scores)
    rewards = commands.add_parser("rewards", help="audit the tasks' rewards on graded answers")
    command = rewards.add_subparsers(dest="part", required=True, metavar="PART").add_parser(
        "audit",
        help="mean, spread, agreement with the headline metric, groups without variance",
        description=audit_rewards.__doc__,
    )
    command.add_argument(
        "paths", nargs="*", type=Path, metavar="PATH", help="tables of answers, or folders of them; data/answers"
    )
    command.add_argument("--prompts", type=Path, metavar="FILE", help="scores of several replies a prompt; data/prompts.parquet")
    command.add_argument(
        "--chat",
        type=lambda path: Path(path).absolute(),
        metavar="FILE",
        help="the test prompts, to compute the controls anew; data/chat/test.parquet, if the answers come without controls",
    )
    command.add_argument("--group", type=_several, metavar="G", help="replies in a group; without it, grpo.generations")
    command.add_argument("--json", type=Path, metavar="FILE", help="write the whole report there too")
    command.set_defaults(run=audit_rewards)
    return parser


if __name__ == "__main__":
    sys.exit(main())
