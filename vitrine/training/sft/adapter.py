"""LoRA, or all the weights."""

from typing import Any, Literal

from peft import LoraConfig, get_peft_model
from pydantic import Field

from vitrine.settings import Settings


class Method(Settings):
    """`full` trains every weight; `lora` trains low-rank updates of every linear layer, and the three others apply to it."""

    name: Literal["full", "lora"]
    rank: int = Field(ge=1)
    alpha: float = Field(gt=0)
    dropout: float = Field(ge=0, lt=1)

    def apply(self, model: Any) -> Any:
        """The model that is trained: `model` itself, or `model` with an adapter on it."""
        if self.name == "full":
            return model
        config = LoraConfig(
            r=self.rank,
            lora_alpha=self.alpha,
            lora_dropout=self.dropout,
            target_modules="all-linear",
            task_type="CAUSAL_LM",
            bias="none",
        )
        return get_peft_model(model, config)
