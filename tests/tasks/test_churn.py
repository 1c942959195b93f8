"""churn: the risk is graded on the outcome, the reason on the profile, and neither earns much alone."""

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
CHURNED = {"churned": True, "baseline": 0.6, "base_rate": 0.0131, "profile": PROFILE}
RETURNED = CHURNED | {"churned": False}
TRUE_REASON = "Está há 320 dias sem comprar, depois de 1 pedido de R$ 139,77."
ONE_FACT = "Gastou 139,77 reais com a loja até agora."
VAGUE_REASON = "O cliente parece pouco interessado em comprar de novo."
FALSE_REASON = "Está há 45 dias sem comprar, depois de 7 pedidos de R$ 999,00."


def test_prompt_and_facts_hold_the_profile():
    assert CUSTOMER.facts() == {"profile": PROFILE}
    assert CUSTOMER.prompt().endswith("Perfil: " + "; ".join(f"{name} {value}" for name, value in PROFILE.items()))


def reply_of(risk, reason=TRUE_REASON, **more):
    return json.dumps({"risco": risk, "motivo": reason, **more}, ensure_ascii=False)


def score(reply, facts=CHURNED):
    return churn.grade(reply, facts).score


@pytest.mark.parametrize(
    ("reply", "least", "most"),
    [
        pytest.param(reply_of(0.9), 1.0, 1.0, id="gold"),
        pytest.param(f"```json\n{reply_of(0.9)}\n```", 1.0, 1.0, id="in a code fence"),
        pytest.param(reply_of(0.99), 1.0, 1.0, id="beyond 0.9 earns no more"),
        pytest.param(reply_of(1), 1.0, 1.0, id="a whole number is a number"),
        pytest.param(reply_of(0.5), 0.07, 0.07, id="undecided"),
        pytest.param(reply_of(0.4), 0.05, 0.06, id="on the wrong side"),
        pytest.param(reply_of(0.1), 0.0, 0.0, id="certain and wrong"),
        pytest.param(reply_of(0.9, ONE_FACT), 0.9, 0.95, id="one fact"),
        pytest.param(reply_of(0.9, VAGUE_REASON), 0.75, 0.75, id="a reason without a fact"),
        pytest.param(reply_of(0.9, FALSE_REASON), 0.75, 0.75, id="a reason of wrong numbers"),
        pytest.param(reply_of(0.9, "Nunca gastou R$ 139,77 nem ficou 320 dias na casa da banana."), 0.75, 0.75, id="denied"),
        pytest.param(reply_of(0.9, ""), 0.75, 0.75, id="an empty reason"),
        pytest.param('{"risco": 0.9}', 0.75, 0.75, id="no reason"),
        pytest.param(reply_of(0.9, 320), 0.75, 0.75, id="a reason that is a number"),
        pytest.param(reply_of(0.9, nota=4), 0.5, 0.5, id="an extra key"),
    ],
)
def test_grade(reply, least, most):
    assert least - 1e-9 <= score(reply) <= most + 1e-9


@pytest.mark.parametrize("risk", ["0.9", "90%", "0,9", True, None, [0.9], {"p": 0.9}, 90, 1.01, -0.1, 10**400])
def test_a_risk_that_is_no_probability_earns_nothing(risk):
    grade = churn.grade(reply_of(risk), CHURNED)
    assert grade.score == 0.0 and grade.components["risk"] == churn.UNPARSED


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param("", id="silence"),
        pytest.param("{}", id="empty object"),
        pytest.param('{"risco": NaN, "motivo": "."}', id="not a number"),
        pytest.param('{"risco": 1e999, "motivo": "."}', id="infinity"),
        pytest.param(reply_of(0.9) + reply_of(0.1), id="two objects, one for each outcome"),
        pytest.param(f"[{reply_of(0.9)}, {reply_of(0.1)}]", id="a list of guesses"),
        pytest.param('{"risco": 0.9, "risco": 0.1, "motivo": "."}', id="a key twice"),
        pytest.param("<think>" + reply_of(0.9), id="stuffed into thinking that never ends"),
        pytest.param(reply_of(0.9)[:-3], id="truncated"),
        pytest.param(CUSTOMER.prompt(), id="echo of the prompt"),
        pytest.param("risco: 0.9, motivo: " + TRUE_REASON, id="no JSON"),
    ],
)
def test_an_unparsable_reply_earns_nothing_for_either_outcome(reply):
    assert score(reply, CHURNED) == score(reply, RETURNED) == 0.0


@pytest.mark.parametrize(
    "reason",
    [
        pytest.param(CUSTOMER.prompt().split("Perfil: ")[1], id="the profile copied"),
        pytest.param("320 139,77 1 2 3 4 12 21,90", id="its numbers alone"),
        pytest.param(" ".join(map(str, range(400))), id="every number there is"),
        pytest.param(
            TRUE_REASON + " " + " ".join(f"Também gastou {n} reais." for n in range(500, 520)), id="true, and padded with guesses"
        ),
        pytest.param(f"{TRUE_REASON} " * 8, id="true, eight times"),
        pytest.param("comprou há 320 dias " * 15, id="a loop"),
        pytest.param("The customer spent R$ 139,77 and has been away for 320 days with the shop.", id="English"),
        pytest.param("Deu nota 320, fez 12 pedidos e teve 2 atrasos na entrega.", id="numbers of other fields"),
        pytest.param("1 pedido e nota 5: cliente comum, que costuma voltar.", id="facts that are true of many customers"),
    ],
)
def test_a_cheat_in_the_reason_earns_less_than_one_true_fact(reason):
    assert score(reply_of(0.9, reason)) < score(reply_of(0.9, ONE_FACT))


@pytest.mark.parametrize(
    "reason",
    [
        "Faz 320 dias que não compra, e gastou pouco: R$ 140 ao todo.",
        "Comprou só uma vez, há 320 dias, em 3x, e deu nota 4.",
        "A entrega levou 12 dias e o frete custou 21,9 reais, o que é caro.",
        "Gastou R$ 139,77, não teve atrasos e não voltou há 320 dias.",
        "Teve 0 atrasos, mas está há 320 dias sem comprar na loja.",
    ],
)
def test_other_honest_wordings_earn_as_much(reason):
    assert churn.grade(reply_of(0.9, reason), CHURNED).components["reason"] == pytest.approx(1.0)


def test_a_nearer_risk_never_earns_less():
    for facts, order in ((CHURNED, 1), (RETURNED, -1)):
        scores = [score(reply_of(risk / 20), facts) for risk in range(21)][::order]
        assert scores == sorted(scores) and scores[0] == 0.0 and scores[-1] == 1.0


@pytest.mark.parametrize("true", [0.1, 0.25, 0.48, 0.52, 0.8, 0.9])
def test_stating_the_believed_risk_earns_most(true):
    """Beliefs between 0.48 and 0.52 are the exception: there a clear side earns more."""
    expected = {
        risk / 100: true * score(reply_of(risk / 100), CHURNED) + (1 - true) * score(reply_of(risk / 100), RETURNED)
        for risk in range(101)
    }
    assert expected[true] == pytest.approx(max(expected.values()))
    assert all(value < expected[true] for risk, value in expected.items() if 0.1 <= risk <= 0.9 and risk != true)


@pytest.mark.parametrize("risk", [0.97, 0.5, 0.52, 0.0131, 0.9869])
def test_a_constant_earns_less_than_an_honest_weak_answer(risk):
    """Half of the customers return. The weak answer is right for two of three and cites one fact."""
    constant = fmean(
        score(reply_of(risk, "O cliente pode não voltar, pois a maioria não volta."), facts) for facts in (CHURNED, RETURNED)
    )
    weak = [
        score(reply_of(0.9 if facts["churned"] == right else 0.1, ONE_FACT), facts)
        for facts in (CHURNED, RETURNED)
        for right in (True, False)
    ]
    honest = fmean((2 * right + wrong) / 3 for right, wrong in (weak[:2], weak[2:]))
    assert constant < honest - 0.1
    reasoned = fmean(score(reply_of(risk), facts) for facts in (CHURNED, RETURNED))  # with a perfect reason
    assert reasoned < 0.53 < honest - 0.05


def test_solved_needs_the_right_side_and_a_true_reason():
    assert score(reply_of(0.52)) >= churn.TASK.solved > score(reply_of(0.51))
    assert score(reply_of(0.9, ONE_FACT)) >= churn.TASK.solved > score(reply_of(0.9, VAGUE_REASON))


def test_a_hostile_reason_costs_little_time():
    for reason in ("1x," * 20_000, "1 " * 30_000, "R$ " * 20_000, "1" * 60_000, "1" + " " * 60_000 + "dias"):
        assert score(reply_of(0.9, reason)) <= 0.75


def test_better_replies_earn_more():
    replies = [
        reply_of(0.9),
        reply_of(0.7),
        reply_of(0.7, ONE_FACT),
        reply_of(0.7, VAGUE_REASON),
        reply_of(0.3),
        reply_of(0.9) + reply_of(0.1),
    ]
    scores = [score(reply, json.loads(json.dumps(CHURNED))) for reply in replies]
    assert scores[:4] == sorted(scores[:4], reverse=True) and len(set(scores[:4])) == 4
    assert scores[4] < scores[1] and scores[5] == 0.0


def answers(replies):
    return [{"components": churn.grade(reply, facts).components} for reply, facts in replies]


def test_headline_has_the_baseline_for_comparison():
    likely, unlikely = CHURNED | {"baseline": 0.8}, RETURNED | {"baseline": 0.3}
    metrics = churn.headline(
        answers([(reply_of(0.9), likely), (reply_of(0.8), likely), (reply_of(0.6), unlikely), (reply_of(0.1), unlikely)])
    )
    assert metrics["pr_auc"] == metrics["baseline_pr_auc"] == 1.0
    assert metrics["brier"] == pytest.approx((0.01 + 0.04 + 0.36 + 0.01) / 4)
    assert metrics["baseline_brier"] == pytest.approx((2 * 0.04 + 2 * 0.09) / 4)
    assert metrics["balanced_accuracy"] == 0.75 and metrics["baseline_balanced_accuracy"] == 1.0
    assert metrics["lift_at_10_percent"] == pytest.approx(2.0)
    assert metrics["returning"] == 0.5 and metrics["base_rate"] == 0.0131 and metrics["parse_rate"] == 1.0


def test_headline_counts_a_missing_risk_as_certain_and_wrong():
    metrics = churn.headline(answers([("não sei", CHURNED), ("não sei", RETURNED)]))
    assert metrics["brier"] == 1.0 and metrics["balanced_accuracy"] == 0.0 and metrics["parse_rate"] == 0.0
    assert metrics["pr_auc"] == 0.5  # the last place of two


def test_headline_of_one_outcome_leaves_out_undefined_metrics():
    assert {"pr_auc", "baseline_pr_auc"}.isdisjoint(churn.headline(answers([(reply_of(0.9), CHURNED)])))
    assert churn.headline(answers([(reply_of(0.9), CHURNED)]))["brier"] == pytest.approx(0.01)
