"""churn: the risk is held against what happened, the reason against the profile, and neither pays alone."""

import json
from statistics import fmean

import pytest

from vitrine.tasks import churn

CUSTOMER = churn.Customer(
    state="SP",
    category="cama_mesa_banho",
    payment_type="credit_card",
    installments=3,
    orders=1,
    items=2,
    spend=139.77,
    freight=21.9,
    recency_days=320,
    tenure_days=320,
    delivery_days=12.0,
    late=0,
    last_score=4,
    reviews=1,
    mean_score=4.0,
)
PROFILE = {
    "estado": "SP",
    "categoria": "cama_mesa_banho",
    "pagamento": "cartão",
    "parcelas": "3",
    "pedidos": "1",
    "itens": "2",
    "gasto": "139,77",
    "frete": "21,90",
    "dias sem comprar": "320",
    "dias de entrega": "12",
    "atrasos": "0",
    "nota": "4",
}
AWAY = {"churned": True, "baseline": 0.6, "base_rate": 0.0131, "profile": PROFILE}
BACK = AWAY | {"churned": False}
TRUE = "Está há 320 dias sem comprar, depois de 1 pedido de R$ 139,77."
ONE_FACT = "Gastou 139,77 reais com a loja até agora."
VAGUE = "O cliente parece pouco interessado em comprar de novo."
FALSE = "Está há 45 dias sem comprar, depois de 7 pedidos de R$ 999,00."


def test_a_customer_is_shown_as_a_profile():
    assert CUSTOMER.facts() == {"profile": PROFILE}
    assert CUSTOMER.prompt().endswith("Perfil: " + "; ".join(f"{name} {value}" for name, value in PROFILE.items()))


def said(risk, motive=TRUE, **more):
    return json.dumps({"risco": risk, "motivo": motive, **more}, ensure_ascii=False)


def score(reply, facts=AWAY):
    return churn.grade(reply, facts).score


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param(said(0.9), 1.0, 1.0, id="gold"),
        pytest.param(f"```json\n{said(0.9)}\n```", 1.0, 1.0, id="in a code fence"),
        pytest.param(said(0.99), 1.0, 1.0, id="surer than anybody is earns no more"),
        pytest.param(said(1), 1.0, 1.0, id="a whole number is a number"),
        pytest.param(said(0.5), 0.07, 0.07, id="undecided"),
        pytest.param(said(0.4), 0.05, 0.06, id="on the wrong side"),
        pytest.param(said(0.1), 0.0, 0.0, id="surely wrong"),
        pytest.param(said(0.9, ONE_FACT), 0.9, 0.95, id="one fact"),
        pytest.param(said(0.9, VAGUE), 0.75, 0.75, id="a reason without a fact"),
        pytest.param(said(0.9, FALSE), 0.75, 0.75, id="a reason of wrong numbers"),
        pytest.param(said(0.9, "Nunca gastou R$ 139,77 nem ficou 320 dias na casa da banana."), 0.75, 0.75, id="denied"),
        pytest.param(said(0.9, ""), 0.75, 0.75, id="an empty reason"),
        pytest.param('{"risco": 0.9}', 0.75, 0.75, id="no reason"),
        pytest.param(said(0.9, 320), 0.75, 0.75, id="a reason that is no text"),
        pytest.param(said(0.9, nota=4), 0.5, 0.5, id="a key that was not asked for"),
    ],
)
def test_grade(reply, least, most):
    assert least - 1e-9 <= score(reply) <= most + 1e-9


@pytest.mark.parametrize("risk", ["0.9", "90%", "0,9", True, None, [0.9], {"p": 0.9}, 90, 1.01, -0.1, 10**400])
def test_what_is_no_probability_is_no_risk(risk):
    grade = churn.grade(said(risk), AWAY)
    assert grade.score == 0.0 and grade.components["risk"] == churn.UNPARSED


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("", id="silence"),
        pytest.param("{}", id="empty object"),
        pytest.param('{"risco": NaN, "motivo": "."}', id="not a number"),
        pytest.param('{"risco": 1e999, "motivo": "."}', id="infinity"),
        pytest.param(said(0.9) + said(0.1), id="two objects, one for each outcome"),
        pytest.param(f"[{said(0.9)}, {said(0.1)}]", id="a list of guesses"),
        pytest.param('{"risco": 0.9, "risco": 0.1, "motivo": "."}', id="a key twice"),
        pytest.param("<think>" + said(0.9), id="stuffed into thinking that never ends"),
        pytest.param(said(0.9)[:-3], id="truncated"),
        pytest.param(CUSTOMER.prompt(), id="echo of the prompt"),
        pytest.param("risco: 0.9, motivo: " + TRUE, id="no JSON"),
    ],
)
def test_what_is_no_answer_earns_nothing_whatever_happened(reply):
    assert score(reply, AWAY) == score(reply, BACK) == 0.0


@pytest.mark.parametrize(
    "motive",
    [
        pytest.param(CUSTOMER.prompt().split("Perfil: ")[1], id="the profile copied"),
        pytest.param("320 139,77 1 2 3 4 12 21,90", id="its numbers alone"),
        pytest.param(" ".join(map(str, range(400))), id="every number there is"),
        pytest.param(
            TRUE + " " + " ".join(f"Também gastou {n} reais." for n in range(500, 520)), id="true, and padded with guesses"
        ),
        pytest.param(f"{TRUE} " * 8, id="true, eight times"),
        pytest.param("comprou há 320 dias " * 15, id="a loop"),
        pytest.param("The customer spent R$ 139,77 and has been away for 320 days with the shop.", id="English"),
        pytest.param("Deu nota 320, fez 12 pedidos e teve 2 atrasos na entrega.", id="numbers of other fields"),
        pytest.param("1 pedido e nota 5: cliente comum, que costuma voltar.", id="what is often true, whoever it is"),
    ],
)
def test_a_cheat_in_the_reason_earns_less_than_one_true_fact(motive):
    assert score(said(0.9, motive)) < score(said(0.9, ONE_FACT))


@pytest.mark.parametrize(
    "motive",
    [
        "Faz 320 dias que não compra, e gastou pouco: R$ 140 ao todo.",
        "Comprou só uma vez, há 320 dias, em 3x, e deu nota 4.",
        "A entrega levou 12 dias e o frete custou 21,9 reais, o que é caro.",
        "Gastou R$ 139,77, não teve atrasos e não voltou há 320 dias.",
        "Teve 0 atrasos, mas está há 320 dias sem comprar na loja.",
    ],
)
def test_other_honest_wordings_earn_as_much(motive):
    assert churn.grade(said(0.9, motive), AWAY).components["reason"] == pytest.approx(1.0)


def test_the_nearer_the_risk_the_higher_the_score():
    for facts, order in ((AWAY, 1), (BACK, -1)):
        scores = [score(said(risk / 20), facts) for risk in range(21)][::order]
        assert scores == sorted(scores) and scores[0] == 0.0 and scores[-1] == 1.0


@pytest.mark.parametrize("true", [0.1, 0.25, 0.48, 0.52, 0.8, 0.9])
def test_to_say_what_one_believes_pays_best(true):
    """From 0.52 on; a belief nearer to one half is best said as 0.52, a side being worth much."""
    expected = {
        risk / 100: true * score(said(risk / 100), AWAY) + (1 - true) * score(said(risk / 100), BACK) for risk in range(101)
    }
    assert expected[true] == pytest.approx(max(expected.values()))
    assert all(value < expected[true] for risk, value in expected.items() if 0.1 <= risk <= 0.9 and risk != true)


@pytest.mark.parametrize("risk", [0.97, 0.5, 0.52, 0.0131, 0.9869])
def test_a_constant_earns_less_than_an_honest_weak_answer(risk):
    """Of as many who return as stay away; the weak answer is right for two of three, and cites a fact."""
    constant = fmean(score(said(risk, "O cliente pode não voltar, pois a maioria não volta."), facts) for facts in (AWAY, BACK))
    weak = [
        score(said(0.9 if facts["churned"] == right else 0.1, ONE_FACT), facts)
        for facts in (AWAY, BACK)
        for right in (True, False)
    ]
    honest = fmean((2 * right + wrong) / 3 for right, wrong in (weak[:2], weak[2:]))
    assert constant < honest - 0.1
    reasoned = fmean(score(said(risk), facts) for facts in (AWAY, BACK))  # with a perfect reason each time
    assert reasoned < 0.53 < honest - 0.05


def test_solved_is_the_right_side_with_a_true_reason():
    assert score(said(0.52)) >= churn.TASK.solved > score(said(0.51))
    assert score(said(0.9, ONE_FACT)) >= churn.TASK.solved > score(said(0.9, VAGUE))


def test_a_hostile_reason_costs_little_time():
    for motive in ("1x," * 20_000, "1 " * 30_000, "R$ " * 20_000, "1" * 60_000, "1" + " " * 60_000 + "dias"):
        assert score(said(0.9, motive)) <= 0.75


def test_replies_earn_in_this_order():
    replies = [said(0.9), said(0.7), said(0.7, ONE_FACT), said(0.7, VAGUE), said(0.3), said(0.9) + said(0.1)]
    paid = [score(reply, json.loads(json.dumps(AWAY))) for reply in replies]
    assert paid[:4] == sorted(paid[:4], reverse=True) and len(set(paid[:4])) == 4
    assert paid[4] < paid[1] and paid[5] == 0.0


def answers(replies):
    return [{"components": churn.grade(reply, facts).components} for reply, facts in replies]


def test_headline_beside_the_baseline():
    likely, unlikely = AWAY | {"baseline": 0.8}, BACK | {"baseline": 0.3}
    found = churn.headline(answers([(said(0.9), likely), (said(0.8), likely), (said(0.6), unlikely), (said(0.1), unlikely)]))
    assert found["pr_auc"] == found["baseline_pr_auc"] == 1.0
    assert found["brier"] == pytest.approx((0.01 + 0.04 + 0.36 + 0.01) / 4)
    assert found["baseline_brier"] == pytest.approx((2 * 0.04 + 2 * 0.09) / 4)
    assert found["balanced_accuracy"] == 0.75 and found["baseline_balanced_accuracy"] == 1.0
    assert found["lift_at_10_percent"] == pytest.approx(2.0)
    assert found["returning"] == 0.5 and found["base_rate"] == 0.0131 and found["parse_rate"] == 1.0


def test_headline_counts_a_missing_risk_as_surely_wrong():
    found = churn.headline(answers([("não sei", AWAY), ("não sei", BACK)]))
    assert found["brier"] == 1.0 and found["balanced_accuracy"] == 0.0 and found["parse_rate"] == 0.0
    assert found["pr_auc"] == 0.5  # the last place of two


def test_headline_of_one_outcome_says_only_what_it_can():
    assert {"pr_auc", "baseline_pr_auc"}.isdisjoint(churn.headline(answers([(said(0.9), AWAY)])))
    assert churn.headline(answers([(said(0.9), AWAY)]))["brier"] == pytest.approx(0.01)
