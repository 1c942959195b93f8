"""Compare attribute values of Brazilian listings: what counts as one spelling, and how a text that names several values is split.

    items("cor", "[Branco, Preto]")   items("cor", "Branco e Preto")            ->  ["Branco", "Preto"]
    normalize("cor", "Branca")   normalize("cor", "BRANCO")                      ->  "branco"
    normalize("quantidade_de_bocas", "4 Bocas")                                  ->  "4"
    spellings("resolucao", "4K / Ultra HD")                                      ->  {"4k", "ultra hd", "4k ultra hd"}

Beyond `vitrine.verifiers.values` (case, accents, blanks, quotation marks, words for "no value"), these are the same:

several    items in another order, joined by a comma, a semicolon, "e", "+", a dash between blanks, or a slash between words; a
           brand is split at commas only
counts     4 Bocas = 4, where the attribute is a quantity or a number of levels
numbers    9.000 = 9000; 40 litros = 40L; 12 quilos = 12kg; 50 polegadas = 50"; 20 watts RMS = 20W; 220 volts = 220V; BTU/h = BTUs
voltage    110, 115, 120 and 127 V: names of the same outlet
words      de Embutir = Embutir, com Timer = Timer, Só Frio = Frio
gender     Branca = Branco, Redonda = Redondo, where the attribute is an adjective (colour, shape, kind, …)

An alternative is not a list: "4K / Ultra HD", with blanks around the slash, is one value that annotators wrote in two ways.
"""

import re
from collections.abc import Iterable
from typing import Any

from vitrine.verifiers import values

BRAND = "marca"
COUNTED = re.compile(r"(?:quantidade|niveis)(?:_|\b)")
VOLTAGE = re.compile(r"voltagem|tensao")
COMMA = re.compile(r"[\[\];]|,(?!\d)|(?<!\d),")
JOINT = re.compile(r"[\[\];]|,(?!\d)|(?<!\d),| e | [+–-] |(?<=\w\w)/(?=\w\w)")
ALTERNATIVE = " / "
OPENING = re.compile(r"^(?:d[eoa]|com|em|para|so|somente|apenas) (?=\w)")
GENDERED = re.compile(r"cor|formato|tipo|estilo|revestimento|funcionamento|tamanho|ciclo")
THOUSANDS = re.compile(r"(?<=\d)\.(?=\d{3}(?!\d))")
FEMININE = re.compile(r"(?<=[a-z]{3})a\b")
UNITS = [
    (re.compile(rf"(?<=\d)(?:{written})(?![a-z])"), unit)
    for written, unit in (
        ("litros?|lts?|lt", "l"),
        ("quilogramas?|quilos?|kilos?|kgs", "kg"),
        ("centimetros?|cms", "cm"),
        ("polegadas?|pol", ""),
        (r"watts?(?: ?rms)?|w ?rms", "w"),
        ("volts?", "v"),
        ("btus?/h|btu", "btus"),
        ("hertz", "hz"),
    )
]
LOW_VOLTAGE = re.compile(r"(?:110|115|120|127)v?")


def items(attribute: str, value: Any) -> list[str]:
    """The items that a value names, as written: a value, a list of values, or a text that joins several. None names none."""
    texts: Iterable[Any] = value if isinstance(value, list) else [value]
    split = COMMA if _key(attribute) == BRAND else JOINT
    parts = [part.strip() for text in texts if text is not None for part in split.split(_plain(text))]
    return [part for part in parts if values.normalize(part)]


def normalize(attribute: str, item: Any) -> str:
    """Normalize one item for comparison; "" if it means "no value"."""
    name, text = _key(attribute), THOUSANDS.sub("", values.normalize(item))
    if COUNTED.match(name) and (count := re.match(r"\d+", text)):
        return count[0]
    for written, unit in UNITS:
        text = written.sub(unit, text)
    if VOLTAGE.search(name) and text[:1].isdigit():
        return "110v" if LOW_VOLTAGE.fullmatch(text) else f"{text}v" if text.isdigit() else text
    if name == BRAND:
        return text
    text = OPENING.sub("", text)
    return FEMININE.sub("o", text) if GENDERED.match(name) else text


def spellings(attribute: str, item: str) -> frozenset[str]:
    """The normalized spellings of one item of the gold: several if the annotators wrote alternatives."""
    parts = item.split(ALTERNATIVE)
    written = {normalize(attribute, part) for part in (*parts, " ".join(parts))}
    return frozenset(written - {""})


def predicted(attribute: str, value: Any) -> set[str]:
    """The normalized items of a predicted value. Alternatives are items of their own: naming many must not pay."""
    parts = (part for item in items(attribute, value) for part in item.split(ALTERNATIVE))
    return {text for part in parts if (text := normalize(attribute, part))}


def _key(attribute: str) -> str:
    return values.normalize(attribute)


def _plain(value: Any) -> str:
    """The value as a text with single blanks; a number without the fraction that JSON adds: 4.0 is 4."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else " ".join(str(value).split())
