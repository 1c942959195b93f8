"""vitrine report: a copy of the report with commit and date, opened in the browser."""

import argparse
import contextlib
import json
import subprocess
import webbrowser
from datetime import datetime
from pathlib import Path
from typing import Any

from markupsafe import escape

from vitrine.cli.checkout import checkout, param, read_params
from vitrine.errors import VitrineError

COPIES = Path("outputs")  # Git ignores it


def add_parser(commands: Any) -> None:
    command = commands.add_parser("report", help="open the report, with commit and date", description=open_report.__doc__)
    command.add_argument("--no-open", action="store_true", help="write the copy and print its path, without a browser")
    command.set_defaults(run=open_report)


def open_report(chosen: argparse.Namespace) -> int:
    """Copy metrics/report.html to outputs/report.html, stamp the copy with commit and date, and open it."""
    from vitrine.reporting.scores.page import STAMP  # Polars and Jinja, which other commands need not load

    root = checkout(Path.cwd())
    page = root / param(read_params(root / "params.yaml"), "report.report", "metrics/report.html")
    if not page.exists():
        raise VitrineError(f"{page} does not exist: run `dvc repro report`, or `dvc pull report` to get a colleague's")
    text = page.read_text(encoding="utf-8")
    stamp = f'<p class="stamp">{escape(_stamp(root))}</p>'
    copy = root / COPIES / "report.html"
    copy.parent.mkdir(exist_ok=True)
    copy.write_text(text.replace(STAMP, stamp, 1) if STAMP in text else text.replace("<body>", f"<body>{stamp}", 1), "utf-8")
    accounting = page.with_name("accounting.html")  # which the report links to
    if accounting.exists():
        (copy.parent / accounting.name).write_bytes(accounting.read_bytes())
    print(copy)
    if not chosen.no_open and not webbrowser.open(copy.as_uri()):
        print("no browser could be started: open the file yourself")
    return 0


def _stamp(root: Path) -> str:
    """Commit of the checkout, when the report was made as far as that is known, and now."""
    parts = [f"Copied on {datetime.now().astimezone():%Y-%m-%d %H:%M %z}"]
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # without it the time is not known
        parts.append(f"report made on {json.loads((root / 'timings' / 'report.json').read_text())['began']}")
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    if commit:
        changed = " with uncommitted changes" if _git(root, "status", "--porcelain", "--untracked-files=no") else ""
        parts.append(f"commit {commit}{changed}")
    return "; ".join(parts)


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
