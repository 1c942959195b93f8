"""A small Olist with its typical gaps: nearly everyone orders once, and hardly a value equals a limit in a question.

build(folder)    ->  folder/olist/orders.parquet, …; 3,000 orders of 2,930 people
"""

import datetime as dt
import random
from pathlib import Path

import polars as pl

from vitrine import tables
from vitrine.tables.published import olist

ORDERS, RETURNING = 3_000, 70
STATES = {"SP": 600, "RJ": 200, "MG": 150, "RS": 50, "BA": 40, "RR": 5}
CATEGORIES = {"cama_mesa_banho": 40, "beleza_saude": 30, "bebes": 10, "pet_shop": 1}
PAYMENTS = {"credit_card": 74, "boleto": 19, "voucher": 5, "debit_card": 2}
STATUSES = {"delivered": 970, "shipped": 11, "canceled": 6, "unavailable": 6}


def build(folder: Path) -> Path:
    chance = random.Random(7)

    def pick(weights: dict[str, int]) -> str:
        return chance.choices(list(weights), list(weights.values()))[0]

    begin = dt.datetime(2016, 9, 4)
    people = [f"u{number:05}" for number in range(ORDERS - RETURNING)]
    people += chance.sample(people, RETURNING)
    home = {person: pick(STATES) for person in people}
    bought = [begin + dt.timedelta(seconds=chance.randrange(770 * 86_400)) for _ in people]
    sellers = [(f"s{number:03}", pick(STATES)) for number in range(150)]
    products = [(f"p{number:04}", pick(CATEGORIES), chance.randrange(100, 15_000)) for number in range(1_000)]
    orders = [
        (
            f"o{n:05}",
            f"c{n:05}",
            pick(STATUSES),
            when,
            when + dt.timedelta(days=chance.gauss(12, 5)),
            when + dt.timedelta(days=24),
        )
        for n, when in enumerate(bought)
    ]
    ids = [order[0] for order in orders]
    rows_by_table = {
        "orders": orders,
        "customers": [(f"c{n:05}", person, f"cidade_{home[person]}", home[person]) for n, person in enumerate(people)],
        "order_items": [
            (order, chance.choice(products)[0], chance.choice(sellers)[0], round(chance.lognormvariate(4.3, 0.9), 1) + 0.09, 15.1)
            for order in ids
        ],
        "products": products,
        "sellers": sellers,
        "order_payments": [(order, pick(PAYMENTS), chance.choice([1, 1, 2, 3, 10]), chance.uniform(20, 400)) for order in ids],
        "order_reviews": [(order, chance.choices(range(1, 6), [11, 3, 8, 19, 57])[0]) for order in ids],
    }
    from vitrine.facts.shop import COLUMNS

    for name, rows in rows_by_table.items():
        frame = pl.DataFrame(rows, schema=COLUMNS[name], orient="row")
        others = [pl.lit(None).alias(column) for column in olist.TABLES[name].names if column not in COLUMNS[name]]
        tables.write(folder / "olist" / f"{name}.parquet", frame.with_columns(others), olist.TABLES[name])
    return folder
