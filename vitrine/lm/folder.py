"""Reads a pretrained model from a folder on this machine.

    model = fetch(Folder(origin="folder", template="native", path="/models/smollm", sha256="…", dtype=None, context=2048), Load())

The folder holds config.json, weights as safetensors and a tokenizer. Code in it is never run, and files that are not read
(pickled weights, pictures) are not part of its hash.
"""

import json
from pathlib import Path

from safetensors import SafetensorError
from transformers import AutoTokenizer

from vitrine.errors import CheckpointError, SettingsError, first_line
from vitrine.lm import pins
from vitrine.lm.hub import prepare
from vitrine.lm.model import ADAPTER, RECORD, Model, read_weights
from vitrine.lm.settings import Folder, Load

READ = (".json", ".safetensors", ".jinja", ".model", ".txt")  # all that transformers reads without running code
TOKENIZERS = ("tokenizer.json", "tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "vocab.json", "vocab.txt")


def fetch(lm: Folder, load: Load) -> Model:
    """The model in the folder `lm.path`, which must have the hash `lm.sha256`."""
    files = _files(lm.path)
    pins.check(lm, files)
    load = load.model_copy(update={"quantisation": None, "dtype": lm.dtype or load.dtype})
    try:
        tokenizer = AutoTokenizer.from_pretrained(lm.path, local_files_only=True, trust_remote_code=False)
        weights = read_weights(lm.path, load, local_files_only=True)
    except (CheckpointError, SettingsError):
        raise
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        raise CheckpointError(
            f"{lm.path} does not load as a model ({first_line(error)}): its files are damaged, or transformers lacks its model"
        ) from error
    return prepare(Model(weights, tokenizer, lm.template, load), lm, name=str(lm.path))


def _files(folder: Path) -> list[Path]:
    """The files that are read. CheckpointError if `folder` cannot be a model."""
    if not folder.exists():
        raise CheckpointError(f"there is no folder {folder}: set lm.path to the folder of the model")
    if not folder.is_dir():
        instead = "lm=gguf" if folder.suffix == ".gguf" else "the folder that holds it"
        raise CheckpointError(f"{folder} is a file, and lm=folder reads a folder: use {instead}")
    files = [file for file in sorted(folder.iterdir()) if file.is_file() and file.suffix in READ and file.name != RECORD]
    names = {file.name for file in files}
    if "config.json" not in names:
        why = "it is an adapter without its base: merge it first" if ADAPTER in names else "there is no config.json in it"
        raise CheckpointError(f"{folder} is not a model folder: {why}")
    if not any(file.suffix == ".safetensors" for file in files):
        raise CheckpointError(
            f"{folder} has no *.safetensors: weights in other formats can run code and are not read; convert them"
        )
    for index in (file for file in files if file.name.endswith(".safetensors.index.json")):
        elsewhere = [name for name in json.loads(index.read_text("utf-8")).get("weight_map", {}).values() if name not in names]
        if elsewhere:
            raise CheckpointError(f"{index} names {elsewhere[0]}, which is not a file of {folder}: its hash would not cover it")
    if not names & {*TOKENIZERS}:
        raise CheckpointError(
            f"{folder} has no tokenizer: put the model's tokenizer.json (or tokenizer.model) next to config.json"
        )
    return files
