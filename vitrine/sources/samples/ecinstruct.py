"""ecinstruct: generates `dataset.json` as ECInstruct publishes it: all tasks, splits and settings in one indented array.

    generate(folder, rows=1_000, seed=7)
    [{"output": "yes", "input": "{\\"product 1\\": …}", "options": null, "task": "Product_Matching",
      "setting": "IND_Diverse_Instruction", "split": "test", "few_shot_example": null, "instruction": "…"}, …]

Published quirks kept: an example stands in several settings, worded otherwise (Single: always the seed instruction; Unseen: one
that no training row has; 1-shot: with a solved example); four tasks know no OOD; skewed classes.
Some examples stand twice, once without their output (damage.py).
"""

import json
import random
from itertools import accumulate
from pathlib import Path

from vitrine.sources.samples import damage
from vitrine.sources.samples.ecinstruct_phrases import INSTRUCTIONS
from vitrine.sources.samples.ecinstruct_tasks import MAKERS, Example, Shelf
from vitrine.tables.published.ecinstruct import TASKS

AT_HOME = ("PM", "MPC", "PSI", "QPR")  # tasks without OOD
CELLS = {  # how much of the file each setting and split is
    ("IND_Diverse_Instruction", "train"): 40,
    ("IND_Diverse_Instruction", "val"): 6,
    ("IND_Diverse_Instruction", "test"): 8,
    ("OOD_Diverse_Instruction", "test"): 7,
    ("IND_Single_Instruction", "train"): 20,
    ("IND_Single_Instruction", "val"): 3,
    ("IND_Single_Instruction", "test"): 4,
    ("OOD_Single_Instruction", "test"): 3,
    ("IND_Unseen_Instruction", "test"): 3,
    ("OOD_Unseen_Instruction", "test"): 2,
    ("IND_Diverse_Instruction_1-shot", "test"): 2,
    ("OOD_Diverse_Instruction_1-shot", "test"): 2,
}


def generate(folder: Path, *, rows: int, seed: int) -> None:
    """Write `rows` instructions into `folder`/dataset.json."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    cells, weights = list(CELLS), list(accumulate(CELLS.values()))
    made: dict[tuple[str, ...], int] = {}
    copies: list[Example] = []  # at the end, since a row's id is its place
    damaged = frozenset(damage.chosen(rows=rows, seed=seed, of="ecinstruct"))
    with (folder / "dataset.json").open("w", encoding="utf-8", newline="\n") as file:
        for row in range(rows):
            setting, split = chance.choices(cells, cum_weights=weights)[0]
            tasks = [task for task in TASKS if setting.startswith("IND") or task not in AT_HOME]
            task = chance.choices(tasks, [1 if task == "PM" else 5 for task in tasks])[0]
            made[task, setting, split] = made.get((task, setting, split), -1) + 1
            example = _row(seed, task, setting, split, made[task, setting, split])
            file.write(("[\n    " if row == 0 else ",\n    ") + _indented(example))
            if row in damaged:
                copies.append({name: value for name, value in example.items() if name != "output"})
        file.writelines(",\n    " + _indented(copy) for copy in copies)
        file.write("\n]")


def _indented(example: Example) -> str:
    return json.dumps(example, indent=4).replace("\n", "\n    ")


def _row(seed: int, task: str, setting: str, split: str, number: int) -> Example:
    example = _example(seed, task, setting, split, number)
    shot = None
    if setting.endswith("1-shot"):
        shown = _example(seed, task, "IND", "train", number)
        shot = json.dumps({name: shown[name] for name in ("input", "options", "output") if shown[name] is not None})
    return {
        "output": example["output"],
        "input": example["input"],
        "options": example["options"],
        "task": TASKS[task],
        "setting": setting,
        "split": split,
        "few_shot_example": shot,
        "instruction": _instruction(random.Random(f"{seed} {setting} {split} {number}"), task, setting),
    }


def _example(seed: int, task: str, setting: str, split: str, number: int) -> Example:
    """The example of this number: the same in every setting of a domain."""
    domain = setting[:3]
    shelf = Shelf(chance=random.Random(f"{seed} {task} {domain} {split} {number}"), split=split, abroad=domain == "OOD")
    return MAKERS[task](shelf)


def _instruction(chance: random.Random, task: str, setting: str) -> str:
    seed, *diverse, unseen = INSTRUCTIONS[task]
    if "Unseen" in setting:
        return unseen.say(chance.random)
    return (seed if "Single" in setting else chance.choice([seed, *diverse])).say(chance.random)
