"""A published model, by name and revision, or a folder that holds one.

    model, tokenizer = fetch(Hub(origin="hub", name="Qwen/Qwen3-0.6B", revision="…", context=2048))

Remote code is never run, and weights are read as safetensors only.
"""

from typing import Any, Literal

from pydantic import Field
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedTokenizerBase

from vitrine.chat import messages
from vitrine.errors import CheckpointError
from vitrine.settings import Settings


class Hub(Settings):
    origin: Literal["hub"]
    name: str
    revision: str
    context: int = Field(ge=64)  # tokens that we train and serve it with


def fetch(lm: Hub) -> tuple[Any, PreTrainedTokenizerBase]:
    try:
        tokenizer = AutoTokenizer.from_pretrained(lm.name, revision=lm.revision, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            lm.name, revision=lm.revision, dtype="auto", trust_remote_code=False, use_safetensors=True
        )
    except (OSError, ValueError) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise CheckpointError(
            f"{lm.name} at revision {lm.revision} cannot be fetched ({reason}); "
            "check the name, the network or HF_TOKEN, or use lm=tiny"
        ) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    if tokenizer.chat_template is None:  # a base model: it learns ours
        tokenizer.add_special_tokens({"additional_special_tokens": [messages.TURN, messages.STOP]})
        tokenizer.eos_token = messages.STOP
        tokenizer.chat_template = messages.template()
        model.resize_token_embeddings(len(tokenizer))
    tokenizer.model_max_length = lm.context
    return model, tokenizer
