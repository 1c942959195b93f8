"""Download files from the web, each pinned by its sha256, once into data/downloads/<source>.

    web.download(manifest)      # {"taxonomy-with-ids.en-US.txt": Path("data/downloads/taxonomy/taxonomy-with-ids.en-US.txt")}

Why not pooch: it decompresses what a server sends compressed, which changes the hash, and it has no size limit.

The folder is a cache: Git ignores it, no stage has it as an output, and deleting it costs only a download. A file gets its
name there only when it is complete and its hash is right.
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
CHUNK = 1 << 20
TIMEOUT = httpx.Timeout(60, connect=20)  # seconds: 60 for each wait for more bytes, 20 to connect
MAX_BYTES = 1 << 36  # of one file, 64 GiB: an endless response must end


def download(manifest: Manifest) -> dict[str, Path]:
    """Return the pinned files by name; files that are already here with the right hash are not downloaded again."""
    if not manifest.url:
        raise SourceError(
            f"manifests/{manifest.source}.yaml pins no address, so origin=url has nothing to read: "
            "give url and sha256 of each file there, or choose another origin"
        )
    paths = {name: FOLDER / manifest.source / name for name in manifest.url}
    for name, pinned in manifest.url.items():
        if not paths[name].is_file() or files.fingerprint(paths[name]).sha256 != pinned.sha256:
            _download_one(pinned, paths[name], manifest.source)
    return paths


def _download_one(pinned: Web, to: Path, source: str) -> None:
    """Stream `pinned` to `to` and check its hash."""
    with replacing(to) as new:
        with new.open("wb") as file:
            digest = _stream(pinned.url, file)
        if digest != pinned.sha256:
            raise SourceError(
                f"{pinned.url} gave a file of sha256 {digest[:12]}…, but manifests/{source}.yaml pins {pinned.sha256[:12]}…: "
                "its publisher has changed it: look at the new file and correct the manifest"
            )


def _stream(url: str, file: BinaryIO) -> str:
    """Write the bytes that `url` sends to `file`, without decompressing them; return their sha256."""
    digest = hashlib.sha256()
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=TIMEOUT) as response:
            response.raise_for_status()
            size = int(response.headers.get("Content-Length", 0)) or None
            with tqdm(desc=url.rpartition("/")[2], total=size, unit="B", unit_scale=True, disable=None) as bar:
                for chunk in response.iter_raw(CHUNK):
                    if response.num_bytes_downloaded > MAX_BYTES:
                        raise SourceError(f"{url} gives more than {MAX_BYTES} bytes; check the address in the manifest")
                    file.write(chunk)
                    digest.update(chunk)
                    bar.update(len(chunk))
    except httpx.HTTPStatusError as error:
        status = f"{error.response.status_code} {error.response.reason_phrase}"
        raise SourceError(f"{url} answers {status}; check the address in the manifest") from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        why = " ".join(str(error).split())[:200] or "no reason given"
        raise SourceError(
            f"{url} cannot be downloaded ({type(error).__name__}: {why}); check the network and run again"
        ) from error
    return digest.hexdigest()
