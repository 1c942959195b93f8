"""The parts of question templates: measures, filters and groupings, each in Portuguese and in SQL.

    REVENUE                     "a receita", "o faturamento"                    SUM(price), from order_items
    CATEGORY                    "da categoria {category}", "em {category}"      product_category_name = '{category}'
    STATES                      "estado", "os estados"                          customer_state
    source("order_items", "customers")
        FROM order_items JOIN orders USING (order_id) JOIN customers USING (customer_id)

All wordings of a part have the same meaning, so any of them may be used in any question.
"""

from dataclasses import dataclass, replace

BOUGHT, DELIVERED, PROMISED = "order_purchase_timestamp", "order_delivered_customer_date", "order_estimated_delivery_date"
LINKS = {
    "customers": ("orders", "customer_id"),
    "products": ("order_items", "product_id"),
    "sellers": ("order_items", "seller_id"),
}


@dataclass(frozen=True)
class Measure:
    """A number to compute. `nouns` are its names, each with its article, which decides grammatical agreement."""

    nouns: tuple[tuple[str, str], ...]
    sql: str
    table: str
    needs: tuple[str, ...] = ()  # other tables to join


@dataclass(frozen=True)
class Filter:
    wordings: tuple[str, ...]
    sql: str
    needs: tuple[str, ...] = ()


@dataclass(frozen=True)
class Grouping:
    singular: str
    plural: str
    article: str  # of `plural`
    sql: str
    needs: tuple[str, ...] = ()


ORDERS = Measure((("o", "número de pedidos"), ("a", "quantidade de pedidos")), "COUNT(*)", "orders")
REVENUE = Measure((("a", "receita"), ("o", "faturamento")), "SUM(price)", "order_items")
ITEMS = Measure((("o", "número de itens vendidos"), ("a", "quantidade de itens")), "COUNT(*)", "order_items")
PRICE = Measure((("o", "preço médio"), ("a", "média dos preços")), "AVG(price)", "order_items")
FREIGHT = Measure((("o", "frete médio"), ("a", "média do frete")), "AVG(freight_value)", "order_items")
FREIGHT_SHARE = Measure(
    (("o", "percentual do frete sobre o preço"), ("a", "porcentagem do frete em relação ao preço")),
    "100 * SUM(freight_value) / SUM(price)",
    "order_items",
)
RATING = Measure((("a", "nota média"), ("a", "média das notas")), "AVG(review_score)", "order_reviews")
REVIEWS = Measure((("o", "número de avaliações"), ("a", "quantidade de avaliações")), "COUNT(*)", "order_reviews")
PAID = Measure((("o", "valor pago"), ("o", "total pago")), "SUM(payment_value)", "order_payments")
PAYMENT_SIZE = Measure((("o", "valor médio dos pagamentos"),), "AVG(payment_value)", "order_payments")
INSTALLMENTS = Measure(
    (("o", "número médio de parcelas dos pagamentos"), ("a", "média de parcelas dos pagamentos")),
    "AVG(payment_installments)",
    "order_payments",
)
CUSTOMERS = Measure(
    (("o", "número de clientes distintos"), ("a", "quantidade de clientes diferentes")),
    "COUNT(DISTINCT customer_unique_id)",
    "orders",
    ("customers",),
)
CITIES_SERVED = Measure(
    (("o", "número de cidades diferentes com pedidos"), ("a", "quantidade de cidades com compras")),
    "COUNT(DISTINCT customer_city)",
    "orders",
    ("customers",),
)
DELIVERY = Measure(
    (("o", "tempo médio de entrega em dias"), ("a", "média de dias até a entrega")),
    f"AVG(DATE_DIFF('day', {BOUGHT}, {DELIVERED}))",
    "orders",
)

STATE = Filter(("de clientes de {state}", "no estado {state}"), "customer_state = '{state}'", ("orders", "customers"))
TO_STATE = replace(STATE, wordings=("para clientes de {state}", "no estado {state}"))  # for items sold or delivered
OF_STATE = replace(STATE, wordings=("de {state}", "no estado {state}"))  # for customers who live there
SELLER_STATE = Filter(("de lojas de {state}", "de vendedores de {state}"), "seller_state = '{state}'", ("sellers",))
CATEGORY = Filter(("da categoria {category}", "em {category}"), "product_category_name = '{category}'", ("products",))
YEAR = Filter(("em {year}", "no ano de {year}"), f"YEAR({BOUGHT}) = {{year}}", ("orders",))
MONTH = Filter(
    ("em {month}/{year}", "no mês {month}/{year}"), f"YEAR({BOUGHT}) = {{year}} AND MONTH({BOUGHT}) = {{month}}", ("orders",)
)
STATUS = Filter(("com status {status}",), "order_status = '{status}'", ("orders",))
LATE = Filter(("entregues com atraso", "que atrasaram"), f"{DELIVERED} > {PROMISED}", ("orders",))
SLOW = Filter(
    ("entregues em mais de {days} dias", "que levaram mais de {days} dias"),
    f"DATE_DIFF('day', {BOUGHT}, {DELIVERED}) > {{days}}",
    ("orders",),
)
PRICED = Filter(("acima de {value} reais", "de mais de {value} reais"), "price > {value}")
FOR_DEAR = replace(PRICED, wordings=("em itens acima de {value} reais", "dos itens de mais de {value} reais"))
PAYMENT = Filter(("com {payment}", "via {payment}"), "payment_type = '{payment}'", ("order_payments",))
WHO_PAID = replace(PAYMENT, wordings=("que pagaram com {payment}", "que usaram {payment}"))
PAID_OVER = Filter(("acima de {value} reais", "maiores que {value} reais"), "payment_value > {value}")
SCORE = Filter(("com nota {score}", "de nota {score}"), "review_score = {score}")

STATES = Grouping("estado", "estados", "os", "customer_state", ("orders", "customers"))
CATEGORIES = Grouping("categoria", "categorias", "as", "product_category_name", ("products",))
SELLERS = Grouping("vendedor", "vendedores", "os", "seller_id")
MONTHS = Grouping("mês", "meses", "os", f"MONTH({BOUGHT})", ("orders",))
PAYMENT_TYPES = Grouping("forma de pagamento", "formas de pagamento", "as", "payment_type")


def source(table: str, *others: str) -> str:
    """The FROM clause: `table` and the joins to the others, through orders or items if needed."""
    joined, text = {table}, f"FROM {table}"
    for other in others:
        between, key = LINKS.get(other, ("", "order_id"))
        for step in (between, other):
            if step and step not in joined:
                joined.add(step)
                text += f" JOIN {step} USING ({key if step == other else 'order_id'})"
    return text
