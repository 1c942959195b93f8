"""vitrine readme: README.md and pages of docs/ with the numbers of the last pipeline and of the benchmarks' records."""

import argparse
from pathlib import Path
from typing import Any

from vitrine.cli.checkout import checkout
from vitrine.errors import SettingsError


def add_parser(commands: Any) -> None:
    command = commands.add_parser(
        "readme", help="render README.md and pages of docs/ with the last results", description=readme.__doc__
    )
    command.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page would change")
    command.set_defaults(run=readme)


def readme(args: argparse.Namespace) -> int:
    """Render README.md, benchmarks/README.md and pages of docs/ from docs/*.md.jinja, metrics/ and benchmarks/records.json."""
    from vitrine import readme as pages  # Polars, Jinja and all tasks, which no other command should wait for

    root = checkout(Path.cwd())
    if args.check:
        for line in (lines := pages.differing(root)):
            print(line)
        if lines:
            raise SettingsError("the pages are not what metrics/ and the templates give, see above: run `vitrine readme`")
        print(f"{', '.join(pages.PAGES)}: up to date")
        return 0
    print(f"{', '.join(pages.write(root)) or 'nothing'} changed")
    return 0
