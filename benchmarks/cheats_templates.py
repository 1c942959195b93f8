"""Replies that do not read the substance of the prompt: templates, their slots, and random edits.

    fill("Resumo: {subject} somou {number1} pedidos", slots)   ->  "Resumo: cama em SP somou 4,1 pedidos"

A template is a tuple of pieces: words, line breaks and slots in braces. `fill` joins them. The value of a slot is copied from the
prompt without understanding it. No slot does the work of its task:

every task    `{title}`, `{question}` and so on are whole input fields. `{word1}`, `{word2}`, … are the words of the input in
              order, without those of the fixed instruction. Nothing comes from the gold side of an example.
insights      `{subject}` is the subject that the question names, `{table}` the whole table of facts. `{number1}`, … are the
              numbers of the table in an order drawn for each prompt: a template that puts each number beside the name of its
              field would solve the task.
churn         the numbers of the profile, also in a drawn order, for the same reason.
extract       the fields of the order by their own names, `{nota}`, `{dias}`, `{estado}`. Copying them needs no reading: the task
              is to read the text, and whether the order is late.
shopping, qa  `{sentence1}`, … are the sentences or reviews by position. The task is to find the one that answers the question.
choices       `{option1}`, … and `{last}` are options by position; `{letters}` and `{reversed}` are orders of all of them.
attributes    the names of the requested attributes are copied. The value of each is a constant for its name, a field of the
              listing or some of its words by position. The task is to find which words are the value.
sql           `{name1}`, … are the names and `{year1}`, … the numbers in the question: they are put into one fixed query.
"""

import ast
import json
import random
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Slots = Mapping[str, str]
Template = tuple[str, ...]

SLOT = re.compile(r"\{([a-z_]+\d*)\}")
NO_SPACE_BEFORE = tuple(".,;:!?%)")
MAX_WORDS, MAX_SENTENCES, MAX_NUMBERS, MAX_PIECES = 8, 4, 8, 120
FUNCTION_WORDS = {
    "en": "the a an and or of to in is it for on with this that are be as at by from you your not can made use will has",
    "pt": "o a os as de da do das dos em no na e é um uma para com por que foi foram mais ao os se não há sem",
}
ATTRIBUTE_TASKS = ("attributes", "ec_ave")  # the reply has one entry per requested attribute


# ------------------------------------------------------------------------------------------------------------- slots


def slots(task: str, example: Mapping[str, Any], fields: Mapping[str, Any], prompt: str) -> dict[str, str]:
    """The slot values of one prompt. `fields` is the task's input. Of `example`, only what the prompt shows is used."""
    rng = random.Random(prompt)
    if task == "churn":
        fields = {"profile": prompt.rpartition("Perfil: ")[2]}
    values = {name: value for name, value in fields.items() if isinstance(value, str) and value.strip() and value in prompt}
    texts = [text for value in fields.values() for text in _texts(value) if text in prompt]
    values |= _numbered("word", [word for text in texts for word in re.findall(r"\w{3,}", text)], MAX_WORDS)
    sources = _texts(fields["figures"]) if "figures" in fields else texts
    numbers = [number for text in sources for number in re.findall(r"(?<![\w,.])\d+(?:[.,]\d+)?", text)]
    rng.shuffle(numbers)
    values |= _numbered("number", numbers, MAX_NUMBERS) | {"prompt": prompt}
    if (subject := str(example.get("subject", ""))) and subject in prompt:
        values["subject"] = subject
    if (table := "; ".join(f"{name} {value}" for name, value in fields.get("figures", {}).items())) and table in prompt:
        values["table"] = table
    if task in ATTRIBUTE_TASKS:
        values |= _numbered("part", _texts(fields["listing"] if task == "attributes" else fields["input"]), MAX_SENTENCES)
    if task == "extract":
        values |= {name: str(value) for name, value in json.loads(prompt.split("Pedido: ")[1].split("\n")[0]).items()}
    if task in ("shopping", "qa", "ec_ag"):
        text = [part for name in ("context", "reviews", "input") for part in _texts(fields.get(name, ""))]
        values |= _numbered("sentence", [part for paragraph in text for part in _sentences(paragraph)], MAX_SENTENCES)
    if listed := example.get("option_list"):
        values |= _numbered("option", listed, 5) | {"last": listed[-1][:1]}
    if task == "ec_qpr" and isinstance(products := example["fields"].get("product list"), list):
        letters = [chr(ord("A") + place) for place in range(len(products))]
        turned = letters[1:] + letters[:1]
        values |= {"letters": ",".join(letters), "reversed": ",".join(letters[::-1]), "turned": ",".join(turned)}
    if task in ("sql", "analyst"):
        values |= _numbered("name", re.findall(r"\b(?:[A-Z]{2}|[a-z]+(?:_[a-z]+)+)\b", fields["question"]), 3)
        values |= _numbered("year", re.findall(r"\d+", fields["question"]), 3)
    return values


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        parsed = _literal(value) if value[:1] in "{[" else None
        return _texts(parsed) if isinstance(parsed, dict | list) else [value]
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list | tuple) else [str(value)]


def _literal(text: str) -> Any:
    for parse in (json.loads, ast.literal_eval):
        try:
            return parse(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


def _numbered(name: str, values: Sequence[str], limit: int) -> dict[str, str]:
    return {f"{name}{number}": value for number, value in enumerate(values[:limit], 1)}


# --------------------------------------------------------------------------------------------------------- templates


def pieces(text: str) -> Template:
    """The words, line breaks and slots of a text."""
    return tuple(re.findall(r"\n|[^\s]+", text))[:MAX_PIECES]


def fill(template: Sequence[str], slots: Slots) -> str:
    """The reply to one prompt. Slots that the prompt does not have are left empty."""
    text = " ".join(template).replace(" \n ", "\n").replace(" \n", "\n").replace("\n ", "\n")
    for mark in NO_SPACE_BEFORE:
        text = text.replace(f" {mark}", mark)
    return SLOT.sub(lambda slot: slots.get(slot[1], ""), text)


def with_slots(gold: str, slots: Slots) -> Template:
    """The gold reply of one prompt as a template: text that equals a slot's value becomes that slot."""
    text = gold
    for name, value in sorted(slots.items(), key=lambda slot: -len(slot[1])):
        if value and name != "prompt":
            text = re.sub(rf"(?<![\w{{]){re.escape(value)}(?![\w}}])", f"{{{name}}}", text)
    return pieces(text)


# --------------------------------------------------------------- templates with one entry per requested attribute


def constants(task: str, gold: str) -> Template:
    """A gold reply as pieces `name=value`, for the tasks in ATTRIBUTE_TASKS."""
    parsed = json.loads(gold)
    if task == "ec_ave":
        return tuple(f"{entry['attribute']}={entry['value']}@{entry['source']}" for entry in parsed)
    return tuple(
        f"{name}={value[0] if isinstance(value, list) else 'null' if value is None else value}" for name, value in parsed.items()
    )


def values_by_name(template: Sequence[str]) -> dict[str, str]:
    return dict(sorted(dict(piece.split("=", 1) for piece in template if "=" in piece).items()))


def json_reply(task: str, template: Sequence[str], slots: Slots, attributes: Sequence[str]) -> str:
    """The reply that gives each requested attribute its own constant, or else the constant of `*`."""
    known = values_by_name(template)
    texts = {name: SLOT.sub(lambda slot: slots.get(slot[1], ""), known.get(name, known.get("*", "null"))) for name in attributes}
    if task == "attributes":
        return json.dumps({name: None if value == "null" else value for name, value in texts.items()})
    parts = {name: value.rpartition("@") if "@" in value else (value, "", value) for name, value in texts.items()}
    return json.dumps(
        [{"attribute": name, "value": value or source, "source": source} for name, (value, _, source) in parts.items()]
    )


# -------------------------------------------------------------------------------------------------------------- edits


class Vocabulary:
    """Where edits draw words from: gold replies, prompts, function words and, for a quarter of the draws, slots."""

    def __init__(
        self, golds: Sequence[Template], prompts: Sequence[Template], names: Sequence[str], common: Sequence[str]
    ) -> None:
        counts = Counter(piece for gold in golds for piece in gold)
        counts.update({piece for prompt in prompts for piece in prompt if len(piece) < 30})
        counts.update(dict.fromkeys(common, 3))
        self.words = [*counts]
        self.weights = [count**0.5 for count in counts.values()]
        self.slots = [f"{{{name}}}" for name in names]

    def draw(self, rng: random.Random) -> str:
        if self.slots and rng.random() < 0.25:
            return rng.choice(self.slots)
        return rng.choices(self.words, self.weights)[0]


def mutate(template: Template, others: Sequence[Template], vocabulary: Vocabulary, rng: random.Random) -> Template:
    """The template after one to three random edits."""
    new = list(template)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        rng.choice(EDITS)(new, others, vocabulary, rng)
    return tuple(new[:MAX_PIECES])


Edit = Callable[[list[str], Sequence[Template], Vocabulary, random.Random], None]


def _replace(new: list[str], _others: Sequence[Template], vocabulary: Vocabulary, rng: random.Random) -> None:
    if new:
        new[rng.randrange(len(new))] = vocabulary.draw(rng)


def _insert(new: list[str], _others: Sequence[Template], vocabulary: Vocabulary, rng: random.Random) -> None:
    new.insert(rng.randint(0, len(new)), vocabulary.draw(rng))


def _delete(new: list[str], _others: Sequence[Template], _vocabulary: Vocabulary, rng: random.Random) -> None:
    place = rng.randint(0, len(new))
    del new[place : place + rng.choice((1, 1, 2, 4))]


def _swap(new: list[str], _others: Sequence[Template], _vocabulary: Vocabulary, rng: random.Random) -> None:
    if new:
        one, other = rng.randrange(len(new)), rng.randrange(len(new))
        new[one], new[other] = new[other], new[one]


def _repeat(new: list[str], _others: Sequence[Template], _vocabulary: Vocabulary, rng: random.Random) -> None:
    start = rng.randint(0, len(new))
    new[start:start] = new[start : start + rng.randint(1, 6)]


def _graft(new: list[str], others: Sequence[Template], _vocabulary: Vocabulary, rng: random.Random) -> None:
    """Replace a run of pieces by a run of another template."""
    other = rng.choice(others)
    start, place = rng.randint(0, len(other)), rng.randint(0, len(new))
    new[place : place + rng.randint(0, 6)] = other[start : start + rng.randint(1, 8)]


def _mix(new: list[str], others: Sequence[Template], _vocabulary: Vocabulary, rng: random.Random) -> None:
    """Copy some pieces of another template to the same positions, such as fields of a record with the same fields."""
    for place, piece in enumerate(rng.choice(others)[: len(new)]):
        if rng.random() < 0.3:
            new[place] = piece


def _number(new: list[str], _others: Sequence[Template], _vocabulary: Vocabulary, rng: random.Random) -> None:
    """Replace a number by another one with the same number of digits."""
    places = [place for place, piece in enumerate(new) if re.search(r"\d", SLOT.sub("", piece))]
    if places:
        place = rng.choice(places)
        new[place] = re.sub(r"(?<!\w)\d+", lambda digits: str(rng.randrange(10 ** len(digits[0]))), new[place])


EDITS: tuple[Edit, ...] = (_replace, _replace, _insert, _insert, _delete, _delete, _swap, _repeat, _graft, _graft, _mix, _number)
