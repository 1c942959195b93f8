"""`make verify` lists every hash that changed."""

import copy
from typing import Any

from benchmarks.verify import changes

STAGES: dict[str, Any] = {
    "sft": {
        "deps": [{"path": "models/base", "md5": "a.dir"}],
        "params": {"params.yaml": {"sft": {"steps": 450}}},
        "outs": [{"path": "models/sft", "md5": "b.dir"}, {"path": "metrics/sft.json", "md5": "c"}],
    },
    "grpo": {"outs": [{"path": "models/grpo", "md5": "d.dir"}]},
}


def test_the_order_of_stages_does_not_matter() -> None:
    assert changes(STAGES, dict(reversed(STAGES.items()))) == []


def test_every_change_is_listed() -> None:
    other = copy.deepcopy(STAGES)
    other["sft"]["outs"][0]["md5"] = "x.dir"
    other["sft"]["deps"][0]["path"] = "models/other"
    other["sft"]["params"]["params.yaml"]["sft"]["steps"] = 9
    other["grpo"]["outs"] = []
    other["card"] = {}
    assert changes(STAGES, other) == [
        "card: only now",
        "sft: dep models/base, only before",
        "sft: dep models/other, only now",
        "sft: out models/sft",
        "sft: its parameters",
        "grpo: out models/grpo, only before",
    ]
