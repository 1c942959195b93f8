"""Keep a benchmark's last figures in benchmarks/records.json; `vitrine readme` fills its pages from it.

python -m benchmarks.decoding | python -m benchmarks.record decoding
python -m benchmarks.decoding | python -m benchmarks.record decoding --machine "two cores of a laptop, idle"
python -m benchmarks.decoding | python -m benchmarks.record decoding --add greedy_same    # keep one more figure
python -m benchmarks.contract | python -m benchmarks.record contract --add tasks    # keep every figure below `tasks`
vitrine readme

A record is {"command", "machine", "figures"}. The key of a figure is its path in the JSON object that the script prints on its
last line: "worst.coverage.8" is output["worst"]["coverage"]["8"]. A figure is a number, a list of numbers, or a text such as the
name of the best cheat. Figures that the output lacks keep their value and are listed: they were measured by hand or with other
options.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

RECORDS = Path(__file__).with_name("records.json")


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="the record: usually the name of the script")
    parser.add_argument("--command", help="how the script was started; a new record needs it")
    parser.add_argument("--machine", help="on what machine, and how busy it was; a new record needs it")
    parser.add_argument("--add", nargs="+", default=[], metavar="PATH", help="figures to keep from now on, or what holds them")
    parser.add_argument("--records", type=Path, default=RECORDS, metavar="FILE")
    args = parser.parse_args(arguments)
    records = json.loads(args.records.read_text(encoding="utf-8"))
    record = records.get(args.name) or {"figures": {}}
    record |= {key: value for key in ("command", "machine") if (value := getattr(args, key))}
    if missing := [f"--{key}" for key in ("command", "machine") if key not in record]:
        print(f"{args.name} is a new record: say {' and '.join(missing)}", file=sys.stderr)
        return 1
    try:
        output = last_json(sys.stdin.read())
        known = list(figures_in(output))
        added = {path: [one for one in known if one == path or one.startswith(f"{path}.")] for path in args.add}
        paths = dict.fromkeys(chain(record["figures"], *added.values()))
        figures = {path: figure(output, path) for path in paths}
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if unknown := [path for path, below in added.items() if not below]:
        print(f"the output has no figure at {', '.join(unknown)}", file=sys.stderr)
        return 1
    kept = [path for path, value in figures.items() if value is None]
    updated = record["figures"] | {path: value for path, value in figures.items() if value is not None}
    records[args.name] = {"command": record["command"], "machine": record["machine"], "figures": updated}
    args.records.write_text(as_text(records), encoding="utf-8")
    print(f"{args.name}: {len(figures) - len(kept)} figures written")
    if kept:
        print(f"kept, because the output lacks them: {', '.join(kept)}")
    return 0


def last_json(text: str) -> dict[str, Any]:
    """The JSON object on the last line of a script's output."""
    lines = text.strip().splitlines()
    try:
        output = json.loads(lines[-1]) if lines else None
    except json.JSONDecodeError:
        output = None
    if not isinstance(output, dict):
        raise ValueError("the last line of the input is no JSON object: pipe the script's whole output in")
    return output


def figures_in(output: Any, path: str = "") -> Iterator[str]:
    """The path of every figure of an output, in its order."""
    for key in output if isinstance(output, dict) else ():
        yield from figures_in(output[key], f"{path}.{key}" if path else key)
    if figure(output, "") is not None:
        yield path


def figure(output: Any, path: str) -> Any:
    """The number, list of numbers or text at a dotted path; None if there is none. Keys may hold dots themselves."""
    if not path:
        parts = output if isinstance(output, list) else [output]
        is_figure = isinstance(output, str) or all(isinstance(part, int | float) and not isinstance(part, bool) for part in parts)
        return output if is_figure else None
    for key in output if isinstance(output, dict) else ():
        if path == key or path.startswith(f"{key}."):
            value = figure(output[key], path[len(key) + 1 :])
            if value is not None:
                return value
    return None


def as_text(records: dict[str, Any]) -> str:
    """The records as JSON with one figure a line."""
    text = json.dumps(records, ensure_ascii=False, indent=2)
    return re.sub(r"\[\s+([^\]{]*?)\s+\]", lambda numbers: f"[{' '.join(numbers[1].split())}]", text) + "\n"


if __name__ == "__main__":
    sys.exit(main())
