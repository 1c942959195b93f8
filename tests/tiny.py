"""The tiny model that tests train: its architecture, rows that it can learn, a schedule of four steps."""

import json

from vitrine.chat.messages import user_message
from vitrine.lm.settings import Load, Scratch
from vitrine.training.loop.schedule import Schedule

SHAPE = Scratch(
    origin="scratch",
    template="chatml",
    vocabulary=320,
    context=128,
    hidden=32,
    layers=1,
    heads=2,
    kv_heads=1,
    head=16,
    feed_forward=64,
)


def rows(count):
    scores = [1 + n % 5 for n in range(count)]
    polarity = {1: "negativo", 2: "negativo", 3: "neutro", 4: "positivo", 5: "positivo"}
    return [
        {
            "id": f"sentiment:{n}",
            "task": "sentiment",
            "entity": f"e{n}",
            "messages": user_message(f"avaliação {n}: {'bom ' * score}"),
            "gold": f"{polarity[score]}, nota {score}",
            "facts": json.dumps({"score": score}),
        }
        for n, score in enumerate(scores)
    ]


def schedule(**changes):
    defaults = {
        "steps": 4,
        "batch": 8,
        "micro_batch": 8,
        "optimizer": "adamw",
        "learning_rate": 3e-3,
        "warmup": 0.0,
        "decay": "constant",
        "weight_decay": 0.0,
        "clip": 1.0,
        "precision": "float32",
        "log_every": 1,
    }
    return Schedule(**defaults | changes)


def load(folder, **changes):
    """The model in a folder, in full precision, on the device of the tests."""
    from vitrine.lm.model import Model

    trainable = changes.pop("trainable", False)
    return Model.load(folder, Load(**changes), trainable=trainable)
