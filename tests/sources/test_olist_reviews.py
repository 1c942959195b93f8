"""The sample's messages: varied, and true to the scores and fields that tasks read from them."""

import re
import unicodedata
from collections import Counter

import polars as pl
import pytest

from tests.sources.conftest import read_folder
from vitrine.sources.samples import olist as sample
from vitrine.sources.samples.grammar import Phrase

# The documented keyword rules, restated: the first match in this order wins.
FIELDS = {
    "problema": {
        "nao_recebido": "nao recebi|nao chegou|nunca chegou",
        "atraso": "atras|demor",
        "defeito": "defeito|quebrad|nao funciona|estragad",
        "errado": "errad|diferente d|outro produto|trocad[oa]",
        "incompleto": "faltando|faltou|incomplet|so veio",
    },
    "elogio": {
        "entrega": "antes do prazo|entrega rapida|chegou rapido|rapid",
        "qualidade": "qualidade|excelente|lind[oa]|perfeit",
        "preco": "preco|barat|custo",
        "atendimento": "atendimento|atencios|vendedor otimo",
    },
    "pede_troca": {"sim": r"\btroca(r)?\b|devol|reembolso|dinheiro de volta"},
    "recomenda": {"nao": "nao recomendo", "sim": "recomendo"},
    "recompra": {"sim": "comprarei|comprar novamente|comprar de novo|compro sempre"},
}
BAD = "|".join(
    (
        "pessim|horrivel|terrivel|lamentavel|absurdo|vergonha|descaso|falta de respeito|pior.|indignad|revoltad",
        "insatisfeit|arrependid|odiei|detestei|decepc|enganad|nunca mais|lixo|nao gostei|ruim|fraco|fraqu|desejar",
        "decepcionad|chatead|triste|esperava (muito|bem) mais|abaixo|nao era o que|nao fiquei|vagabundo|malfeit|parece.",
        "propaganda|nao vale|jogad[oa] fora|jogar fora|nao serve|ninguem|nenhum|nada|bem menor|muito menor",
        "bem mais simples|mais fraco|consertar|comprar em outra|feia|nao recomendo",
    )
)
GOOD = "|".join(
    (
        "gostei|bom|boa|bons|legal|tudo certo|tudo ok|certinho|tranquila|tudo bem|atend|satisfeit|amei|amou|adorei|adorou",
        "maravilh|otim|sensacional|show|top|fantastic|feliz|superou|passou (minhas|as)|melhor|apaixonad|recomendo",
        "comprarei|comprar (novamente|de novo)|compro sempre|rapid|antes do prazo|excelente|lind|perfeit|qualidade|barat",
        "preco|custo|atencios|vendedor|igual a|direitinho|super bem|facil|do jeito que|procurava|como eu esperava|combin",
        "uso todo dia|usando todo dia|bem embalad|ficou",
    )
)
MIXED = "|".join(
    (
        "mas|porem|so que|pena que|mais ou menos|razoavel|regular|mediano|medio|aceitavel|nem bom|gasto",
        "nada (demais|de especial)|basico|nao e (tudo|aquilo)",
    )
)
QUIBBLED = "|".join(("pod(er)?ia ser|um pouco|meio|confuso|ingles|dificil|forte|medida|amassada|aberta|clara|escura|apagada",))


def plain(text):
    """Lower case, no accents, no doubled letters or abbreviations, single spaces."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.lower()) if not unicodedata.combining(c))
    return " ".join(bare.split())


def field(name, text):
    return next((value for value, pattern in FIELDS[name].items() if re.search(pattern, text)), "none")


@pytest.fixture(scope="module")
def said(tmp_path_factory):
    folder = tmp_path_factory.mktemp("olist")
    sample.generate(folder, rows=11_000, seed=3)
    reviews = pl.DataFrame(read_folder("olist", folder).tables["order_reviews"])
    scores = reviews["review_score"].value_counts(normalize=True)
    wanted = {5: 0.45, 4: 0.18, 3: 0.12, 2: 0.08, 1: 0.17}
    assert dict(scores.iter_rows()) == pytest.approx(wanted, abs=0.02)
    messages = reviews.drop_nulls("review_comment_message")
    assert 0.5 < messages.height / reviews.height < 0.6
    return messages.unique("review_id").select("review_score", "review_comment_message")


def test_messages_are_varied_and_short(said):
    texts = said["review_comment_message"]
    assert texts.n_unique() / texts.len() >= 0.9
    assert texts.str.len_chars().max() <= 208
    assert 60 <= texts.str.len_chars().median() <= 95
    assert texts.str.contains("\r\n").mean() > 0.02
    assert texts.str.contains(r"\p{Emoji_Presentation}|❤").mean() > 0.05
    assert texts.map_elements(str.isupper, pl.Boolean).mean() > 0.03


@pytest.mark.parametrize("name", FIELDS)
def test_every_value_of_every_field_is_said_often(said, name):
    values = Counter(field(name, plain(text)) for text in said["review_comment_message"])
    assert set(values) == {*FIELDS[name], "none"}
    assert min(values.values()) >= 0.04 * said.height, values


def polarity(text):
    """As a reader would: a mixed verdict, else the side that says more."""
    if re.search(rf"\b({MIXED})\b", text):
        return 3
    bad = len(re.findall(BAD, text)) + (field("problema", text) != "none") + len(re.findall(FIELDS["pede_troca"]["sim"], text))
    good = len(re.findall(GOOD, text)) - len(re.findall("nao recomendo|nao gostei", text))
    return 3 if bad == good or (good and re.search(QUIBBLED, text)) else 5 if good > bad else 1


def test_the_polarity_can_be_told_from_the_text(said):
    right = Counter()
    for score, text in said.iter_rows():
        true = 1 if score < 3 else 5 if score > 3 else 3
        right[true, polarity(plain(text)) == true] += 1
    assert sum(count for (_, hit), count in right.items() if hit) / said.height >= 0.9, right


def test_what_text_and_order_say_agree(said):
    """Nobody who is pleased says that it came broken; nobody who is not recommends it."""
    for score, message in said.iter_rows():
        text = plain(message)
        if score >= 4:
            assert field("problema", text) in ("none", "atraso"), message
            assert field("recomenda", text) != "nao", message
            assert field("pede_troca", text) == "none", message
        if score <= 2:
            assert field("elogio", text) == "none", message
            assert field("recomenda", text) != "sim", message
            assert field("recompra", text) == "none", message


def test_phrases_nest_and_refuse_open_brackets():
    phrase = Phrase("[a|b[c|d]] e")
    draws = iter([0.9, 0.0, 0.0, 0.9, 0.9])
    assert [phrase.say(lambda: next(draws)) for _ in range(3)] == ["bc e", "a e", "bd e"]
    with pytest.raises(ValueError, match="unbalanced"):
        Phrase("[a|b")
