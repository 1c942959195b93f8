"""insights: each figure and the subject are the items to read."""

from functools import partial

from tests.tasks.reports import filled, hostile, mislabelled
from vitrine.facts.insights import FIGURES
from vitrine.tasks import insights
from vitrine.tasks.insights import HEADINGS
from vitrine.verifiers import language, overlap


def count_items(case):
    return len(FIGURES) + 1


def with_errors(case, wrong):
    """The reference with figures and subject of other reports."""
    figures = {
        name: _other(case, name) if place in wrong else case.example["figures"][name] for place, name in enumerate(FIGURES)
    }
    subject = _other(case, "subject") if len(FIGURES) in wrong else case.example["subject"]
    return insights.reference({"figures": figures, "subject": subject})


def _other(case, name):
    own = case.example["subject"] if name == "subject" else case.example["figures"][name]
    return next(value for value in WRONG[name][case.place % 3 :] if value != own)


WRONG = {
    "pedidos": ("7", "151", "38", "64"),
    "receita": ("912", "20417", "5120", "7754"),
    "ticket": ("130,29", "135,21", "134,74", "121,16"),
    "nota": ("3,2", "4,6", "2,8", "3,4"),
    "atraso": ("14,3", "9,3", "21,1", "6,2"),
    "frete": ("18,44", "27,31", "31,02", "16,90"),
    "subject": ("beleza_saude em SP", "RJ em 05/2018", "pet_shop", "MG em 11/2017"),
}


def three_figures(case):
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


def a_constant(case):
    """The report that fits most subjects best: few orders, none late."""
    return (
        "Resumo: pet_shop em 03/2018 somou 4 pedidos e receita de R$ 444.\n"
        "Números: ticket médio de R$ 103,05, nota 3,8, atraso de 0,0% e frete de R$ 20,05.\n"
        "Recomendação: ouvir os clientes e melhorar a qualidade, porque a nota está baixa."
    )


def under_wrong_names(case):
    for figures in mislabelled(case.facts["facts"]):
        return insights.reference({"figures": figures, "subject": case.facts["subject"]})
    return ""


def of_another_subject(case):
    return insights.reference({"figures": case.facts["facts"], "subject": "seguros_e_servicos em RR"})


HOSTILE = {
    f"{kind}: {name}": partial(lambda template, case: filled(template, case.facts), template)
    for kind in ("nonsense", "mislabelled", "denied", "untrue")
    for name, template in hostile(kind).items()
}
CHEATS = HOSTILE | {
    "the fact table": lambda case: case.facts["table"],
    "the fact table under each heading": lambda case: under_headings(case.facts["table"]),
    "the fact table under one heading": lambda case: (
        f"Resumo: veja os dados abaixo.\nNúmeros: {case.facts['table']}.\nRecomendação: vender mais para os clientes."
    ),
    "the fact table in a salad of shop words": lambda case: (
        f"Resumo: brinquedos {case.facts['table']} melhorar de somou Números: e médio está baixa. de e e atrasos baixa. de "
        f"{case.facts['subject']} ticket atrasos Recomendação: e nota está baixa. de R$ altos."
    ),
    "the fact table in reverse": lambda case: "; ".join(reversed(case.facts["table"].split("; "))),
    "numbers only": lambda case: " ".join(case.facts["facts"].values()),
    "numbers only, under headings": lambda case: under_headings(" ".join(case.facts["facts"].values())),
    "numbers under wrong names": under_wrong_names,
    "the right numbers of another subject": of_another_subject,
    "a constant report": a_constant,
    "the subject, and figures of others": lambda case: with_errors(case, frozenset(range(len(FIGURES)))),
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
    "the right report, and every state": lambda case: (
        f"{case.gold} Outros: AC AL AP AM BA CE DF ES GO MA MT MS MG PA PB PR PE PI RJ RN RS RO RR SC SP SE TO."
    ),
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
    """A report with five numbers, of which the first `right` are true."""
    facts = case.facts["facts"]
    figures = {name: facts[name] if place < right else f"98765{place}" for place, name in enumerate(list(facts)[:5])}
    return (
        f"Resumo: {case.facts['subject']} somou {figures['pedidos']} pedidos e receita de R$ {figures['receita']} no período.\n"
        f"Números: o ticket médio foi de R$ {figures['ticket']}, com nota {figures['nota']} e atraso de {figures['atraso']}%.\n"
        "Recomendação: vender mais no próximo mês para os clientes da loja."
    )


def words(count):
    """`count` Portuguese-like words in which no four words repeat."""
    return " ".join(
        f"{'a' if place % 3 else 'de'} {'bcdfglmnprst'[place % 12]}a{'bcdfglmnprst'[place // 12 % 12]}o"
        for place in range(count // 2)
    )


def after_one_heading(case):
    orders = case.facts["facts"]["pedidos"]
    return f"Veja o mês. Números: foram {orders} pedidos para a loja. Resumo: as vendas foram boas para a loja no mês."


def in_part_about(known, nonsense):
    """A section with so many business words and so many nonsense words."""
    business = ["mercado", "loja", "cliente", "preço", "produto", "campanha"][:known]
    chosen = business + ["banana", "elefante", "girafa", "sapo"][:nonsense]
    return lambda case: f"Resumo: de {' de '.join(chosen)}"


def first_half(case):
    return "; ".join(case.facts["table"].split("; ")[:4])


HALF_PORTUGUESE = "vendas loja mês bom clientes prazo entrega"
LOOP = "a loja vendeu bem no mês e os clientes gostaram; " * 3
NOT = "a loja não vende, não cresce, não entrega, "
EXACT_COMPONENTS = {
    "three right numbers": (three_figures, lambda case: {"grounded": 1.0, "coverage": 0.6, "sections": 1.0, "subject": 1.0}),
    "every figure twice": (
        lambda case: f"{case.gold} {' '.join(f'{name} {value}.' for name, value in case.facts['facts'].items())}",
        lambda case: {"coverage": 1.0, "grounded": 1.0},
    ),
    "one invented number beside three right ones": (
        lambda case: f"{three_figures(case)} A receita foi de R$ 98765,43.",
        lambda case: {"grounded": 3 / 4, "coverage": 3 / 5},
    ),
    "half of the words that are enough": (lambda case: words(12), lambda case: {"shape": 12 / 24}),
    "as many words as are enough": (lambda case: words(24), lambda case: {"shape": 1.0}),
    "eighty words": (lambda case: words(80), lambda case: {"shape": 1.0}),
    "signs are no words": (
        lambda case: f"{words(12)} {'. ' * 12}",
        lambda case: {"shape": 12 / 24 * (1 - overlap.repeated_share(f"{words(12)} {'. ' * 12}"))},
    ),
    "words with signs are words": (lambda case: ", ".join(words(12).split()), lambda case: {"shape": 12 / 24}),
    "half as many again as are too many": (lambda case: words(120), lambda case: {"shape": 2 - 120 / 80}),
    "three times too many": (lambda case: words(240), lambda case: {"shape": 0.0}),
    "a loop": (lambda case: LOOP, lambda case: {"shape": 1 - overlap.repeated_share(LOOP)}),
    "the first half of the table, and words": (
        lambda case: f"{words(40)} {first_half(case)}",
        lambda case: {"shape": min(1.0, 1.5 * (1 - overlap.copied_share(first_half(case), case.facts["table"])))},
    ),
    "the table, and words": (lambda case: f"{words(40)} {case.facts['table']}", lambda case: {"shape": 0.0}),
    "half Portuguese": (
        lambda case: HALF_PORTUGUESE,
        lambda case: {"language": language.portuguese_score(HALF_PORTUGUESE) / 0.8},
    ),
    "headings in another order": (after_one_heading, lambda case: {"sections": 1 / 3, "subject": 0.0}),
    "two words under a heading, three under another": (
        lambda case: "Resumo: vendas boas\nNúmeros: três bons meses\nRecomendação: vender mais produtos",
        lambda case: {"sections": 2 / 3, "grounded": 0.0, "coverage": 0.0},
    ),
    "one heading twice": (
        lambda case: "Resumo: as vendas foram boas. Resumo: as vendas foram boas. Números: foram bons os meses.",
        lambda case: {"sections": 1 / 3},
    ),
    "three words of business, three of nothing": (
        in_part_about(3, 3),
        lambda case: {"sections": ((3 + 1) / (6 + 1) - 0.45) / 0.2 / 3},
    ),
    "two words of business, four of nothing": (in_part_about(2, 4), lambda case: {"sections": 0.0}),
    "six words of business, two of nothing": (in_part_about(6, 2), lambda case: {"sections": 1 / 3}),
    "small words in no order, two of them": (
        lambda case: "Resumo: a em loja, por os clientes e vendas",
        lambda case: {"sections": 1 / 2 / 3},
    ),
    "small words in no order, three of them": (
        lambda case: "Resumo: a em loja, por os clientes e na de vendas",
        lambda case: {"sections": 0.0},
    ),
    "one content word under a heading": (lambda case: "Resumo: uma loja de um", lambda case: {"sections": 1 / 2 / 3}),
    "function words under a heading": (lambda case: "Resumo: uma de um para o", lambda case: {"sections": 0.0}),
    "one number under a heading, and a word": (lambda case: "Resumo: uma loja de 3", lambda case: {"sections": 1 / 3}),
    "three negators": (lambda case: f"{NOT}e segue.", lambda case: {"calm": 1.0}),
    "six negators": (lambda case: f"{NOT}{NOT}e segue.", lambda case: {"calm": 1 - (6 - 3) / (8 - 3)}),
    "six negators in the advice": (lambda case: f"Recomendação: {NOT}{NOT}e segue.", lambda case: {"calm": 0.4}),
    "a figure first, and no heading": (
        lambda case: f"{case.facts['facts']['pedidos']} pedidos.",
        lambda case: {"grounded": 1.0, "coverage": 0.2, "sections": 0.0},
    ),
    "the subject after the first 2,000 characters": (
        lambda case: f"{'a ' * 1_000}{case.facts['subject']}",
        lambda case: {"subject": 0.0},
    ),
    "nine negators": (lambda case: NOT * 3, lambda case: {"calm": 0.0}),
    "the subject and another state": (lambda case: f"{case.facts['subject']} e RR", lambda case: {"subject": 1.0}),
    "the subject and two more": (lambda case: f"{case.facts['subject']}, RR e 01/2029", lambda case: {"subject": 0.5}),
    "an aim, beside a figure": (
        lambda case: f"Números: nota {case.facts['facts']['nota']}.\nRecomendação: reduzir as devoluções para menos de 98765.",
        lambda case: {"grounded": 1.0, "coverage": 0.2},
    ),
    "an aim among the numbers": (
        lambda case: f"Números: nota {case.facts['facts']['nota']}. Para reduzir a menos de 98765.\nRecomendação: vender mais.",
        lambda case: {"grounded": 0.5, "coverage": 0.2},
    ),
}


def score_formula(parts):
    """The formula in the task's docstring."""
    figures = 0.1 + 0.9 * parts["grounded"] * parts["coverage"]
    return parts["language"] * parts["shape"] * parts["sections"] ** 2 * parts["calm"] * (0.1 + 0.9 * parts["subject"]) * figures


ORDERED_REPLIES = {
    "one more right number": lambda case: [with_right(case, right) for right in range(6)],
    "one more heading": lambda case: [
        case.gold.replace("Números:", "e").replace("Recomendação:", "e"),
        case.gold.replace("Recomendação:", "e"),
        case.gold,
    ],
    "a longer start": lambda case: [" ".join(case.gold.split()[:words]) for words in (4, len(case.gold.split()) // 2, 999)],
    "the subject": lambda case: [of_another_subject(case), case.gold.replace(case.facts["subject"], "a loja"), case.gold],
    "less nonsense": lambda case: [
        case.gold.replace("somou", "comeu bananas com girafas e somou").replace("porque", "porque o sapo voa sobre a lua e"),
        case.gold.replace("somou", "comeu bananas com girafas e somou"),
        case.gold,
    ],
}

GOLD_EQUIVALENTS = {
    "spaces around": lambda case: f"\n {case.gold} \n",
    "on one line": lambda case: " ".join(case.gold.split()),
    "blank lines between": lambda case: case.gold.replace("\n", "\n\n"),
    "after thinking": lambda case: f"<think>1 2 3</think>{case.gold}",
    "headings in bold": lambda case: case.gold.replace("Resumo:", "**Resumo:**").replace("Números:", "**Números:**"),
    "headings without accents": lambda case: case.gold.replace("Números:", "Numeros:").replace("Recomendação:", "Recomendacao:"),
}

EQUIVALENT_MUTANTS = {"_bodies: 1 -> 2": "the index of the text before the first heading may be any negative number"}
