"""The shape of the model that a training would train: its config and how many tokens its vocabulary has, without weights.

    found = find(Scratch(origin="scratch", …), Path("models/base"))
    found.config.num_hidden_layers, found.source          # 4, "lm: a model from scratch"

A model that the pipeline has already made is read from its folder. Before that, a model from scratch is its settings, a folder or
GGUF file is its config, and a model from the hub is its config in the local cache or the shape that `published.yaml` lists.
Nothing is downloaded.
"""

import json
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from transformers import AutoConfig, PretrainedConfig, Qwen3Config

from vitrine.errors import CheckpointError, SettingsError, first_line
from vitrine.lm.model import ADAPTER
from vitrine.lm.settings import Folder, Gguf, Hub, Origin, Scratch


@dataclass(frozen=True)
class Shape:
    config: PretrainedConfig
    source: str  # where the shape was found, for people
    adapter: dict[str, Any] | None = None  # the config of the adapter on it
    tokenizer: Path | None = None  # a folder with the model's own tokenizer


def find(lm: Origin | None, folder: Path) -> Shape:
    """The shape of the model in `folder`, or else of the one that `lm` describes."""
    if (folder / ADAPTER).exists():
        adapter = json.loads((folder / ADAPTER).read_text(encoding="utf-8"))
        base = find(None, Path(adapter["base_model_name_or_path"]))
        return Shape(base.config, f"{folder} on {base.source}", adapter, folder)
    if (folder / "config.json").exists():
        return Shape(_read(folder), str(folder), tokenizer=folder)
    if lm is None:
        raise CheckpointError(f"{folder} is not a model folder; run `dvc repro` or `dvc pull` to get it")
    if isinstance(lm, Scratch):
        return Shape(scratch(lm), "lm: a model from scratch")
    if isinstance(lm, Folder):
        return Shape(_pruned(_read(lm.path), lm.vocabulary), str(lm.path), tokenizer=lm.path)
    if isinstance(lm, Gguf):
        if not lm.path.exists():
            return Shape(_pruned(_published(lm.path.stem), lm.vocabulary), f"the published shape of {lm.path.stem}")
        return Shape(_pruned(_read(lm.path.parent, gguf_file=lm.path.name), lm.vocabulary), str(lm.path))
    return Shape(_pruned(_hub(lm), lm.vocabulary), f"the published shape of {lm.name}")


def scratch(lm: Scratch) -> Qwen3Config:
    """As vitrine.lm.decoder builds it. Its tokenizer may find fewer pieces than `vocabulary`."""
    return Qwen3Config(
        vocab_size=lm.vocabulary,
        hidden_size=lm.hidden,
        num_hidden_layers=lm.layers,
        num_attention_heads=lm.heads,
        num_key_value_heads=lm.kv_heads,
        head_dim=lm.head,
        intermediate_size=lm.feed_forward,
        max_position_embeddings=lm.context,
        tie_word_embeddings=True,
    )


def with_layers(config: PretrainedConfig, count: int) -> PretrainedConfig:
    """The same model with another number of layers."""
    values = config.to_dict()
    values["num_hidden_layers"] = count
    for name in ("layer_types", "mlp_layer_types"):
        if isinstance(values.get(name), list):
            values[name] = (values[name] + values[name][-1:] * count)[:count]
    return type(config).from_dict(values)


def _read(source: Path, **where: Any) -> PretrainedConfig:
    try:
        return AutoConfig.from_pretrained(source, local_files_only=True, trust_remote_code=False, **where)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise CheckpointError(f"{source} has no config that loads ({first_line(error)})") from error


def _hub(lm: Hub) -> PretrainedConfig:
    try:
        return AutoConfig.from_pretrained(lm.name, revision=lm.revision, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError):
        return _published(lm.name)


def _published(name: str) -> PretrainedConfig:
    known = yaml.safe_load(resources.files(__package__).joinpath("published.yaml").read_text(encoding="utf-8"))
    if name not in known:
        raise SettingsError(
            f"the shape of {name} is not known before it is fetched: run `dvc repro base`, or plan with one of {', '.join(known)}"
        )
    values = dict(known[name])
    return AutoConfig.for_model(values.pop("model_type"), **values)


def _pruned(config: PretrainedConfig, vocabulary: int | None) -> PretrainedConfig:
    if vocabulary is not None and vocabulary < config.vocab_size:
        config.vocab_size = vocabulary
    return config
