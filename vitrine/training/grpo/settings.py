"""How GRPO draws replies, and what it learns from their rewards.

class Grpo(Schedule, Rollout, Objective): ...
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vitrine.settings import Settings, one_of
from vitrine.tasks import GRADED

Share = Annotated[float, Field(gt=0, le=1)]


class Rollout(Settings):
    generations: int = Field(ge=2)  # replies a prompt: the group that a reward is compared within
    temperature: float = Field(gt=0, le=2)
    top_p: float = Field(gt=0, le=1)
    top_k: int = Field(ge=0)  # 0: all tokens
    max_tokens: int = Field(ge=1)  # of a reply


class Objective(Settings):
    loss: Literal["dr_grpo", "dapo", "bnpo", "grpo"]
    scale_rewards: Literal["none", "group", "batch"]
    beta: float = Field(ge=0)  # weight of the distance to the SFT model
    epsilon: float = Field(gt=0)  # clip of the probability ratio, downwards
    epsilon_high: float = Field(gt=0)  # and upwards
    iterations: int = Field(ge=1)  # updates from one batch of rollouts
    partial_until: Annotated[dict[str, Share | None], AfterValidator(one_of(GRADED))]  # see `GradedReward`
