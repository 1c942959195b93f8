"""The scratch folder of a stage: one for each fingerprint, removed after success, kept after a failure."""

from pathlib import Path

import pytest
import yaml

from tests.conftest import ToyRepo
from vitrine import scratch
from vitrine.errors import SettingsError
from vitrine.scratch import Saving
from vitrine.settings import parse


@pytest.mark.parametrize(("fingerprint", "every"), [(None, 60), ("f" * 64, None)], ids=["unknown inputs", "switched off"])
def test_without_fingerprint_or_interval_nothing_is_kept(tmp_path: Path, fingerprint: str | None, every: float | None) -> None:
    with scratch.use("sft", fingerprint, Saving(every=every), tmp_path):
        assert scratch.claim() is None
    assert list(tmp_path.iterdir()) == []


def test_each_training_of_a_stage_has_its_own_folder_where_the_settings_say(tmp_path: Path) -> None:
    saving = Saving(every=5, folder=tmp_path / "elsewhere", copy_to="s3://bucket/path/")
    with pytest.raises(KeyError), scratch.use("sft", "f" * 64, saving, tmp_path):
        first, second = scratch.claim(), scratch.claim()
        raise KeyError
    assert first and second
    assert [first.folder, second.folder] == [tmp_path / "elsewhere" / "sft" / ("f" * 16) / name for name in "12"]
    assert (first.every, first.url) == (5, f"s3://bucket/path/sft/{'f' * 16}/1")
    assert scratch.claim() is None, "the stage has ended"


def test_a_negative_interval_is_refused() -> None:
    with pytest.raises(SettingsError, match=r"checkpoints\.every: .*greater than or equal to 0"):
        parse(Saving, "checkpoints", {"every": -1})


def test_a_folder_that_cannot_be_made_is_reported_and_the_stage_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    with scratch.use("sft", "f" * 64, Saving(folder=tmp_path / "file"), tmp_path):
        assert scratch.claim() is None
    assert "no checkpoints are kept" in caplog.text


def test_a_stage_keeps_its_folder_until_it_succeeds_and_has_another_one_for_other_settings(repo: ToyRepo) -> None:
    file = repo.root / "stages" / "toy.py"
    body = (
        "from vitrine import scratch\n    place = scratch.claim()\n    if place:\n"
        '        (place.folder / "step-0000001").mkdir(parents=True)\n        print(place.folder)'
    )
    file.write_text(file.read_text().replace("    if settings.trouble", f"    {body}\n    if settings.trouble", 1))

    def folder(*overrides: str) -> Path:
        return Path("".join(repo.toy(*overrides).stdout.splitlines()[-1:]))  # after a line about an older training

    assert folder() == Path(), "without dvc.yaml the inputs are unknown"
    (repo.root / "dvc.yaml").write_text(
        yaml.safe_dump({"stages": {"toy": {"cmd": "./stage toy", "deps": ["stages/toy.py"], "params": ["toy"]}}})
    )
    failed, other = folder("toy.trouble=table"), folder("toy.trouble=table", "toy.rows=4")
    assert failed.exists() and other.exists() and failed != other
    assert failed.parents[2] == repo.root / ".vitrine" / "scratch"
    succeeded = folder()
    assert succeeded not in (failed, other, Path()) and not succeeded.exists()
    assert folder("checkpoints.every=null") == Path()


def test_folders_that_are_not_of_trainings_stay(tmp_path: Path) -> None:
    other, named_alike = tmp_path / "sft" / "results", tmp_path / "sft" / ("a" * 16)
    for folder in (other, named_alike):
        folder.mkdir(parents=True)
        (folder / "file").touch()
    with scratch.use("sft", "f" * 64, Saving(folder=tmp_path), Path()):
        assert scratch.claim()
    assert (other / "file").exists()
    assert (named_alike / "file").exists(), "it holds what no training made"
