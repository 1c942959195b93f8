"""Supervised fine-tuning beside a plain TRL script: tokens a second, and the time until the same validation loss.

dvc repro base                       # the rows, and the model that both sides start from
python -m benchmarks.sft             # about 20 minutes on an idle core
python -m benchmarks.sft --steps 0   # tokens a second only
python -m benchmarks.sft --rounds 0  # the time until the same loss only

The plain script is what TRL's documentation shows: `SFTTrainer` on prompts and completions, rows in random order, padded to the
longest row of a forward pass, AdamW. It has the same model, rows, steps, batch, micro-batch and optimizer settings; its gradient
checkpointing is off, since it would only cost time. Ours is `vitrine.training.sft.trainer.sft` with `sft.packing`.

tokens_ratio        ours ÷ plain, tokens without padding per second; both with AdamW; median of the rounds
time_to_loss_ratio  ours ÷ plain, training time until the validation loss that the plain script ends with. Each side has the best
                    of three learning rates on validation; ours trains with Muon and ends at the first of the budgets (shares of
                    the plain script's steps, each with its own schedule) that reaches the loss. Evaluation is outside the times

The validation rows are of the same tasks, in the same proportions, as the training rows: the validation split has many rows of a
task that has 32 gold replies in training, and their loss would only say how many of the 32 were read. Both sides have the same
three rates.

Sides take turns. Times are processor times of one thread, so that a busy machine changes both alike. The last line is one JSON
object.
"""

import argparse
import json
import logging
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import torch
import transformers.trainer
from datasets import Dataset
from transformers import AutoModelForCausalLM, TrainerCallback
from trl import SFTConfig, SFTTrainer

from vitrine import tables
from vitrine.chat.messages import reply
from vitrine.lm.model import Model
from vitrine.lm.settings import Load
from vitrine.params import composition
from vitrine.tables.chat import CHAT
from vitrine.training.loop.optimizer import BETAS
from vitrine.training.loop.schedule import Schedule
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.trainer import sft

Rows = Sequence[Mapping[str, Any]]
SEED = 7
BUDGETS = (0.4, 0.5, 0.6, 0.8, 1.0)  # of the plain script's steps
RATES = {"plain": (1e-3, 2e-3, 4e-3), "ours": (1e-3, 2e-3, 4e-3)}
FULL = Method(name="full", rank=1, alpha=1, dropout=0.0)


class Clock(TrainerCallback):
    """Every trainer of this process gets it: processor time and tokens at the end of each step."""

    marks: ClassVar[list[tuple[float, float]]] = []
    began = 0.0

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        Clock.marks, Clock.began = [], time.process_time()

    def on_log(self, *_: Any, logs: Mapping[str, float], **__: Any) -> None:
        if "num_tokens" in logs:
            Clock.marks.append((time.process_time(), logs["num_tokens"]))

    @staticmethod
    def rate() -> float:
        (start, before), (end, after) = Clock.marks[0], Clock.marks[-1]
        return (after - before) / (end - start)

    @staticmethod
    def seconds() -> float:
        return Clock.marks[-1][0] - Clock.began


def plain(base: Path, rows: Rows, schedule: Schedule, context: int) -> Any:
    """The weights after `schedule`, by a script without anything of this project but the tokenizer's folder."""
    with tempfile.TemporaryDirectory() as scratch:
        args = SFTConfig(
            output_dir=scratch,
            max_steps=schedule.steps,
            per_device_train_batch_size=schedule.micro_batch,
            gradient_accumulation_steps=schedule.accumulate,
            learning_rate=schedule.learning_rate,
            lr_scheduler_type="cosine",
            warmup_steps=round(schedule.warmup * schedule.steps),
            weight_decay=schedule.weight_decay,
            adam_beta2=BETAS[1],
            max_grad_norm=schedule.clip,
            max_length=context,
            bf16=False,
            gradient_checkpointing=False,
            use_cpu=True,
            logging_steps=schedule.log_every,
            save_strategy="no",
            report_to=[],
            disable_tqdm=True,
            seed=SEED,
        )
        trainer = SFTTrainer(
            model=AutoModelForCausalLM.from_pretrained(base),
            args=args,
            train_dataset=Dataset.from_list([{"prompt": row["messages"], "completion": reply(row["gold"])} for row in rows]),
            processing_class=Model.load(base, Load(device="cpu")).tokenizer,
        )
        trainer.train()
        return trainer.model


def ours(base: Path, rows: Rows, schedule: Schedule, context: int) -> Any:
    with tempfile.TemporaryDirectory() as scratch:
        model = Model.load(base, Load(device="cpu"))
        curves = Path(scratch) / "curves.csv"
        return sft(model, rows, schedule, FULL, max_length=context, seed=SEED, curves=curves, packing=True)[0].weights


SIDES = {"plain": plain, "ours": ours}


@torch.no_grad()
def validation_loss(weights: Any, model: Model, rows: Rows, context: int) -> float:
    """The mean loss of a reply's token, by the library's own forward pass, one row at a time."""
    weights.eval()
    total, count = 0.0, 0
    for row in rows:
        prompt = model.token_ids(row["messages"], to_answer=True)
        whole = model.token_ids([*row["messages"], *reply(row["gold"])], to_answer=False)[:context]
        targets = torch.tensor(whole[len(prompt) :])
        if len(targets):
            logits = weights(input_ids=torch.tensor([whole]), use_cache=False).logits[0, len(prompt) - 1 : -1]
            total += float(torch.nn.functional.cross_entropy(logits, targets, reduction="sum"))
            count += len(targets)
    return total / count


def like_training(validation: Rows, training: Rows, count: int) -> list[Mapping[str, Any]]:
    """About `count` validation rows in the training rows' proportions of tasks."""
    shares, rng = Counter(row["task"] for row in training), random.Random(SEED)
    chosen: list[Mapping[str, Any]] = []
    for task, rows in shares.items():
        own = [row for row in validation if row["task"] == task]
        chosen += rng.sample(own, min(len(own), max(1, round(count * rows / len(training)))))
    return chosen


def tokens_per_second(base: Path, rows: Rows, schedule: Schedule, context: int, rounds: int) -> dict[str, Any]:
    rates: dict[str, list[float]] = {name: [] for name in SIDES}
    for turn in range(rounds):
        for name in list(SIDES)[:: 1 if turn % 2 else -1]:
            SIDES[name](base, rows, schedule, context)
            rates[name].append(Clock.rate())
            print(f"round {turn + 1}: {name} {rates[name][-1]:.0f} tokens/s", flush=True)
    ratios = [one / other for one, other in zip(rates["ours"], rates["plain"], strict=True)]
    return {
        "tokens_per_s": round(statistics.median(rates["ours"])),
        "plain_tokens_per_s": round(statistics.median(rates["plain"])),
        "tokens_ratio": round(statistics.median(ratios), 2),
        "tokens_ratios": [round(ratio, 2) for ratio in ratios],
    }


def time_to_loss(base: Path, rows: Rows, validation: Rows, schedule: Schedule, context: int) -> dict[str, Any]:
    model = Model.load(base, Load(device="cpu"))

    def ends(name: str, steps: int, rate: float) -> dict[str, float]:
        optimizer = "adamw" if name == "plain" else "muon"
        own = schedule.model_copy(update={"steps": steps, "learning_rate": rate, "optimizer": optimizer})
        weights = SIDES[name](base, rows, own, context)
        seconds = Clock.seconds()
        found = {"rate": rate, "steps": steps, "loss": validation_loss(weights, model, validation, context), "seconds": seconds}
        print(name, json.dumps(found), flush=True)
        return found

    best = min((ends("plain", schedule.steps, rate) for rate in RATES["plain"]), key=lambda found: found["loss"])
    tried = [best]
    for share in BUDGETS:
        tried = [ends("ours", max(1, round(share * schedule.steps)), rate) for rate in RATES["ours"]]
        if min(found["loss"] for found in tried) <= best["loss"]:
            break
    own = min(tried, key=lambda found: found["loss"])
    reached = own["loss"] <= best["loss"]
    return {
        "plain_loss": round(best["loss"], 4),
        "plain_rate": best["rate"],
        "plain_s": round(best["seconds"], 1),
        "loss": round(own["loss"], 4),
        "rate": own["rate"],
        "steps_share": round(own["steps"] / schedule.steps, 2),
        "seconds": round(own["seconds"], 1),
        "time_to_loss_ratio": round(own["seconds"] / best["seconds"], 2) if reached else None,
    }


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--base", type=Path, default=Path("models/base"))
    words.add_argument("--chat", type=Path, default=Path("data/chat"))
    words.add_argument("--rounds", type=int, default=3, help="rounds of tokens a second; 0: leave them out")
    words.add_argument("--timed", type=int, default=10, help="steps of a round, after the first")
    words.add_argument("--steps", type=int, default=150, help="steps of the plain script until its final loss; 0: leave it out")
    words.add_argument("--rows", type=int, default=200, help="validation rows")
    options = words.parse_args()
    torch.set_num_threads(1)
    logging.disable(logging.WARNING)
    transformers.trainer.DEFAULT_CALLBACKS.append(Clock)
    section = composition([])["sft"]
    schedule = Schedule.model_validate({key: section[key] for key in Schedule.model_fields}).model_copy(
        update={"steps": options.timed + 1, "optimizer": "adamw", "learning_rate": 1e-3, "log_every": 1}
    )
    rows = [row for row in tables.read(options.chat / "train.parquet", CHAT) if row["gold"] is not None]
    some = random.Random(SEED).sample(rows, min(len(rows), 4 * schedule.batch * schedule.steps))  # the rest is only tokenized
    found = tokens_per_second(options.base, some, schedule, section["context"], options.rounds) if options.rounds else {}
    if options.steps:
        validation = [row for row in tables.read(options.chat / "validation.parquet", CHAT) if row["gold"] is not None]
        validation = like_training(validation, rows, options.rows)
        schedule = schedule.model_copy(update={"steps": options.steps, "log_every": options.steps})
        found |= time_to_loss(options.base, rows, validation, schedule, section["context"])
    print(json.dumps(found))


if __name__ == "__main__":
    main()
