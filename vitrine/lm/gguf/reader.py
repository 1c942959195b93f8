"""The metadata of a GGUF file.

file = open_gguf(Path("gemma-3-270m-q4_k_m.gguf"))
file.get("general.architecture"), file.get("tokenizer.ggml.add_bos_token", False)     # "gemma3", True
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vitrine.errors import CheckpointError, first_line

MAGIC = b"GGUF"


@dataclass(frozen=True)
class GgufFile:
    path: Path
    fields: dict[str, Any]  # key -> gguf.ReaderField

    def get(self, key: str, otherwise: Any = None) -> Any:
        return self.fields[key].contents() if key in self.fields else otherwise


def check_gguf(path: Path) -> None:
    """Raise CheckpointError if there is no GGUF file at `path`."""
    if not path.exists():
        raise CheckpointError(f"there is no file {path}: set lm.path to the .gguf file")
    if path.is_dir():
        found = ", ".join(sorted(file.name for file in path.glob("*.gguf"))[:5])
        instead = f"name a file in it ({found})" if found else "use lm=folder if it holds safetensors"
        raise CheckpointError(f"{path} is a folder, and lm=gguf reads a file: {instead}")
    with path.open("rb") as content:
        magic = content.read(len(MAGIC))
    if magic != MAGIC:
        raise CheckpointError(f"{path} is not a GGUF file: it begins with {magic!r} instead of {MAGIC!r}")


def open_gguf(path: Path) -> GgufFile:
    check_gguf(path)
    try:
        from gguf import GGUFReader
    except ImportError as error:
        raise CheckpointError(
            "lm=gguf needs the package gguf, which is not installed: pip install -c constraints.txt -e '.[gguf]'"
        ) from error
    try:
        reader = GGUFReader(path)
    except (ValueError, KeyError, IndexError, OSError, UnicodeDecodeError) as error:
        raise CheckpointError(
            f"{path} is damaged or cut off ({first_line(error)}): fetch it again, and compare its size with the publisher's"
        ) from error
    parts = reader.fields.get("split.count")
    if parts is not None and parts.contents() > 1:
        raise CheckpointError(f"{path} is one of {parts.contents()} parts: join them with llama-gguf-split --merge")
    return GgufFile(path, dict(reader.fields))
