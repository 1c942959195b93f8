"""Write files that appear under their name only when they are complete.

    with replacing(Path("metrics/scores.csv")) as new:
        new.write_text("model,task,score\\n")        # moved to metrics/scores.csv if the block ends without an error

A file that DVC has linked to its cache is never opened for writing: that would change the cached object too.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path next to `path` for a new file or folder. It replaces `path` if the block ends without an error."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}.{getpid()}.unfinished")
    try:
        yield new
        if new.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        new.replace(path)
    finally:
        if new.is_dir():
            shutil.rmtree(new)
        new.unlink(missing_ok=True)
