"""Unpack a publisher's zip safely: only the files that are read, without their folders, up to a size limit.

    unpack(Path("archive.zip"), ["olist_*_dataset.csv"], folder)     # folder/olist_orders_dataset.csv, …

A zip comes from outside. If it writes outside its folder, holds links or is a zip bomb, the whole zip is refused.
"""

import fnmatch
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from vitrine.errors import SourceError

MAX_RATIO = 200  # unpacked bytes per packed byte; text reaches about 5, a run of one letter about 1000
ALLOWED_BYTES = 1 << 20  # always allowed, whatever the ratio: a short table with one value packs very well
MAX_BYTES = 1 << 36  # of all files together: 64 GiB


def matches(name: str, patterns: Sequence[str]) -> bool:
    """Whether `name`, without .gz, matches one of `patterns`. Hidden files never do."""
    plain = name.removesuffix(".gz")
    return not name.startswith(".") and any(fnmatch.fnmatchcase(plain, pattern) for pattern in patterns)


def unpack(path: Path, patterns: Sequence[str], folder: Path) -> None:
    """Write the files of the zip `path` whose names match `patterns` into `folder`, without their own folders."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(path, archive.infolist(), patterns)
            _check_size(path, members)
            for name, member in members.items():
                with archive.open(member) as packed, (folder / name).open("wb") as file:
                    shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} is not a whole zip file ({error}); download it again") from error
    except PermissionError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); make it readable for this user") from error


def _members(path: Path, infos: Iterable[zipfile.ZipInfo], patterns: Sequence[str]) -> dict[str, zipfile.ZipInfo]:
    members: dict[str, zipfile.ZipInfo] = {}
    for member in infos:
        _check_safe(path, member)
        name = PurePosixPath(member.filename).name
        if member.is_dir() or not matches(name, patterns) or "__MACOSX" in member.filename:
            continue
        if name in members:
            raise SourceError(f"{path} holds {name} twice; unpack it yourself, keep one, and give the folder instead")
        if member.flag_bits & 1:
            raise SourceError(f"{path} is encrypted; unpack it with its password and give the folder instead")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SourceError(
                f"{path} packs {name} by a method other than deflate; unpack it yourself and give the folder instead"
            )
        members[name] = member
    if not members:
        raise SourceError(f"{path} holds none of {', '.join(patterns)}; expected the zip as its publisher ships it")
    return members


def _check_safe(path: Path, member: zipfile.ZipInfo) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    outside = name.is_absolute() or ".." in name.parts or (name.parts and name.parts[0].endswith(":"))
    link = stat.S_ISLNK(member.external_attr >> 16)
    if outside or link:
        kind = "a link" if link else "a file outside its folder"
        raise SourceError(
            f"{path} holds {kind} ({member.filename[:80]!r}), as no published zip does: do not use it, download it again"
        )


def _check_size(path: Path, members: dict[str, zipfile.ZipInfo]) -> None:
    """Refuse a zip bomb by its declared sizes, before unpacking. `zipfile` never unpacks more of a file than it declares."""
    packed, size = (sum(getattr(member, part) for member in members.values()) for part in ("compress_size", "file_size"))
    problem = ""
    for name, member in members.items():
        if member.file_size > max(ALLOWED_BYTES, MAX_RATIO * member.compress_size):
            problem = f"packs {member.file_size} bytes of {name} into {member.compress_size}, more than {MAX_RATIO} to 1"
    if packed > path.stat().st_size:
        problem = f"says that {packed} bytes are packed into its {path.stat().st_size}"
    if size > MAX_BYTES:
        problem = f"unpacks to {size} bytes, more than {MAX_BYTES}"
    if problem:
        raise SourceError(f"{path} {problem}, as no published zip does: do not use it, download it again")
