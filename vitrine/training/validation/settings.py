"""Settings of the validation during a training.

class Sft(Schedule):
    validation: Path
    evaluate: Evaluate
"""

from pydantic import Field

from vitrine.settings import Settings


class Evaluate(Settings):
    prompts: int = Field(ge=0)  # validation prompts of each task; 0: never evaluated
    every: int = Field(ge=0)  # steps between evaluations; the best one's weights are kept. 0: once, after the last step
    patience: int = Field(ge=0)  # end after so many evaluations without a better score; 0: never
    max_tokens: int | None = Field(ge=1)  # length of a reply; null: the task's own limit


NEVER = Evaluate(prompts=0, every=0, patience=0, max_tokens=None)
