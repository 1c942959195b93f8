"""Find and read a publisher's file, plain or gzipped; every failure is one sentence that says what is wrong.

path = find(folder, "trn.json", "AmazonTitles-1.3MM")     # folder/trn.json or folder/trn.json.gz
data = read_all(path)                                     # all bytes, unzipped
for chunk in line_chunks(path): …                         # or in chunks of whole lines
pin = fingerprint(path)                                   # sha256 and size of the file on disk
"""

import gzip
import hashlib
import re
import zlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import AnyStr, BinaryIO, cast

from isal import igzip, isal_zlib  # as the standard library's gzip, but two to three times as fast

from vitrine.errors import SourceError
from vitrine.tables.manifest import Pin

BOM = b"\xef\xbb\xbf"
CHUNK = 1 << 23  # bytes of text in memory when a file is read in chunks
MAX_LINE = 1 << 24  # bytes of a line beyond its chunk: a file without line ends must not fill the memory
MAX_BYTES = 1 << 31  # of a file that is read at once; the largest published one is 61 MB
DAMAGE_ERRORS = (EOFError, zlib.error, cast(type[Exception], isal_zlib.error))  # the stub types isal's class as an instance


def find(folder: Path, name: str, published_as: str) -> Path:
    """The one file `name` or `name`.gz in `folder`."""
    if not folder.is_dir():
        kind = "is a file, not a folder" if folder.exists() else "does not exist"
        raise SourceError(f"{folder} {kind}; expected the folder with the files of {published_as}, {name} among them")
    path = find_optional(folder, name, published_as)
    if path is None:
        raise SourceError(f"{folder / name} is missing, and so is {name}.gz; download {published_as} and keep its file names")
    return path


def find_optional(folder: Path, name: str, published_as: str) -> Path | None:
    """Like `find`, but None if the file is missing."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_dir():
            raise SourceError(f"{path} is a folder; expected the file of {published_as} of that name: move it out of the folder")
        if path.exists():
            return path
    return None


def find_all(folder: Path, name: re.Pattern[str], published_as: str, like: str) -> list[Path]:
    """The files of `folder` whose names match, plain or gzipped, sorted by name; `like` is an example for the message."""
    present = (path.name for path in folder.iterdir()) if folder.is_dir() else [like]
    names = sorted({file.removesuffix(".gz") for file in present if name.fullmatch(file)})
    if not names:
        raise SourceError(f"{folder} holds no file of {published_as}; expected names like {like}: download it and keep them")
    return [find(folder, file, published_as) for file in names]


def read_all(path: Path) -> bytes:
    """All bytes of `path`, unzipped."""
    with open_file(path) as file:
        data = not_empty(path, read_or_explain(path, lambda: file.read(MAX_BYTES + 1)))
    if len(data) > MAX_BYTES:
        raise SourceError(f"{path} holds more than {MAX_BYTES} bytes; expected what its publisher ships: download it again")
    return data


def line_chunks(path: Path) -> Iterator[bytes]:
    """Yield `path`, unzipped and without a byte order mark, in chunks of about 8 MiB that end at a line end."""
    with open_file(path) as file:
        chunk = not_empty(path, read_or_explain(path, lambda: file.read(CHUNK)).removeprefix(BOM))
        while chunk:
            yield chunk if chunk.endswith(b"\n") else chunk + _rest_of_line(path, file)
            chunk = read_or_explain(path, lambda: file.read(CHUNK))


def fingerprint(path: Path, *, unzipped: bool = False) -> Pin:
    """The sha256 and size of the file on disk; with `unzipped`, the sha256 of its content."""
    if path.is_dir():
        raise SourceError(f"{path} is a folder; expected the published file of that name: move it out of the folder")
    with open_file(path, plain=not unzipped) as file:
        digest = read_or_explain(path, lambda: hashlib.file_digest(cast(BufferedReader, file), "sha256").hexdigest())
    return Pin(sha256=digest, bytes=path.stat().st_size)


def _rest_of_line(path: Path, file: BinaryIO) -> bytes:
    rest = read_or_explain(path, lambda: file.readline(MAX_LINE))
    if len(rest) == MAX_LINE and not rest.endswith(b"\n"):
        raise SourceError(f"{path} holds a line of more than {MAX_LINE} bytes; expected one record per line: download it again")
    return rest


def open_file(path: Path, *, plain: bool = False) -> BinaryIO:
    """Open `path` for reading, unzipped unless `plain`."""
    try:
        return path.open("rb") if plain or path.suffix != ".gz" else igzip.open(path)
    except IsADirectoryError as error:
        raise SourceError(f"{path} is a folder; expected the file of that name: move it out of the folder") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be opened ({error.strerror or error}); make it readable for this user") from error


def read_or_explain(path: Path, read: Callable[[], AnyStr]) -> AnyStr:
    """Return `read()`; turn its errors into a SourceError about `path`."""
    try:
        return read()
    except DAMAGE_ERRORS as error:
        raise SourceError(f"{path} is truncated or damaged ({error}); expected a whole gzip file: download it again") from error
    except gzip.BadGzipFile as error:
        raise SourceError(f"{path} is not gzip, though its name says so ({error}); download it again or drop .gz") from error
    except OSError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror or error}); make it readable for this user") from error


def not_empty(path: Path, data: AnyStr) -> AnyStr:
    """Return `data`, the beginning of `path`; raises SourceError if it is empty."""
    if not data:
        raise SourceError(f"{path} is empty; expected what its publisher ships: download it again")
    return data
