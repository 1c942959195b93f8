"""vitrine scores: the results as a Markdown table."""

import argparse
import sys
from pathlib import Path
from typing import Any

from vitrine.cli.checkout import checkout
from vitrine.cli.stale import find_stale


def add_parser(commands: Any) -> None:
    command = commands.add_parser("scores", help="the results as a Markdown table", description=scores.__doc__)
    command.add_argument("board", nargs="?", type=Path, metavar="FILE", help="a scoreboard; metrics/benchmark.json")
    command.set_defaults(run=scores)


def scores(chosen: argparse.Namespace) -> int:
    """Print the results of the benchmark as a Markdown table: all models, the last one's gain, and the controls."""
    from vitrine.reporting.inputs import read_board  # Polars and Jinja, which other commands need not load
    from vitrine.reporting.scores.table import table

    root = None if chosen.board else checkout(Path.cwd())
    board = read_board(root / "metrics" / "benchmark.json" if root else chosen.board)
    stale = find_stale(root) if root else ""
    if stale:
        print(f"vitrine scores: {stale}; below are the scores of the last run", file=sys.stderr)
    print(table(board))
    return 0
