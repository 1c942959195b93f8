"""Fetches a published model by name and revision.

    model = fetch(Hub(origin="hub", template="native", name="Qwen/Qwen3-0.6B", revision="…", context=2048), Load())

Remote code is never run, and weights are read as safetensors only. They are fetched without quantisation, which applies when
the saved model is loaded.
"""

from transformers import AutoTokenizer

from vitrine.errors import CheckpointError, SettingsError, first_line
from vitrine.lm.model import Model, read_weights
from vitrine.lm.settings import Hub, Load, Published
from vitrine.lm.template import with_template


def fetch(lm: Hub, load: Load) -> Model:
    """The model that `lm` names, with the chat template that it asks for."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(lm.name, revision=lm.revision, trust_remote_code=False)
        load = load.model_copy(update={"quantisation": None})
        weights = read_weights(lm.name, load, revision=lm.revision)
    except (CheckpointError, SettingsError):
        raise
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{lm.name} at revision {lm.revision} cannot be fetched ({first_line(error).rstrip('.')}); "
            "check the name, the network or HF_TOKEN, or use a copy on this machine: lm=folder lm.path=FOLDER"
        ) from error
    return prepare(Model(weights, tokenizer, lm.template, load), lm, name=lm.name)


def prepare(model: Model, lm: Published, *, name: str) -> Model:
    """A pretrained model as fetched, with a padding token, the template and the context that `lm` asks for."""
    tokenizer = model.tokenizer
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    model = with_template(model, name=name, turn=lm.turn)
    tokenizer.model_max_length = lm.context
    return model
