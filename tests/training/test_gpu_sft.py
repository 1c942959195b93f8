"""benchmarks.gpu_sft: its cells, its clock on a tiny model, and its last line when a cell fails or there is no GPU."""

import json
import subprocess
import sys

import pytest
import torch

from benchmarks import gpu_sft
from vitrine.lm.hardware import Hardware, supported_load
from vitrine.training.loop.schedule import supported

H200 = Hardware("cuda", bfloat16=True, flash_attention=True, bitsandbytes=True)


def test_there_is_a_cell_for_every_method_layout_and_backend():
    settings = {cell: gpu_sft.settings_of(cell) for cell in gpu_sft.CELLS}
    for cell, one in settings.items():
        assert one.method.supported(one.load, H200).name == cell.partition(",")[0]
        assert supported(one, H200) == one and supported_load(one.load, H200) == one.load
        assert one.packing is ("packed" in cell) and (one.backend == "unsloth") is ("unsloth" in cell)
        assert (one.load.attention == "flash_attention_2") is ("sdpa" not in cell)
    needed = {cell: gpu_sft.packages_of(cell, one) for cell, one in settings.items()}
    assert needed["qlora, unsloth"] == ["bitsandbytes", "unsloth"] and needed[gpu_sft.COMPARED] == ["flash_attn"]
    assert needed["lora, packed"] == needed["full, packed"] == [], "without flash_attn they run with sdpa"


@pytest.mark.parametrize(
    ("name", "peak"),
    [("NVIDIA H200", 989e12), ("NVIDIA A100-SXM4-80GB", 312e12), ("NVIDIA L40S", 362e12), ("NVIDIA L4", 121e12), ("T4", None)],
)
def test_the_peak_is_that_of_the_card(name, peak):
    assert gpu_sft.peak_flops(name) == peak


def test_a_cell_fails_alone_and_the_last_line_is_json(capsys, monkeypatch):
    def worker(*args, limit_s):
        return {"failed": "out of memory"} if "full, packed" in args else {"tokens_per_s": 1}

    monkeypatch.setattr(gpu_sft, "worker", worker)
    monkeypatch.setattr("sys.argv", ["gpu_sft", "--device", "cpu", "--only", "packed"])
    assert gpu_sft.main() == 0
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["full, packed"] == {"failed": "out of memory"} and found["lora, packed"] == {"tokens_per_s": 1}
    assert found["qlora, packed"] == {"skipped": "bitsandbytes is not installed"}


def test_a_model_that_cannot_be_made_is_on_the_last_line_too(capsys, monkeypatch):
    monkeypatch.setattr(gpu_sft, "worker", lambda *args, limit_s: {"failed": "no space left"})
    monkeypatch.setattr("sys.argv", ["gpu_sft", "--device", "cpu", "--only", "full"])
    assert gpu_sft.main() == 1
    found = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert found["model"] == {"failed": "no space left"} and "skipped" in found["full, packed"]


@pytest.mark.parametrize(
    ("code", "out", "error", "found"),
    [
        (0, 'loading\n{"a": 1}\nbye\n{broken', "", {"a": 1}),
        (
            1,
            '{"a": 1}',
            "Traceback\nOutOfMemoryError: CUDA out of memory\n\n",
            {"failed": "OutOfMemoryError: CUDA out of memory"},
        ),
        (-9, "", "", {"failed": "exit code -9"}),
        (0, "nothing", "", {"failed": "exit code 0"}),
    ],
)
def test_what_a_process_says(monkeypatch, code, out, error, found):
    done = subprocess.CompletedProcess([], code, stdout=out, stderr=error)
    monkeypatch.setattr(gpu_sft.subprocess, "run", lambda *args, **options: done)
    assert gpu_sft.worker("--cell", "x", limit_s=1) == found


def test_unsloth_is_imported_before_what_it_replaces():
    code = (
        "import sys; from benchmarks import gpu_sft; gpu_sft.settings_of('lora, unsloth'); "
        "from vitrine.training.sft import unsloth; print([name for name in unsloth.REPLACED if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=gpu_sft.ROOT)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.slow
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_cell_runs_on_a_processor_and_counts_the_tokens_that_it_reads(tmp_path):
    common = ("--device", "cpu", "--model", str(tmp_path / "model"))
    assert gpu_sft.worker(*common, limit_s=200)["parameters"] > 1e5
    found = gpu_sft.worker(*common, "--cell", "full, packed", limit_s=200)
    assert found["tokens_per_s"] > 0 and found["used"]["layout"] == "packed" and found["flops_per_token"] == "6ND"
    refused = gpu_sft.worker(*common, "--cell", "qlora, packed", limit_s=200)
    assert "bitsandbytes" in refused["failed"]


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_without_a_gpu_it_says_so(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["gpu_sft"])
    assert gpu_sft.main() == 2
    assert capsys.readouterr().err == "benchmarks.gpu_sft needs a CUDA device, and torch sees none\n"
