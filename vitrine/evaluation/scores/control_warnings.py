"""What the controls of a task warn of, in plain sentences: for the reward audit and for the report.

    warnings({"sft": (0.283, 0.241), "grpo": (0.386, 0.381)}, constant=0.389)
->  ["one reply to every prompt earns 0.389, more than sft (0.283) and grpo (0.386)",
     "shuffled among the prompts, the answers of grpo still earn 0.381 of 0.386 (99 %)"]
"""

from collections.abc import Iterable, Mapping

MOSTLY = 0.9  # of what a model's own answers earn; shuffled ones that earn this share were not earned by reading
LEAST = 0.05  # models that earn less have learned nothing yet, and their shuffled answers say nothing


def warnings(models: Mapping[str, tuple[float, float | None]], constant: float | None) -> list[str]:
    """What to say of one task, given what each model's answers earn as given and shuffled; nothing where all is well."""
    found = []
    beaten = [f"{name} ({own:.3f})" for name, (own, _) in models.items() if constant is not None and constant > own]
    if beaten:
        found.append(f"one reply to every prompt earns {constant:.3f}, more than {join_names(beaten)}")
    if models and all(own < LEAST for own, _ in models.values()):
        scores = join_names(f"{name} ({own:.3f})" for name, (own, _) in models.items())
        found.append(f"{scores} earn next to nothing, so nothing can be said of what they learned")
    for name, (own, shuffled) in models.items():
        if shuffled is not None and own >= LEAST and shuffled >= MOSTLY * own:
            share = f"{shuffled:.3f} of {own:.3f} ({shuffled / own:.0%})".replace("%", " %")
            found.append(f"shuffled among the prompts, the answers of {name} still earn {share}")
    return found


def join_names(names: Iterable[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
