import random
from pathlib import Path
from statistics import fmean

import pytest

from vitrine.tasks import TASKS, describe
from vitrine.tasks.describe import FUNCTION_WORDS

FACTS = {
    "title": "Blue Steel Bottle",
    "content": "Keep drinks cold with this blue steel bottle. Fits any bag and cleans in seconds.",
}
REAL = Path(__file__).parents[3] / "shared" / "data" / "amazontitles" / "fiap_amazontitles_500.json.gz"


def score(reply, facts):
    return describe.grade(reply, facts).score


def soup(facts):
    return f"from the this {facts['title']} and is made it of and is it a and with in a"


@pytest.fixture(scope="module")
def listings(examples):
    return [{"title": example["title"], "content": example["content"]} for example in examples["describe"]]


@pytest.fixture(scope="module")
def real():
    """Listings of real sellers, where they are at hand."""
    if not REAL.exists():
        pytest.skip(f"{REAL.name} of AmazonTitles is not there")
    import gzip
    import html
    import json

    with gzip.open(REAL, "rt", encoding="utf-8") as file:
        rows = json.load(file)
    found = [{"title": html.unescape(row["instruction"]), "content": html.unescape(row["output"])} for row in rows]
    own = [len(set(facts["content"].split()) - set(facts["title"].split())) for facts in found]
    return [facts for facts, words in zip(found, own, strict=True) if 10 <= words <= 100][:30]


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param(FACTS["content"], 1.0, 1.0, id="gold"),
        pytest.param("A blue steel bottle that fits any bag.", 0.3, 0.7, id="part of it"),
        pytest.param("A steel bottle in blue: your drinks stay cold, it is cleaned in seconds.", 0.25, 0.7, id="in other words"),
        pytest.param("A bottle for seconds bag drinks.", 0.05, 0.35, id="words of it"),
        pytest.param("", 0.0, 0.0, id="silence"),
        pytest.param((FACTS["content"] + " ") * 20, 0.0, 0.1, id="endless text"),
        pytest.param("the the the the the the the the", 0.0, 0.1, id="a common word over and over"),
        pytest.param(soup(FACTS), 0.0, 0.1, id="the title among function words"),
    ],
)
def test_grade(reply, least, most):
    assert least <= score(reply, FACTS) <= most


def half_wrong(facts, others):
    """Every second content word from another description."""
    chance = random.Random(facts["title"])
    instead = [word for word in chance.choice(others)["content"].split() if word.lower() not in FUNCTION_WORDS]
    said, content = [], 0
    for word in facts["content"].split():
        content += word.lower() not in FUNCTION_WORDS
        said.append(chance.choice(instead) if word.lower() not in FUNCTION_WORDS and content % 2 else word)
    return " ".join(said)


@pytest.mark.parametrize("source", ["listings", "real"])
def test_the_title_among_function_words_earns_less_than_a_description_that_is_half_wrong(source, request):
    found = request.getfixturevalue(source)
    for facts in found:
        assert score(facts["content"], facts) == pytest.approx(1.0)
        assert score(soup(facts), facts) < score(half_wrong(facts, found), facts) + 0.02, facts["title"]
    soups = fmean(score(soup(facts), facts) for facts in found)
    assert soups < 0.1 and 3 * soups < fmean(score(half_wrong(facts, found), facts) for facts in found)


@pytest.mark.parametrize("source", ["listings", "real"])
def test_descriptions_of_others_earn_a_tenth(source, request):
    found = request.getfixturevalue(source)
    assert (
        fmean(
            score(other["content"], facts) for facts in found[:8] for other in found[::2] if other["content"] != facts["content"]
        )
        < 0.1
    )


@pytest.mark.parametrize(
    "content",
    [
        "看護師の本",
        "Тёплая куртка для зимы",
        "It is.",
        " ".join(f"word{place}" for place in range(1_500)),
        "Worship with Don Moen [VHS]",
    ],
    ids=["Japanese", "Russian", "no content word", "longer than is read", "the title"],
)
def test_the_gold_of_an_unusual_listing_earns_everything(content):
    assert score(content, {"title": "Worship with Don Moen [VHS]", "content": content}) == pytest.approx(1.0)


def test_the_headline_is_rouge():
    components = describe.grade(FACTS["content"], FACTS).components
    assert TASKS["describe"].headline([{"components": components}]) == dict.fromkeys(
        ("rougeL", "rouge1", "rouge2", "rougeLsum"), 1.0
    )
