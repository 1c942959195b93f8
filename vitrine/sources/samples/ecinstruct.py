"""ecinstruct: generates `dataset.json` as ECInstruct publishes it: all tasks, splits and settings in one indented array.

    generate(folder, rows=1_000, seed=7)
    [{"output": "yes", "input": "{\\"product 1\\": …}", "options": null, "task": "Product_Matching",
      "setting": "IND_Diverse_Instruction", "split": "test", "few_shot_example": null, "instruction": "…"}, …]

Published quirks kept: an example occurs in several settings with other wording (Single: always the seed instruction; Unseen:
an instruction that no training row has; 1-shot: with a solved example); four tasks have no OOD settings; classes are skewed.
Some examples are repeated at the end without their output (damage.py).
"""

import json
import random
from itertools import accumulate
from pathlib import Path

from vitrine.sources.samples import damage
from vitrine.sources.samples.ecinstruct_phrases import INSTRUCTIONS
from vitrine.sources.samples.ecinstruct_tasks import MAKERS, Catalogue, Example
from vitrine.tables.published.ecinstruct import TASKS

WITHOUT_OOD = ("PM", "MPC", "PSI", "QPR")
CELLS = {  # weights of setting and split
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
    """Write `rows` instructions to `folder`/dataset.json."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    cells, weights = list(CELLS), list(accumulate(CELLS.values()))
    counts: dict[tuple[str, ...], int] = {}
    copies: list[Example] = []  # written at the end, because a row's id is its position
    damaged = frozenset(damage.damaged_rows(rows=rows, seed=seed, file="ecinstruct"))
    with (folder / "dataset.json").open("w", encoding="utf-8", newline="\n") as file:
        for row in range(rows):
            setting, split = rng.choices(cells, cum_weights=weights)[0]
            tasks = [task for task in TASKS if setting.startswith("IND") or task not in WITHOUT_OOD]
            task = rng.choices(tasks, [1 if task == "PM" else 5 for task in tasks])[0]
            counts[task, setting, split] = counts.get((task, setting, split), -1) + 1
            example = _row(seed, task, setting, split, counts[task, setting, split])
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
        solved = _example(seed, task, "IND", "train", number)
        shot = json.dumps({name: solved[name] for name in ("input", "options", "output") if solved[name] is not None})
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
    """The example with this number; it is the same in all settings of a domain (IND or OOD)."""
    domain = setting[:3]
    catalogue = Catalogue(
        rng=random.Random(f"{seed} {task} {domain} {split} {number}"), split=split, out_of_domain=domain == "OOD"
    )
    return MAKERS[task](catalogue)


def _instruction(rng: random.Random, task: str, setting: str) -> str:
    seed, *diverse, unseen = INSTRUCTIONS[task]
    if "Unseen" in setting:
        return unseen.expand(rng.random)
    return (seed if "Single" in setting else rng.choice([seed, *diverse])).expand(rng.random)
