"""replacing: a file appears when it is complete; a file in DVC's cache is never changed through a link."""

from pathlib import Path

import pytest

from vitrine.files import replacing


def test_a_file_appears_only_when_it_is_complete(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "x.csv"
    with replacing(path) as new:
        new.write_text("a")
        assert not path.exists()
    assert path.read_text() == "a"
    with pytest.raises(KeyError), replacing(path) as new:
        new.write_text("half")
        raise KeyError
    assert path.read_text() == "a"
    assert [entry.name for entry in path.parent.iterdir()] == ["x.csv"]


def test_a_file_in_the_cache_is_not_changed_through_a_link(tmp_path: Path) -> None:
    cached, path = tmp_path / "object", tmp_path / "x.csv"
    cached.write_text("first")
    path.hardlink_to(cached)
    with replacing(path) as new:
        new.write_text("second")
    assert (cached.read_text(), path.read_text()) == ("first", "second")


def test_a_folder_replaces_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "model"
    for name in ("old", "new"):
        with replacing(path) as new:
            new.mkdir()
            (new / name).write_text(name)
    assert [entry.name for entry in path.iterdir()] == ["new"]
    with pytest.raises(KeyError), replacing(path) as new:
        new.mkdir()
        raise KeyError
    assert [entry.name for entry in tmp_path.iterdir()] == ["model"]
