"""The method of fine-tuning: all the weights, or LoRA."""

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from vitrine.errors import SettingsError
from vitrine.settings import Settings

if TYPE_CHECKING:
    from vitrine.lm.model import Model


class Method(Settings):
    """`full` trains every weight. `lora` trains low-rank updates of every linear layer; rank, alpha and dropout apply to it."""

    name: Literal["full", "lora"]
    rank: int = Field(ge=1)
    alpha: float = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)

    def apply(self, model: "Model") -> "Model":
        """The model to train: `model` itself, or `model` with a new adapter."""
        from peft import LoraConfig, get_peft_model

        if self.name == "full":
            if model.loaded_as.quantisation:
                raise SettingsError("method.name=full cannot train quantised weights: use lora, or set load.quantisation to null")
            return model
        config = LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM" if model.kind == "decoder" else "SEQ_2_SEQ_LM",
            bias="none",
        )
        return replace(model, weights=get_peft_model(model.weights, config))
