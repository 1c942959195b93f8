"""The hash of a model on this machine, compared with the one in the settings before it is loaded.

    check(lm, reads=folder_files)    # CheckpointError: models/x.gguf has sha256 …, but lm.sha256 is …

DVC tracks settings but not files outside the repository, so the hash stands in the settings: with another model it must change,
and then `base` and what follows it run again.
"""

import hashlib
from collections.abc import Iterable
from pathlib import Path

from vitrine.errors import CheckpointError
from vitrine.lm.settings import Local


def check(lm: Local, files: Iterable[Path]) -> None:
    """Raise CheckpointError unless `files`, which are all that is read of the model, have the hash `lm.sha256`."""
    found = digest(files)
    if lm.sha256 is None:
        raise CheckpointError(
            f"{lm.path} is not pinned: if it is the model that you want, add lm.sha256={found} to the command that chose it "
            "(`vitrine set` or `vitrine compose`)"
        )
    if found != lm.sha256:
        raise CheckpointError(
            f"{lm.path} has sha256 {found}, but lm.sha256 is {lm.sha256}: use the pinned model, or set lm.sha256 to the new hash"
        )


def digest(files: Iterable[Path]) -> str:
    """The sha256 of one file. Of several, the sha256 of what `sha256sum` prints for them, sorted by name."""
    hashes = {file.name: _sha256(file) for file in files}
    if len(hashes) == 1:
        return next(iter(hashes.values()))
    return hashlib.sha256("".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()).hexdigest()


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
