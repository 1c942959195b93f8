"""prompts -- the prompts for reinforcement learning, each with its pass rate under the SFT model.

reads   data/chat/train.parquet, data/facts, models/sft
writes  data/prompts.parquet   tables.prompts.PROMPTS
"""

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from vitrine import tables
from vitrine.engines.settings import EngineSettings
from vitrine.evaluation.pass_rates import estimate_pass_rates, summary
from vitrine.lm.settings import Load
from vitrine.settings import Settings, one_of
from vitrine.stage import stage
from vitrine.tables.chat import CHAT
from vitrine.tables.prompts import PROMPTS
from vitrine.tasks import GRADED


class TaskPrompts(Settings):
    rows: int = Field(ge=0)  # training prompts of the task
    samples: int = Field(default=0, ge=0)  # replies per prompt; 0: prompts stay unmarked


class Prompts(Settings):
    train: Path
    sft: Path
    prompts: Path
    tasks: Annotated[dict[str, TaskPrompts], AfterValidator(one_of(GRADED))]
    temperature: float = Field(gt=0, le=2)
    engine: EngineSettings
    load: Load
    seed: int = Field(ge=0)


@stage("prompts", Prompts)
def main(settings: Prompts) -> dict[str, float]:
    chosen = choose(tables.read(settings.train, CHAT), {name: task.rows for name, task in settings.tasks.items()})
    samples = {name: task.samples for name, task in settings.tasks.items()}
    sampled = any(samples[row["task"]] for row in chosen)
    engine = settings.engine.open(settings.sft, settings.load) if sampled else None
    rows = estimate_pass_rates(engine, chosen, samples=samples, temperature=settings.temperature, seed=settings.seed)
    tables.write(settings.prompts, rows, PROMPTS)
    return summary(rows)


def choose(rows: list[dict[str, Any]], tasks: dict[str, int]) -> list[dict[str, Any]]:
    """The last rows of each task, with distinct prompts. If SFT saw rows without gold replies, they are the last ones."""
    taken: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    chosen = []
    for row in reversed(rows):
        key = (row["task"], row["messages"][-1]["content"])
        if taken[row["task"]] < tasks.get(row["task"], 0) and key not in seen:
            taken[row["task"]] += 1
            seen.add(key)
            chosen.append(row)
    return chosen


if __name__ == "__main__":
    main()
