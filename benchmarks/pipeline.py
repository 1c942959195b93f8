"""How long a new user waits: set-up, the whole pipeline, a second `make repro`, and the stages that a change runs again.

python -m benchmarks.pipeline                  # `make repro` in a fresh clone, about a quarter of an hour
python -m benchmarks.pipeline --into FOLDER    # the same, and the clone is kept

The stages that a change runs again are measured at scale=smoke: they are the same, in two minutes instead of twenty. The last
line is one JSON object.
"""

import argparse
import json
import re
from pathlib import Path
from statistics import median

from benchmarks.checkout import clone, run

CHANGES = ("grpo.temperature=1.0", "ingest.sources.alpaca.rows=50")


def stages_run(output: str) -> list[str]:
    return re.findall(r"^Running stage '([^']+)'", output, re.MULTILINE)


def timings(folder: Path) -> dict[str, dict[str, float]]:
    """Seconds and peak memory of each stage, and of each source of a matrix stage."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((folder / "timings").glob("*.json"))}


def measure(folder: Path) -> dict[str, object]:
    (folder / "dvc.lock").unlink(missing_ok=True)  # from nothing
    setup, _ = run(folder, "make setup")
    first, _ = run(folder, "make repro")
    again = median(run(folder, "make repro")[0] for _ in range(3))
    costs = timings(folder)
    result = {
        "setup_s": round(setup, 1),
        "repro_s": round(first, 1),
        "repro_again_s": round(again, 2),
        "peak_mb": max(values["peak_mb"] for values in costs.values()),
        "stage_s": {name: values["seconds"] for name, values in costs.items()},
        "after": {change: after(folder, change) for change in CHANGES},
    }
    run(folder, "vitrine compose")
    run(folder, "dvc repro")  # restores the full run from the run cache
    return result


def after(folder: Path, change: str) -> list[str]:
    """The stages that a change runs again, at scale=smoke."""
    run(folder, "vitrine compose scale=smoke")
    run(folder, "dvc repro")
    run(folder, f"vitrine compose scale=smoke {change}")
    return stages_run(run(folder, "dvc repro")[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, help="clone into this new folder and keep it")
    with clone(parser.parse_args().into) as folder:
        print(json.dumps(measure(folder)))


if __name__ == "__main__":
    main()
