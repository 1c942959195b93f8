"""ECInstruct: all file layouts, each element is a row or a reject; in the sample, answers follow from inputs."""

import gzip
import json
import re

import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.sources.conftest import read_folder
from vitrine.errors import SourceError
from vitrine.sources import ecinstruct
from vitrine.sources.samples import amazon_phrases, ecinstruct_phrases
from vitrine.sources.samples import ecinstruct as sample
from vitrine.tables.published.ecinstruct import INSTRUCTIONS, TASKS

GOOD = {
    "output": "yes",
    "input": '{"product 1": {"price": "nan"}}',
    "options": None,
    "task": "Product_Matching",
    "setting": "IND_Diverse_Instruction",
    "split": "val",
    "few_shot_example": None,
    "instruction": "Same?",
}


def read(folder, text, name="dataset.json"):
    (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_folder("ecinstruct", folder)


def rows(loaded):
    return loaded.tables["instructions"].to_pylist()


def test_the_derived_files(real):
    loaded = read_folder("ecinstruct", real / "ecinstruct")
    table = pl.DataFrame(loaded.tables["instructions"])
    assert (loaded.tables["instructions"].schema, table.height, loaded.rejects.num_rows) == (INSTRUCTIONS, 4000, 0)
    counts = {(task, split): count for task, split, count in table.group_by("task", "split").len().iter_rows()}
    assert counts == {("Product_Relation_Prediction", "test"): 2000, ("Product_Substitute_Identification", "test"): 2000}
    related = table.filter(pl.col("task") == "Product_Relation_Prediction")
    assert related["options"].str.starts_with('["A: ').all() and not related["input"].str.contains("options:").any()
    assert related["output"].value_counts(sort=True).rows() == [("B", 1654), ("A", 339), ("C", 7)]


def test_the_published_columns(tmp_path):
    (row,) = rows(read(tmp_path, json.dumps([GOOD])))
    assert row == GOOD | {"id": "dataset:0"}


@pytest.mark.parametrize("form", ["indented", "lines", "lines without an end", "gzip", "parquet"])
def test_every_layout_gives_the_same_rows(tmp_path, form):
    many = [GOOD | {"input": str(i)} for i in range(5)]
    lines = "\n".join(json.dumps(row) for row in many)
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(many), tmp_path / "0000.parquet")
    elif form == "gzip":
        (tmp_path / "dataset.json.gz").write_bytes(gzip.compress(json.dumps(many).encode()))
    else:
        text = json.dumps(many, indent=4) if form == "indented" else lines + ("\n\n" if form == "lines" else "")
        (tmp_path / "dataset.json").write_text(text)
    loaded = read_folder("ecinstruct", tmp_path)
    assert [row["input"] for row in rows(loaded)] == list("01234")
    assert {row["task"] for row in rows(loaded)} == {"Product_Matching"}
    assert (loaded.rows_in, loaded.rejects.num_rows) == (5, 0)


def test_task_and_split_come_from_the_file_name_if_columns_lack_them(tmp_path):
    bare = {name: GOOD[name] for name in ("instruction", "input", "output")} | {"input": 'x\noptions: ["A: y"]'}
    for name in ("Sentiment_Analysis_train.json", "Query_Product_Ranking_test.json", "SA_val.json", "test_OOD.json"):
        (tmp_path / name).write_text(json.dumps([bare]))
    (tmp_path / "qpr_test_labels.json").write_text("[[]]")  # not a file of ECInstruct, so not read
    (tmp_path / "Other_Task_test.json").write_text("[[]]")
    actual = {(row["task"], row["split"], row["input"], row["options"]) for row in rows(read_folder("ecinstruct", tmp_path))}
    expected = {("Sentiment_Analysis", "train"), ("Query_Product_Ranking", "test"), ("SA", "val"), (None, "test")}
    assert actual == {(*pair, "x", '["A: y"]') for pair in expected}


def test_the_file_with_the_whole_dataset_replaces_its_parts(tmp_path):
    (tmp_path / "SA_test.json").write_text(json.dumps([GOOD]))
    assert len(rows(read(tmp_path, json.dumps([GOOD])))) == 1


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        pytest.param('{"instruction": "a", "input": ""}', "has no text in output", id="a field is missing"),
        pytest.param('{"instruction": "a", "input": "", "output": NaN}', "has no text in output", id="NaN"),
        pytest.param('"text"', "is str, not an object", id="not an object"),
        pytest.param('{"instruction": "\\ud800", "input": "", "output": ""}', "half a surrogate pair", id="half a pair"),
    ],
)
@pytest.mark.parametrize("as_lines", [False, True])
def test_a_bad_element_is_rejected_with_its_bytes(tmp_path, bad, reason, as_lines):
    good = json.dumps(GOOD)
    loaded = read(tmp_path, f"{good}\n{bad}\n{good}\n" if as_lines else f"[{good},\n{bad} ,\n{good}]")
    assert [row["id"] for row in rows(loaded)] == ["dataset:0", "dataset:2"]
    (reject,) = loaded.rejects.to_pylist()
    assert (reject["line"], reject["raw"]) == (2, bad.encode())
    assert reason in reject["reason"]


@pytest.mark.parametrize("bad", [b"not json", b'{"instruction": "\xff", "input": "", "output": ""}', b"{"])
def test_a_bad_line_is_rejected_alone(tmp_path, bad):
    good = json.dumps(GOOD).encode()
    loaded = read(tmp_path, good + b"\n" + bad + b"\r\n" + good)
    assert len(rows(loaded)) == 2
    assert [(reject["line"], reject["raw"]) for reject in loaded.rejects.to_pylist()] == [(2, bad)]


def test_rows_are_read_in_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(ecinstruct, "BATCH_ROWS", 3)
    (tmp_path / "dataset.json").write_text(json.dumps([GOOD] * 7))
    assert [batch.rows_in for batch in ecinstruct.read(tmp_path)] == [3, 3, 1]
    assert rows(read_folder("ecinstruct", tmp_path))[-1]["id"] == "dataset:6"


def test_a_missing_file_is_reported_in_one_sentence(tmp_path):
    with pytest.raises(SourceError, match=r"holds no file of ECInstruct.*expected dataset\.json"):
        read_folder("ecinstruct", tmp_path)
    with pytest.raises(SourceError, match="does not exist"):
        read_folder("ecinstruct", tmp_path / "nowhere")
    (tmp_path / "0000.parquet").write_bytes(b"no")
    with pytest.raises(SourceError, match=r"0000\.parquet is not a whole parquet file"):
        read_folder("ecinstruct", tmp_path)


# ---------------------------------------------------------------------------------------------------------- the sample


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    sample.generate(folder, rows=3000, seed=7)
    return pl.DataFrame(read_folder("ecinstruct", folder).tables["instructions"])


def of(made, task):
    return made.filter(pl.col("task") == TASKS[task]).to_dicts()


def test_the_sample_has_all_tasks_settings_and_splits(made):
    assert made.height == 3000
    assert set(made["task"]) == set(TASKS.values())
    assert {(setting, split) for setting, split in made.select("setting", "split").rows()} == set(sample.CELLS)
    at_home = made.filter(pl.col("setting").str.starts_with("OOD"))["task"].unique()
    assert not set(at_home) & {TASKS[task] for task in sample.WITHOUT_OOD}
    shots = made.filter(pl.col("setting").str.ends_with("1-shot"))["few_shot_example"]
    assert shots.null_count() == 0 and made["few_shot_example"].null_count() == 3000 - len(shots)
    assert all({"input", "output"} <= set(json.loads(shot)) for shot in shots)
    matches = " ".join(row["input"] for row in of(made, "PM"))
    assert '"nan"' in matches and ": NaN" in matches


def test_classes_are_skewed_as_published(made):
    shares = {}
    for task in ("PRP", "SA", "MPC", "PM"):
        outputs = pl.Series([row["output"][0] for row in of(made, task)])
        shares[task] = outputs.value_counts(sort=True)["count"][0] / len(outputs)
    assert 0.75 < shares["PRP"] < 0.9 and 0.5 < shares["SA"] < 0.7 and 0.55 < shares["MPC"] < 0.75 and shares["PM"] < 0.65


def test_unseen_instructions_are_not_in_training(made):
    unseen = set(made.filter(pl.col("setting").str.contains("Unseen"))["instruction"])
    assert not unseen & set(made.filter(pl.col("split") == "train")["instruction"])
    single = made.filter(pl.col("setting").str.contains("Single")).group_by("task").agg(pl.col("instruction").n_unique())
    diverse = made.filter(pl.col("setting").str.contains("Diverse")).group_by("task").agg(pl.col("instruction").n_unique())
    assert single["instruction"].max() <= 3 < diverse["instruction"].min()


def test_an_example_occurs_in_several_settings(made):
    examples = made.filter(pl.col("split") == "train").unique(["task", "setting", "input"])
    assert examples.group_by("task", "input").len()["len"].max() == 2


def test_training_and_test_share_few_inputs(made):
    train = set(made.filter(pl.col("split") == "train")["input"])
    test = made.filter(pl.col("split") == "test")["input"].unique()
    assert sum(text in train for text in test) / len(test) < 0.03


def test_attribute_values_are_in_the_stated_source(made):
    for row in of(made, "AVE"):
        product = json.loads(row["input"])
        targets = product.pop("target attributes").lower().split(" and ")
        answers = json.loads(row["output"])
        assert {answer["attribute"] for answer in answers} == set(targets)
        for answer in answers:
            if answer["value"] == "None":
                assert answer["source"] == "None"
            else:
                assert answer["value"] in product[answer["source"]].lower()
    assert any(answer["value"] == "None" for row in of(made, "AVE") for answer in json.loads(row["output"]))


def test_a_match_agrees_in_every_detail(made):
    for row in of(made, "PM"):
        first, second = json.loads(row["input"]).values()
        words = [set(re.findall(r"\w+", record["title"])) - {"by"} for record in (first, second)]
        assert (words[0] == words[1]) == (row["output"] == "yes")


def kind_of(title):
    return max((product.name for product in amazon_phrases.PRODUCTS if product.name in title), key=len)


def test_a_relation_follows_from_the_titles(made):
    for row in of(made, "PRP"):
        first, second = json.loads(row["input"]).values()
        if kind_of(first) != kind_of(second):
            assert row["output"] == "A"
        else:
            brands = [
                next(brand for brand in sorted(BRANDS, key=len, reverse=True) if title.startswith(brand))
                for title in (first, second)
            ]
            assert row["output"] == ("C" if brands[0] == brands[1] else "B")


BRANDS = [brand.strip() for brand in amazon_phrases.BRANDS.split(",")]


def grade(query, title):
    """E: every word of the query is in the title; S: all but one detail; otherwise by the kind of product."""
    if kind_of(title).lower() not in query:
        return "other"
    missing = [word for word in query.split() if word not in title.lower().replace(",", " ").split()]
    return "S" if missing else "E"


def test_relevance_follows_from_the_query(made):
    letters = {"A": "E", "B": "S", "C": "other", "D": "other"}
    for row in of(made, "MPC"):
        given = json.loads(row["input"])
        assert grade(given["query"], given["product title"]) == letters[row["output"][0]]
        assert row["output"] in json.loads(row["options"])
    for row in of(made, "PSI"):
        given = json.loads(row["input"])
        assert (grade(given["query"], given["product"]) == "S") == (row["output"] == "yes")
    for row in of(made, "QPR"):
        given = json.loads(row["input"])
        graded = {line[0]: grade(given["query"], line[3:]) for line in given["product list"]}
        order = [graded[letter] for letter in row["output"].split(",")]
        assert order == sorted(order, key=["E", "S", "other"].index) and len(order) == len(graded)


def test_the_next_product_is_of_the_same_department(made):
    for row in of(made, "SR"):
        history, options = ([line.split(". ")[1] for line in eval(row[name])] for name in ("input", "options"))
        assert len(options) == 20 and len(set(history)) == 1
        assert [chr(65 + place) for place, department in enumerate(options) if department == history[0]] == [row["output"]]


def test_an_answer_is_in_the_document(made):
    for row in of(made, "AG"):
        question = json.loads(row["input"])
        document = " ".join(question["document"]).lower()
        value = re.sub(r"^(it is made of|the size is|it comes in|it is made by) ", "", row["output"].lower()).rstrip(".")
        assert value in document
    assert len({row["output"] for row in of(made, "AG")}) > 40
    yes = [row["output"] == "yes" for row in of(made, "AP")]
    assert 0.5 < sum(yes) / len(yes) < 0.75


def test_sentiments_are_distinguishable(made):
    opened = {grade: set() for grade in ecinstruct_phrases.SENTIMENTS}
    for row in of(made, "SA"):
        opened[row["output"]].add(row["input"])
        assert len(row["input"].split()) >= 8
    texts = list(opened.values())
    assert all(texts) and sum(map(len, texts)) == len(set().union(*texts))
