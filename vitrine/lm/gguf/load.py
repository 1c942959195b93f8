"""Loads a GGUF file as an ordinary model: its weights dequantised, its tokenizer rebuilt, its special tokens set.

model = fetch(Gguf(origin="gguf", template="native", path="/models/x.gguf", sha256="…", dtype="bfloat16", context=2048), Load())
model.save(Path("models/base"))       # safetensors, like any other model
"""

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

from vitrine.errors import CheckpointError, first_line
from vitrine.lm import pins
from vitrine.lm.decoding import enable_fast_decode
from vitrine.lm.gguf.reader import open_gguf
from vitrine.lm.gguf.tokenizer import build
from vitrine.lm.hub import prepare
from vitrine.lm.model import Model, device_of
from vitrine.lm.settings import Gguf, Load


def fetch(lm: Gguf, load: Load) -> Model:
    """The model in the file `lm.path`, which must have the hash `lm.sha256`."""
    file = open_gguf(lm.path)  # first, so that nobody pins a file that is cut off
    pins.check(lm, [lm.path])
    tokenizer = build(file)
    load = load.model_copy(update={"quantisation": None, "dtype": lm.dtype or load.dtype})
    architecture = file.get("general.architecture")
    where: dict[str, Any] = {"gguf_file": lm.path.name, "local_files_only": True, "trust_remote_code": False}
    options = {"dtype": getattr(torch, load.dtype), "attn_implementation": load.attention}
    try:
        config = AutoConfig.from_pretrained(lm.path.parent, **where)
        _set_attention(config, file.get(f"{architecture}.attention.key_length"))
        weights, loading = AutoModelForCausalLM.from_pretrained(
            lm.path.parent, config=config, output_loading_info=True, **options, **where
        )
    except (OSError, ValueError, KeyError, RuntimeError, NotImplementedError) as error:
        raise CheckpointError(
            f"{lm.path} does not load: transformers cannot read this file of architecture {architecture!r} ({first_line(error)})"
        ) from error
    if missing := sorted(loading["missing_keys"]):
        raise CheckpointError(f"{lm.path} lacks {len(missing)} weights ({missing[0]}), and random ones would take their place")
    _forget_gguf(weights)
    enable_fast_decode(weights)
    _declare_special(weights, tokenizer)
    return prepare(Model(weights.to(device_of(load)), tokenizer, lm.template, load), lm, name=str(lm.path))


def _set_attention(config: PretrainedConfig, width: int | None) -> None:
    """Set the width of a head, which transformers does not read for every architecture, and the scale that follows from it."""
    if width and config.model_type.startswith("qwen3"):  # transformers assumes 128
        config.head_dim = width
    if width and config.model_type == "gemma3_text":  # as llama.cpp scales; the model with 62 layers is the exception
        exception = config.num_hidden_layers == 62
        config.query_pre_attn_scalar = config.hidden_size // config.num_attention_heads if exception else width


def _forget_gguf(weights: PreTrainedModel) -> None:
    """The weights are dequantised, but transformers would still refuse to save them."""
    weights.hf_quantizer = None
    weights.is_quantized = False
    for key in ("quantization_config", "_pre_quantization_dtype"):
        if hasattr(weights.config, key):
            delattr(weights.config, key)


def _declare_special(weights: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    """The file names pad, bos and eos for its tokenizer; config and generation config get the same."""
    ids = {f"{name}_token_id": getattr(tokenizer, f"{name}_token_id") for name in ("pad", "bos", "eos")}
    weights.config.update(ids)
    weights.generation_config.update(**ids, do_sample=False)  # callers pass how they sample
