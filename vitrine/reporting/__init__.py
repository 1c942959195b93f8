"""What people look at: the HTML report and its charts. Nothing that computes, so that a new chart re-trains nothing."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vitrine.files import replacing

TEMPLATES = Path(__file__).parent / "templates"  # what pages share


def environment(templates: Path, filters: dict[str, Any], **options: Any) -> Environment:
    """Where a page's templates come from, and what they may use; what stands in an answer or a row is escaped."""
    settings: dict[str, Any] = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    } | options
    made = Environment(loader=FileSystemLoader([templates, TEMPLATES]), **settings)
    made.filters |= filters
    return made


def write(path: Path, text: str) -> int:
    """Write a page whole or not at all; its bytes. Half a surrogate pair, which is no text, is written as its escape."""
    page = text.encode(errors="backslashreplace")
    with replacing(path) as new:
        new.write_bytes(page)
    return len(page)
