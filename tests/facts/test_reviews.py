"""The text rules of `extract` on what real customers write: what is refused, spoilt or only looks like the word is no match."""

import pytest

from vitrine.facts.reviews import rules


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("ainda não recebí o produto", "problema", "nao_recebido"),
        ("o produto não foi recebido", "problema", "nenhum"),
        ("não chegou no prazo", "problema", "nenhum"),
        ("não recebi a nota fiscal", "problema", "nenhum"),
        ("não recebi resposta", "problema", "nenhum"),
        ("não recebi o produto correto, veio errado", "problema", "errado"),
        ("não recebi o pedido completo, faltou um copo", "problema", "incompleto"),
        ("veio tudo sem nenhum defeito", "problema", "nenhum"),
        ("não apresentou defeito", "problema", "nenhum"),
        ("não teve atraso", "problema", "nenhum"),
        ("não houve atraso, mas veio quebrado", "problema", "defeito"),
        ("sem defeito na caixa, com defeito na tampa", "problema", "defeito"),
        ("vou atrás dos meus direitos", "problema", "nenhum"),
        ("caso encerrado", "problema", "nenhum"),
        ("comprei outro produto na loja", "problema", "nenhum"),
        ("recebi outro produto", "problema", "errado"),
        ("comprei um trocador de fraldas", "problema", "nenhum"),
        ("nunca faltou nada", "problema", "nenhum"),
        ("péssima qualidade", "elogio", "nenhum"),
        ("de baixíssima qualidade", "elogio", "nenhum"),
        ("a qualidade é muito ruim", "elogio", "nenhum"),
        ("a qualidade é muito boa", "elogio", "qualidade"),
        ("carro blindado", "elogio", "nenhum"),
        ("excelente atendimento", "elogio", "atendimento"),
        ("excelente preço", "elogio", "preco"),
        ("produto excelente", "elogio", "qualidade"),
        ("atendimento péssimo", "elogio", "nenhum"),
        ("não tem atendimento", "elogio", "nenhum"),
        ("não estou satisfeita com o atendimento", "elogio", "nenhum"),
        ("muito bom o atendimento", "elogio", "atendimento"),
        ("aguardo. Atenciosamente", "elogio", "nenhum"),
        ("não vale o preço", "elogio", "nenhum"),
        ("vale o preço", "elogio", "preco"),
        ("ótimo custo x benefício", "elogio", "preco"),
        ("retirei com muito custo", "elogio", "nenhum"),
        ("estava mais barato na outra loja", "elogio", "nenhum"),
        ("não vou devolver", "pede_troca", False),
        ("não consigo devolver", "pede_troca", True),
        ("nem recomendo", "recomenda", "nao"),
        ("não sei se recomendo", "recomenda", "nao"),
        ("nãorecomendo", "recomenda", "nao"),
        ("superrecomendo", "recomenda", "sim"),
        ("recomendadíssimo", "recomenda", "sim"),
        ("não indico", "recomenda", "nao"),
        ("nunca mais comprarei aqui", "recompra", False),
        ("voltarei a comprar", "recompra", True),
        ("não compraria novamente", "recompra", False),
    ],
)
def test_the_text_rules_on_what_customers_write(text, field, value):
    assert rules(text)[field] == value
