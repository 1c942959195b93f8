"""A publisher's zip, unpacked: only the files that are read, without their folders, and never more than it should hold.

    unpack(Path("archive.zip"), ["olist_*_dataset.csv"], folder)     # folder/olist_orders_dataset.csv, …

A zip is somebody else's: one that reaches outside its folder, holds links or grows without measure is refused whole.
"""

import fnmatch
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePosixPath

from vitrine.errors import SourceError

RATIO = 200  # bytes out of one byte in; text packs to a fifth, runs of one letter to a thousandth
SMALL = 1 << 20  # what a file may always hold: a short table of one value packs well
MOST = 1 << 36  # bytes in all, 64 GiB


def wanted(name: str, patterns: Sequence[str]) -> bool:
    """Whether a published file is called `name`, as it is or gzipped; hidden files are the system's."""
    plain = name.removesuffix(".gz")
    return not name.startswith(".") and any(fnmatch.fnmatchcase(plain, pattern) for pattern in patterns)


def unpack(path: Path, patterns: Sequence[str], folder: Path) -> None:
    """Write the files of `path` that are called like `patterns` into `folder`, each under its own name."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = _members(path, archive.infolist(), patterns)
            _measured(path, members)
            for name, member in members.items():
                with archive.open(member) as packed, (folder / name).open("wb") as file:
                    shutil.copyfileobj(packed, file)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError) as error:
        raise SourceError(f"{path} is not a whole zip file ({error}); download it again") from error
    except PermissionError as error:
        raise SourceError(f"{path} cannot be read ({error.strerror}); make it readable for this user") from error


def _members(path: Path, every: Iterable[zipfile.ZipInfo], patterns: Sequence[str]) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for member in every:
        _harmless(path, member)
        name = PurePosixPath(member.filename).name
        if member.is_dir() or not wanted(name, patterns) or "__MACOSX" in member.filename:
            continue
        if name in found:
            raise SourceError(f"{path} holds {name} twice; unpack it yourself, keep one, and give the folder instead")
        if member.flag_bits & 1:
            raise SourceError(f"{path} is encrypted; unpack it with its password and give the folder instead")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise SourceError(
                f"{path} packs {name} by a method other than deflate; unpack it yourself and give the folder instead"
            )
        found[name] = member
    if not found:
        raise SourceError(f"{path} holds none of {', '.join(patterns)}; expected the zip as its publisher ships it")
    return found


def _harmless(path: Path, member: zipfile.ZipInfo) -> None:
    name = PurePosixPath(member.filename.replace("\\", "/"))
    outside = name.is_absolute() or ".." in name.parts or (name.parts and name.parts[0].endswith(":"))
    link = stat.S_ISLNK(member.external_attr >> 16)
    if outside or link:
        kind = "a link" if link else "a file outside its folder"
        raise SourceError(
            f"{path} holds {kind} ({member.filename[:80]!r}), as no published zip does: do not use it, download it again"
        )


def _measured(path: Path, members: dict[str, zipfile.ZipInfo]) -> None:
    """What the zip says of itself, before a byte is unpacked. `zipfile` unpacks no more of a file than it says it holds."""
    packed, size = (sum(getattr(member, part) for member in members.values()) for part in ("compress_size", "file_size"))
    said = ""
    for name, member in members.items():
        if member.file_size > max(SMALL, RATIO * member.compress_size):
            said = f"packs {member.file_size} bytes of {name} into {member.compress_size}, more than {RATIO} to 1"
    if packed > path.stat().st_size:
        said = f"says that {packed} bytes are packed into its {path.stat().st_size}"
    if size > MOST:
        said = f"unpacks to {size} bytes, more than {MOST}"
    if said:
        raise SourceError(f"{path} {said}, as no published zip does: do not use it, download it again")
