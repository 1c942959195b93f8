"""A model folder is read if it is one, has the pinned hash, and holds no code that would run."""

import json
import shutil

import pytest
from safetensors.torch import load_file, save_file

from tests.tiny import load
from vitrine.errors import CheckpointError
from vitrine.lm import folder, hub, pins
from vitrine.lm.settings import Folder, Hub, Load


def settings(path, **changes):
    pinned = pins.digest(folder._files(path))
    return Folder(
        **{"origin": "folder", "template": "native", "path": path, "sha256": pinned, "dtype": None, "context": 96} | changes
    )


@pytest.fixture
def copy(base, tmp_path):
    return shutil.copytree(base, tmp_path / "copy")


def test_a_folder_gives_its_model_in_the_chosen_dtype(base):
    model = folder.fetch(settings(base, dtype="bfloat16"), Load())
    assert str(model.weights.dtype) == "torch.bfloat16" and model.tokenizer.model_max_length == 96
    assert model.tokenizer("Chegou").input_ids == load(base).tokenizer("Chegou").input_ids


def test_a_folder_that_changed_is_refused_and_notes_beside_the_model_do_not_matter(copy):
    pinned = settings(copy)
    (copy / "README.md").write_text("notes")
    folder.fetch(pinned, Load())
    (copy / "generation_config.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"copy has sha256 \w+, but lm\.sha256 is \w+: use the pinned model"):
        folder.fetch(pinned, Load())


def test_the_hash_of_a_folder_is_what_sha256sum_gives(copy, tmp_path):
    import hashlib
    import subprocess

    names = sorted(file.name for file in folder._files(copy))
    listing = subprocess.run(["sha256sum", *names], cwd=copy, capture_output=True, check=True).stdout
    assert settings(copy).sha256 == hashlib.sha256(listing).hexdigest()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda f: (f / "tokenizer.json").unlink(), r"copy has no tokenizer: put the model's tokenizer\.json"),
        (lambda f: (f / "config.json").unlink(), r"copy is not a model folder: there is no config\.json"),
        (lambda f: (f / "model.safetensors").rename(f / "pytorch_model.bin"), r"copy has no \*\.safetensors: .* can run code"),
        (lambda f: (f / "config.json").rename(f / "adapter_config.json"), r"it is an adapter without its base"),
        (lambda f: shutil.rmtree(f), r"there is no folder .*copy: set lm\.path"),
    ],
    ids=["no tokenizer", "no config", "pickled weights", "adapter", "no folder"],
)
def test_what_is_not_a_model_folder_is_refused_in_one_sentence(copy, damage, message):
    damage(copy)
    with pytest.raises(CheckpointError, match=message):
        folder.fetch(Folder(**settings_without_files(copy)), Load())


def settings_without_files(path):
    return {"origin": "folder", "template": "native", "path": path, "sha256": None, "dtype": None, "context": 96}


def test_a_file_is_not_a_folder(copy):
    (copy / "x.gguf").write_bytes(b"GGUF")
    with pytest.raises(CheckpointError, match="is a file, and lm=folder reads a folder: use lm=gguf"):
        folder.fetch(Folder(**settings_without_files(copy / "x.gguf")), Load())


def test_damaged_files_are_refused_after_the_hash_is_accepted(copy):
    (copy / "model.safetensors").write_bytes(b"short")
    with pytest.raises(CheckpointError, match=r"copy does not load as a model"):
        folder.fetch(settings(copy), Load())


def test_a_missing_weight_is_refused_instead_of_a_random_one(copy):
    weights = load_file(copy / "model.safetensors")
    (gone,) = (name for name in weights if "q_proj" in name)
    save_file({name: weight for name, weight in weights.items() if name != gone}, copy / "model.safetensors", {"format": "pt"})
    with pytest.raises(CheckpointError, match=rf"copy lacks 1 weights \({gone}\)"):
        folder.fetch(settings(copy), Load())


def test_weights_outside_the_folders_own_files_are_refused(copy):
    index = {"metadata": {}, "weight_map": {"model.norm.weight": "sub/model.safetensors"}}
    (copy / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match=r"names sub/model\.safetensors, which is not a file of .*copy"):
        folder.fetch(settings(copy), Load())


def test_a_damaged_tokenizer_is_refused(copy):
    (copy / "tokenizer.json").write_text("{}")
    with pytest.raises(CheckpointError, match=r"copy does not load as a model \(.+\): its files are damaged"):
        folder.fetch(settings(copy), Load())


def test_a_template_that_drops_the_reply_is_refused_with_others_to_choose(copy):
    (copy / "chat_template.jinja").write_text("{{ messages[0].content }}<|im_end|>")
    with pytest.raises(
        CheckpointError, match=r"cannot be trained: the chat template drops the reply; set lm\.template to one of"
    ):
        folder.fetch(settings(copy), Load())


def test_remote_code_is_never_run(copy):
    import json

    config = json.loads((copy / "config.json").read_text()) | {
        "auto_map": {"AutoModelForCausalLM": "evil.Model"},
        "model_type": "evil",
    }
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "evil.py").write_text("raise SystemExit('this code ran')")
    with pytest.raises(CheckpointError, match="does not load as a model"):
        folder.fetch(settings(copy), Load())


def test_without_a_network_the_hub_names_the_way_to_a_local_copy(monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    lm = Hub(origin="hub", template="native", name="nobody/nothing", revision="main", context=96)
    with pytest.raises(CheckpointError, match=r"or use a copy on this machine: lm=folder lm\.path=FOLDER"):
        hub.fetch(lm, Load())
