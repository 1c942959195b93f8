"""A publisher's file, plain or gzipped: find it, read it, or say in one sentence what is wrong with it.

path = find(folder, "trn.json", "AmazonTitles-1.3MM")     # folder/trn.json or folder/trn.json.gz
data = contents(path)                                     # all of it, unzipped
for chunk in line_chunks(path): …                         # or in pieces of whole lines
pin = fingerprint(path)                                   # its sha256 and size, as it lies there
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import AnyStr, BinaryIO, cast

from isal import igzip, isal_zlib  # the standard library's gzip, two to three times as fast

from vitrine.errors import SourceError
from vitrine.tables.manifest import Pin

BOM = b"\xef\xbb\xbf"
CHUNK = 1 << 23  # bytes of text held at once when a file is read in pieces
LINE = 1 << 24  # a line longer than this and a chunk is no line: a file without line ends must not fill the memory
MOST = 1 << 31  # bytes of a file that is read whole; the longest published one is 61 MB
DAMAGED = (EOFError, zlib.error, cast(type[Exception], isal_zlib.error))  # whose stub calls the class an instance


def find(folder: Path, name: str, published_as: str) -> Path:
    """The one file `name` or `name`.gz in `folder`."""
    if not folder.is_dir():
        kind = "is a file, not a folder" if folder.exists() else "does not exist"
        raise SourceError(f"{folder} {kind}; expected the folder with the files of {published_as}, {name} among them")
    path = optional(folder, name, published_as)
    if path is None:
        raise SourceError(f"{folder / name} is missing, and so is {name}.gz; download {published_as} and keep its file names")
    return path


def optional(folder: Path, name: str, published_as: str) -> Path | None:
    """The same, or None if it is not there."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_dir():
            raise SourceError(f"{path} is a folder; expected the file of {published_as} of that name: take it out of the folder")
        if path.exists():
            return path
    return None


def every(folder: Path, name: re.Pattern[str], published_as: str, like: str) -> list[Path]:
    """The files of `folder` with such a name, gzipped or not, in the order of their names; `like` is one of them."""
    here = (path.name for path in folder.iterdir()) if folder.is_dir() else [like]
    names = sorted({found.removesuffix(".gz") for found in here if name.fullmatch(found)})
    if not names:
        raise SourceError(f"{folder} holds no file of {published_as}; expected names like {like}: download it and keep them")
    return [find(folder, found, published_as) for found in names]


def contents(path: Path) -> bytes:
    """Every byte of `path`, unzipped."""
    with opened(path) as file:
        data = not_empty(path, reading(path, lambda: file.read(MOST + 1)))
    if len(data) > MOST:
        raise SourceError(f"{path} holds more than {MOST} bytes; expected what its publisher ships: download it again")
    return data


def line_chunks(path: Path) -> Iterator[bytes]:
    """`path`, unzipped and without a byte order mark, in pieces of about 8 MiB that end where a line ends."""
    with opened(path) as file:
        chunk = not_empty(path, reading(path, lambda: file.read(CHUNK)).removeprefix(BOM))
        while chunk:
            yield chunk if chunk.endswith(b"\n") else chunk + _rest_of_line(path, file)
            chunk = reading(path, lambda: file.read(CHUNK))


def fingerprint(path: Path) -> Pin:
    """The sha256 and size of `path`, as it lies there."""
    if path.is_dir():
        raise SourceError(f"{path} is a folder; expected the published file of that name: take it out of the folder")
    with opened(path, plain=True) as file:
        digest = reading(path, lambda: hashlib.file_digest(cast(BufferedReader, file), "sha256").hexdigest())
    return Pin(sha256=digest, bytes=path.stat().st_size)


def _rest_of_line(path: Path, file: BinaryIO) -> bytes:
    rest = reading(path, lambda: file.readline(LINE))
    if len(rest) == LINE and not rest.endswith(b"\n"):
        raise SourceError(f"{path} holds a line of more than {LINE} bytes; expected one record a line: download it again")
    return rest


def opened(path: Path, *, plain: bool = False) -> BinaryIO:
    """`path` to read from, unzipped unless `plain`."""
    try:
        return path.open("rb") if plain or path.suffix != ".gz" else igzip.open(path)
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder; expected the file of that name: take it out of the folder") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be opened ({error.strerror or error}); make it readable for this user") from error


def reading(path: Path, read: Callable[[], AnyStr]) -> AnyStr:
    """What `read` gives; what stops it is said of `path`."""
    try:
        return read()
    except DAMAGED as error:
        raise SourceError(f"{path} is truncated or damaged ({error}); expected a whole gzip file: download it again") from error
    except gzip.BadGzipFile as error:
        raise SourceError(f"{path} is not gzip, though its name says so ({error}); download it again or drop .gz") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error}); make it readable for this user") from error


def not_empty(path: Path, data: AnyStr) -> AnyStr:
    """The beginning of `path`, which must hold something."""
    if not data:
        raise SourceError(f"{path} is empty; expected what its publisher ships: download it again")
    return data
