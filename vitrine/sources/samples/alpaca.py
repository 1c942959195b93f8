"""alpaca: generates `alpaca_data.json` as Stanford Alpaca publishes it, one indented JSON array.

    generate(folder, rows=2_000, seed=7)
    [{"instruction": "Write the word in capital letters.", "input": "river", "output": "RIVER"}, …]

Short general tasks with one right answer. Published quirks kept: empty outputs, `<noinput>` where there is no input, repeats.
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


def _arithmetic(chance: random.Random) -> Example:
    a, b = chance.randint(2, 20), chance.randint(2, 12)
    says, result = chance.choice([("[{a} plus {b}|the sum of {a} and {b}]", a + b), ("[{a} times {b}|{a} x {b}]", a * b)])
    if chance.random() < 0.3:
        a, says, result = a + b, "[{a} minus {b}|{a} - {b}]", a
    asked = Phrase(f"[What is|Calculate|Work out|Compute] {says}").say(chance.random).format(a=a, b=b)
    return asked + ("?" if asked.startswith("What") else "."), "", str(result)


def _letters(chance: random.Random) -> Example:
    word = one_of(chance.random, WORDS)
    says, done = chance.choice(
        [
            ("[Write|Put|Turn] the word [in|into] [capital|upper-case] letters.", word.upper()),
            ("[Spell the word backwards|Reverse the letters of the word].", word[::-1]),
            ("[How many letters does the word have|Count the letters of the word][?|.]", str(len(word))),
            ("[What is|Name|Give] the first letter of the word.", word[0]),
        ]
    )
    return Phrase(says).say(chance.random), word, done


def _lower(chance: random.Random) -> Example:
    word = one_of(chance.random, WORDS)
    return Phrase("[Write|Put] the word in [lower-case|small] letters.").say(chance.random), word.upper(), word


def _listing(chance: random.Random) -> Example:
    kind = chance.choice(sorted(KINDS))
    count = chance.randint(2, 4)
    number = ("two", "three", "four")[count - 2]
    return (
        Phrase(f"[List|Name|Give me|Write down] {number} {kind}.").say(chance.random),
        "",
        ", ".join(KINDS[kind].split(",")[:count]),
    )


def _opposite(chance: random.Random) -> Example:
    pair = chance.choice(PAIRS)
    word, other = pair if chance.random() < 0.5 else pair[::-1]
    return Phrase("[What is|Give|Find|Name] the opposite of [the word|this word].").say(chance.random), word, other


def _calendar(chance: random.Random) -> Example:
    names, what = chance.choice([(DAYS, "day"), (MONTHS, "month")])
    at, step = chance.randrange(len(names)), chance.choice([1, -1])
    side = "[after|that follows]" if step == 1 else "[before|that precedes]"
    return Phrase(f"[Which|What] is the {what} {side} {names[at]}?").say(chance.random), "", names[(at + step) % len(names)]


def _comparison(chance: random.Random) -> Example:
    a, b = chance.sample(range(1, 100), 2)
    word, right = chance.choice([("greater", a > b), ("smaller", a < b)])
    asked = Phrase(f"Is {a} {word} than {b}? [Answer yes or no.|Yes or no?|]").say(chance.random).strip()
    return asked, "", "Yes" if right else "No"


def _sorted(chance: random.Random) -> Example:
    words = chance.sample(WORDS, chance.randint(3, 4))
    asked = Phrase("[Sort|Order|Arrange] [the|these] words [alphabetically|from A to Z|in alphabetical order].")
    return asked.say(chance.random), ", ".join(words), ", ".join(sorted(words))


def _member(chance: random.Random) -> Example:
    kind, other = chance.sample(sorted(KINDS), 2)
    right = chance.random() < 0.5
    thing = chance.choice(KINDS[kind if right else other].split(","))
    asked = Phrase(f"[Is this one of the {kind}|Does this belong to the {kind}]? [Answer yes or no.|]").say(chance.random).strip()
    return asked, thing, "Yes" if right else "No"


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
    """Write `rows` instructions into `folder`/alpaca_data.json."""
    folder.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    examples = [dict(zip(("instruction", "input", "output"), _example(chance), strict=True)) for _ in range(rows)]
    for place in damage.chosen(rows=rows, seed=seed, of="alpaca"):
        examples.append({name: text for name, text in examples[place].items() if name != "output"})
    (folder / "alpaca_data.json").write_text(json.dumps(examples, indent=4, ensure_ascii=True), encoding="utf-8")


def _example(chance: random.Random) -> Example:
    instruction, given, output = chance.choice(MAKERS)(chance)
    if not given and chance.random() < 0.02:
        given = one_of(chance.random, NO_INPUT)
    if chance.random() < 0.003:
        output = ""
    return instruction, given, output
