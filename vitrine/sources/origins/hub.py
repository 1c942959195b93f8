"""Download the files of one commit of a hub dataset, through `huggingface_hub` and its cache.

    hub.download(manifest)      # {"train.json": Path("~/.cache/huggingface/hub/…/train.json")}

A commit's files never change; if the manifest gives a file's sha256, it is checked too. HF_TOKEN, HF_ENDPOINT and HF_HOME
work as usual.
"""

from pathlib import Path, PurePosixPath

from vitrine.errors import SourceError
from vitrine.sources.origins import files
from vitrine.tables.manifest import Manifest


def download(manifest: Manifest) -> dict[str, Path]:
    """Return the pinned files by name; cached files are not downloaded again."""
    pinned = manifest.hub
    if pinned is None or not pinned.files:
        raise SourceError(
            f"manifests/{manifest.source}.yaml pins no commit of a hub, so origin=hub has nothing to read: "
            "give hub.repository, hub.revision and hub.files there, or choose another origin"
        )
    paths = {}
    for name, sha256 in pinned.files.items():
        path = _file(pinned.repository, name, pinned.revision)
        actual = files.fingerprint(path).sha256 if sha256 else None
        if actual != sha256:
            raise SourceError(
                f"{name} of {pinned.repository} has sha256 {str(actual)[:12]}…, but manifests/{manifest.source}.yaml pins "
                f"{str(sha256)[:12]}…: delete {path} and run again, or correct the manifest"
            )
        paths[PurePosixPath(name).name] = path
    return paths


def _file(repository: str, name: str, revision: str) -> Path:
    from httpx import HTTPError
    from huggingface_hub import errors, hf_hub_download  # the import takes half a second: only for this origin

    try:
        return Path(hf_hub_download(repository, name, repo_type="dataset", revision=revision))
    except (HTTPError, errors.EntryNotFoundError, errors.FileMetadataError, errors.HFValidationError, OSError) as error:
        why = " ".join(str(error).split())[:300]
        raise SourceError(
            f"{name} of {repository} at {revision[:12]} cannot be downloaded from the hub ({type(error).__name__}: {why}); "
            "check the network, HF_TOKEN if access is restricted, and the pin in the manifest"
        ) from error
