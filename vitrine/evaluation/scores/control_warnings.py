"""Warnings from the controls of a task, as sentences, for the reward audit and the report.

    warnings({"sft": (0.283, 0.241), "grpo": (0.386, 0.381)}, constant=0.389)
->  ["one reply to every prompt earns 0.389, more than sft (0.283) and grpo (0.386)",
     "shuffled among the prompts, the answers of grpo still earn 0.381 of 0.386 (99 %)"]
"""

from collections.abc import Iterable, Mapping

MOSTLY = 0.9  # share of the score; if shuffled answers still earn it, the model hardly reads its prompts
LEAST = 0.05  # score; with less, a model has learned nothing yet, and its shuffled answers say nothing


def warnings(models: Mapping[str, tuple[float, float | None]], constant: float | None) -> list[str]:
    """The warnings for one task, from each model's score and shuffled score, and the score of the best constant."""
    warnings = []
    beaten = [f"{name} ({own:.3f})" for name, (own, _) in models.items() if constant is not None and constant > own]
    if beaten:
        warnings.append(f"one reply to every prompt earns {constant:.3f}, more than {join_names(beaten)}")
    if models and all(own < LEAST for own, _ in models.values()):
        scores = join_names(f"{name} ({own:.3f})" for name, (own, _) in models.items())
        warnings.append(f"{scores} score too low to show whether they learned the task")
    for name, (own, shuffled) in models.items():
        if shuffled is not None and own >= LEAST and shuffled >= MOSTLY * own:
            share = f"{shuffled:.3f} of {own:.3f} ({shuffled / own:.0%})".replace("%", " %")
            warnings.append(f"shuffled among the prompts, the answers of {name} still earn {share}")
    return warnings


def join_names(names: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
