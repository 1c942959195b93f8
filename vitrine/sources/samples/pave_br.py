"""pave_br: generates Magazine Luiza's files, one CSV for each of eight product types, with two header rows.

    generate(folder, rows=400, seed=7)      # Cadeira.csv … TV.csv, fifty listings each

The products are invented (pave_br_phrases.py). Published quirks kept: groups named in the first header row, spelt differently
from file to file; `material_da_estrutura__llm` with two underscores; a file without ids and types; annotators in the last columns
of another, most of whose rows nobody annotated; lists as "[MDF, MDP]", "MDF e MDP" and "MDF, MDP"; blanks around values; notes in
place of a brand; "Não informado" by one system and empty cells by the other; HTML and e-mail addresses in descriptions; values
that only the picture shows. In a file of a hundred rows some are repeated without their last field (damage.py).
"""

import csv
import io
import json
import random
from pathlib import Path

from vitrine.sources.samples import damage, personal_data
from vitrine.sources.samples import pave_br_phrases as words
from vitrine.sources.samples.grammar import one_of
from vitrine.sources.samples.pave_br_phrases import KINDS, Kind

MODEL_GROUPS = ("Atributos AI-PAVE-BR", "Atributos LLM", "AI-PAVE-BR", "AtributosAI-PAVE-BR")
PEOPLE_GROUPS = ("Atributos Multimídia", "Atributos Multimidia")
NOT_BY_SYSTEMS = ("instalacao", "funcionamento da caixa", "proteção")  # annotated, but no column of the two systems
ABSENT = "Não informado"
Values = dict[str, str]


def generate(folder: Path, *, rows: int, seed: int) -> None:
    """Write `rows` listings, about as many of each type; a type without rows has no file."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, kind) in enumerate(KINDS.items()):
        count = rows // len(KINDS) + (number < rows % len(KINDS))
        if count:
            (folder / f"{name}.csv").write_text(_file(name, number, kind, count, seed), encoding="utf-8", newline="")


def _file(name: str, number: int, kind: Kind, rows: int, seed: int) -> str:
    rng = random.Random(f"{seed} {name}")
    damaged = frozenset(damage.damaged_rows(rows=rows, seed=seed, file=name))
    by_systems = [attribute for attribute in kind.attributes if attribute not in NOT_BY_SYSTEMS]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerows(_headers(number, kind, by_systems))
    for row in range(rows):
        cells = _row(rng, name, kind, by_systems, row)
        writer.writerow(cells)
        if row in damaged:
            writer.writerow(cells[:-1])
    return file.getvalue()


def _headers(number: int, kind: Kind, by_systems: list[str]) -> tuple[list[str], list[str]]:
    """The first row names the groups, at their first column; the second names the attributes."""
    mark = "__llm" if kind.has_staff else "_llm"
    groups = {
        "Atributos <empresa terceira>": [f"{name}_ol" for name in by_systems],
        MODEL_GROUPS[number % len(MODEL_GROUPS)]: [f"{name}{mark if name.startswith('peso') else '_llm'}" for name in by_systems],
        PEOPLE_GROUPS[number % len(PEOPLE_GROUPS)]: [*kind.attributes, *(("Analista", "Data") if kind.has_staff else ())],
    }
    first: list[str] = []
    second: list[str] = []
    if kind.has_id:
        first += ["", "navigation_id", ""] if kind.has_staff else ["", ""]
        second += ["id", "", "product_type"] if kind.has_staff else ["id", "product_type"]
    first += ["title", "description", ""]
    second += ["", "", "extracted_attributes"]
    for group, names in groups.items():
        first += [group, *[""] * (len(names) - 1)]
        second += names
    return [name or f"Unnamed: {place}" for place, name in enumerate(first)], second


def _row(rng: random.Random, name: str, kind: Kind, by_systems: list[str], row: int) -> list[str]:
    true, stated = _values(rng, kind)
    title, description = _texts(rng, kind, stated)
    vendor = {attribute: _by_vendor(rng, stated.get(attribute, [])) for attribute in by_systems}
    model = {attribute: _by_model(rng, stated.get(attribute, [])) for attribute in by_systems}
    people = {attribute: _by_people(rng, attribute, true.get(attribute, [])) for attribute in kind.attributes}
    if rng.random() > kind.annotated:
        people = dict.fromkeys(people, "")
        if not kind.has_staff and rng.random() < 0.5:
            people["marca"] = one_of(rng.random, words.NOTES)
    found = {attribute: value for attribute, value in vendor.items() if value}
    cells = [title, description, json.dumps(found, ensure_ascii=False, separators=(",", ":"))]
    if kind.has_id:
        own_id = f"loja{rng.randrange(9)}||{row * 7919 % 10**6:06d}{len(name)}"
        cells = [own_id, *([f"ka{row:06x}"] if kind.has_staff else []), name, *cells]
    staff = [f"Analista {row % 5 + 1}", "23/07/2024" if row % 4 == 0 else ""] if kind.has_staff else []
    return [*cells, *vendor.values(), *model.values(), *people.values(), *staff]


def _values(rng: random.Random, kind: Kind) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """The product's values by attribute, and those of them that the texts state."""
    true = {}
    for name, usual in kind.attributes.items():
        if name == "marca" or rng.random() > words.NOTHING:
            several = rng.random() < words.LISTS.get(name, 0.0)
            true[name] = rng.sample(usual, min(len(usual), rng.choice((2, 2, 3)))) if several else [one_of(rng.random, usual)]
    return true, {name: values for name, values in true.items() if rng.random() > words.UNSTATED}


def _texts(rng: random.Random, kind: Kind, stated: dict[str, list[str]]) -> tuple[str, str]:
    """Title and description. The title states up to three values, the description the others, and some twice."""
    written = {name: " e ".join(words.in_listing(value, rng.random) for value in values) for name, values in stated.items()}
    in_title = rng.sample([name for name in written if name != "marca"], min(3, len(written) - ("marca" in written)))
    code = f"{rng.choice('ABCDEFGHKLMNPRSTVX')}{rng.choice('ABCDEFGHKLMNPRSTVX')}{rng.randrange(100, 1000)}"
    brand = written.get("marca", "")
    title = one_of(rng.random, words.TITLES).expand(rng.random)
    title = title.format(noun=kind.noun, brand=brand, code=code, stated=" ".join(written[name] for name in in_title))
    line = one_of(rng.random, words.LINES)
    shown = [name for name in written if name not in in_title or rng.random() < 0.3]
    lines = [
        line.format(name.replace("_", " ").capitalize(), written[name]) for name in shown if name != "marca" or brand not in title
    ]
    parts = [one_of(rng.random, words.OPENING).expand(rng.random).format(code=code), f"{kind.sentence}.", *lines]
    parts.append(one_of(rng.random, words.CLOSING).expand(rng.random))
    if rng.random() < personal_data.SHARE:
        parts.append(f"Dúvidas: vendas{rng.randrange(1, 1000)}@{one_of(rng.random, personal_data.DOMAINS)}")
    return " ".join(title.split()), ("<p>{}</p>" if line.startswith("<li>") else "{}").format(" ".join(parts))


def _by_people(rng: random.Random, name: str, values: list[str]) -> str:
    if len(values) < 2:
        text = "".join(values)
    elif name == "material_da_estrutura" or rng.random() < 0.2:
        text = " e ".join(values)
    else:
        text = one_of(rng.random, words.JOINED).format(", ".join(values))
    return f" {text} " if text and rng.random() < 0.03 else text


def _by_vendor(rng: random.Random, values: list[str]) -> str:
    """Half of the values, in the vendor's own spelling, lists in the order of the alphabet."""
    if rng.random() < 0.45:
        return ""
    return ", ".join(sorted({"110V": "127 V", "4K / Ultra HD": "4K"}.get(value, value) for value in values))


def _by_model(rng: random.Random, values: list[str]) -> str:
    if not values or rng.random() < 0.2:
        return ABSENT
    return ", ".join(words.by_model(value, rng.random) for value in values)
