"""insights: honest and weak is a short plain report with three right numbers."""

from vitrine.tasks.insights import HEADINGS
from vitrine.verifiers import language, overlap


def weak(case):
    facts, subject = case.facts["facts"], case.facts["subject"]
    return (
        f"Resumo: as vendas de {subject} foram boas para a loja.\n"
        f"Números: foram {facts['pedidos']} pedidos, com nota {facts['nota']} e frete de R$ {facts['frete']}.\n"
        "Recomendação: vender mais no próximo mês para os clientes."
    )


def under_headings(text):
    return "\n".join(f"{heading} {text}" for heading in HEADINGS)


def invented(case, first):
    return "\n".join(f"{heading} o valor de {first + i} mil reais foi visto na loja." for i, heading in enumerate(HEADINGS))


CHEATS = {
    "the fact table": lambda case: case.facts["table"],
    "the fact table under each heading": lambda case: under_headings(case.facts["table"]),
    "the fact table under one heading": lambda case: (
        f"Resumo: veja os dados abaixo.\nNúmeros: {case.facts['table']}.\nRecomendação: vender mais para os clientes."
    ),
    "the fact table in reverse": lambda case: "; ".join(reversed(case.facts["table"].split("; "))),
    "numbers only": lambda case: " ".join(case.facts["facts"].values()),
    "numbers only, under headings": lambda case: under_headings(" ".join(case.facts["facts"].values())),
    "one number, over and over": lambda case: under_headings(f"{case.facts['facts']['pedidos']} " * 8),
    "headings only": lambda case: "\n".join(HEADINGS),
    "headings with dots": lambda case: under_headings("... ... ..."),
    "headings with function words": lambda case: under_headings("de que com por uma"),
    "headings with fine words": lambda case: under_headings("os resultados foram muito bons e a loja deve seguir assim"),
    "no number": lambda case: (
        f"Resumo: {case.facts['subject']} teve um bom desempenho no período.\n"
        "Números: os números mostram que a loja vendeu bem e os clientes gostaram.\n"
        "Recomendação: seguir com a estratégia e ouvir os clientes da loja."
    ),
    "invented numbers": lambda case: invented(case, 987_651),
    "every number there is, under headings": lambda case: under_headings(" ".join(map(str, range(1, 60)))),
    "every one-digit decimal": lambda case: (
        "Resumo: os números são estes.\nNúmeros: "
        + ", ".join(f"{n // 10},{n % 10}" for n in range(60))
        + ".\nRecomendação: vender mais para os clientes."
    ),
    "the right report, then guesses": lambda case: (
        case.gold + "\n" + " ".join(f"o valor foi {n} reais no mês" for n in range(5_000, 5_060))
    ),
    "the right report, eight times": lambda case: f"{case.gold}\n" * 8,
    "the right report, headings repeated": lambda case: f"{case.gold}\n{under_headings('vender mais para os clientes da loja')}",
    "one sentence, over and over": lambda case: under_headings(
        f"foram {case.facts['facts']['pedidos']} pedidos para a loja no mês e " * 4
    ),
    "English": lambda case: (
        f"Resumo: sales of {case.facts['subject']} were good for the shop.\n"
        f"Números: there were {case.facts['facts']['pedidos']} orders with a score of {case.facts['facts']['nota']}.\n"
        "Recomendação: sell more to the customers in the next month."
    ),
    "Spanish": lambda case: (
        f"Resumo: las ventas de {case.facts['subject']} fueron muy buenas en el mes.\n"
        f"Números: hubo {case.facts['facts']['pedidos']} pedidos y la nota fue {case.facts['facts']['nota']}.\n"
        "Recomendação: hay que vender más a los clientes en el próximo mes."
    ),
    "word salad": lambda case: under_headings("vendas loja cliente mês prazo valor compra frete nota pedido"),
    "the question answered by itself": lambda case: under_headings(case.example["question"]),
    "JSON": lambda case: str(case.facts["facts"]).replace("'", '"'),
    "the subject, over and over": lambda case: under_headings(f"{case.facts['subject']} " * 6),
}


def with_right(case, right):
    """A report of five numbers, of which `right` are facts."""
    facts = case.facts["facts"]
    said = {name: facts[name] if place < right else f"98765{place}" for place, name in enumerate(list(facts)[:5])}
    return (
        f"Resumo: {case.facts['subject']} somou {said['pedidos']} pedidos e receita de R$ {said['receita']} no período.\n"
        f"Números: o ticket médio foi de R$ {said['ticket']}, com nota {said['nota']} e atraso de {said['atraso']}%.\n"
        "Recomendação: vender mais no próximo mês para os clientes da loja."
    )


def words(many):
    """Portuguese of so many words, no four of them twice."""
    return " ".join(
        f"{'a' if place % 3 else 'de'} {'bcdfglmnprst'[place % 12]}a{'bcdfglmnprst'[place // 12 % 12]}o"
        for place in range(many // 2)
    )


def after_one_heading(case):
    orders = case.facts["facts"]["pedidos"]
    return f"Veja o mês. Números: foram {orders} pedidos para a loja. Resumo: as vendas foram boas para a loja no mês."


HALF_PORTUGUESE = "vendas loja mês bom clientes prazo entrega"
LOOP = "a loja vendeu bem no mês e os clientes gostaram; " * 3
PARTS = {
    "three right numbers": (weak, lambda case: {"grounded": 1.0, "coverage": 0.6, "sections": 1.0}),
    "every fact twice": (
        lambda case: f"{case.gold} {' '.join(case.facts['facts'].values())}",
        lambda case: {"coverage": 1.0, "grounded": 1.0},
    ),
    "half of the words that are enough": (lambda case: words(8), lambda case: {"shape": 8 / 15}),
    "fifteen words and more": (lambda case: words(16), lambda case: {"shape": 1.0}),
    "seventy words": (lambda case: words(70), lambda case: {"shape": 1.0}),
    "half as many again as are too many": (lambda case: words(106), lambda case: {"shape": 2 - 106 / 70}),
    "three times too many": (lambda case: words(210), lambda case: {"shape": 0.0}),
    "a loop": (lambda case: LOOP, lambda case: {"shape": 1 - overlap.looping(LOOP)}),
    "the table, half of it copied": (
        lambda case: f"{case.facts['table']} {words(20)}",
        lambda case: {"shape": min(1.0, 1.5 * (1 - overlap.copied(case.facts["table"], f"{case.facts['table']} {words(20)}")))},
    ),
    "half Portuguese": (lambda case: HALF_PORTUGUESE, lambda case: {"language": language.portuguese(HALF_PORTUGUESE) / 0.8}),
    "headings in another order": (after_one_heading, lambda case: {"sections": 1 / 3}),
    "two words under a heading, three under another": (
        lambda case: "Resumo: vendas boas\nNúmeros: três bons meses\nRecomendação: vender mais ainda",
        lambda case: {"sections": 2 / 3, "grounded": 0.0, "coverage": 0.0},
    ),
    "one heading twice": (
        lambda case: "Resumo: as vendas foram boas. Resumo: as vendas foram boas. Números: foram bons os meses.",
        lambda case: {"sections": 1 / 3},
    ),
}


def formula(parts):
    """What the docstring of the page says."""
    return parts["language"] * parts["shape"] * parts["sections"] * (0.2 + 0.5 * parts["grounded"] + 0.3 * parts["coverage"])


LADDERS = {
    "one more right number": lambda case: [with_right(case, right) for right in range(6)],
    "one more heading": lambda case: [
        case.gold.replace("Números:", "e").replace("Recomendação:", "e"),
        case.gold.replace("Recomendação:", "e"),
        case.gold,
    ],
    "a longer start": lambda case: [" ".join(case.gold.split()[:words]) for words in (4, len(case.gold.split()) // 2, 999)],
}

SAME = {
    "spaces around": lambda case: f"\n {case.gold} \n",
    "on one line": lambda case: " ".join(case.gold.split()),
    "blank lines between": lambda case: case.gold.replace("\n", "\n\n"),
    "after thinking": lambda case: f"<think>1 2 3</think>{case.gold}",
}
