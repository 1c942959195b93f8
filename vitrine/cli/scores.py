"""vitrine scores: the results as a Markdown table."""

import argparse
from pathlib import Path
from typing import Any

from vitrine.cli.checkout import checkout


def add_parser(commands: Any) -> None:
    command = commands.add_parser("scores", help="the results as a Markdown table", description=scores.__doc__)
    command.add_argument("board", nargs="?", type=Path, metavar="FILE", help="a scoreboard; metrics/benchmark.json")
    command.set_defaults(run=scores)


def scores(chosen: argparse.Namespace) -> int:
    """Print the results of the benchmark as a Markdown table: all models, the last one's gain, and the controls."""
    from vitrine.reporting.inputs import read_board  # Polars and Jinja, which other commands need not load
    from vitrine.reporting.scores.table import table

    print(table(read_board(chosen.board or checkout(Path.cwd()) / "metrics" / "benchmark.json")))
    return 0
