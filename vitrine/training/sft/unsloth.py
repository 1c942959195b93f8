"""The backend `unsloth`: Unsloth's models and adapters under the same trainer, schedule and audit as `trl`.

    start()                                          # first of all, before trl, transformers and peft
    model = load(Path("models/base"), Load(), Method(…), max_length=512)
    model, metrics = sft(model, rows, …, backend="unsloth")

Unsloth replaces parts of trl, transformers and peft when it is imported, and only if they are not imported yet. So the sft stage,
which is a process of its own, calls `start` before anything else. Parts of Unsloth are under the AGPL: it is never installed by
default (`make unsloth`). docs/backends.md compares it with `trl`.
"""

import json
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vitrine.errors import SettingsError, first_line

if TYPE_CHECKING:
    from vitrine.lm.model import Model
    from vitrine.lm.settings import Load
    from vitrine.training.sft.adapter import Method

REPLACED = ("trl", "transformers", "peft")  # Unsloth must be imported before them
# Where Unsloth's own list of projections ends: every linear layer of a decoder but the output layer
PROJECTIONS = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]


def start() -> None:
    """Import Unsloth. Raises SettingsError if it is not installed, or if it would come too late."""
    if "unsloth" in sys.modules:
        return
    if early := [name for name in REPLACED if name in sys.modules]:
        raise SettingsError(
            f"sft.backend=unsloth: {', '.join(early)} must not be imported before unsloth; run the stage in a process of its own "
            "(`python -m stages.sft`)"
        )
    os.environ.setdefault("UNSLOTH_DISABLE_STATISTICS", "1")
    try:
        import unsloth  # noqa: F401 -- importing it replaces parts of the other libraries
    except ImportError as error:
        raise SettingsError(
            f"sft.backend=unsloth needs packages that are not installed ({first_line(error)}): run `make unsloth`, or set "
            "sft.backend to trl"
        ) from error


def load(folder: Path, settings: "Load", method: "Method", *, max_length: int) -> "Model":
    """The base model in `folder`, loaded by Unsloth."""
    start()
    import torch
    from transformers import AutoTokenizer
    from unsloth import FastLanguageModel

    from vitrine.lm.hardware import detect, supported_load
    from vitrine.lm.model import RECORD, Model, device_of

    about = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    settings = supported_load(settings, detect(device_of(settings)))
    weights, _ = FastLanguageModel.from_pretrained(
        model_name=str(folder),
        max_seq_length=max_length,
        dtype=getattr(torch, settings.dtype),
        load_in_4bit=settings.quantisation == "nf4",
        load_in_8bit=settings.quantisation == "int8",
        full_finetuning=method.name == "full",
        use_gradient_checkpointing=False,  # the schedule's
        local_files_only=True,
    )
    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    return Model(weights, tokenizer, about["template"], settings, tuple(about.get("added_tokens", ())))


def apply(method: "Method", model: "Model", *, seed: int) -> "Model":
    """The model to train: `model` itself, or `model` with Unsloth's adapter."""
    from unsloth import FastLanguageModel

    if model.added_tokens:
        raise SettingsError(
            f"sft.backend=unsloth does not train the rows of tokens that were added to the vocabulary "
            f"({', '.join(model.added_tokens)}): set sft.backend to trl"
        )
    if method.name == "full":
        return model
    weights: Any = FastLanguageModel.get_peft_model(
        model.weights,
        r=method.rank,
        target_modules=PROJECTIONS,
        lora_alpha=method.alpha,
        lora_dropout=method.dropout,
        bias="none",
        random_state=seed,
        use_gradient_checkpointing=False,
    )
    return replace(model, weights=weights)
