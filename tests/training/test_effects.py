"""Each key of the sections base, sft and grpo changes something: an argument of the trainer, a tensor, a file, or a refusal.

EFFECTS has one line for each key: a new value, and the settings that it needs to matter. A key without a line fails a test. Each
line trains two steps by the stage's own code on a tiny model, and compares what the trainer got and what came out with the same
training without the change.
"""

import hashlib
import json
import logging
import types
import typing
from typing import Any, NamedTuple

import pytest
import transformers
from pydantic import BaseModel

from stages import base, grpo, sft
from tests.conftest import composed
from tests.tiny import SHAPE
from vitrine import tables
from vitrine.errors import VitrineError
from vitrine.lm import hardware
from vitrine.lm.settings import Scratch
from vitrine.params import leaves
from vitrine.settings import parse
from vitrine.tables.chat import CHAT
from vitrine.tables.prompts import PROMPTS

KINDS: dict[str, Any] = {"base": base.main, "sft": sft.main, "grpo": grpo.main}


class Change(NamedTuple):
    value: Any
    given: dict[str, Any] = {}  # other keys of the section, in both trainings


LORA = {"method.name": "lora"}
SCHEDULE = {
    "steps": Change(3),
    "batch": Change(16),
    "micro_batch": Change(4),
    "optimizer": Change("muon", {"optimizer": "adamw"}),
    "learning_rate": Change(1e-4),
    "warmup": Change(1),
    "decay": Change("linear"),
    "weight_decay": Change(0.3),
    "clip": Change(0.01),
    "precision": Change("bfloat16"),
    "checkpointing": Change(True),
    "log_every": Change(2),
    "seed": Change(8),
}
LOAD = {
    "load.dtype": Change("bfloat16"),
    "load.device": Change("cuda"),
    "load.attention": Change("eager"),
    "load.quantisation": Change("nf4"),
}
EVALUATED = {"evaluate.prompts": 2, "evaluate.every": 1}
EVALUATE = {
    "validation": Change("other.parquet", EVALUATED),
    "evaluate.prompts": Change(2),
    "evaluate.every": Change(1, {"evaluate.prompts": 2}),
    "evaluate.patience": Change(1, {"evaluate.prompts": 2}),  # without `every`; its effect is in test_validation.py
    "evaluate.max_tokens": Change(1, EVALUATED),  # cuts gold replies
}
EFFECTS: dict[str, dict[str, Change]] = {
    "base": SCHEDULE
    | {key: change for key, change in LOAD.items() if key != "load.quantisation"}
    | {
        "train": Change("other.parquet"),
        "model": Change("models/other"),
        "curves": Change("other.csv"),
        "block": Change(16),
        "repeats": Change(1),
        "lm.origin": Change("moon"),
        "lm.template": Change("alpaca"),
        "lm.context": Change(256),
        "lm.hidden": Change(48),
        "lm.layers": Change(2),
        "lm.heads": Change(4),
        "lm.kv_heads": Change(2),
        "lm.head": Change(8),
        "lm.feed_forward": Change(96),
    },
    "sft": SCHEDULE
    | LOAD
    | EVALUATE
    | {
        "train": Change("other.parquet"),
        "base": Change("models/other"),
        "model": Change("models/other"),
        "curves": Change("other.csv"),
        "context": Change(64),
        "packing": Change(True),
        "backend": Change("unsloth"),
        "method.name": Change("lora"),
        "method.rank": Change(4, LORA),
        "method.alpha": Change(64, LORA),
        "method.dropout": Change(0.5, LORA),
        "method.learning_rate_factor": Change(10.0),
    },
    "grpo": SCHEDULE
    | LOAD
    | EVALUATE
    | {
        "prompts": Change("other.parquet"),
        "sft": Change("models/other"),
        "model": Change("models/other"),
        "curves": Change("other.csv"),
        "skip": Change(["always"]),
        "generations": Change(8),
        "temperature": Change(0.5),
        "top_p": Change(0.5),
        "top_k": Change(2),
        "max_tokens": Change(3),
        "loss": Change("dapo"),
        "scale_rewards": Change("batch"),
        "beta": Change(0.5),
        "epsilon": Change(0.1),
        "epsilon_high": Change(0.3),
        "iterations": Change(2),
        "partial_until": Change({"sentiment": 0.5}),
    },
}
# Keys that do nothing in one section, with the reason: the stage says so in its settings.
WITHOUT_EFFECT = {
    "base": {
        "load.quantisation",  # applies when the saved model is loaded
        "lm.vocabulary",  # the few texts here fill less than the smallest one; tests/lm/test_tokenizer.py has others
    }
}


def keys_of(kind: Any, at: str = "") -> typing.Iterator[str]:
    """The dotted keys of a settings class. Of a choice of models, a model from scratch."""
    for name, field in kind.model_fields.items():
        inside = [part for part in members(field.annotation) if isinstance(part, type) and issubclass(part, BaseModel)]
        nested = Scratch if Scratch in inside else inside[0] if inside else None
        if nested:
            yield from keys_of(nested, f"{at}{name}.")
        else:
            yield f"{at}{name}"


def members(annotation: Any) -> list[Any]:
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return members(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [one for part in typing.get_args(annotation) for one in members(part)]
    return [annotation]


@pytest.mark.parametrize("name", KINDS)
def test_every_key_has_a_line(name: str) -> None:
    composed_keys = {key for key in leaves(composed()[name]) if not key.startswith("partial_until")}
    assert set(keys_of(KINDS[name].kind)) | composed_keys == set(EFFECTS[name]) | WITHOUT_EFFECT.get(name, set())


def put(values: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """A copy of nested values with one of them replaced."""
    first, _, rest = key.partition(".")
    return values | {first: put(values[first], rest, value) if rest else value}


@pytest.fixture(scope="module")
def outcome(base: Any, chat_rows: Any, tmp_path_factory: pytest.TempPathFactory) -> typing.Callable[..., dict[str, Any]]:
    """What the trainer of a stage got and what came out, for a section with changes."""
    known: dict[str, dict[str, Any]] = {}

    def run(name: str, changes: dict[str, Any]) -> dict[str, Any]:
        identity = json.dumps([name, changes])
        if identity not in known:
            known[identity] = effects(name, changes, base, chat_rows, tmp_path_factory.mktemp("run"))
        return known[identity]

    return run


def effects(name: str, changes: dict[str, Any], model: Any, chat_rows: Any, folder: Any) -> dict[str, Any]:
    rows = [row | {"cluster": row["entity"], "version": "1"} for row in chat_rows]
    tables.write(folder / "train.parquet", rows, CHAT)
    marks = ["always", "never", "sometimes", None]
    prompts = [row | {"samples": None, "pass_rate": None, "mark": marks[n % 4], "flat": None} for n, row in enumerate(rows)]
    tables.write(folder / "prompts.parquet", [{key: row[key] for key in PROMPTS.names} for row in prompts], PROMPTS)
    values = composed()[name]
    own: dict[str, Any] = {
        "steps": 2,
        "batch": 8,
        "micro_batch": 8,
        "log_every": 1,
        "optimizer": "adamw",
        "learning_rate": 1e-3,
        "warmup": 0.0,
    }
    if "evaluate" in values:
        tables.write(folder / "validation.parquet", rows, CHAT)
        own |= {"validation": "validation.parquet", "evaluate": values["evaluate"] | {"prompts": 0}}
    values |= own | {"model": "models/made", "curves": "made.csv"}
    values |= {
        "base": {"lm": SHAPE.model_dump(), "block": 32, "train": "train.parquet"},
        "sft": {"base": str(model), "context": 128, "train": "train.parquet"},
        "grpo": {"sft": str(model), "prompts": "prompts.parquet", "generations": 4, "max_tokens": 4, "partial_until": {}},
    }[name]
    for key, value in changes.items():
        values = put(values, key, value)
    caught = list[Any]()
    train = transformers.Trainer.train
    hardware.log_substitute.cache_clear()
    records = list[str]()
    handler = logging.Handler()
    handler.emit = lambda record: records.append(record.getMessage())
    log = logging.getLogger(hardware.__name__)
    log.addHandler(handler)

    def spy(trainer: Any, *args: Any, **options: Any) -> Any:
        caught.append(trainer)
        return train(trainer, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(transformers.Trainer, "train", spy)
        try:
            metrics = KINDS[name].body(parse(KINDS[name].kind, name, values))
        except VitrineError as error:
            return {"refused": str(error)}
        finally:
            log.removeHandler(handler)
    return seen(caught[0]) | {
        "metrics": json.dumps(metrics, sort_keys=True, default=str),
        "substitutes": records,
        "files": {
            str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        },
    }


def seen(trainer: Any) -> dict[str, Any]:
    """The effective arguments: what the trainer was built with."""
    ignored = ("output_dir", "logging_dir", "run_name")
    args = {key: str(value) for key, value in trainer.args.to_dict().items() if key not in ignored}
    groups = [{key: str(value) for key, value in group.items() if key != "params"} for group in trainer.optimizer.param_groups]
    rewards = [str(getattr(reward, "__self__", reward)) for reward in getattr(trainer, "reward_funcs", [])]
    made = {"args": args, "optimizer": [type(trainer.optimizer.optimizer).__name__, groups], "rewards": rewards}
    return made | {"attention": trainer.model.config._attn_implementation}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "key"), [(name, key) for name, changes in EFFECTS.items() for key in changes])
def test_a_changed_key_changes_arguments_outputs_or_is_refused(
    outcome: typing.Callable[..., dict[str, Any]], name: str, key: str
) -> None:
    change = EFFECTS[name][key]
    usual, changed = outcome(name, change.given), outcome(name, {**change.given, key: change.value})
    assert "refused" not in usual, usual
    assert changed != usual
    refusals = {"lm.origin", "train", "validation", "prompts", "base", "sft", "load.device", "load.quantisation", "backend"}
    refusals |= {"evaluate.patience", "evaluate.max_tokens"}
    assert key in refusals or "refused" not in changed, f"a valid value was refused: {changed}"
