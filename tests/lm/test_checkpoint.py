import shutil

import pytest

from vitrine.errors import CheckpointError
from vitrine.lm import checkpoint, hub


def test_a_missing_folder_is_said(tmp_path):
    with pytest.raises(CheckpointError, match="is not a model folder; run `dvc repro`"):
        checkpoint.load(tmp_path / "nothing")


@pytest.mark.parametrize(
    "break_it",
    [
        pytest.param(lambda f: (f / "model.safetensors").write_bytes(b"short"), id="truncated weights"),
        pytest.param(lambda f: (f / "model.safetensors").unlink(), id="no weights"),
        pytest.param(lambda f: (f / "config.json").write_text("{"), id="broken config"),
        pytest.param(lambda f: (f / "tokenizer.json").write_text("{}"), id="broken tokenizer"),
        pytest.param(lambda f: (f / "chat_template.jinja").unlink(), id="no chat template"),
    ],
)
def test_a_folder_that_does_not_load_is_named(base, tmp_path, break_it):
    broken = tmp_path / "broken"
    shutil.copytree(base, broken)
    break_it(broken)
    with pytest.raises(CheckpointError, match="broken"):
        checkpoint.load(broken)


def test_a_published_model_is_fetched_from_a_folder_of_ours(base):
    model, words = hub.fetch(hub.Hub(origin="hub", name=str(base), revision="main", context=96))
    assert words.model_max_length == 96 and words.chat_template
    assert model.num_parameters() == checkpoint.load(base)[0].num_parameters()


def test_a_model_that_cannot_be_fetched_is_said(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be fetched"):
        hub.fetch(hub.Hub(origin="hub", name=str(tmp_path / "nobody"), revision="main", context=96))
