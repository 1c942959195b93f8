"""The models of a scoreboard as the report shows them: in the order of the pipeline, each with a name and a colour."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMES = {"base": "Base", "sft": "SFT", "grpo": "GRPO"}  # names in prose; other models keep their own
TONES = 6  # colours that the page has


@dataclass(frozen=True)
class Model:
    key: str
    name: str
    tone: int


def name_of(model: str) -> str:
    return NAMES.get(model, model)


def models_of(board: Mapping[str, Any]) -> list[Model]:
    """All models. The differences give their order, because JSON may have sorted the keys."""
    order: list[str] = []
    for row in board["differences"]:
        for key in (row["than"], row["better"]):
            if key in board["models"] and key not in order:
                order.append(key)
    order += sorted(board["models"].keys() - set(order), key=lambda key: ([*NAMES, key].index(key), key))
    return [Model(key, name_of(key), place % TONES) for place, key in enumerate(order)]
