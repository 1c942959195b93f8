"""What a newcomer waits for: set-up, the whole pipeline, the second time, and what one change runs again.

python -m benchmarks.pipeline                  # `make repro` in a fresh clone, about a quarter of an hour
python -m benchmarks.pipeline --into FOLDER    # the same, and the clone stays there to look at

What one change runs again is seen at scale=smoke: the stages are the same, and it takes two minutes instead of twenty.
The last line is one JSON object.
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
    """Seconds and peak memory of every stage, and of every source of a stage."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((folder / "timings").glob("*.json"))}


def measure(folder: Path) -> dict[str, object]:
    (folder / "dvc.lock").unlink(missing_ok=True)  # from nothing
    setup, _ = run(folder, "make setup")
    first, _ = run(folder, "make repro")
    again = median(run(folder, "make repro")[0] for _ in range(3))
    done = timings(folder)
    result = {
        "setup_s": round(setup, 1),
        "repro_s": round(first, 1),
        "repro_again_s": round(again, 2),
        "peak_mb": max(values["peak_mb"] for values in done.values()),
        "stage_s": {name: values["seconds"] for name, values in done.items()},
        "after": {change: after(folder, change) for change in CHANGES},
    }
    run(folder, "vitrine compose")
    run(folder, "dvc repro")  # from the run cache: the full run as it was
    return result


def after(folder: Path, change: str) -> list[str]:
    """The stages that a change runs again, at scale=smoke."""
    run(folder, "vitrine compose scale=smoke")
    run(folder, "dvc repro")
    run(folder, f"vitrine compose scale=smoke {change}")
    return stages_run(run(folder, "dvc repro")[1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, help="a folder that does not exist yet, for the clone; it is not removed")
    with clone(parser.parse_args().into) as folder:
        print(json.dumps(measure(folder)))


if __name__ == "__main__":
    main()
