"""The SQL question grammar: shapes with slots, each in several Portuguese wordings, each with its SELECT.

    the first of `examples(clean, seed=7)`:
    {"id": "pedidos_estado_ano:SP:2017", "entity": "pedidos_estado_ano:SP:2017",
     "question": "Quantos pedidos vieram de SP em 2017?",
     "sql": "SELECT COUNT(*) FROM orders JOIN customers USING (customer_id) WHERE customer_state = 'SP' AND …"}

An entity is a shape with its slot values: whatever its wording, a question stands on one side of the split only.
"""

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from vitrine import tables
from vitrine.tables import olist

STATES = "SP RJ MG RS PR SC BA DF ES GO PE CE PA MT MA MS PB PI RN AL SE TO RO AM AC AP RR".split()
SLOTS: dict[str, list[str]] = {
    "state": STATES,
    "status": "delivered shipped canceled unavailable invoiced processing".split(),
    "payment": "credit_card boleto voucher debit_card".split(),
    "year": "2016 2017 2018".split(),
    "month": [str(month) for month in range(1, 13)],
    "score": [str(score) for score in range(1, 6)],
    "n": "3 4 5 6 7 8 9 10".split(),
    "value": "20 30 50 80 100 120 150 200 250 300 400 500".split(),
}


@dataclass(frozen=True)
class Shape:
    name: str
    wordings: tuple[str, ...]
    sql: str


_BOUGHT = "order_purchase_timestamp"
_YEAR, _MONTH = f"YEAR({_BOUGHT}) = {{year}}", f"MONTH({_BOUGHT}) = {{month}}"
_LATE = "order_delivered_customer_date > order_estimated_delivery_date"
_STATE, _CATEGORY, _DEAR = "customer_state = '{state}'", "product_category_name = '{category}'", "price > {value}"
_ORDERS = "FROM orders JOIN customers USING (customer_id)"
_ITEMS = "FROM order_items JOIN products USING (product_id)"
_SOLD = f"{_ITEMS} JOIN orders USING (order_id)"
_RATED = "FROM order_reviews JOIN orders USING (order_id) JOIN customers USING (customer_id)"

SHAPES = (
    Shape(
        "pedidos_estado_ano",
        ("Quantos pedidos vieram de {state} em {year}?", "Em {year}, quantos pedidos o estado {state} fez?"),
        f"SELECT COUNT(*) {_ORDERS} WHERE {_STATE} AND {_YEAR}",
    ),
    Shape(
        "pedidos_estado_mes",
        ("Quantos pedidos {state} fez em {month}/{year}?", "Em {month}/{year}, quantos pedidos foram para {state}?"),
        f"SELECT COUNT(*) {_ORDERS} WHERE {_STATE} AND {_YEAR} AND {_MONTH}",
    ),
    Shape(
        "pedidos_status_mes",
        (
            "Quantos pedidos de {month}/{year} estão com status {status}?",
            "Conte os pedidos {status} comprados em {month}/{year}.",
        ),
        f"SELECT COUNT(*) FROM orders WHERE order_status = '{{status}}' AND {_YEAR} AND {_MONTH}",
    ),
    Shape(
        "pedidos_por_mes_estado",
        ("Quantos pedidos por mês {state} fez em {year}?", "Mostre os pedidos de {state} por mês em {year}."),
        f"SELECT MONTH({_BOUGHT}), COUNT(*) {_ORDERS} WHERE {_STATE} AND {_YEAR} GROUP BY 1",
    ),
    Shape(
        "atrasos_estado",
        ("Quantas entregas atrasaram em {state} no ano de {year}?", "Entregas atrasadas para {state} em {year}: quantas?"),
        f"SELECT COUNT(*) {_ORDERS} WHERE {_LATE} AND {_STATE} AND {_YEAR}",
    ),
    Shape(
        "clientes_estado_pagamento",
        ("Quantos clientes de {state} pagaram com {payment}?", "Número de clientes distintos de {state} que usaram {payment}?"),
        f"SELECT COUNT(DISTINCT customer_unique_id) {_ORDERS} JOIN order_payments USING (order_id) "
        f"WHERE {_STATE} AND payment_type = '{{payment}}'",
    ),
    Shape(
        "receita_categoria_ano",
        ("Qual é a receita de {category} em {year}?", "Quanto a categoria {category} vendeu em {year}?"),
        f"SELECT SUM(price) {_SOLD} WHERE {_CATEGORY} AND {_YEAR}",
    ),
    Shape(
        "receita_categoria_estado",
        ("Quanto {category} vendeu para clientes de {state}?", "Receita de {category} no estado {state}?"),
        f"SELECT SUM(price) {_SOLD} JOIN customers USING (customer_id) WHERE {_CATEGORY} AND {_STATE}",
    ),
    Shape(
        "categorias_receita_ano",
        ("Quais as {n} categorias que mais venderam em {year}?", "Liste as {n} categorias de maior receita em {year}."),
        f"SELECT product_category_name, SUM(price) {_SOLD} WHERE {_YEAR} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {{n}}",
    ),
    Shape(
        "preco_medio_categoria_estado",
        ("Qual o preço médio de {category} vendido por lojas de {state}?", "Lojas de {state}: qual o preço médio em {category}?"),
        f"SELECT AVG(price) {_ITEMS} JOIN sellers USING (seller_id) WHERE {_CATEGORY} AND seller_state = '{{state}}'",
    ),
    Shape(
        "itens_caros_categoria",
        ("Quantos itens de {category} custam mais de {value} reais?", "Em {category}, quantos itens passam de {value} reais?"),
        f"SELECT COUNT(*) {_ITEMS} WHERE {_CATEGORY} AND {_DEAR}",
    ),
    Shape(
        "frete_medio_estado",
        (
            "Qual o frete médio para {state} em itens acima de {value} reais?",
            "Frete médio dos itens de mais de {value} reais para {state}?",
        ),
        "SELECT AVG(freight_value) FROM order_items JOIN orders USING (order_id) JOIN customers USING (customer_id) "
        f"WHERE {_STATE} AND {_DEAR}",
    ),
    Shape(
        "nota_media_categoria",
        ("Qual a nota média da categoria {category}?", "Como {category} é avaliada, em média?"),
        "SELECT AVG(review_score) FROM order_reviews JOIN order_items USING (order_id) JOIN products USING (product_id) "
        f"WHERE {_CATEGORY}",
    ),
    Shape(
        "notas_estado",
        ("Quantas avaliações nota {score} vieram de {state}?", "Conte as notas {score} dadas por clientes de {state}."),
        f"SELECT COUNT(*) {_RATED} WHERE review_score = {{score}} AND {_STATE}",
    ),
    Shape(
        "estados_nota_baixa",
        (
            "Que estados têm nota média abaixo de {score} em {year}?",
            "Estados com média de avaliação menor que {score} em {year}?",
        ),
        f"SELECT customer_state, AVG(review_score) {_RATED} WHERE {_YEAR} GROUP BY 1 HAVING AVG(review_score) < {{score}}",
    ),
    Shape(
        "media_pagamento",
        (
            "Qual o valor médio pago com {payment} acima de {value} reais?",
            "Valor médio dos pagamentos {payment} maiores que {value}?",
        ),
        "SELECT AVG(payment_value) FROM order_payments WHERE payment_type = '{payment}' AND payment_value > {value}",
    ),
    Shape(
        "parcelas_pagamento",
        (
            "Qual a média de parcelas dos pagamentos acima de {value} reais em {year}?",
            "Em {year}, média de parcelas acima de {value} reais?",
        ),
        "SELECT AVG(payment_installments) FROM order_payments JOIN orders USING (order_id) "
        f"WHERE payment_value > {{value}} AND {_YEAR}",
    ),
)


def examples(clean: Path, *, seed: int) -> Iterator[dict[str, Any]]:
    """Every question there is, shuffled, the shapes taken in turn so that none crowds out another."""
    slots = SLOTS | {"category": _categories(clean)}
    chance = random.Random(seed)
    streams = [_instances(shape, slots, chance) for shape in SHAPES]
    for round_ in itertools.zip_longest(*streams):
        yield from (one for one in round_ if one is not None)


def _instances(shape: Shape, slots: dict[str, list[str]], chance: random.Random) -> Iterator[dict[str, Any]]:
    names = [name for name in slots if f"{{{name}}}" in shape.sql]
    values = list(itertools.product(*(slots[name] for name in names)))
    chance.shuffle(values)
    for chosen in values:
        filled = dict(zip(names, chosen, strict=True))
        name = ":".join((shape.name, *chosen))
        yield {
            "id": name,
            "entity": name,
            "question": chance.choice(shape.wordings).format(**filled),
            "sql": shape.sql.format(**filled),
        }


def _categories(clean: Path) -> list[str]:
    products = tables.scan(clean / "olist" / "products.parquet", olist.TABLES["products"])
    counted = (
        products.drop_nulls("product_category_name")
        .group_by("product_category_name")
        .len()
        .sort(pl.col("len"), "product_category_name")
    )
    return list(counted.collect().get_column("product_category_name").reverse().head(40))
