"""Replies that do not read the prompt's substance: templates, the slots that they may hold, and random edits of them.

    filled("Resumo: {subject} somou {number1} pedidos", slots)   ->  "Resumo: cama em SP somou 4,1 pedidos"

A template is a tuple of pieces. A piece is a word, a line break or a slot in braces, and `filled` joins the pieces. What a slot
holds is copied from the prompt without understanding it. So that no slot does the work of its task:

every task    `{title}`, `{question}` and so on are whole fields of the input. `{word1}`, `{word2}`, … are its words in order,
              without those of the fixed instruction. Nothing comes from the gold side of an example.
insights      `{subject}` is the words that the question names, `{table}` all facts as they stand. `{number1}`, … are the numbers
              of the table in an order that is drawn for each prompt: a template that puts each number beside the name of its
              field does what the task asks.
churn         the numbers of the profile, in a drawn order as well, for the same reason.
extract       the fields of the order under their own names, `{nota}`, `{dias}`, `{estado}`. Copying them needs no reading:
              what has to be read is the text, and whether the order is late.
shopping, qa  `{sentence1}`, … are the sentences or reviews by their place. Which of them answers the question has to be read.
choices       `{option1}`, … and `{last}` are options by their place; `{letters}` and `{reversed}` are orders of all of them.
attributes    the attributes that are asked for are copied; the value of each is a constant for its name, a field of the listing
              or some words of it by their place. Which words are the value has to be read.
sql           `{name1}`, … are the names and `{year1}`, … the numbers that the question gives: one query is filled with them.
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
MOST_WORDS, MOST_SENTENCES, MOST_NUMBERS, MOST_PIECES = 8, 4, 8, 120
FUNCTION_WORDS = {
    "en": "the a an and or of to in is it for on with this that are be as at by from you your not can made use will has",
    "pt": "o a os as de da do das dos em no na e é um uma para com por que foi foram mais ao os se não há sem",
}
OWN_FORM = ("attributes", "ec_ave")  # their keys are those that the prompt asks for


# ------------------------------------------------------------------------------------------------------------- slots


def slots(task: str, example: Mapping[str, Any], fields: Mapping[str, Any], prompt: str) -> dict[str, str]:
    """What the slots of one prompt hold. `fields` are the fields of the task's input; of `example` only what the prompt shows."""
    draw = random.Random(prompt)
    if task == "churn":
        fields = {"profile": prompt.rpartition("Perfil: ")[2]}
    found = {name: value for name, value in fields.items() if isinstance(value, str) and value.strip() and value in prompt}
    texts = [text for value in fields.values() for text in _texts(value) if text in prompt]
    found |= _numbered("word", [word for text in texts for word in re.findall(r"\w{3,}", text)], MOST_WORDS)
    tabled = _texts(fields["figures"]) if "figures" in fields else texts
    numbers = [number for text in tabled for number in re.findall(r"(?<![\w,.])\d+(?:[.,]\d+)?", text)]
    draw.shuffle(numbers)
    found |= _numbered("number", numbers, MOST_NUMBERS) | {"prompt": prompt}
    if (subject := str(example.get("subject", ""))) and subject in prompt:
        found["subject"] = subject
    if (table := "; ".join(f"{name} {value}" for name, value in fields.get("figures", {}).items())) and table in prompt:
        found["table"] = table
    if task in OWN_FORM:
        found |= _numbered("part", _texts(fields["listing"] if task == "attributes" else fields["input"]), MOST_SENTENCES)
    if task == "extract":
        found |= {name: str(value) for name, value in json.loads(prompt.split("Pedido: ")[1].split("\n")[0]).items()}
    if task in ("shopping", "qa", "ec_ag"):
        text = [part for name in ("context", "reviews", "input") for part in _texts(fields.get(name, ""))]
        found |= _numbered("sentence", [part for one in text for part in _sentences(one)], MOST_SENTENCES)
    if listed := example.get("option_list"):
        found |= _numbered("option", listed, 5) | {"last": listed[-1][:1]}
    if task == "ec_qpr" and isinstance(products := example["fields"].get("product list"), list):
        letters = [chr(ord("A") + place) for place in range(len(products))]
        turned = letters[1:] + letters[:1]
        found |= {"letters": ",".join(letters), "reversed": ",".join(letters[::-1]), "turned": ",".join(turned)}
    if task in ("sql", "analyst"):
        found |= _numbered("name", re.findall(r"\b(?:[A-Z]{2}|[a-z]+(?:_[a-z]+)+)\b", fields["question"]), 3)
        found |= _numbered("year", re.findall(r"\d+", fields["question"]), 3)
    return found


def _texts(value: Any) -> list[str]:
    if isinstance(value, str):
        read = _literal(value) if value[:1] in "{[" else None
        return _texts(read) if isinstance(read, dict | list) else [value]
    if isinstance(value, Mapping):
        return [text for part in value.values() for text in _texts(part)]
    return [text for part in value for text in _texts(part)] if isinstance(value, list | tuple) else [str(value)]


def _literal(text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return None


def _sentences(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"(?<=[.!?])\s+", text) if part.strip()]


def _numbered(name: str, values: Sequence[str], most: int) -> dict[str, str]:
    return {f"{name}{place}": value for place, value in enumerate(values[:most], 1)}


# --------------------------------------------------------------------------------------------------------- templates


def pieces(text: str) -> Template:
    """The words, line breaks and slots of a text."""
    return tuple(re.findall(r"\n|[^\s]+", text))[:MOST_PIECES]


def filled(template: Sequence[str], slots: Slots) -> str:
    """The reply to one prompt; a slot that the prompt does not have is left empty."""
    text = " ".join(template).replace(" \n ", "\n").replace(" \n", "\n").replace("\n ", "\n")
    for mark in NO_SPACE_BEFORE:
        text = text.replace(f" {mark}", mark)
    return SLOT.sub(lambda slot: slots.get(slot[1], ""), text)


def with_slots(gold: str, slots: Slots) -> Template:
    """A gold reply of one prompt as a template: what also stands in a slot becomes that slot."""
    text = gold
    for name, value in sorted(slots.items(), key=lambda slot: -len(slot[1])):
        if value and name != "prompt":
            text = re.sub(rf"(?<![\w{{]){re.escape(value)}(?![\w}}])", f"{{{name}}}", text)
    return pieces(text)


# ------------------------------------------------------------------------- templates whose keys are those asked for


def constants(task: str, gold: str) -> Template:
    """A gold reply as pieces `name=value`, for the tasks whose keys are those that the prompt asks for."""
    read = json.loads(gold)
    if task == "ec_ave":
        return tuple(f"{one['attribute']}={one['value']}@{one['source']}" for one in read)
    return tuple(
        f"{name}={value[0] if isinstance(value, list) else 'null' if value is None else value}" for name, value in read.items()
    )


def by_name(template: Sequence[str]) -> dict[str, str]:
    return dict(sorted(dict(piece.split("=", 1) for piece in template if "=" in piece).items()))


def record(task: str, template: Sequence[str], slots: Slots, asked: Sequence[str]) -> str:
    """The reply that gives each attribute asked for its own constant, or that of `*`."""
    known = by_name(template)
    said = {name: SLOT.sub(lambda slot: slots.get(slot[1], ""), known.get(name, known.get("*", "null"))) for name in asked}
    if task == "attributes":
        return json.dumps({name: None if value == "null" else value for name, value in said.items()})
    parts = {name: value.rpartition("@") if "@" in value else (value, "", value) for name, value in said.items()}
    return json.dumps(
        [{"attribute": name, "value": value or source, "source": source} for name, (value, _, source) in parts.items()]
    )


# -------------------------------------------------------------------------------------------------------------- edits


class Words:
    """The words that edits draw from: those of gold replies and prompts, function words, and slots for a quarter."""

    def __init__(
        self, golds: Sequence[Template], prompts: Sequence[Template], names: Sequence[str], common: Sequence[str]
    ) -> None:
        often = Counter(piece for gold in golds for piece in gold)
        often.update({piece for prompt in prompts for piece in prompt if len(piece) < 30})
        often.update(dict.fromkeys(common, 3))
        self.words = [*often]
        self.weights = [count**0.5 for count in often.values()]
        self.slots = [f"{{{name}}}" for name in names]

    def draw(self, chance: random.Random) -> str:
        if self.slots and chance.random() < 0.25:
            return chance.choice(self.slots)
        return chance.choices(self.words, self.weights)[0]


def edited(template: Template, others: Sequence[Template], words: Words, chance: random.Random) -> Template:
    """The template after one to three random edits."""
    new = list(template)
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        chance.choice(EDITS)(new, others, words, chance)
    return tuple(new[:MOST_PIECES])


Edit = Callable[[list[str], Sequence[Template], Words, random.Random], None]


def _replace(new: list[str], _others: Sequence[Template], words: Words, chance: random.Random) -> None:
    if new:
        new[chance.randrange(len(new))] = words.draw(chance)


def _insert(new: list[str], _others: Sequence[Template], words: Words, chance: random.Random) -> None:
    new.insert(chance.randint(0, len(new)), words.draw(chance))


def _delete(new: list[str], _others: Sequence[Template], _words: Words, chance: random.Random) -> None:
    place = chance.randint(0, len(new))
    del new[place : place + chance.choice((1, 1, 2, 4))]


def _swap(new: list[str], _others: Sequence[Template], _words: Words, chance: random.Random) -> None:
    if new:
        one, other = chance.randrange(len(new)), chance.randrange(len(new))
        new[one], new[other] = new[other], new[one]


def _repeat(new: list[str], _others: Sequence[Template], _words: Words, chance: random.Random) -> None:
    start = chance.randint(0, len(new))
    new[start:start] = new[start : start + chance.randint(1, 6)]


def _graft(new: list[str], others: Sequence[Template], _words: Words, chance: random.Random) -> None:
    """A run of pieces of another template in place of a run of this one."""
    other = chance.choice(others)
    start, place = chance.randint(0, len(other)), chance.randint(0, len(new))
    new[place : place + chance.randint(0, 6)] = other[start : start + chance.randint(1, 8)]


def _mix(new: list[str], others: Sequence[Template], _words: Words, chance: random.Random) -> None:
    """Some pieces of another template, each at its own place: fields of a record that has the same fields."""
    for place, piece in enumerate(chance.choice(others)[: len(new)]):
        if chance.random() < 0.3:
            new[place] = piece


def _number(new: list[str], _others: Sequence[Template], _words: Words, chance: random.Random) -> None:
    """Another number, of as many digits."""
    places = [place for place, piece in enumerate(new) if re.search(r"\d", SLOT.sub("", piece))]
    if places:
        place = chance.choice(places)
        new[place] = re.sub(r"(?<!\w)\d+", lambda digits: str(chance.randrange(10 ** len(digits[0]))), new[place])


EDITS: tuple[Edit, ...] = (_replace, _replace, _insert, _insert, _delete, _delete, _swap, _repeat, _graft, _graft, _mix, _number)
