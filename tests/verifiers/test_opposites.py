"""Contradictions are distinguished from omissions and from denials in other words."""

import pytest

from vitrine.verifiers import denied_numbers, opposites
from vitrine.verifiers.tokens import STOP_WORDS


@pytest.mark.parametrize(
    ("reference", "reply"),
    [
        ("It is made of steel.", "It is not made of steel."),
        ("It is made of steel.", "It isn’t made of steel."),
        ("It is made of steel.", "It isnt made of steel."),
        ("It is made of steel.", "It is made without steel."),
        ("It is made of steel.", "It is made of anything but steel."),
        ("It is made of steel.", "It is made of steel? Not at all."),
        ("It is made of steel.", "It is n\u200bot made of steel."),
        ("It is made of steel.", "Não, it is made of steel."),
        ("It keeps drinks cold.", "It no keeps drinks cold."),
        ("It does not fit.", "It does fit."),
        ("It doesn't really fit.", "It does fit."),
        ("It does not.", "It does."),
        ("Yes, it does.", "No, it does not."),
        ("It is not steel but wood.", "It is steel, not wood."),
    ],
)
def test_contradictions_are_recognised(reference, reply):
    assert opposites.contradicts(reference, reply, small=STOP_WORDS)


@pytest.mark.parametrize(
    ("reference", "reply"),
    [
        ("It is made of steel.", "Steel"),
        ("It is made of steel.", "It is not only made of steel."),
        ("It is made of steel.", "No doubt it is made of steel."),
        ("It does not fit.", "No, it doesn't fit."),
        ("No, it does not fit.", "It does not fit."),
        ("It is not cheap steel.", "The steel is not cheap."),
        ("It fits well, I have no complaints.", "It fits well."),
        ("It comes without a lid.", "It has no lid."),
        ("", ""),
    ],
)
def test_answers_that_do_not_contradict(reference, reply):
    assert not opposites.contradicts(reference, reply, small=STOP_WORDS)


@pytest.mark.parametrize(
    ("text", "denied"),
    [
        ("Nunca gastou R$ 139,77 nem ficou 320 dias na casa da banana", True),
        ("É falso que gastou R$ 10,00", True),
        ("Não comprou os 3 itens", True),
        ("R$ 139,77 nunca gastou na loja", True),
        ("Não está há 320 dias sem comprar", True),
        ("Os 320 dias sem comprar não existiram", True),
        ("Faz 320 dias que não compra, e gastou pouco: R$ 140 ao todo.", False),
        ("Gastou R$ 139,77 e não teve atrasos.", False),
        ("Há 320 dias não volta, e fez só 1 pedido.", False),
        ("Não gostou da loja.", False),
        ("pedidos 1; dias sem comprar 320; nota 4", False),
        ("", False),
    ],
)
def test_denied_numbers(text, denied):
    assert denied_numbers.denies(text) == denied
