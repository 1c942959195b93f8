"""The choice of customers, the profile, and a baseline that is trained on training customers only."""

from datetime import datetime

import polars as pl
import pytest

from vitrine import tables
from vitrine.facts import churn_profiles
from vitrine.tables.churn import CHURN

ROW = {
    "customer_unique_id": "a",
    "side": "train",
    "snapshot": datetime(2018, 1, 1),
    "state": "SP",
    "orders": 1,
    "items": 2,
    "spend": 139.77,
    "freight": 21.9,
    "recency_days": 45,
    "tenure_days": 45,
    "delivered": 1,
    "late": 0,
    "delivery_days": 12.0,
    "categories": 1,
    "category": "cama_mesa_banho",
    "payment_type": "credit_card",
    "installments": 3,
    "reviews": 1,
    "mean_score": 4.0,
    "last_score": 4,
    "churned": True,
}


def population(count=600, every=20, test_shift=0):
    """Customers of whom one in `every` returned; recent buyers returned more often."""
    rows = []
    for index in range(count):
        returned = index % every == 0
        days = (index * 7) % (120 if returned else 400)
        side = ("train", "train", "train", "test")[(index // every) % 4]
        rows.append(
            ROW
            | {"customer_unique_id": f"c{index:04}", "side": side, "churned": not returned, "spend": 10.0 + index}
            | {"recency_days": days + (test_shift if side == "test" else 0), "tenure_days": days}
        )
    return rows


def examples(tmp_path, rows, limit=10_000, seed=7):
    tables.write(tmp_path / "churn.parquet", rows, CHURN)
    return churn_profiles.examples(tmp_path / "churn.parquet", limit=limit, seed=seed)


def shares(result):
    counted = pl.DataFrame([{"side": one["side"], "churned": one["churned"]} for one in result]).group_by("side", "churned").len()
    return {(side, churned): count for side, churned, count in counted.rows()}


def test_profile_has_portuguese_names_and_formats():
    assert churn_profiles.profile(ROW) == {
        "estado": "SP",
        "categoria": "cama_mesa_banho",
        "pagamento": "cartão",
        "parcelas": "3",
        "pedidos": "1",
        "itens": "2",
        "gasto": "139,77",
        "frete": "21,90",
        "dias sem comprar": "45",
        "dias de entrega": "12",
        "atrasos": "0",
        "nota": "4",
    }


def test_unknown_values_are_left_out_and_extra_values_shown():
    unknown = dict.fromkeys(("category", "payment_type", "installments", "mean_score", "last_score"))
    result = churn_profiles.profile(ROW | unknown | {"orders": 2, "delivery_days": 12.25, "reviews": 0})
    assert not {"categoria", "pagamento", "parcelas", "nota", "nota média"} & result.keys()
    assert result["dias de cliente"] == "45" and result["dias de entrega"] == "12,2"
    assert churn_profiles.profile(ROW | {"reviews": 2, "mean_score": 3.5})["nota média"] == "3,5"
    assert churn_profiles.profile(ROW | {"payment_type": "not_defined"})["pagamento"] == "outro"


def test_splits_are_balanced_and_base_rate_is_the_true_share(tmp_path):
    result = examples(tmp_path, population(count=800))
    assert shares(result) == {("train", False): 30, ("train", True): 30, ("test", False): 10, ("test", True): 10}
    assert {one["base_rate"] for one in result} == {0.05}
    assert len({one["id"] for one in result}) == len(result)


def test_split_with_few_returns_still_has_prompts(tmp_path):
    result = examples(tmp_path, population(every=10**6))
    assert shares(result) == {("train", False): 1, ("train", True): churn_profiles.MIN_PROMPTS - 1}


def test_baseline_is_one_half_if_all_outcomes_are_equal(tmp_path):
    result = examples(tmp_path, [ROW | {"customer_unique_id": "b", "spend": 2.0}, ROW])
    assert [one["baseline"] for one in result] == [0.5, 0.5]


def test_no_customers_give_no_examples(tmp_path):
    assert examples(tmp_path, []) == []


def test_limit_keeps_the_balance_and_seed_decides_the_choice(tmp_path):
    rows = population(count=800)
    few = examples(tmp_path, rows, limit=20)
    assert len(few) == 20
    for side in ("train", "test"):
        assert abs(shares(few)[side, True] - shares(few)[side, False]) <= 1
    assert few == examples(tmp_path, rows, limit=20) != examples(tmp_path, rows, limit=20, seed=8)


def test_profiles_are_distinct(tmp_path):
    duplicates = [ROW | {"customer_unique_id": f"t{index}", "side": "test"} for index in range(5)]
    result = examples(tmp_path, population() + duplicates)
    profiles = [tuple(churn_profiles.profile(one).items()) for one in result]
    assert len(set(profiles)) == len(profiles)


def test_baseline_ranks_recent_buyers_as_more_likely_to_return(tmp_path):
    result = [one for one in examples(tmp_path, population(count=2000)) if one["side"] == "test"]
    mean = {
        churned: pl.Series([one["baseline"] for one in result if one["churned"] is churned]).mean() for churned in (True, False)
    }
    assert mean[False] + 0.1 < mean[True]
    assert all(0 < one["baseline"] < 1 for one in result)


@pytest.mark.parametrize("change", ["churned", "recency_days"])
def test_baseline_is_not_trained_on_test_customers(tmp_path, change):
    """Changed outcomes or days of test customers do not change the baseline of training customers."""
    rows = population(count=800)
    other = [
        row | ({"churned": True} if change == "churned" else {"recency_days": row["recency_days"] + 500})
        if row["side"] == "test"
        else row
        for row in rows
    ]
    one, two = ({e["id"]: e["baseline"] for e in examples(tmp_path, these) if e["side"] == "train"} for these in (rows, other))
    assert one == two != {}
