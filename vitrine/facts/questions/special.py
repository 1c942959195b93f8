"""Templates that no frame covers: items never sold, orders with several items, first purchases, the best per group.

    "Quantos clientes compraram pela primeira vez em {month}/{year}?"
    SELECT COUNT(*) FROM (SELECT MIN(order_purchase_timestamp) AS first FROM … GROUP BY customer_unique_id) WHERE …

They use the joins and conditions of `parts`. Each question names every column of the answer.
"""

from vitrine.facts.questions.frames import QuestionTemplate
from vitrine.facts.questions.parts import BOUGHT, CATEGORY, PAYMENT, PRICED, SELLER_STATE, STATE, YEAR, source

_ITEMS_OF_CATEGORY = f"{source('order_items', 'products')} WHERE {CATEGORY.sql}"

SPECIAL = (
    QuestionTemplate(
        "pedidos_varios_itens_estado",
        (
            "Quantos pedidos de {state} em {year} têm mais de um item?",
            "Em {year}, quantos pedidos de {state} levaram dois itens ou mais?",
            "Conte os pedidos de clientes de {state} com mais de um item em {year}.",
        ),
        f"SELECT COUNT(*) FROM (SELECT order_id {source('order_items', 'orders', 'customers')} "
        f"WHERE {STATE.sql} AND {YEAR.sql} GROUP BY 1 HAVING COUNT(*) > 1)",
    ),
    QuestionTemplate(
        "vendedores_nunca_caros",
        (
            "Quais vendedores de {state} nunca venderam um item acima de {value} reais?",
            "Liste as lojas de {state} sem nenhuma venda acima de {value} reais.",
            "De {state}, que vendedores nunca passaram de {value} reais em um item?",
        ),
        f"SELECT seller_id FROM sellers WHERE {SELLER_STATE.sql} "
        f"AND seller_id NOT IN (SELECT seller_id FROM order_items WHERE {PRICED.sql})",
    ),
    QuestionTemplate(
        "vendedores_sem_categoria",
        (
            "Quantos vendedores de {state} nunca venderam {category}?",
            "Conte as lojas de {state} que não vendem {category}.",
            "De {state}, quantos vendedores não têm nenhuma venda de {category}?",
        ),
        f"SELECT COUNT(*) FROM sellers s WHERE {SELLER_STATE.sql} AND NOT EXISTS (SELECT 1 FROM order_items i "
        f"JOIN products USING (product_id) WHERE i.seller_id = s.seller_id AND {CATEGORY.sql})",
    ),
    QuestionTemplate(
        "pago_pedidos_categoria",
        (
            "Quanto foi pago com {payment} em pedidos com {category}?",
            "Qual é o total pago via {payment} nos pedidos que têm itens de {category}?",
            "Pedidos com algum item de {category}: quanto se pagou com {payment}?",
        ),
        f"SELECT SUM(payment_value) FROM order_payments WHERE {PAYMENT.sql} "
        f"AND order_id IN (SELECT order_id {_ITEMS_OF_CATEGORY})",
    ),
    QuestionTemplate(
        "percentual_receita_lojas",
        (
            "Que percentual da receita de {category} vem de lojas de {state}?",
            "Quantos por cento do faturamento de {category} são de vendedores de {state}?",
            "De 0 a 100, qual a fatia das lojas de {state} na receita da categoria {category}?",
        ),
        f"SELECT 100 * SUM(CASE WHEN {SELLER_STATE.sql} THEN price ELSE 0 END) / SUM(price) "
        f"{source('order_items', 'products', 'sellers')} WHERE {CATEGORY.sql}",
    ),
    QuestionTemplate(
        "itens_por_faixa_categoria",
        (
            "Em {category}, quantos itens são 'caro' (acima de {value} reais) e quantos 'barato'?",
            "Conte os itens de {category} por faixa: 'caro' se passa de {value} reais, senão 'barato'.",
            "Separe {category} em 'caro', mais de {value} reais, e 'barato': quantos itens em cada faixa?",
        ),
        f"SELECT CASE WHEN {PRICED.sql} THEN 'caro' ELSE 'barato' END, COUNT(*) {_ITEMS_OF_CATEGORY} GROUP BY 1",
    ),
    QuestionTemplate(
        "produto_lider_vendedor",
        (
            "Qual o produto de maior receita de cada vendedor de {state}, em itens acima de {value} reais?",
            "Para cada vendedor de {state}, que produto mais faturou com itens de mais de {value} reais?",
            "Lojas de {state}: mostre vendedor e produto líder em receita, só itens acima de {value} reais.",
        ),
        f"SELECT seller_id, product_id {source('order_items', 'sellers')} WHERE {SELLER_STATE.sql} AND {PRICED.sql} "
        "GROUP BY 1, 2 QUALIFY ROW_NUMBER() OVER (PARTITION BY seller_id ORDER BY SUM(price) DESC, product_id) = 1",
    ),
    QuestionTemplate(
        "clientes_novos_mes",
        (
            "Quantos clientes fizeram a primeira compra em {month}/{year}?",
            "Quantos clientes compraram pela primeira vez em {month}/{year}?",
            "Conte os clientes novos de {month}/{year}.",
        ),
        f"SELECT COUNT(*) FROM (SELECT MIN({BOUGHT}) AS first {source('orders', 'customers')} GROUP BY customer_unique_id) "
        "WHERE YEAR(first) = {year} AND MONTH(first) = {month}",
    ),
)
