"""vitrine: the commands around the pipeline; the pipeline itself is `dvc repro`.

vitrine compose                          # conf/ -> params.yaml, with the defaults
vitrine compose recipe=tucano2 seed=8    # ... with Hydra overrides
vitrine compose --check                  # print what would change, write nothing, exit 1 if anything would
vitrine set scale=smoke seed=8           # keep settings of your own, for every later run
vitrine settings                         # show them, each with the default that it overrides
vitrine unset seed                       # drop one; without a key, all of them
vitrine pin olist --path ~/archive.zip   # hash the files that a source reads into manifests/olist.yaml
vitrine report                           # open the report: which tasks the model is fit for; --no-open prints its path
vitrine diff HEAD~1                      # scores and settings of another run (revision, experiment, folder) and of this one
vitrine scores                           # the results as a Markdown table, with the controls beside the scores
vitrine rewards audit                    # whether each task's reward is worth training on, before a GPU is paid for
vitrine show sentiment:6d71              # one row's way: source, messages, tokens, gold, every model's reply with its reward
vitrine card grpo --out grpo.md          # a model's or a source's card, with the commit and the day on it
vitrine get gemma                        # a pretrained model of 270 million parameters, once you accept its licence
vitrine preflight sft                    # steps, memory by part and time of a training, before it begins; --memory 16GB
vitrine readme                           # README.md and pages of docs/ with the last results; --check writes nothing
"""

import argparse
import os
import re
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from hydra.errors import HydraException
from omegaconf.errors import OmegaConfBaseException

from vitrine.cli import card, compose, diff, get, pin, preflight, readme, report, rewards, scores, show
from vitrine.cli.checkout import checkout
from vitrine.cli.hints import explain, known_names
from vitrine.errors import VitrineError

# Modules that each add their commands to the parser, in the order of --help.
COMMANDS = (compose, pin, report, diff, scores, show, readme, card, rewards, get, preflight)
CLOSED_PIPE = 141  # the exit code of a program that SIGPIPE ends


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command. Exit codes: 0 success, 1 an error, 2 a misspelt command, 141 a closed pipe."""
    chosen = _parser().parse_args(arguments)
    try:
        code = int(chosen.run(chosen))
        sys.stdout.flush()  # here, where a closed pipe is handled
        return code
    except BrokenPipeError:  # as in `vitrine diff | head`
        with suppress(OSError, ValueError), Path(os.devnull).open("w") as nothing:
            os.dup2(nothing.fileno(), sys.stdout.fileno())  # Python flushes stdout once more when it ends
        return CLOSED_PIPE
    except (VitrineError, HydraException, OmegaConfBaseException) as error:
        if os.environ.get("VITRINE_DEBUG", "0") not in ("", "0"):
            traceback.print_exc()
        sentence = explain(error, checkout(Path.cwd()) / "conf") if isinstance(error, HydraException) else str(error)
    except OSError as error:
        sentence = f"{error.filename or 'a file'}: {error.strerror or error}"
    print(f"vitrine {chosen.command}: {' '.join(sentence.split())}", file=sys.stderr)
    return 1


class _Parser(argparse.ArgumentParser):
    """A parser that suggests the closest command for a misspelt one. Its commands use it as well."""

    def error(self, message: str) -> NoReturn:
        choice = re.fullmatch(r"(argument .+: invalid choice: )'(.+)' \(choose from (.+)\)", message)
        if choice:
            names = re.findall(r"[\w-]+", choice[3])
            message = f"{choice[1]}{choice[2]!r}{known_names(choice[2], names)}"
        super().error(message)


def _parser() -> argparse.ArgumentParser:
    summary, _, examples = (__doc__ or "").partition("\n\n")
    parser = _Parser("vitrine", description=summary, epilog=examples, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        module.add_parser(commands)
    return parser
