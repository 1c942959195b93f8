"""`Model`: the weights of a language model, its tokenizer, the name of its chat template and how it was loaded.

    model = Model.load(Path("models/sft"), Load(dtype="bfloat16"))
    model.kind, model.template, model.loaded_as.dtype              # "decoder", "chatml", "bfloat16"
    model.token_ids(user_message("Oi"), to_answer=True)       # the prompt as the model reads it
    model.merge().save(Path("models/merged"))

A model folder holds weights as safetensors, config, tokenizer, chat template and `vitrine.json`: the template's name, and the
tokens that were added to the vocabulary and are still untrained. An adapter has a folder of its own, which names its base.
`load` never runs code from a folder; its errors are one sentence each. `save` writes only files that define the model, so that
the same training gives the same bytes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from peft import PeftModel
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedModel,
    PreTrainedTokenizerBase,
)

from vitrine.chat.messages import Message
from vitrine.chat.template import NATIVE
from vitrine.errors import CheckpointError, SettingsError, first_line
from vitrine.files import replacing
from vitrine.lm.decoding import enable_fast_decode
from vitrine.lm.hardware import detect, quantised_compute_dtype, supported_load
from vitrine.lm.settings import Load

ADAPTER, RECORD = "adapter_config.json", "vitrine.json"


@dataclass(frozen=True)
class Model:
    weights: Any  # PreTrainedModel or PeftModel; neither has types
    tokenizer: PreTrainedTokenizerBase
    template: str  # a key of vitrine.chat.template.TEMPLATES, or native
    loaded_as: Load  # dtype, device, attention and quantisation of the weights
    added_tokens: tuple[str, ...] = ()  # added to the vocabulary and not trained yet: a method must train their rows

    @property
    def kind(self) -> Literal["decoder", "encoder_decoder"]:
        return "encoder_decoder" if self.weights.config.is_encoder_decoder else "decoder"

    @classmethod
    def load(cls, folder: Path, load: Load, *, trainable: bool = False) -> "Model":
        """The model in `folder`. An adapter is loaded on its base, which its config names, and is frozen unless `trainable`."""
        if not folder.is_dir():
            raise CheckpointError(f"{folder} is not a model folder; run `dvc repro` or `dvc pull` to get it")
        try:
            if (folder / ADAPTER).exists():
                base = Path(json.loads((folder / ADAPTER).read_text())["base_model_name_or_path"])
                weights: Any = PeftModel.from_pretrained(cls.load(base, load).weights, str(folder), is_trainable=trainable)
            else:
                weights = read_weights(folder, load, local_files_only=True)
            tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
            record = folder / RECORD
            about = json.loads(record.read_text()) if record.exists() else {"template": NATIVE}
            template, added = about["template"], tuple(about.get("added_tokens", ()))
        except (CheckpointError, SettingsError):
            raise
        except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
            raise CheckpointError(
                f"{folder} does not load as a model ({first_line(error)}); delete it and run `dvc repro`, or `dvc checkout` it"
            ) from error
        if tokenizer.chat_template is None:
            raise CheckpointError(
                f"{folder} has no chat template, which training and serving must share; save one with the model"
            )
        return cls(weights, tokenizer, template, supported_load(load, detect(device_of(load))), added)

    def merge(self) -> "Model":
        """The model with its adapter merged into the weights. On a quantised base it stays apart: merged, it would be rounded."""
        if not isinstance(self.weights, PeftModel) or self.loaded_as.quantisation:
            return self
        return replace(self, weights=self.weights.merge_and_unload())

    def save(self, folder: Path) -> None:
        if (
            folder.is_dir()
            and any(folder.iterdir())
            and not any((folder / name).exists() for name in (RECORD, "config.json", ADAPTER))
        ):
            raise CheckpointError(f"{folder} holds files that are not a model, and saving would replace them: move them away")
        for adapter in getattr(self.weights, "peft_config", {}).values():
            if isinstance(adapter.target_modules, str):
                continue
            # PEFT holds a set, whose order changes from process to process
            adapter.target_modules = sorted(adapter.target_modules)
        with replacing(folder) as new:
            self.weights.save_pretrained(new, safe_serialization=True)
            self.tokenizer.save_pretrained(new)
            about = {"template": self.template} | ({"added_tokens": self.added_tokens} if self.added_tokens else {})
            (new / RECORD).write_text(json.dumps(about) + "\n", encoding="utf-8")
            (new / "README.md").unlink(missing_ok=True)  # PEFT's empty model card

    def token_ids(self, messages: Sequence[Message], *, to_answer: bool, thinking: bool = False) -> list[int]:
        """A conversation as tokens. `to_answer` opens the model's turn after it. Training and serving pass the same switches."""
        return self.tokenizer.apply_chat_template(
            list(messages), add_generation_prompt=to_answer, enable_thinking=thinking, return_dict=False
        )


def read_weights(source: Path | str, load: Load, **where: Any) -> PreTrainedModel:
    """The weights of a model without an adapter, loaded as `load` says. `where` (revision, …) is passed to transformers."""
    device = device_of(load)
    hardware = detect(device)
    load = supported_load(load, hardware)
    where |= {"trust_remote_code": False}
    config = AutoConfig.from_pretrained(source, **where)
    auto = AutoModelForSeq2SeqLM if config.is_encoder_decoder else AutoModelForCausalLM
    options: dict[str, Any] = {"dtype": getattr(torch, load.dtype), "attn_implementation": load.attention}
    try:
        if load.quantisation:
            bits = BitsAndBytesConfig(
                load_in_4bit=load.quantisation == "nf4",
                load_in_8bit=load.quantisation == "int8",
                bnb_4bit_quant_type="nf4",
                bnb_4bit_use_double_quant=True,
                bnb_4bit_compute_dtype=quantised_compute_dtype(load, hardware),
            )
            options |= {"quantization_config": bits, "device_map": {"": device}}
        weights, loading = auto.from_pretrained(
            source, config=config, use_safetensors=True, output_loading_info=True, **options, **where
        )
    except ImportError as error:
        raise CheckpointError(
            f"load needs the package of {load.quantisation or load.attention}, which is not installed ({first_line(error)}): "
            "pip install -c constraints.txt -e '.[gpu]', or set load.quantisation to null and load.attention to sdpa"
        ) from error
    if missing := sorted(loading["missing_keys"]):
        raise CheckpointError(f"{source} lacks {len(missing)} weights ({missing[0]}), and random ones would take their place")
    enable_fast_decode(weights)
    return weights if load.quantisation else weights.to(device)


def device_of(load: Load) -> str:
    available = torch.cuda.is_available()
    if load.device == "cuda" and not available:
        raise SettingsError("load.device is cuda, but torch sees no CUDA device; set it to auto or cpu")
    return load.device if load.device != "auto" else "cuda" if available else "cpu"
