"""An answer is one path or an error; nodes are full paths; wrong names never raise the score."""

import math
import random
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vitrine import tables
from vitrine.errors import ParseError, VerifierError
from vitrine.tables.published.taxonomy import CATEGORIES
from vitrine.verifiers.taxonomy import Taxonomy, hierarchical_scores, name_key, shared_depth

PUBLISHED = Path(__file__).parents[3] / "shared" / "data" / "taxonomy" / "taxonomy-with-ids.en-US.2021-09-21.txt"
PATHS = [
    ("Pets & Animals", "Cats", "Cat Beds"),
    ("Pets & Animals", "Cats", "Cat Toys", "Feather Toys"),
    ("Pets & Animals", "Dogs"),
    ("Media", "CD/DVD Cases"),
    ("Media", "Crêpe Pans"),
    ("Dogs", "Cats"),
]
TREE = Taxonomy.from_paths(PATHS)
BED = PATHS[0]


def f1(reply, gold=BED):
    try:
        parsed = TREE.parse(reply)
    except ParseError:
        return 0.0
    return hierarchical_scores(shared=shared_depth(parsed.path, gold), predicted=parsed.name_count, gold=len(gold)).f1


@pytest.mark.parametrize(
    "reply",
    [
        "Pets & Animals > Cats > Cat Beds",
        "  pets and animals>CATS>cat   beds \n",
        "Pets &amp; Animals &gt; Cats &gt; Cat Beds",
        "Pets & Animals › Cats › Cat Beds",
        "Pets & Animals » Cats » Cat Beds.",
        "Pets & Animals → Cats → Cat Beds",
        "Pets & Animals -> Cats --> Cat Beds",
        "Pets & Animals => Cats >> Cat-Beds",
        "Pets & Animals / Cats / Cat Beds",
        "Category: Pets & Animals > Cats > Cat Beds",
        "**Product category: Pets & Animals > Cats > Cat Beds**",
        "```\nPets & Animals > Cats > Cat Beds\n```",
        '"Pets & Animals" > "Cats" > "Cat Beds"',
        "<think>Media > Dogs?</think>Pets & Animals > Cats > Cat Beds",
    ],
)
def test_all_spellings_of_a_path_are_parsed(reply):
    parsed = TREE.parse(reply)
    assert parsed.path == BED and parsed.valid


def test_a_slash_in_a_name_and_missing_accents_are_accepted():
    assert TREE.parse("Media > CD/DVD cases").valid and TREE.parse("media > crepe pans").path == ("Media", "Crêpe Pans")


@pytest.mark.parametrize(
    ("reply", "path", "names"),
    [
        pytest.param("Pets & Animals", ("Pets & Animals",), 1, id="a node above"),
        pytest.param("Pets & Animals > Cats > Fish", ("Pets & Animals", "Cats"), 3, id="an invented tail"),
        pytest.param("Pets & Animals > Fish > Cat Beds", ("Pets & Animals",), 3, id="a gap: later names do not count"),
        pytest.param("Cats > Cat Beds", (), 2, id="not from the root"),
        pytest.param("Cat Beds", (), 1, id="the last name alone"),
        pytest.param("Dogs > Cats", ("Dogs", "Cats"), 2, id="the same name below another root is another node"),
        pytest.param("Pets & Animals > Cats >", ("Pets & Animals", "Cats"), 3, id="a trailing arrow"),
        pytest.param("A cat wants a bed", (), 1, id="prose"),
        pytest.param("Pets & Animals, Cats, Cat Beds", (), 1, id="a list of names"),
        pytest.param("Pets & Animals > Cats > Cat Beds or Toys", ("Pets & Animals", "Cats"), 3, id="two last names"),
    ],
)
def test_the_longest_prefix_in_the_tree_is_the_path(reply, path, names):
    parsed = TREE.parse(reply)
    assert (parsed.path, parsed.name_count) == (path, names) and parsed.valid == (len(path) == names)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("", id="silence"),
        pytest.param("<think>Pets & Animals > Cats", id="still thinking"),
        pytest.param("Pets & Animals > Cats\nMedia > Crêpe Pans", id="a path on each line"),
        pytest.param("Pets & Animals > Cats > Cat Beds\n" * 5, id="repeated lines"),
        pytest.param("Pets & Animals > Cats > Cat Beds or Media > Crêpe Pans", id="or"),
        pytest.param("Pets & Animals > Cats > Cat Beds, Media > Crêpe Pans", id="a comma"),
        pytest.param("Pets & Animals > Cats > Cat Beds; pets and animals > Dogs", id="a semicolon, another spelling"),
        pytest.param("Pets & Animals > Cats > Cat Beds | Media", id="a bar"),
        pytest.param("Pets & Animals, Cats, Cat Beds, Media, Dogs", id="a list with two roots"),
        pytest.param("Pets & Animals > Cats > Cat Toys > Feather Toys > Red Toys", id="deeper than any path"),
        pytest.param("Pets & Animals > Cats > Cat Beds" + " and so on" * 50, id="endless"),
    ],
)
def test_no_answer(reply):
    with pytest.raises(ParseError):
        TREE.parse(reply)


@given(st.text(max_size=60) | st.lists(st.sampled_from([*"<>›/|,;&", " or ", *map(" > ".join, PATHS)]), max_size=6).map("".join))
def test_any_text_gives_a_path_or_a_parse_error(text):
    assert 0.0 <= f1(text) <= 1.0
    try:
        parsed = TREE.parse(text)
    except ParseError:
        return
    assert parsed.name_count >= len(parsed.path) and (not parsed.path or parsed.path in TREE.paths)


names = st.sampled_from(["Cats", "Dogs", "Fish", "Media", "Cat Beds", "Cat Toys", "", "x y"])


@given(st.sampled_from(PATHS), st.integers(0, 4), st.lists(names, max_size=4))
def test_a_longer_correct_prefix_scores_more_and_wrong_names_cost(gold, depth, tail):
    part = list(gold[:depth])
    right = [f1(" > ".join(gold[:k]), gold) for k in range(len(gold) + 1)]
    assert right == sorted(set(right)) and right[-1] == 1.0
    if tail and tuple(part + tail)[: len(part) + 1] != gold[: len(part) + 1]:
        assert f1(" > ".join(part + tail), gold) < f1(" > ".join(part), gold) or not part


def test_invented_names_score_no_more_than_wrong_ones():
    part, made_up, wrong = "Pets & Animals > Cats", "Pets & Animals > Cats > Fish", "Pets & Animals > Cats > Cat Toys"
    assert f1(made_up) == f1(wrong) == pytest.approx(2 / 3) and f1(part) == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("reply", "less_than"),
    [
        pytest.param(" > ".join(PATHS[1]), "Pets & Animals > Cats", id="the longest path"),
        pytest.param("Pets & Animals", "Pets & Animals > Cats", id="the top alone"),
        pytest.param("; ".join(map(" > ".join, PATHS)), "Pets & Animals", id="every path"),
        pytest.param("It goes with Cats, in Pets & Animals, or Cat Beds", "Pets & Animals", id="every name, in prose"),
    ],
)
def test_cheats_score_less_than_part_of_the_path(reply, less_than):
    assert f1(reply) < f1(less_than)


def test_scores_by_hand():
    # three answers: right; two of three nodes and one wrong; wrong from the root on
    assert hierarchical_scores(shared=3, predicted=3, gold=3).f1 == 1.0
    pairs = [(BED, BED), (PATHS[1][:3], BED), (("Media",), PATHS[1])]
    total = {
        "shared": sum(shared_depth(predicted, gold) for predicted, gold in pairs),
        "predicted": sum(len(predicted) for predicted, _ in pairs),
        "gold": sum(len(gold) for _, gold in pairs),
    }
    scores = hierarchical_scores(**total)
    assert total == {"shared": 5, "predicted": 7, "gold": 10}
    assert (scores.precision, scores.recall, scores.f1) == pytest.approx((5 / 7, 5 / 10, 10 / 17))
    assert hierarchical_scores(shared=0, predicted=0, gold=3) == hierarchical_scores(shared=0, predicted=0, gold=0)


def test_scores_equal_hiclass():
    metrics = pytest.importorskip("hiclass.metrics", reason="hiclass is not installed; `pip install hiclass` to compare with it")
    rng = random.Random(7)
    tree = [(a, f"{a}{b}", f"{a}{b}{c}")[: rng.randint(1, 3)] for a in "ABC" for b in "xyz" for c in "12"]
    pairs = [(rng.choice(tree), rng.choice(tree)) for _ in range(300)]
    predicted, gold = (np.array([[*path, *[""] * (3 - len(path))] for path in paths]) for paths in zip(*pairs, strict=True))
    ours = hierarchical_scores(
        shared=sum(shared_depth(predicted, gold) for predicted, gold in pairs),
        predicted=sum(len(predicted) for predicted, _ in pairs),
        gold=sum(len(gold) for _, gold in pairs),
    )
    assert ours.precision == pytest.approx(metrics.precision(gold, predicted), abs=1e-12)
    assert ours.recall == pytest.approx(metrics.recall(gold, predicted), abs=1e-12)
    assert ours.f1 == pytest.approx(metrics.f1(gold, predicted), abs=1e-12)


def test_scores_equal_f1_of_node_sets():
    rng = random.Random(8)
    for _ in range(200):
        predicted, gold = ([rng.choice("ab") for _ in range(rng.randint(1, 5))] for _ in range(2))
        one, other = ({tuple(path[:k]) for k in range(1, len(path) + 1)} for path in (predicted, gold))
        scores = hierarchical_scores(shared=shared_depth(predicted, gold), predicted=len(predicted), gold=len(gold))
        assert scores.f1 == pytest.approx(2 * len(one & other) / (len(one) + len(other)))


def test_a_file_is_loaded_and_a_missing_file_raises_a_verifier_error(tmp_path):
    rows = [{"id": i, "language": "en-US", "version": "1", "path": list(path), "depth": 1} for i, path in enumerate(PATHS)]
    tables.write(tmp_path / "taxonomy.parquet", rows, CATEGORIES)
    assert Taxonomy.load(tmp_path / "taxonomy.parquet").paths == TREE.paths
    assert Taxonomy.load(tmp_path / "taxonomy.parquet") is Taxonomy.load(tmp_path / "taxonomy.parquet")
    with pytest.raises(VerifierError, match="cannot be read"):
        Taxonomy.load(tmp_path / "none.parquet")


def test_invalid_taxonomies_raise():
    with pytest.raises(VerifierError, match="at least one path"):
        Taxonomy.from_paths([])
    with pytest.raises(VerifierError, match="without a letter"):
        Taxonomy.from_paths([("Pets", "—")])
    with pytest.raises(VerifierError, match="no path of the taxonomy"):
        TREE.root(("Media", "Fish"))


def test_two_spellings_are_one_path():
    tree = Taxonomy.from_paths([("Pots and Pans", "Crêpe pans"), ("pots & pans", "Woks")])
    assert tree.roots == ("Pots and Pans",) and tree.parse("POTS & PANS > woks").path == ("Pots and Pans", "Woks")


@given(st.text(max_size=30))
@example("𝓐")  # its compatible letter is a capital
@settings(max_examples=200)
def test_name_key_is_idempotent(text):
    assert name_key(name_key(text)) == name_key(text)


def test_scores_are_finite_for_extreme_sums():
    assert all(map(math.isfinite, vars(hierarchical_scores(shared=0, predicted=1e9, gold=0)).values()))


@pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published taxonomy, ../shared/data/taxonomy, is not here")
def test_every_published_path_is_parsed_as_itself():
    lines = PUBLISHED.read_text(encoding="utf-8").splitlines()
    paths = [tuple(line.partition(" - ")[2].split(" > ")) for line in lines if not line.startswith("#")]
    tree = Taxonomy.from_paths(paths)
    assert len(paths) == len(tree.paths) == 5_595 and tree.depth == 7
    for path in paths:
        for arrow in (" > ", " / ", "›"):
            assert tree.parse(arrow.join(path).upper()).path == path
