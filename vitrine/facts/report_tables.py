"""Converts Markdown tables to lines, so that claims in tables can be read.

    as_lines("| Indicador | Valor |\\n|---|---|\\n| Pedidos | 132 |\\n| Frete | R$ 21,90 |")
    ->  "Pedidos: 132\\nFrete: em R$ 21,90"

A table may have one figure per row, or one per column below a header. A value with a unit becomes a phrase; other values are
copied.
"""

import re

RULE = re.compile(r"[\s|:-]*-[\s|:-]*")
MIN_NUMERIC_CELLS = 2  # a row with this many numbers has one figure per column


def as_lines(text: str) -> str:
    """The text, with each table row replaced by lines of "name: value"."""
    output: list[str] = []
    header: list[str] = []
    lines = text.split("\n")
    for number, line in enumerate(lines):
        if not line.strip().startswith("|"):
            output.append(line)
            header = []
        elif RULE.fullmatch(line):
            continue
        elif number + 1 < len(lines) and lines[number + 1].strip().startswith("|") and RULE.fullmatch(lines[number + 1]):
            header = _cells(line)
        else:
            output += _row(header, _cells(line))
    return "\n".join(output)


def _row(header: list[str], cells: list[str]) -> list[str]:
    numeric = [any(map(str.isdigit, cell)) for cell in cells]
    if len(header) == len(cells) and (numeric[0] or sum(numeric[1:]) >= MIN_NUMERIC_CELLS):
        return [_line(name, value) if is_number else value for name, value, is_number in zip(header, cells, numeric, strict=True)]
    return [_line(cells[0], ", ".join(cells[1:]))]


def _line(name: str, value: str) -> str:
    return f"{name}: em {value}" if "R$" in value or "%" in value else f"{name}: {value}"


def _cells(line: str) -> list[str]:
    return [cell.strip(" *\t") for cell in line.strip().strip("|").split("|")]
