"""Fetches a published model by name and revision, or from a folder.

    model = fetch(Hub(origin="hub", template="native", name="Qwen/Qwen3-0.6B", revision="…", context=2048), Load())

Remote code is never run, and weights are read as safetensors only. They are fetched without quantisation, which applies when
the saved model is loaded.
"""

import logging

from transformers import AutoTokenizer

from vitrine.chat.template import NATIVE, TEMPLATES
from vitrine.errors import CheckpointError, SettingsError, first_line
from vitrine.lm.model import Model, read_weights
from vitrine.lm.settings import Hub, Load

log = logging.getLogger(__name__)


def fetch(lm: Hub, load: Load) -> Model:
    try:
        tokenizer = AutoTokenizer.from_pretrained(lm.name, revision=lm.revision, trust_remote_code=False)
        load = load.model_copy(update={"quantisation": None})
        weights = read_weights(lm.name, load, revision=lm.revision)
    except (CheckpointError, SettingsError):
        raise
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{lm.name} at revision {lm.revision} cannot be fetched ({first_line(error)}); "
            "check the name, the network or HF_TOKEN, or use lm=tiny"
        ) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    model = Model(weights, tokenizer, lm.template, load)
    if lm.template != NATIVE:
        set_chat_template(model)
    elif tokenizer.chat_template is None:
        raise CheckpointError(f"{lm.name} has no chat template of its own: set lm.template to one of {', '.join(TEMPLATES)}")
    tokenizer.model_max_length = lm.context
    return model


def set_chat_template(model: Model) -> None:
    """Gives `model` the template that it names. Special tokens that the vocabulary lacks are added, untrained."""
    template, tokenizer = TEMPLATES[model.template], model.tokenizer
    tokenizer.chat_template = template.text()
    needed = [token for token in template.special if token in tokenizer.chat_template]
    missing = [token for token in needed if token not in tokenizer.get_vocab()]
    tokenizer.add_special_tokens({"additional_special_tokens": needed})
    if template.stop in needed:
        tokenizer.eos_token = template.stop
    if missing:
        log.warning(
            "lm.template=%s adds %s to the vocabulary: they are untrained until the model is fine-tuned",
            template.name,
            ", ".join(missing),
        )
        model.weights.resize_token_embeddings(len(tokenizer))
