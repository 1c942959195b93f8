"""Personal data behind typed placeholders; order numbers and prices are left alone."""

import polars as pl
import pytest

from vitrine.cleaning.personal_data import KINDS, is_cnpj, is_cpf, mentions, redact


def redacted(text, kinds=KINDS):
    return pl.DataFrame({"t": [text, "outro"]}).select(redact(pl.col("t"), kinds)).to_series()[0]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("mande para ana.silva+loja@mail.com.br, por favor", "mande para [EMAIL], por favor"),
        ("CPF 529.982.247-25.", "CPF [CPF]."),
        ("cpf 111.222.333-44 com pontos", "cpf [CPF] com pontos"),
        ("cpf 52998224725", "cpf [CPF]"),
        ("CNPJ 11.222.333/0001-81 ou 11222333000181", "CNPJ [CNPJ] ou [CNPJ]"),
        ("ligue (11) 98765-4321 ou 11 3456-7890", "ligue [PHONE] ou [PHONE]"),
        ("whats +55 21 99999-8888", "whats [PHONE]"),
        ("meu zap 11987654321", "meu zap [PHONE]"),
        ("CEP 01310-100, cep: 01310100", "CEP [CEP], cep: [CEP]"),
        ("pedido 02 657 149 274 de R$ 1.234,56 em 12/05/2018", "pedido 02 657 149 274 de R$ 1.234,56 em 12/05/2018"),
        ("pedido 52198224724 com 3 itens de 10-12 cm", "pedido 52198224724 com 3 itens de 10-12 cm"),
        ("nota 12345678901234 e 2017-2018", "nota 12345678901234 e 2017-2018"),
        ("arroba @loja e a@b", "arroba @loja e a@b"),
        (None, None),
    ],
)
def test_redact(text, clean):
    assert redacted(text) == clean


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_asked_kinds_go(kind):
    text = "a@b.com 11.222.333/0001-81 529.982.247-25 (11) 98765-4321 01310-100"
    assert redacted(text, [kind]).count("[") == 1
    assert f"[{kind.upper()}]" in redacted(text, [kind])
    assert redacted(text, []) == text


def test_mentions_are_counted():
    texts = pl.DataFrame({"t": ["[CPF] e [EMAIL]", "[outro]", None]})
    assert texts.select(mentions(pl.col("t"))).to_series().to_list() == [2, 0, None]


@pytest.mark.parametrize(
    ("digits", "right"), [("52998224725", True), ("52998224726", False), ("11111111111", False), ("5299822472", False)]
)
def test_cpf_check_digits(digits, right):
    assert is_cpf(digits) is right


@pytest.mark.parametrize(
    ("digits", "right"), [("11222333000181", True), ("11222333000180", False), ("00000000000000", False), ("1", False)]
)
def test_cnpj_check_digits(digits, right):
    assert is_cnpj(digits) is right
