"""A publisher's file, plain or gzipped: find it, read it, or say in one sentence what is wrong with it.

path = find(folder, "trn.json", "AmazonTitles-1.3MM")     # folder/trn.json or folder/trn.json.gz
data = contents(path)                                     # all of it, unzipped
for chunk in line_chunks(path): …                         # or in pieces of whole lines
"""

import gzip
import io
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from vitrine.errors import SourceError

CHUNK = 1 << 26  # bytes of text held at once when a file is read in pieces


def find(folder: Path, name: str, published_as: str) -> Path:
    """The one file `name` or `name`.gz in `folder`."""
    if not folder.is_dir():
        kind = "is a file, not a folder" if folder.exists() else "does not exist"
        raise SourceError(f"{folder} {kind}; expected the folder with the files of {published_as}, {name} among them")
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_dir():
            raise SourceError(f"{path} is a folder; expected the file of {published_as} of that name: take it out of the folder")
        if path.exists():
            return path
    raise SourceError(f"{folder / name} is missing, and so is {name}.gz; download {published_as} and keep its file names")


def contents(path: Path) -> bytes:
    """Every byte of `path`, unzipped."""
    with _opened(path) as file:
        return _not_empty(path, _reading(path, file.read))


def line_chunks(path: Path) -> Iterator[bytes]:
    """`path`, unzipped, in pieces of about 64 MiB that end where a line ends."""
    with _opened(path) as file:
        chunk = _not_empty(path, _reading(path, lambda: file.read(CHUNK)))
        while chunk:
            yield chunk if chunk.endswith(b"\n") else chunk + _reading(path, file.readline)
            chunk = _reading(path, lambda: file.read(CHUNK))


def _opened(path: Path) -> BinaryIO:
    try:
        return io.BufferedReader(gzip.open(path)) if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise SourceError(f"{path} cannot be opened ({error.strerror or error}); make it readable for this user") from error


def _reading(path: Path, read: Callable[[], bytes]) -> bytes:
    try:
        return read()
    except (EOFError, zlib.error) as error:
        raise SourceError(f"{path} is truncated or damaged ({error}); expected a whole gzip file: download it again") from error
    except gzip.BadGzipFile as error:
        raise SourceError(f"{path} is not gzip, though its name says so ({error}); download it again or drop .gz") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error}); make it readable for this user") from error


def _not_empty(path: Path, data: bytes) -> bytes:
    if not data:
        raise SourceError(f"{path} is empty; expected what its publisher ships: download it again")
    return data
