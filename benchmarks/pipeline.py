"""What a newcomer waits for: set-up, the whole pipeline, the second time, and what one change would run again.

python -m benchmarks.pipeline                  # `make repro` in a fresh clone, about a quarter of an hour
python -m benchmarks.pipeline --into FOLDER    # the same, and the clone stays there to look at

What a change would run again is what `dvc repro --dry` says; `tests/test_pipeline.py` runs it for real, at scale=smoke.
The last line is one JSON object.
"""

import argparse
import json
import re
from pathlib import Path
from statistics import median

import yaml

from benchmarks.checkout import clone, run


def stages_named(output: str) -> list[str]:
    return re.findall(r"^Running stage '([^']+)'", output, re.MULTILINE)


def records(folder: Path) -> dict[str, dict[str, float]]:
    """Seconds and peak memory of every stage, by its metrics file."""
    found = {}
    for path in sorted((folder / "metrics").rglob("*.json")):
        values = json.loads(path.read_text())
        if "seconds" in values:
            found[path.relative_to(folder / "metrics").with_suffix("").as_posix()] = values
    return found


def measure(folder: Path) -> dict[str, object]:
    (folder / "dvc.lock").unlink(missing_ok=True)  # from nothing
    setup, _ = run(folder, "make setup")
    first, _ = run(folder, "make repro")
    again = median(run(folder, "make repro")[0] for _ in range(3))
    done = records(folder)
    params = yaml.safe_load((folder / "params.yaml").read_text())
    after = {}
    for change in (f"grpo.temperature={params['grpo']['temperature'] + 0.1:.1f}", "ingest.sources.alpaca.rows=50"):
        run(folder, f"vitrine compose {change}")
        after[change] = stages_named(run(folder, "dvc repro --dry")[1])
    run(folder, "vitrine compose")
    return {
        "setup_s": round(setup, 1),
        "repro_s": round(first, 1),
        "repro_again_s": round(again, 2),
        "peak_mb": max(values["peak_mb"] for values in done.values()),
        "stage_s": {name: values["seconds"] for name, values in done.items()},
        "after": after,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--into", type=Path, help="a folder that does not exist yet, for the clone; it is not removed")
    with clone(parser.parse_args().into) as folder:
        print(json.dumps(measure(folder)))


if __name__ == "__main__":
    main()
