"""Copies of checkpoints at a URL that outlives the machine, by fsspec: s3://bucket/path, gs://…, a mounted folder.

    copies = Copies("s3://bucket/path/sft/3f0c…/1")
    copies.upload(folder / "step-0000120", keep=2)
    copies.download(folder, newer_than=90)          # fetches step-0000120 if the folder has nothing newer than step 90

The manifest is uploaded last, so a copy without one is incomplete and is not used. A store that cannot be reached never stops a
training: it is reported once.
"""

import logging
from pathlib import Path
from typing import Any

from fsspec.core import url_to_fs

from vitrine.errors import SettingsError, first_line
from vitrine.files import replacing

log = logging.getLogger(__name__)
MANIFEST = "manifest.json"


class Copies:
    def __init__(self, url: str) -> None:
        self.url, self.reported = url, False
        try:
            opened: tuple[Any, str] = url_to_fs(url)
        except (ImportError, ValueError) as error:  # the package of the store is missing, or there is no such protocol
            raise SettingsError(f"checkpoints.copy_to: {url} cannot be opened ({first_line(error)})") from error
        self.files, self.root = opened[0], opened[1].rstrip("/")

    def upload(self, folder: Path, keep: int) -> None:
        """Copy a checkpoint, then remove all but the newest `keep` copies."""
        to = f"{self.root}/{folder.name}"
        try:
            self.files.makedirs(to, exist_ok=True)
            for file in sorted(folder.iterdir(), key=lambda file: file.name == MANIFEST):
                self.files.put_file(str(file), f"{to}/{file.name}")
            for old in self._complete()[keep:]:
                self.files.rm(f"{self.root}/{old}", recursive=True)
        except Exception as error:
            self._report("was not copied to", error)

    def newer_than(self, step: int) -> list[str]:
        """Names of the complete copies of later steps, the newest first."""
        try:
            return [name for name in self._complete() if int(name.partition("-")[2]) > step]
        except FileNotFoundError:
            return []
        except Exception as error:
            self._report("was not fetched from", error)
            return []

    def download(self, folder: Path, copy: str) -> bool:
        """Fetch one copy into `folder`. False if that failed."""
        try:
            with replacing(folder / copy) as new:
                new.mkdir()
                for file in self.files.ls(f"{self.root}/{copy}", detail=False):
                    name = file.rstrip("/").rpartition("/")[2]
                    self.files.get_file(file, str(new / name))
        except Exception as error:
            self._report("was not fetched from", error)
            return False
        return True

    def _complete(self) -> list[str]:
        """Names of the copies that are complete, the newest first."""
        self.files.invalidate_cache()
        manifests = self.files.glob(f"{self.root}/step-*/{MANIFEST}")
        names = (path.rpartition("/")[0].rpartition("/")[2] for path in manifests)
        return sorted((name for name in names if name.partition("-")[2].isdecimal()), reverse=True)

    def _report(self, what: str, error: Exception) -> None:
        """Warn once: fsspec's stores raise errors of many kinds, and a training needs none of them."""
        if not self.reported:
            log.warning("a checkpoint %s %s (%s); the training goes on", what, self.url, first_line(error))
        self.reported = True
