"""Tables in Markdown, read as lists.

    as_lines("| Indicador | Valor |\\n|---|---|\\n| Pedidos | 132 |\\n| Frete | R$ 21,90 |")
    ->  "Pedidos: 132\\nFrete: em R$ 21,90"

A table may have a figure a row, or a figure a column below the names. A value with its unit is told, one without is copied.
"""

import re

RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
LEAST = 2  # cells of a row with numbers that make its table one with a figure a column


def as_lines(text: str) -> str:
    """The text with each row of a table as lines of names and values."""
    found: list[str] = []
    header: list[str] = []
    lines = text.split("\n")
    for place, line in enumerate(lines):
        if not line.strip().startswith("|"):
            found.append(line)
            header = []
        elif RULE.fullmatch(line):
            continue
        elif place + 1 < len(lines) and lines[place + 1].strip().startswith("|") and RULE.fullmatch(lines[place + 1]):
            header = _cells(line)
        else:
            found += _row(header, _cells(line))
    return "\n".join(found)


def _row(header: list[str], cells: list[str]) -> list[str]:
    numeric = [any(map(str.isdigit, cell)) for cell in cells]
    if len(header) == len(cells) and (numeric[0] or sum(numeric[1:]) >= LEAST):
        return [_told(name, value) if number else value for name, value, number in zip(header, cells, numeric, strict=True)]
    return [_told(cells[0], ", ".join(cells[1:]))]


def _told(name: str, value: str) -> str:
    return f"{name}: em {value}" if "R$" in value or "%" in value else f"{name}: {value}"


def _cells(line: str) -> list[str]:
    return [cell.strip(" *\t") for cell in line.strip().strip("|").split("|")]
