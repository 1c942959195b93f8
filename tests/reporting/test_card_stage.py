"""Model cards: the licences that a model falls under, its owner, its scores, and the weights that the card describes."""

import hashlib
import json
import math
import re
from datetime import date

import pytest
from huggingface_hub import ModelCard

from stages.card import Card, main
from vitrine import cli
from vitrine.errors import CheckpointError, SettingsError, TableError
from vitrine.evaluation.scores.statistics import interval
from vitrine.reporting.cards import stamp
from vitrine.reporting.cards.meanings import MEANINGS
from vitrine.reporting.cards.subgroups import subgroups
from vitrine.settings import parse
from vitrine.tasks import TASKS

SHOP = {
    "title": "A shop",
    "homepage": "https://shop.example",
    "licence": "CC BY-NC-SA 4.0",
    "commercial": False,
    "origin": "path",
    "provenance": "published",
}
TITLES = {
    "title": "Titles",
    "homepage": "https://t.example",
    "licence": "not stated",
    "commercial": None,
    "origin": "hub",
    "provenance": "published",
}
SAMPLE = {
    "title": "Sample",
    "homepage": "https://s.example",
    "licence": "Apache-2.0",
    "commercial": True,
    "origin": "sample",
    "provenance": "generated",
}
SCRATCH = {"origin": "scratch", "vocabulary": 2048}
HUB = {"origin": "hub", "name": "Qwen/Qwen3-0.6B", "revision": "main", "context": 2048}


@pytest.fixture
def root(pipeline, tmp_path):
    """Three models trained on `extract` (of olist) and `describe` (of amazon_titles), as a finished run leaves them."""
    for name in ("metrics", "answers"):
        (tmp_path / name).symlink_to(pipeline / name)
    for name in ("base", "sft", "grpo"):
        (tmp_path / "models" / name).mkdir(parents=True)
        (tmp_path / "models" / name / "model.safetensors").write_bytes(name.encode())
    (tmp_path / "format.json").write_text(json.dumps({"train.extract": 1200, "train.describe": 300.0, "test.sql": 9}))
    write_accounting(tmp_path, olist=SHOP, amazon_titles=SAMPLE, alpaca=SAMPLE)
    return tmp_path


def write_accounting(root, selected=True, **sources):
    (root / "accounting.json").write_text(
        json.dumps({"sources": {name: source | {"selected": selected} for name, source in sources.items()}})
    )


def settings(root, **changes):
    values = {
        "models": {name: root / "models" / name for name in ("base", "sft", "grpo")},
        "metrics": {name: root / "metrics" / f"{name}.json" for name in ("base", "sft", "grpo")},
        "benchmark": root / "metrics" / "benchmark.json",
        "accounting": root / "accounting.json",
        "format": root / "format.json",
        "answers": root / "answers",
        "lm": SCRATCH,
        "owner": {},
        "cards": root / "out",
    }
    return parse(Card, "card", values | changes)


def cards(root, **changes):
    folder = changes.setdefault("cards", root / "out")
    main.body(settings(root, **changes))
    return {path.stem: ModelCard.load(path) for path in folder.iterdir()}


def test_there_is_a_card_for_each_model_and_the_hub_reads_it(root, board):
    assert main.body(settings(root)) == {"models": 3, "sources": 2}
    written = cards(root)
    assert set(written) == {"base", "sft", "grpo"}
    scores = {result.metric_name.split(":")[0]: result.metric_value for result in written["grpo"].data.eval_results}
    assert scores == {task: result["score"] for task, result in board["models"]["grpo"]["tasks"].items()} | {
        "overall": board["models"]["grpo"]["overall"]["score"]
    }
    assert written["sft"].data.language == ["en", "pt"]
    assert "trained it from `sft`" in written["grpo"].text
    assert "Against `sft`" in written["grpo"].text
    assert "Against" not in written["base"].text


def test_licences_are_those_of_the_sources_that_were_learned_from(root):
    text = cards(root)["grpo"].text
    assert "| [olist](https://shop.example) | A shop | CC BY-NC-SA 4.0 | Commercial use is not allowed. | extract |" in text
    assert "| Sample | Apache-2.0 | Commercial use is allowed. | describe |" in text
    assert "alpaca" not in text, "it was ingested, but nothing was learned from it"
    assert "| extract | pt | 1,200 |" in text
    assert "| sql | pt |" not in text, "it was benchmarked, but not trained on"
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
    write_accounting(root, olist=olist, amazon_titles=titles)
    data = cards(root)["sft"].data
    assert (data.license, data.license_name) == stated


def test_a_published_model_brings_its_own_terms(root):
    write_accounting(root, olist=SAMPLE, amazon_titles=SAMPLE)
    written = cards(root, lm=HUB)
    assert written["grpo"].data.base_model == "Qwen/Qwen3-0.6B"
    assert written["grpo"].data.license_name == "terms-of-its-base-and-data"
    assert "at revision `main`; that model's own terms apply to this one" in written["sft"].text
    assert "It learned nothing from rows of this run." in written["base"].text
    assert "| olist" not in written["base"].text


def test_a_card_describes_its_weights(root):
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


# ------------------------------------------------------------------------------------------------- owner, version, own files


def test_the_owner_stands_on_the_card_and_an_empty_field_names_its_setting(root):
    text = cards(root, owner={"contact": "dados@shop.example", "legal_basis": None})["grpo"].text
    assert "| Contact | dados@shop.example |" in text
    assert r"| Legal basis | not filled in: set card.owner.legal\_basis |" in text


def test_other_weights_have_another_version(root):
    before = versions(root)
    assert len(set(before.values())) == 3
    (root / "models" / "grpo" / "model.safetensors").write_bytes(b"trained again")
    after = versions(root)
    assert {name for name in before if before[name] != after[name]} == {"grpo"}


def versions(root):
    return {name: stamp.version(root / "out" / f"{name}.md") for name in cards(root)}


def test_the_same_inputs_give_the_same_card_without_commit_and_date(root):
    first, again = (cards(root)["grpo"].content for _ in range(2))
    assert first == again
    assert "| Commit |" not in first and "| Exported |" not in first


def test_a_stamp_adds_commit_and_day_below_the_version_once(root):
    text = cards(root)["grpo"].content
    card = root / "out" / "grpo.md"
    stamped = stamp.stamp(card, commit="abc123", day=date(2026, 5, 4))
    version = f"| Version | {stamp.version(card)} |\n"
    assert stamped == text.replace(version, f"{version}| Commit | abc123 |\n| Exported | 2026-05-04 |\n")
    for content, message in ((stamped, "is stamped already"), ("# A page", "is not a card with a version")):
        card.write_text(content)
        with pytest.raises(SettingsError, match=f"{card} {message}"):
            stamp.stamp(card, commit="abc123", day=date(2026, 5, 5))


def test_the_command_stamps_a_copy_of_the_card(root, monkeypatch, capsys):
    cards(root, cards=root / "models" / "cards")
    card = root / "models" / "cards" / "grpo.md"
    before = card.read_bytes()
    (root / "conf").mkdir()
    (root / "conf" / "stage.yaml").write_text("")
    monkeypatch.chdir(root)
    assert cli.main(["card", "grpo", "--out", "copy.md"]) == 0
    rows = [
        line for line in (root / "copy.md").read_text().splitlines() if line.startswith(("| Version", "| Commit", "| Exported"))
    ]
    assert rows[1:] == ["| Commit | not in Git |", f"| Exported | {date.today().isoformat()} |"]
    assert card.read_bytes() == before
    capsys.readouterr()
    assert cli.main(["card", "other"]) == 1
    assert "there is no card of 'other'; choose one of base, grpo, sft" in capsys.readouterr().err
    (root / "models" / "grpo" / "model.safetensors").write_bytes(b"trained again")
    assert cli.main(["card", "grpo"]) == 1
    assert "was written for other weights" in capsys.readouterr().err
    card.write_text("# A page")
    assert cli.main(["card", "grpo"]) == 1
    assert "models/cards/grpo.md is not a card with a version: delete it and run" in capsys.readouterr().err


def test_own_files_have_no_link_to_the_publisher(root):
    own = {"title": "Own files in the layout of A shop", "homepage": "", "licence": "yours to state", "commercial": None}
    write_accounting(root, olist=own | {"origin": "path", "provenance": "own"}, amazon_titles=SAMPLE)
    card = cards(root)["grpo"]
    assert "| olist | Own files in the layout of A shop | yours to state | Whether commercial use is allowed is for" in card.text
    assert "The files of olist are the owner's: their licence is the owner's to state" in card.text
    assert card.data.license_name == "terms-of-its-data"


def test_known_problems_say_what_the_scores_say(root, board):
    written = {name: card.text.partition("## Known problems")[2] for name, card in cards(root).items()}
    assert "- The score's interval lies below the best baseline, which needs no trained model: describe, " in written["base"]
    assert "- The generated listings of amazon\\_titles do not resemble published ones" in written["grpo"]
    assert re.search(r"- The score's interval lies below half of the full score: .*sql \(0\.0\d\d\)\.", written["base"])
    expected = "- The score's interval holds the best baseline, which needs no trained model: insights, sentiment."
    assert expected in written["grpo"]
    assert "Shown to be worse than sft" not in written["grpo"]
    write_accounting(root, olist=SHOP, amazon_titles=TITLES)
    assert "do not resemble" not in cards(root, cards=root / "published")["grpo"].text


def test_a_loss_against_the_model_before_is_a_known_problem(root, board):
    board = json.loads(json.dumps(board))
    for row in board["differences"]:
        if row["better"] == "grpo" and row["task"] in ("overall", "sql"):
            row |= {"mean": -0.1, "low": -0.2, "high": -0.05, "p": 0.001, "p_holm": 0.001, "shown": True}
    (root / "worse.json").write_text(json.dumps(board))
    text = cards(root, benchmark=root / "worse.json")["grpo"].text
    assert "- Shown to be worse than sft, the model before it: overall (-0.100), sql (-0.100)." in text


# ------------------------------------------------------------------------------------------------- meanings and subgroups


def test_every_task_says_what_its_score_means():
    assert set(MEANINGS) == set(TASKS)
    assert all(sentence.endswith(".") and len(sentence) <= 160 for sentence in MEANINGS.values())


def test_what_scores_mean_stands_on_the_card(root):
    assert f"| sql | {MEANINGS['sql']} |" in cards(root)["grpo"].text


def answer(task, score, cluster, **values):
    row = {"task": task, "score": score, "cluster": cluster, "entity": cluster, "prompt": "", "gold": None, "components": "{}"}
    return row | values


def test_sql_is_split_by_seen_and_unseen_question_templates():
    rows = [answer("sql", float(n % 2), f"t{n % 8}", components=json.dumps({"unseen": 0.0})) for n in range(40)]
    rows += [answer("sql", 0.0, f"u{n % 2}", components=json.dumps({"unseen": 1.0})) for n in range(9)]
    seen, unseen = subgroups(rows, {"sql": "pt"})
    assert (seen.kind, seen.value, seen.score.n, seen.score.clusters) == ("question template", "seen in training", 40, 8)
    assert (unseen.value, unseen.score.n, unseen.score.clusters, unseen.score.low) == ("unseen in training", 9, 2, -math.inf)
    assert seen.score == interval([row["score"] for row in rows[:40]], [row["cluster"] for row in rows[:40]])


def test_reviews_are_split_by_score_message_category_and_state():
    rows = [
        answer(
            "extract",
            0.5,
            f"c{n}",
            prompt=f"[EXTRAIR] …\nPedido: {{}}\nAvaliação: {'x' * (0, 40, 41, 121)[n % 4]}",
            gold=json.dumps(
                {"nota": 1 + n % 5, "atrasado": n % 2 == 0, "categoria": f"k{n % 20:02}", "estado": "SP", "problema": "atraso"}
            ),
        )
        for n in range(80)
    ]
    values = {}
    for group in subgroups(rows, {"extract": "pt"}):
        values.setdefault(group.kind, []).append(group.value)
    assert values == {
        "review score": ["1", "2", "3", "4", "5"],
        "message": ["1 to 40 characters", "41 to 120 characters", "empty", "more than 120 characters"],
        "late delivery": ["no", "yes"],
        "category": ["k00", "k01", "k02", "k03", "k04", "k05", "14 others"],
    }, "one problem and one state are no subgroups"


def test_tasks_are_split_by_language_and_ungraded_answers_are_left_out():
    rows = [answer("sql", 1.0, f"a{n}") for n in range(7)] + [answer("describe", 0.5, f"b{n}") for n in range(6)]
    rows += [answer("general", None, "c")]
    groups = subgroups(rows, {"sql": "pt", "describe": "en", "general": "en"})
    assert [(group.task, group.value, group.score.n) for group in groups] == [
        ("all graded tasks", "pt", 7),
        ("all graded tasks", "en", 6),
    ]


def test_subgroups_stand_on_the_card_with_n_interval_or_too_few(root):
    text = cards(root)["grpo"].text
    rows = [line for line in text.splitlines() if line.startswith("| sentiment | review score: ")]
    assert len(rows) == 5
    assert all(
        re.fullmatch(r"\| .* \| \d+ \| \d+ \| [01]\.\d{3} \| (too few|[01]\.\d{3} to [01]\.\d{3}) \|", row) for row in rows
    )
    assert "## Subgroups" not in cards(root, answers=root / "nowhere")["grpo"].text
