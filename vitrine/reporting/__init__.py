"""What people look at: the HTML report and its charts. Nothing that computes, so that a new chart re-trains nothing."""

from pathlib import Path

from vitrine.files import replacing

TEMPLATES = Path(__file__).parent / "templates"  # what pages share


def write(path: Path, text: str) -> int:
    """Write a page whole or not at all; its bytes. Half a surrogate pair, which is no text, is written as its escape."""
    page = text.encode(errors="backslashreplace")
    with replacing(path) as new:
        new.write_bytes(page)
    return len(page)
