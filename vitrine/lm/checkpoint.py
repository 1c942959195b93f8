"""A model folder: weights as safetensors, config, tokenizer and chat template, or an adapter beside its base.

    save(Path("models/sft"), model, tokenizer)
    model, tokenizer = load(Path("models/sft"))

`load` merges nothing and never runs code from the folder; what is wrong with a folder is said in one sentence.
"""

import json
from pathlib import Path
from typing import Any

import torch
from peft import PeftModel
from safetensors import SafetensorError
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedModel, PreTrainedTokenizerBase

from vitrine.errors import CheckpointError
from vitrine.files import replacing
from vitrine.lm.decoding import quick

ADAPTER = "adapter_config.json"


def save(folder: Path, model: PreTrainedModel | PeftModel, tokenizer: PreTrainedTokenizerBase) -> None:
    """Write only what defines the model, so that the same training gives the same bytes."""
    with replacing(folder) as new:
        model.save_pretrained(new, safe_serialization=True)
        tokenizer.save_pretrained(new)
        (new / "README.md").unlink(missing_ok=True)  # PEFT's empty model card


def load(folder: Path, *, trainable: bool = False, dtype: torch.dtype = torch.float32) -> tuple[Any, PreTrainedTokenizerBase]:
    """The model and tokenizer of `folder`; an adapter comes on its base, which its config names."""
    if not folder.is_dir():
        raise CheckpointError(f"{folder} is not a model folder; run `dvc repro` or `dvc pull` to get it")
    try:
        if (folder / ADAPTER).exists():
            base = Path(json.loads((folder / ADAPTER).read_text())["base_model_name_or_path"])
            model: Any = PeftModel.from_pretrained(load(base, dtype=dtype)[0], str(folder), is_trainable=trainable)
        else:
            model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype, local_files_only=True, trust_remote_code=False)
            quick(model)
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except CheckpointError:
        raise
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CheckpointError(
            f"{folder} does not load as a model ({reason}); delete it and run `dvc repro`, or `dvc checkout` it"
        ) from error
    if tokenizer.chat_template is None:
        raise CheckpointError(
            f"{folder} has no chat template, so training and serving could not agree on one; save it with the model"
        )
    return model, tokenizer
