"""Settings of GRPO: how replies are sampled, and the loss on their rewards.

class Grpo(Schedule, Rollout, Objective): ...
"""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from vitrine.settings import Settings, one_of
from vitrine.tasks import GRADED

Share = Annotated[float, Field(gt=0, le=1)]


class Rollout(Settings):
    generations: int = Field(ge=2)  # replies per prompt: the group within which rewards are compared
    temperature: float = Field(gt=0, le=2)
    top_p: float = Field(gt=0, le=1)
    top_k: int = Field(ge=0)  # 0: all tokens
    max_tokens: int = Field(ge=1)  # length of a reply


class Objective(Settings):
    loss: Literal["dr_grpo", "dapo", "bnpo", "grpo"]
    scale_rewards: Literal["none", "group", "batch"]
    beta: float = Field(ge=0)  # weight of the KL distance to the SFT model
    epsilon: float = Field(gt=0)  # lower clip of the probability ratio
    epsilon_high: float = Field(gt=0)  # upper clip
    iterations: int = Field(ge=1)  # updates from one batch of rollouts
    partial_until: Annotated[dict[str, Share | None], AfterValidator(one_of(GRADED))]  # see `GradedReward`
