"""Settings of the validation during a training.

class Sft(Schedule):
    validation: Path
    evaluate: Evaluate
"""

from pydantic import Field, model_validator

from vitrine.settings import Settings


class Evaluate(Settings):
    prompts: int = Field(ge=0)  # validation prompts of each task; 0: never evaluated
    every: int = Field(ge=0)  # steps between evaluations; the best one's weights are kept. 0: once, after the last step
    patience: int = Field(ge=0)  # end after so many evaluations without a better score; 0: never
    max_tokens: int | None = Field(ge=1)  # length of a reply; null: the task's own limit

    @model_validator(mode="after")
    def _has_what_it_needs(self) -> "Evaluate":
        if self.every and not self.prompts:
            raise ValueError(f"every={self.every} needs prompts to evaluate on; set prompts to 16, for example")
        if self.patience and not self.every:
            raise ValueError(f"patience={self.patience} counts evaluations; set every to the steps between them")
        return self


NEVER = Evaluate(prompts=0, every=0, patience=0, max_tokens=None)
