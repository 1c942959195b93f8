"""Model cards: whose terms a model falls under, what it scores, and that the card belongs to these weights."""

import hashlib
import json

import pytest
from huggingface_hub import ModelCard

from stages.card import Card, main
from vitrine.errors import CheckpointError, TableError
from vitrine.settings import parse

SHOP = {
    "title": "A shop",
    "homepage": "https://shop.example",
    "licence": "CC BY-NC-SA 4.0",
    "commercial": False,
    "origin": "path",
}
TITLES = {"title": "Titles", "homepage": "https://t.example", "licence": "not stated", "commercial": None, "origin": "hub"}
SAMPLE = {"title": "Sample", "homepage": "https://s.example", "licence": "Apache-2.0", "commercial": True, "origin": "sample"}
SCRATCH = {"origin": "scratch", "vocabulary": 2048}
HUB = {"origin": "hub", "name": "Qwen/Qwen3-0.6B", "revision": "main", "context": 2048}


@pytest.fixture
def root(pipeline, tmp_path):
    """Three models trained on `extract` (of olist) and `describe` (of amazon_titles), as a finished run leaves them."""
    (tmp_path / "metrics").symlink_to(pipeline / "metrics")
    for name in ("base", "sft", "grpo"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "model.safetensors").write_bytes(name.encode())
    (tmp_path / "format.json").write_text(json.dumps({"train.extract": 1200, "train.describe": 300.0, "test.sql": 9}))
    told(tmp_path, olist=SHOP, amazon_titles=SAMPLE, alpaca=SAMPLE)
    return tmp_path


def told(root, selected=True, **sources):
    (root / "accounting.json").write_text(
        json.dumps({"sources": {name: one | {"selected": selected} for name, one in sources.items()}})
    )


def settings(root, **changes):
    values = {
        "models": {name: root / "models" / name for name in ("base", "sft", "grpo")},
        "metrics": {name: root / "metrics" / f"{name}.json" for name in ("base", "sft", "grpo")},
        "benchmark": root / "metrics" / "benchmark.json",
        "accounting": root / "accounting.json",
        "format": root / "format.json",
        "lm": SCRATCH,
        "cards": root / "out",
    }
    return parse(Card, "card", values | changes)


def cards(root, **changes):
    main.body(settings(root, **changes))
    return {path.stem: ModelCard.load(path) for path in (root / "out").iterdir()}


def test_there_is_a_card_for_each_model_and_the_hub_reads_it(root, board):
    assert main.body(settings(root)) == {"models": 3, "sources": 2}
    found = cards(root)
    assert set(found) == {"base", "sft", "grpo"}
    scores = {result.metric_name.split(":")[0]: result.metric_value for result in found["grpo"].data.eval_results}
    assert scores == {task: one["score"] for task, one in board["models"]["grpo"]["tasks"].items()} | {
        "overall": board["models"]["grpo"]["overall"]["score"]
    }
    assert found["sft"].data.language == ["en", "pt"]
    assert "trained it from `sft`" in found["grpo"].text
    assert "Against `sft`" in found["grpo"].text
    assert "Against" not in found["base"].text


def test_licences_travel_from_the_sources_that_were_learned_from(root):
    text = cards(root)["grpo"].text
    assert "| [olist](https://shop.example) | A shop | CC BY-NC-SA 4.0 | Commercial use is not allowed. | extract |" in text
    assert "| Sample | Apache-2.0 | Commercial use is allowed. | describe |" in text
    assert "alpaca" not in text, "it was ingested, and nothing was learned from it"
    assert "| extract | pt | 1,200 |" in text
    assert "| sql | pt |" not in text, "it was asked in the test and never trained on"
    assert "The texts of amazon\\_titles are generated" in text


@pytest.mark.parametrize(
    ("olist", "titles", "stated"),
    [
        pytest.param(SAMPLE, SAMPLE, ("apache-2.0", None), id="all generated"),
        pytest.param(SHOP, SHOP, ("cc-by-nc-sa-4.0", None), id="one licence"),
        pytest.param(SHOP, SAMPLE, ("other", "terms-of-its-data"), id="two"),
        pytest.param(SAMPLE, TITLES, ("other", "terms-of-its-data"), id="one is not stated"),
        pytest.param(TITLES, TITLES, ("other", "terms-of-its-data"), id="none is stated"),
    ],
)
def test_no_licence_is_claimed_that_the_data_do_not_give(root, olist, titles, stated):
    told(root, olist=olist, amazon_titles=titles)
    data = cards(root)["sft"].data
    assert (data.license, data.license_name) == stated


def test_a_published_model_brings_its_own_terms(root):
    told(root, olist=SAMPLE, amazon_titles=SAMPLE)
    found = cards(root, lm=HUB)
    assert found["grpo"].data.base_model == "Qwen/Qwen3-0.6B"
    assert found["grpo"].data.license_name == "terms-of-its-base-and-data"
    assert "at revision `main`; that model's own terms hold for this one" in found["sft"].text
    assert "It learned nothing from rows of this run." in found["base"].text
    assert "| olist" not in found["base"].text


def test_a_card_belongs_to_its_weights(root):
    assert hashlib.sha256(b"grpo").hexdigest() in cards(root)["grpo"].text
    (root / "models" / "grpo" / "model.safetensors").rename(root / "models" / "grpo" / "adapter_model.safetensors")
    assert "the weights of an adapter, which needs that model." in cards(root)["grpo"].text
    (root / "models" / "grpo" / "adapter_model.safetensors").unlink()
    with pytest.raises(CheckpointError, match="holds no weights"):
        main.body(settings(root))


def test_controls_and_intervals_stand_beside_the_scores(root, board):
    text = cards(root)["grpo"].text
    shuffled = board["controls"]["insights"]["shuffled"]["grpo"]
    (row,) = [line for line in text.splitlines() if line.startswith("| insights | 40 | ") and line.count("|") == 8]
    assert row.endswith(f"| {shuffled:.3f} | 0.780 | 0.310 |")
    assert "| not shown to read the prompt |" in text and "| not shown |" in text
    low, high = board["models"]["grpo"]["tasks"]["sql"]["intervals"]["runs"]
    assert rf"runs {board['models']['grpo']['tasks']['sql']['runs']:.3f} \[{low:.3f}, {high:.3f}\]" in text


def test_a_scoreboard_without_controls_gives_a_card_too(root, board):
    older = {key: value for key, value in board.items() if key != "controls"}
    (root / "older.json").write_text(json.dumps(older))
    assert "| not known | not known | not known |" in cards(root, benchmark=root / "older.json")["grpo"].text


def test_a_model_that_was_not_benchmarked_says_so(root):
    (root / "models" / "other").mkdir()
    (root / "models" / "other" / "model.safetensors").write_bytes(b"other")
    where = {"models": {"other": root / "models" / "other"}, "metrics": {"other": root / "metrics" / "nowhere.json"}}
    assert "It was not benchmarked." in cards(root, **where)["other"].text
    assert "of the stage" not in cards(root, **where | {"metrics": {}})["other"].text


@pytest.mark.parametrize(("key", "to"), [("benchmark", "no.json"), ("accounting", "no.json")])
def test_what_must_be_there(root, key, to):
    with pytest.raises(TableError, match="run `dvc repro"):
        main.body(settings(root, **{key: root / to}))


def test_the_same_run_gives_the_same_bytes(root):
    def written():
        main.body(settings(root))
        return {path.name: path.read_bytes() for path in (root / "out").iterdir()}

    assert written() == written()
