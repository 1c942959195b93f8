"""Scoreboards, curves and records: right, missing and damaged ones."""

import json
from pathlib import Path

import pytest

from vitrine.errors import TableError
from vitrine.reporting.inputs import read_board, read_curve, read_records


class TestBoard:
    def test_a_scoreboard_is_read(self, pipeline, board):
        assert read_board(pipeline / "metrics/benchmark.json") == board

    @pytest.mark.parametrize("key", ["suite", "seed", "models", "differences"])
    def test_a_scoreboard_without_a_key_is_an_error(self, tmp_path, board, key):
        path = tmp_path / "benchmark.json"
        path.write_text(json.dumps({name: part for name, part in board.items() if name != key}))
        with pytest.raises(TableError, match=r"is not a scoreboard .*; run `dvc repro -f benchmark`"):
            read_board(path)

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "is not JSON"),
            ("[1]", "is not a scoreboard"),
            ('{"suite": {}, "seed": 7, "models": {}, "differences": []}', "is not a scoreboard"),
        ],
    )
    def test_a_malformed_file_is_one_sentence(self, tmp_path, text, sentence):
        path = tmp_path / "benchmark.json"
        path.write_text(text)
        with pytest.raises(TableError, match=sentence) as error:
            read_board(path)
        assert "benchmark.json" in str(error.value)

    def test_no_file(self, tmp_path):
        with pytest.raises(TableError, match=r"cannot be read \(No such file or directory\); run `dvc repro benchmark`"):
            read_board(tmp_path / "benchmark.json")

    def test_not_text(self, tmp_path):
        (tmp_path / "benchmark.json").write_bytes(b"\xff\xfe\x00")
        with pytest.raises(TableError, match="is not JSON"):
            read_board(tmp_path / "benchmark.json")


class TestCurve:
    def read(self, folder, text, name="sft.csv"):
        path = folder / name
        path.write_text(text, encoding="utf-8")
        return read_curve("sft", path)

    def test_csv(self, tmp_path):
        curve = self.read(tmp_path, "step,loss,reward\n2,1.5,\n1,2.5,0.1\n")
        assert curve.columns == {"loss": [(1, 2.5), (2, 1.5)], "reward": [(1, 0.1)]}
        assert not curve.absent

    def test_values_that_are_not_finite_are_counted(self, tmp_path):
        curve = self.read(tmp_path, "step,loss\n1,2\n2,nan\n3,inf\n")
        assert curve.columns == {"loss": [(1, 2.0)]}
        assert curve.broken == {"loss": 2}

    @pytest.mark.parametrize(
        ("text", "name", "why"),
        [
            ("", "sft.csv", "holds no steps"),
            ("step,loss\n", "sft.csv", "holds no steps"),
            ("loss\n1\n", "sft.csv", "no column of numbers called step"),
            ("step,loss\nnan,1\n", "sft.csv", "no column of numbers called step"),
            ("step,loss\n1,\n", "sft.csv", "no numbers except its steps"),
            ("step,loss\n1,2,3,4\n", "sft.csv", ""),
        ],
    )
    def test_a_curve_that_cannot_be_drawn_has_a_reason(self, tmp_path, text, name, why):
        assert why in self.read(tmp_path, text, name).absent

    def test_no_file(self):
        assert read_curve("sft", Path("nowhere.csv")).absent == "nowhere.csv does not exist"

    def test_not_text(self, tmp_path):
        (tmp_path / "sft.csv").write_bytes(b"step,loss\n1,\xff\x00\xff\n")
        assert "cannot be read" in read_curve("sft", tmp_path / "sft.csv").absent


class TestRecords:
    def test_stages_and_cells(self, pipeline):
        metrics = pipeline / "metrics"
        records = read_records([metrics / "ingest/olist.json", metrics / "format.json"])
        assert [(record.stage, record.item) for record in records] == [("ingest", "olist"), ("format", "")]
        assert records[0].numbers["rejected, no_order"] == 11

    def test_a_folder_means_all_of_its_files(self, pipeline):
        records = read_records([pipeline / "metrics/ingest"])
        assert [record.item for record in records] == ["alpaca", "amazon_titles", "olist"]

    def test_only_finite_numbers_of_two_levels_are_read(self, tmp_path):
        path = tmp_path / "metrics" / "sft.json"
        path.parent.mkdir()
        path.write_text(
            json.dumps({"loss": float("nan"), "ok": True, "name": "x", "a": {"b": 1, "c": {"d": 2}}, "list": [1], "rows": 3})
        )
        assert read_records([path])[0].numbers == {"a, b": 1, "rows": 3}

    @pytest.mark.parametrize(("text", "why"), [("{", "cannot be read"), ("[]", "holds no named numbers")])
    def test_a_record_that_cannot_be_read_has_a_reason(self, tmp_path, text, why):
        path = tmp_path / "sft.json"
        path.write_text(text)
        assert why in read_records([path, tmp_path / "none.json"])[0].absent
        assert "does not exist" in read_records([tmp_path / "none.json"])[0].absent
