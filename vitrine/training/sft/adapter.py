"""The method of fine-tuning: all weights, LoRA, or LoRA on a quantised base (QLoRA)."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from vitrine.errors import SettingsError
from vitrine.settings import Settings

if TYPE_CHECKING:
    from vitrine.lm.hardware import Hardware
    from vitrine.lm.model import Model
    from vitrine.lm.settings import Load


class Method(Settings):
    """`full` trains every weight. `lora` trains low-rank updates of every linear layer; rank, alpha and dropout apply to it.
    `qlora` is LoRA on a base in 4 or 8 bits (`load.quantisation`); without quantisation it trains as `lora`.

    The optimizer's learning rate is `learning_rate` times `learning_rate_factor`: LoRA wants about ten times the rate of `full`.
    """

    name: Literal["full", "lora", "qlora"]
    rank: int = Field(ge=1)
    alpha: float = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)
    learning_rate_factor: float = Field(default=1.0, gt=0)

    def supported(self, load: "Load", hardware: "Hardware") -> "Method":
        """The method that trains on this hardware. Raises SettingsError if none does."""
        from vitrine.lm.hardware import log_substitute

        if load.quantisation and self.name == "full":
            raise SettingsError("method.name=full cannot train quantised weights: use qlora, or set load.quantisation to null")
        if load.quantisation and hardware.device == "cpu":
            raise SettingsError(
                f"a base in load.quantisation={load.quantisation} is not trained on a CPU, where bitsandbytes computes wrong "
                "gradients: use hardware=gpu, or set load.quantisation to null"
            )
        if self.name == "qlora" and not load.quantisation:
            log_substitute("sft.method.name", "qlora", "lora", "load.quantisation is null")
        name = self.name if self.name == "full" else "qlora" if load.quantisation else "lora"
        return self.model_copy(update={"name": name})

    def apply(self, model: "Model") -> "Model":
        """The model to train: `model` itself, or `model` with a new adapter. It also trains the rows of added tokens."""
        from peft import LoraConfig, get_peft_model, prepare_model_for_kbit_training

        from vitrine.lm.hardware import detect

        method = self.supported(model.loaded_as, detect(model.weights.device.type))
        if method.name == "full":
            return model
        config = LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM" if model.kind == "decoder" else "SEQ_2_SEQ_LM",
            bias="none",
            trainable_token_indices=_rows_of_added_tokens(model),
        )
        weights = model.weights
        if method.name == "qlora":  # norms in float32; checkpointing is the schedule's
            weights = prepare_model_for_kbit_training(weights, use_gradient_checkpointing=False)
        return replace(model, weights=get_peft_model(weights, config))


def _rows_of_added_tokens(model: "Model") -> Any:
    """The rows to train, for PEFT: of the embeddings, and of the output layer if it has weights of its own."""
    if not model.added_tokens:
        return None
    indices = model.tokenizer.convert_tokens_to_ids(list(model.added_tokens))
    if model.weights.config.tie_word_embeddings:
        return indices  # PEFT finds the embeddings and the output layer that shares them
    layers = (model.weights.get_input_embeddings(), model.weights.get_output_embeddings())
    names = [name.rpartition(".")[2] for name, layer in model.weights.named_modules() if any(layer is own for own in layers)]
    return dict.fromkeys(names, indices)
