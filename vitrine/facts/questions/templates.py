"""The 48 question templates; eight of them are used for test questions only.

    TEMPLATES["receita_categoria_ano"].wordings[0]      "Qual é a receita de {category} em {year}?"
    HELD_OUT                                         names of the templates that no model is trained on
    CORE                                             names of the templates for training a very small model

Held-out templates combine parts that occur in training in ways that do not: the mean price by state and year, the freight by
month, the top states of a category, sellers above a number of items, the share of a payment type, the monthly change of revenue,
items above the mean by state, products never sold above a price. Each is of a different kind, so that they measure composition.
"""

from vitrine.facts.questions import parts
from vitrine.facts.questions.frames import QuestionTemplate, above_average, by, change, having, rank, running, share, top, value
from vitrine.facts.questions.parts import CATEGORY, ITEMS, MONTH, ORDERS, PAYMENT, REVENUE, SELLER_STATE, STATE, TO_STATE, YEAR
from vitrine.facts.questions.special import SPECIAL

_ABOVE_MEAN = "acima do preço médio geral"
_PLAIN = (
    value(
        "pedidos_estado_ano",
        ORDERS,
        (STATE, YEAR),
        "Quantos pedidos vieram de {state} em {year}?",
        "Em {year}, quantos pedidos o estado {state} fez?",
    ),
    value(
        "pedidos_estado_mes",
        ORDERS,
        (STATE, MONTH),
        "Quantos pedidos {state} fez em {month}/{year}?",
        "Em {month}/{year}, quantos pedidos foram para {state}?",
    ),
    value(
        "pedidos_status_mes",
        ORDERS,
        (parts.STATUS, MONTH),
        "Quantos pedidos de {month}/{year} estão com status {status}?",
        "Conte os pedidos {status} comprados em {month}/{year}.",
    ),
    value(
        "atrasos_estado",
        ORDERS,
        (parts.LATE, TO_STATE, YEAR),
        "Quantas entregas atrasaram em {state} no ano de {year}?",
        "Entregas atrasadas para {state} em {year}: quantas?",
    ),
    value(
        "entregas_demoradas_estado", ORDERS, (parts.SLOW, TO_STATE), "Quantas entregas para {state} levaram mais de {days} dias?"
    ),
    value(
        "dias_entrega_estado", parts.DELIVERY, (TO_STATE, YEAR), "Em média, quantos dias demora a entrega em {state} em {year}?"
    ),
    value(
        "clientes_estado_pagamento",
        parts.CUSTOMERS,
        (parts.OF_STATE, parts.WHO_PAID),
        "Quantos clientes de {state} pagaram com {payment}?",
        "Número de clientes distintos de {state} que usaram {payment}?",
    ),
    value(
        "cidades_estado_ano",
        parts.CITIES_SERVED,
        (parts.OF_STATE, YEAR),
        "Em quantas cidades de {state} houve pedidos em {year}?",
    ),
    value(
        "receita_categoria_ano",
        REVENUE,
        (CATEGORY, YEAR),
        "Qual é a receita de {category} em {year}?",
        "Quanto a categoria {category} vendeu em {year}?",
    ),
    value(
        "receita_categoria_estado",
        REVENUE,
        (CATEGORY, TO_STATE),
        "Quanto {category} vendeu para clientes de {state}?",
        "Receita de {category} no estado {state}?",
    ),
    value(
        "preco_medio_categoria_estado",
        parts.PRICE,
        (CATEGORY, SELLER_STATE),
        "Qual o preço médio de {category} vendido por lojas de {state}?",
        "Lojas de {state}: qual o preço médio em {category}?",
    ),
    value(
        "itens_caros_categoria",
        ITEMS,
        (CATEGORY, parts.PRICED),
        "Quantos itens de {category} custam mais de {value} reais?",
        "Em {category}, quantos itens passam de {value} reais?",
    ),
    value(
        "frete_medio_estado",
        parts.FREIGHT,
        (TO_STATE, parts.FOR_DEAR),
        "Qual o frete médio para {state} em itens acima de {value} reais?",
        "Frete médio dos itens de mais de {value} reais para {state}?",
    ),
    value(
        "frete_percentual_categoria",
        parts.FREIGHT_SHARE,
        (CATEGORY, YEAR),
        "Quanto o frete pesa sobre o preço, em %, na categoria {category} em {year}?",
    ),
    value(
        "nota_media_categoria",
        parts.RATING,
        (CATEGORY,),
        "Qual a nota média da categoria {category}?",
        "Como {category} é avaliada, em média?",
    ),
    value(
        "notas_estado",
        parts.REVIEWS,
        (parts.SCORE, STATE),
        "Quantas avaliações nota {score} vieram de {state}?",
        "Conte as notas {score} dadas por clientes de {state}.",
    ),
    value(
        "media_pagamento",
        parts.PAYMENT_SIZE,
        (PAYMENT, parts.PAID_OVER),
        "Qual o valor médio pago com {payment} acima de {value} reais?",
        "Valor médio dos pagamentos {payment} maiores que {value}?",
    ),
    value(
        "parcelas_pagamento",
        parts.INSTALLMENTS,
        (parts.PAID_OVER, YEAR),
        "Qual a média de parcelas dos pagamentos acima de {value} reais em {year}?",
        "Em {year}, média de parcelas acima de {value} reais?",
    ),
)
_GROUPED = (
    by(
        "pedidos_por_mes_estado",
        ORDERS,
        parts.MONTHS,
        (STATE, YEAR),
        "Quantos pedidos por mês {state} fez em {year}?",
        "Mostre os pedidos de {state} por mês em {year}.",
    ),
    by("receita_por_mes_categoria", REVENUE, parts.MONTHS, (CATEGORY, YEAR), "Quanto {category} vendeu em cada mês de {year}?"),
    by("pago_por_tipo_estado", parts.PAID, parts.PAYMENT_TYPES, (STATE, YEAR)),
    top(
        "categorias_receita_ano",
        REVENUE,
        parts.CATEGORIES,
        (YEAR,),
        "Quais as {n} categorias que mais venderam em {year}?",
    ),
    top("estados_pedidos_mes", ORDERS, parts.STATES, (MONTH,), "Que {n} estados mais compraram em {month}/{year}?"),
    top("vendedores_receita_categoria", REVENUE, parts.SELLERS, (CATEGORY,), "Quais {n} vendedores mais faturam em {category}?"),
    having(
        "estados_nota_baixa",
        parts.RATING,
        parts.STATES,
        ("abaixo de {score}", "< {score}"),
        (YEAR,),
        "Que estados têm nota média abaixo de {score} em {year}?",
        "Estados com média de avaliação menor que {score} em {year}?",
    ),
    having("categorias_receita_minima", REVENUE, parts.CATEGORIES, ("acima de {total} reais", "> {total}"), (YEAR,)),
    having(
        "vendedores_preco_acima_media",
        parts.PRICE,
        parts.SELLERS,
        (_ABOVE_MEAN, "> (SELECT AVG(price) FROM order_items)"),
        (CATEGORY,),
    ),
    above_average("itens_acima_media_categoria", ITEMS, "price", _ABOVE_MEAN, (CATEGORY, SELLER_STATE)),
    running("receita_acumulada_categoria", REVENUE, (CATEGORY, YEAR)),
    change("pedidos_variacao_estado", ORDERS, (STATE, YEAR)),
    rank("ranking_vendedores_categoria", ITEMS, parts.SELLERS, (CATEGORY, parts.PRICED)),
    share("percentual_atraso_estado", ("dos pedidos", "orders"), "atrasou", parts.LATE.sql, (STATE, YEAR)),
)
_HELD_OUT = (
    value("preco_medio_estado_ano", parts.PRICE, (TO_STATE, YEAR), "Qual o preço médio que {state} pagou em {year}?"),
    by("frete_por_mes_categoria", parts.FREIGHT, parts.MONTHS, (CATEGORY, YEAR)),
    top("estados_receita_categoria", REVENUE, parts.STATES, (CATEGORY,), "Em quais {n} estados {category} mais vende?"),
    having("vendedores_itens_minimo", ITEMS, parts.SELLERS, ("acima de {n}", "> {n}"), (YEAR,)),
    share(
        "percentual_pagamento_estado",
        ("dos pagamentos", "order_payments"),
        "foi com {payment}",
        PAYMENT.sql,
        (STATE, YEAR),
    ),
    change("receita_variacao_categoria", REVENUE, (CATEGORY, YEAR)),
    above_average("itens_acima_media_estado", ITEMS, "price", _ABOVE_MEAN, (TO_STATE, YEAR)),
    QuestionTemplate(
        "produtos_nunca_caros",
        (
            "Quantos produtos de {category} nunca foram vendidos acima de {value} reais?",
            "Conte os produtos da categoria {category} sem nenhuma venda acima de {value} reais.",
            "Em {category}, quantos produtos nunca tiveram um item vendido por mais de {value} reais?",
        ),
        f"SELECT COUNT(*) FROM products WHERE {CATEGORY.sql} AND product_id NOT IN "
        f"(SELECT product_id FROM order_items WHERE {parts.PRICED.sql})",
    ),
)

TEMPLATES: dict[str, QuestionTemplate] = {template.name: template for template in (*_PLAIN, *_GROUPED, *SPECIAL, *_HELD_OUT)}
HELD_OUT = frozenset(template.name for template in _HELD_OUT)
CORE = frozenset(  # learnable by a model of 1M parameters in minutes: filters, joins, groups, no windows
    """
    pedidos_estado_ano pedidos_estado_mes pedidos_status_mes pedidos_por_mes_estado atrasos_estado
    clientes_estado_pagamento receita_categoria_ano receita_categoria_estado categorias_receita_ano
    preco_medio_categoria_estado itens_caros_categoria frete_medio_estado nota_media_categoria notas_estado
    estados_nota_baixa media_pagamento parcelas_pagamento
    """.split()
)
