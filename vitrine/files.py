"""Files that appear under their name only when they are whole.

    with replacing(Path("metrics/scores.csv")) as new:
        new.write_text("model,task,score\\n")        # moved to metrics/scores.csv once the block ends well

A file that DVC has linked into its cache is never opened for writing: that would change the cached object too.
"""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from os import getpid
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A path beside `path` to write a file or folder to; it takes the place of `path` when the block ends well."""
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
