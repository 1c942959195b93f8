"""Files on the web, each pinned by its sha256, downloaded once into data/downloads/<source>.

    web.download(manifest)      # {"taxonomy-with-ids.en-US.txt": Path("data/downloads/taxonomy/taxonomy-with-ids.en-US.txt")}

Why not pooch: it unpacks what a server sends compressed, so that the hash is another file's, and has no limit of size.

The folder is a cache that Git ignores and no stage writes as an out; deleting it costs a download. A file has its name
there only once it is whole and right.
"""

import hashlib
from pathlib import Path
from typing import BinaryIO

import httpx
from tqdm import tqdm

from vitrine.errors import SourceError
from vitrine.files import replacing
from vitrine.sources.origins import files
from vitrine.tables.manifest import Manifest, Web

FOLDER = Path("data/downloads")
STEP = 1 << 20
TIMEOUT = httpx.Timeout(60, connect=20)  # seconds; the first is for every wait for more bytes
MOST = 1 << 36  # bytes of one file, 64 GiB: an endless answer must end


def download(manifest: Manifest) -> dict[str, Path]:
    """The pinned files by name; those already here, and right, are not downloaded again."""
    if not manifest.url:
        raise SourceError(
            f"manifests/{manifest.source}.yaml pins no address, so origin=url has nothing to read: "
            "give url and sha256 of each file there, or choose another origin"
        )
    found = {name: FOLDER / manifest.source / name for name in manifest.url}
    for name, pinned in manifest.url.items():
        if not found[name].is_file() or files.fingerprint(found[name]).sha256 != pinned.sha256:
            _get(pinned, found[name], manifest.source)
    return found


def _get(pinned: Web, to: Path, source: str) -> None:
    """Stream `pinned` to `to`, hashing it on the way."""
    with replacing(to) as new:
        with new.open("wb") as file:
            digest = _streamed(pinned.url, file)
        if digest != pinned.sha256:
            raise SourceError(
                f"{pinned.url} gave a file of sha256 {digest[:12]}…, but manifests/{source}.yaml pins {pinned.sha256[:12]}…: "
                "its publisher has changed it, so see what it is now and correct the manifest"
            )


def _streamed(url: str, file: BinaryIO) -> str:
    """Write what `url` answers into `file`, as it lies there and not unpacked; its sha256."""
    digest = hashlib.sha256()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=TIMEOUT) as answer:
            answer.raise_for_status()
            size = int(answer.headers.get("Content-Length", 0)) or None
            with tqdm(desc=url.rpartition("/")[2], total=size, unit="B", unit_scale=True, disable=None) as bar:
                for piece in answer.iter_raw(STEP):
                    if answer.num_bytes_downloaded > MOST:
                        raise SourceError(f"{url} gives more than {MOST} bytes; check the address in the manifest")
                    file.write(piece)
                    digest.update(piece)
                    bar.update(len(piece))
    except httpx.HTTPStatusError as error:
        said = f"{error.response.status_code} {error.response.reason_phrase}"
        raise SourceError(f"{url} answers {said}; check the address in the manifest") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = " ".join(str(error).split())[:200] or "no reason given"
        raise SourceError(
            f"{url} cannot be downloaded ({type(error).__name__}: {why}); check the network and run again"
        ) from error
    return digest.hexdigest()
