"""The backend `unsloth`: the same labels, loss and gradients as `trl`; its import order; one sentence if it is missing."""

import subprocess
import sys
from dataclasses import replace
from importlib.util import find_spec

import pytest

from benchmarks.backends import ROOT, compare
from tests.tiny import load
from vitrine.errors import SettingsError
from vitrine.training.sft import unsloth
from vitrine.training.sft.adapter import Method

LORA = Method(name="lora", rank=4, alpha=8, dropout=0.0)
MISSING = find_spec("unsloth") is None


@pytest.mark.slow
@pytest.mark.skipif(MISSING, reason="unsloth is not installed: make unsloth")
def test_unsloth_trains_as_trl_does(base, chat_rows):
    figures = compare(base, chat_rows, 128, ["trl", "unsloth"])
    own, reference = figures["unsloth"], figures["trl"]
    assert own["labels_equal"]
    assert own["loss"] == pytest.approx(reference["loss"], rel=1e-3)
    assert own["gradient_cosine"] > 0.999 and own["gradient_norm_ratio"] == pytest.approx(1, abs=0.01)
    assert own["mean_loss"] == pytest.approx(reference["mean_loss"], rel=1e-2)


def test_unsloth_after_the_libraries_that_it_replaces_is_an_error(monkeypatch):
    import trl  # noqa: F401 -- it must be loaded

    monkeypatch.delitem(sys.modules, "unsloth", raising=False)
    with pytest.raises(SettingsError, match=r"trl, .*must not be imported before unsloth; run the stage in a process of its own"):
        unsloth.start()


@pytest.mark.skipif(not MISSING, reason="unsloth is installed")
def test_a_missing_unsloth_is_one_sentence():
    script = "from vitrine.training.sft.unsloth import start; start()"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert "run `make unsloth`, or set sft.backend to trl" in done.stderr.splitlines()[-1]


def test_importing_the_stage_and_the_backend_imports_nothing_that_unsloth_replaces():
    script = "import sys, stages.sft, vitrine.training.sft.unsloth as u; sys.exit(', '.join({*u.REPLACED} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.strip() == ""


def test_unsloth_refuses_a_model_with_untrained_tokens(base, monkeypatch):
    monkeypatch.setitem(sys.modules, "unsloth", type(sys)("unsloth"))
    sys.modules["unsloth"].FastLanguageModel = None
    model = replace(load(base), added_tokens=("<stop>",))
    with pytest.raises(SettingsError, match=r"does not train the rows of tokens .*\(<stop>\): set sft.backend to trl"):
        unsloth.apply(LORA, model, seed=7)
