"""What a newcomer waits for: the whole pipeline, the second time, and what one change runs again.

python -m benchmarks.pipeline                # about a quarter of an hour; the last line is one JSON object
python -m benchmarks.pipeline scale=smoke    # three minutes: what runs again, not how long it takes
"""

import json
import re
import sys
from pathlib import Path

import yaml

from benchmarks.checkout import clone, run


def stages_run(output: str) -> list[str]:
    return re.findall(r"^Running stage '([^']+)'", output, re.MULTILINE)


def records(folder: Path) -> dict[str, dict[str, float]]:
    """Seconds and peak memory of every stage, by its metrics file."""
    found = {}
    for path in sorted((folder / "metrics").rglob("*.json")):
        values = json.loads(path.read_text())
        if "seconds" in values:
            found[path.relative_to(folder / "metrics").with_suffix("").as_posix()] = values
    return found


def main() -> None:
    with clone() as folder:
        (folder / "dvc.lock").unlink(missing_ok=True)  # from nothing
        overrides = " ".join(sys.argv[1:])
        run(folder, f"vitrine compose {overrides}")
        first, _ = run(folder, "dvc repro")
        again = min(run(folder, "dvc repro")[0] for _ in range(3))
        done = records(folder)
        params = yaml.safe_load((folder / "params.yaml").read_text())
        run(folder, f"vitrine compose {overrides} grpo.temperature={params['grpo']['temperature'] + 0.1:.1f}")
        temperature = stages_run(run(folder, "dvc repro")[1])
        run(folder, f"vitrine compose {overrides} ingest.sources.alpaca.rows=50")
        source = stages_run(run(folder, "dvc repro clean format")[1])
        result = {
            "repro_s": round(first, 1),
            "repro_again_s": round(again, 2),
            "peak_mb": max(values["peak_mb"] for values in done.values()),
            "stage_s": {name: values["seconds"] for name, values in done.items()},
            "after_grpo_temperature": temperature,
            "after_alpaca_rows": source,
        }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
