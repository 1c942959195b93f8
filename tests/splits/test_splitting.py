"""Splitting prompts: no row is lost, and no entity and no text is in two splits."""

import json
import random

import polars as pl
import pytest

from vitrine.cleaning.near.shingles import comparable_texts
from vitrine.splits import splitting
from vitrine.splits.contamination import Contamination
from vitrine.splits.masked import Masked

ALL = Contamination(ngram=13, jaccard=0.8, by_gold=(), replies=(), masked=None)
NONE = Contamination(ngram=None, jaccard=None, by_gold=(), replies=(), masked=None)
MASKED = Masked(jaccard=0.8, same_only=(), not_compared=())
WORDS = [f"{start}{middle}{end}" for start in "bcdfgl" for middle in "aeiou" for end in ("rato", "nal", "mendo", "sque", "vio")]


def text(n):
    """Eight words that hardly occur for another number."""
    return " ".join(random.Random(n).choices(WORDS, k=8))


def row(task, n, content=None, entity=None):
    return {
        "id": f"{task}:{n}",
        "task": task,
        "entity": entity or f"e{n}",
        "messages": [{"role": "user", "content": content or text(n)}],
        "gold": f"gold {n}",
        "facts": json.dumps({}),
    }


def split(rows, **changes):
    arguments = {
        "validation": 0.1,
        "test": 0.2,
        "most": {"test": 10},
        "golds": {"a": None, "b": 5},
        "contamination": ALL,
        "seed": 7,
    } | changes
    return splitting.split(rows, **arguments)


def prompts(split_up, *where):
    return [r["messages"][-1]["content"] for side in where for r in split_up.kept[side]]


def aside(split_up):
    return {name.rsplit(".", 1)[1]: n for name, n in split_up.counts.items() if name.startswith("set_aside.contaminated.")}


def test_no_row_is_lost_and_no_entity_is_in_two_splits():
    rows = [row(task, n) for task in "ab" for n in range(200)]
    split_up = split(rows)
    entities = [{r["entity"] for r in kept} for kept in split_up.kept.values()]
    assert not (entities[0] & entities[1] or entities[0] & entities[2] or entities[1] & entities[2])
    kept = sum(map(len, split_up.kept.values()))
    assert kept + split_up.counts["set_aside.test_full"] + sum(aside(split_up).values()) == len(rows)


def test_test_holds_at_most_the_set_number_of_a_task():
    split_up = split([row(task, n) for task in "ab" for n in range(200)])
    assert split_up.counts["test.a"] == split_up.counts["test.b"] == 10


def test_validation_is_capped_too_and_the_rest_does_not_go_to_train():
    rows = [row(task, n) for task in "ab" for n in range(200)]
    capped, free = split(rows, most={"validation": 4, "test": 10}), split(rows)
    assert capped.counts["validation.a"] == capped.counts["validation.b"] == 4
    assert capped.counts["set_aside.validation_full"] == len(free.kept["validation"]) - 8 > 0
    assert set(prompts(capped, "train")) == set(prompts(free, "train"))


def test_a_text_that_is_also_held_out_is_dropped_from_train_never_from_test():
    rows = [row("a", n, content=text(n % 100)) for n in range(200)]
    split_up = split(rows, most={"test": 200})
    assert not set(prompts(split_up, "train")) & set(prompts(split_up, "validation", "test"))
    assert not set(prompts(split_up, "validation")) & set(prompts(split_up, "test"))
    assert len(split_up.kept["test"]) == len(split(rows, most={"test": 200}, contamination=NONE).kept["test"]) > 20
    assert aside(split_up)["exact"] == split_up.counts["contaminated.a"] > 10


@pytest.mark.parametrize(
    ("kind", "again", "rules"),
    [
        ("ngram", lambda n: f"{text(n + 7000)} {long(n)}", {"ngram": 13}),
        ("near", lambda n: f"{long(n)} s", {"jaccard": 0.8}),
        ("gold", lambda n: text(n + 7000), {"by_gold": ("a",)}),
        ("reply", lambda n: text(n + 7000), {"jaccard": 0.99, "replies": ("a",)}),
        ("masked", lambda n: long(n).replace("9", "1.250,00"), {"masked": MASKED}),
    ],
)
def test_every_kind_is_counted_by_its_name(kind, again, rules):
    """Another person repeats a text in this way."""
    first = [row("a", n, content=long(n)) for n in range(200)]
    other = [row("a", n + 1000, content=again(n)) | {"gold": f"gold {n}"} for n in range(200)]
    split_up = split(first + other, most={"test": 400}, contamination=NONE.model_copy(update=rules))
    assert aside(split_up)[kind] > 20 and sum(aside(split_up).values()) == aside(split_up)[kind]
    assert not any(aside(split(first + other, most={"test": 400}, contamination=NONE)).values())


def long(n):
    return f"{text(n)} 9 {text(n + 500)}"


def dated(n, month):
    return f"{text(n)} em {month:02}/2018"


@pytest.mark.parametrize("exempt", [(), ("a",)])
def test_remaining_masked_copies_are_counted_for_each_task(exempt):
    """Every text occurs in twelve months, an entity each. A task that is not compared keeps them and reports their share."""
    rows = [row("a", 100 * n + month, content=dated(n, month)) for n in range(40) for month in range(1, 13)]
    rules = NONE.model_copy(update={"masked": MASKED.model_copy(update={"not_compared": exempt})})
    split_up = split(rows, most={}, contamination=rules)
    trained = {prompt[:-8] for prompt in prompts(split_up, "train")}
    leaked = [prompt[:-8] in trained for prompt in prompts(split_up, "test")]
    assert split_up.counts["leaked_masked.a"] == pytest.approx(sum(leaked) / len(leaked))
    assert split_up.counts["near_masked.a"] >= split_up.counts["leaked_masked.a"]
    assert (split_up.counts["leaked_masked.a"] > 0.9) is bool(exempt)
    assert (aside(split_up)["masked"] > 0) is not bool(exempt)
    assert len(split_up.kept["test"]) == len(split(rows, most={}, contamination=NONE).kept["test"])


def test_golds_are_limited_in_train_only():
    split_up = split([row(task, n) for task in "ab" for n in range(200)])
    golds = [r["gold"] for r in split_up.kept["train"] if r["task"] == "b"]
    assert sum(gold is not None for gold in golds) == 5 < len(golds)
    assert all(r["gold"] for r in split_up.kept["test"])
    assert split_up.counts["train.golds"] == sum(r["gold"] is not None for r in split_up.kept["train"])


@pytest.mark.parametrize("rows", [[], [row("a", 0)]])
def test_empty_and_single_rows_are_split_too(rows):
    assert sum(map(len, split(rows).kept.values())) == len(rows)


@pytest.fixture(scope="session")
def reviews(real):
    """Published reviews with a text, and their customers."""

    def read(name, columns):
        return pl.read_csv(real / "olist" / f"olist_{name}_dataset.csv.gz", columns=columns, infer_schema=False)

    messages = read("order_reviews", ["order_id", "review_comment_message"]).drop_nulls()
    orders = messages.join(read("orders", ["order_id", "customer_id"]), on="order_id", maintain_order="left")
    people = orders.join(read("customers", ["customer_id", "customer_unique_id"]), on="customer_id", maintain_order="left")
    return people.filter(comparable_texts(people["review_comment_message"]) != "")


@pytest.mark.slow
def test_a_random_split_of_the_published_reviews_leaks_and_the_split_by_entity_does_not(reviews):
    texts = reviews["review_comment_message"].to_list()
    people = reviews["customer_unique_id"].to_list()
    alike = comparable_texts(reviews["review_comment_message"]).to_list()
    assert len(texts) > 35_000

    rng = random.Random(7)
    drawn = [rng.random() < 0.1 for _ in texts]
    tested = {text for text, out in zip(alike, drawn, strict=True) if out}
    leaks = sum(text in tested for text, out in zip(alike, drawn, strict=True) if not out)
    known = {person for person, out in zip(people, drawn, strict=True) if out}
    assert leaks > 2000 and any(person in known for person, out in zip(people, drawn, strict=True) if not out)

    rows = [row("a", n, content=texts[n], entity=people[n]) for n in range(len(texts))]
    split_up = split(rows, validation=0.02, test=0.08, most={"test": len(texts)})
    held_out = [r for where in ("validation", "test") for r in split_up.kept[where]]
    for of in (lambda r: alike[int(r["id"][2:])], lambda r: r["entity"]):
        assert not {of(r) for r in split_up.kept["train"]} & {of(r) for r in held_out}
    assert aside(split_up)["exact"] > 1000 and len(split_up.kept["train"]) > 0.7 * len(texts)
