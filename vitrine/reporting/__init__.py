"""Pages and cards for people. Nothing here computes scores, so a change here retrains nothing."""

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from vitrine.files import replacing

TEMPLATES = Path(__file__).parent / "templates"  # shared by all pages


def environment(templates: Path, filters: dict[str, Any], **options: Any) -> Environment:
    """Jinja with a page's templates and filters. Values are escaped."""
    settings: dict[str, Any] = {
        "autoescape": True,
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
    } | options
    jinja = Environment(loader=FileSystemLoader([templates, TEMPLATES]), **settings)
    jinja.filters |= filters
    return jinja


def write(path: Path, text: str) -> int:
    """Write a page whole or not at all, and return its size in bytes. A lone surrogate is written as its escape."""
    page = text.encode(errors="backslashreplace")
    with replacing(path) as new:
        new.write_bytes(page)
    return len(page)
