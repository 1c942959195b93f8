"""alpaca: generates `alpaca_data.json` as Stanford Alpaca publishes it, one indented JSON array.

    generate(folder, rows=2_000, seed=7)
    [{"instruction": "Write the word in capital letters.", "input": "river", "output": "RIVER"}, …]

Short general tasks with one right answer. Published quirks kept: empty outputs, `<noinput>` for an empty input, duplicates.
"""

import json
import random
from collections.abc import Callable
from pathlib import Path

from vitrine.sources.samples import damage
from vitrine.sources.samples.grammar import Phrase, one_of

Example = tuple[str, str, str]
KINDS = {
    "colors": "red,blue,green,yellow,orange,purple,pink,brown,black,white,gray",
    "animals": "dog,cat,horse,cow,tiger,lion,rabbit,sheep,goat,mouse,bear,wolf",
    "birds": "eagle,owl,parrot,crow,swan,duck,hawk,robin",
    "fruits": "apple,banana,grape,lemon,mango,peach,pear,plum,cherry",
    "vegetables": "carrot,onion,potato,spinach,pepper,bean,pea,leek",
    "tools": "hammer,saw,drill,wrench,knife,ladder,brush",
    "countries": "Brazil,Canada,France,Japan,Kenya,Mexico,Spain,Egypt,India,Chile",
    "instruments": "piano,guitar,violin,flute,drum,trumpet,harp",
}
OPPOSITES = """hot cold,big small,fast slow,early late,happy sad,light dark,hard soft,high low,open closed,rich poor,strong weak,
wet dry,young old,clean dirty,empty full,long short,new used,loud quiet,thick thin,wide narrow,up down,left right,day night"""
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
WORDS = """river,table,window,garden,market,letter,bridge,music,paper,summer,winter,school,kitchen,street,mountain,island,village,
doctor,teacher,picture,ticket,basket,bottle,mirror,pencil,blanket,hammer,engine,forest,rocket""".replace("\n", "").split(",")
PAIRS = [pair.split() for pair in OPPOSITES.replace("\n", "").split(",")]
NO_INPUT = ("<noinput>", "<no input>", "No input", "Noinput", "<noinput>.")


def _arithmetic(rng: random.Random) -> Example:
    a, b = rng.randint(2, 20), rng.randint(2, 12)
    phrase, result = rng.choice([("[{a} plus {b}|the sum of {a} and {b}]", a + b), ("[{a} times {b}|{a} x {b}]", a * b)])
    if rng.random() < 0.3:
        a, phrase, result = a + b, "[{a} minus {b}|{a} - {b}]", a
    instruction = Phrase(f"[What is|Calculate|Work out|Compute] {phrase}").expand(rng.random).format(a=a, b=b)
    return instruction + ("?" if instruction.startswith("What") else "."), "", str(result)


def _letters(rng: random.Random) -> Example:
    word = one_of(rng.random, WORDS)
    phrase, output = rng.choice(
        [
            ("[Write|Put|Turn] the word [in|into] [capital|upper-case] letters.", word.upper()),
            ("[Spell the word backwards|Reverse the letters of the word].", word[::-1]),
            ("[How many letters does the word have|Count the letters of the word][?|.]", str(len(word))),
            ("[What is|Name|Give] the first letter of the word.", word[0]),
        ]
    )
    return Phrase(phrase).expand(rng.random), word, output


def _lower(rng: random.Random) -> Example:
    word = one_of(rng.random, WORDS)
    return Phrase("[Write|Put] the word in [lower-case|small] letters.").expand(rng.random), word.upper(), word


def _listing(rng: random.Random) -> Example:
    kind = rng.choice(sorted(KINDS))
    count = rng.randint(2, 4)
    number = ("two", "three", "four")[count - 2]
    return (
        Phrase(f"[List|Name|Give me|Write down] {number} {kind}.").expand(rng.random),
        "",
        ", ".join(KINDS[kind].split(",")[:count]),
    )


def _opposite(rng: random.Random) -> Example:
    pair = rng.choice(PAIRS)
    word, other = pair if rng.random() < 0.5 else pair[::-1]
    return Phrase("[What is|Give|Find|Name] the opposite of [the word|this word].").expand(rng.random), word, other


def _calendar(rng: random.Random) -> Example:
    names, unit = rng.choice([(DAYS, "day"), (MONTHS, "month")])
    index, step = rng.randrange(len(names)), rng.choice([1, -1])
    side = "[after|that follows]" if step == 1 else "[before|that precedes]"
    return Phrase(f"[Which|What] is the {unit} {side} {names[index]}?").expand(rng.random), "", names[(index + step) % len(names)]


def _comparison(rng: random.Random) -> Example:
    a, b = rng.sample(range(1, 100), 2)
    word, right = rng.choice([("greater", a > b), ("smaller", a < b)])
    instruction = Phrase(f"Is {a} {word} than {b}? [Answer yes or no.|Yes or no?|]").expand(rng.random).strip()
    return instruction, "", "Yes" if right else "No"


def _sorted(rng: random.Random) -> Example:
    words = rng.sample(WORDS, rng.randint(3, 4))
    instruction = Phrase("[Sort|Order|Arrange] [the|these] words [alphabetically|from A to Z|in alphabetical order].")
    return instruction.expand(rng.random), ", ".join(words), ", ".join(sorted(words))


def _member(rng: random.Random) -> Example:
    kind, other = rng.sample(sorted(KINDS), 2)
    right = rng.random() < 0.5
    thing = rng.choice(KINDS[kind if right else other].split(","))
    instruction = (
        Phrase(f"[Is this one of the {kind}|Does this belong to the {kind}]? [Answer yes or no.|]").expand(rng.random).strip()
    )
    return instruction, thing, "Yes" if right else "No"


MAKERS: list[Callable[[random.Random], Example]] = [
    _arithmetic,
    _letters,
    _lower,
    _listing,
    _opposite,
    _calendar,
    _comparison,
    _sorted,
    _member,
]


def generate(folder: Path, *, rows: int, seed: int) -> None:
    """Write `rows` instructions to `folder`/alpaca_data.json."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(seed)
    examples = [dict(zip(("instruction", "input", "output"), _example(rng), strict=True)) for _ in range(rows)]
    for row in damage.damaged_rows(rows=rows, seed=seed, file="alpaca"):
        examples.append({name: text for name, text in examples[row].items() if name != "output"})
    (folder / "alpaca_data.json").write_text(json.dumps(examples, indent=4, ensure_ascii=True), encoding="utf-8")


def _example(rng: random.Random) -> Example:
    instruction, input, output = rng.choice(MAKERS)(rng)
    if not input and rng.random() < 0.02:
        input = one_of(rng.random, NO_INPUT)
    if rng.random() < 0.003:
        output = ""
    return instruction, input, output
