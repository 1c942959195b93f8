"""general -- follow an ordinary instruction, so that training on the shop's tasks does not erase general ability.

    Give the opposite of this word. / hot   ->  cold

There is no reward, because answers are open. The benchmark reports the loss on held-out instructions, which shows forgetting.
"""

from statistics import fmean

from pydantic import Field

from vitrine.facts import listings
from vitrine.tasks.task import Input, Task, Text


class Instruction(Input):
    """An instruction, and what it is about."""

    instruction: Text = Field(description="what to do", examples=["Give the opposite of this word."])
    input: str = Field(default="", description="text that the instruction is about, if any", examples=["hot"])

    def prompt(self) -> str:
        return f"{self.instruction}\n{self.input}" if self.input else self.instruction


TASK = Task(
    name="general",
    language="en",
    sources=("alpaca",),
    examples=lambda config, *, limit, seed: listings.general(config.clean, limit=limit, seed=seed),
    template="{instruction}\n{input}",
    input=Instruction,
    gold=lambda example: str(example["output"]),
    grade=None,
    headline=lambda answers: {"loss": fmean(answer["components"]["loss"] for answer in answers)},
    max_tokens=64,
)
