"""A text that is surely in another language is found; one that may be in its own never is, nor one too short to tell."""

import gzip
import html
import json
import tarfile
from pathlib import Path

import polars as pl
import pytest

from tests.sources.conftest import real  # noqa: F401 -- a fixture
from vitrine.cleaning.language import WORDS, is_not

SENTENCES = {
    "en": [
        "The lamp lights up the whole room and uses very little energy.",
        "I have not received my order yet and nobody answers my messages.",
        "A novel about two sisters who meet again after twenty years by the sea.",
    ],
    "pt": [
        "O produto chegou antes do prazo e a qualidade é muito boa, recomendo.",
        "Ainda não recebi o meu pedido e ninguém me dá uma resposta.",
        "Um romance sobre duas irmãs que se reencontram depois de vinte anos.",
    ],
    "es": [
        "El producto llegó en perfecto estado y mucho antes de lo esperado.",
        "No me gustó nada, el color no es el de la foto y la tela es muy fina.",
        "Las tijeras cortan bien y son cómodas para las personas zurdas.",
    ],
    "fr": [
        "Très bonne qualité, je le recommande à tous ceux qui cherchent du solide.",
        "Le sac a trois poches, mais la fermeture s'est cassée le premier jour.",
        "L'histoire d'un village qui apprend à vivre au bord de la mer.",
    ],
    "de": [
        "Leider ist die Farbe nicht wie auf dem Foto und der Stoff ist zu dünn.",
        "Ein Roman über zwei Schwestern, die sich nach zwanzig Jahren wiedersehen.",
        "Ich habe die mittlere Größe gekauft und sie ist mir zu weit.",
    ],
    "it": [
        "Sono delusa, il colore non è quello della foto e il tessuto è troppo sottile.",
        "Il venditore ha risposto subito e mi ha spedito un altro pezzo senza spese.",
        "La storia di un paese che impara a vivere accanto al mare.",
    ],
    "nl": [
        "Helaas is de kleur niet zoals op de foto en is de stof te dun.",
        "Ik heb de middelste maat gekocht en die is me te groot.",
        "Het product kwam in perfecte staat aan en veel eerder dan verwacht.",
    ],
}
OTHER_SCRIPTS = [
    "この商品は予定より早く届き、とてもきれいな状態でした。",
    "Товар пришёл в отличном состоянии и гораздо раньше срока.",
    "وصل المنتج في حالة ممتازة وقبل الموعد المحدد.",
]
UNTELLABLE = [
    None,
    "",
    "10/10!!!",
    "Muy bueno",
    "Sehr gut",
    "ABS-4410 / 220V / 60Hz / IP67 / M12x1.75 / 4.5 kg / 1,200 mm",
    "Yamaha YFZ450 Honda TRX450 Suzuki LTZ400 Kawasaki KFX450",
    "Los Angeles, El Paso, La Jolla, Las Vegas, San Jose, Santa Fe",  # names with Spanish articles
]


def verdicts(texts, *languages):
    return (
        pl.DataFrame({"text": texts}, schema={"text": pl.String}).select(is_not(pl.col("text"), languages)).to_series().to_list()
    )


@pytest.mark.parametrize("language", sorted(WORDS))
@pytest.mark.parametrize("own", ["en", "pt"])
def test_a_sentence_is_of_its_language(own, language):
    assert verdicts(SENTENCES[language], own) == [language != own] * 3
    assert verdicts(SENTENCES[language], own, language) == [False] * 3


def test_another_script_is_another_language():
    assert verdicts(OTHER_SCRIPTS, "en") == verdicts(OTHER_SCRIPTS, "pt", "es") == [True] * 3


@pytest.mark.parametrize("language", ["en", "pt"])
def test_what_cannot_be_told_stays(language):
    telling = [text for text in UNTELLABLE if not (language == "pt" and text and text.startswith("Los"))]
    assert verdicts(telling, language) == [False] * len(telling)


def test_a_quotation_makes_no_text_foreign():
    text = "The song says: el amor que no es de los dos no es amor. It is one of the best that she has written for the stage."
    assert verdicts([text], "en") == [False]


def test_a_verdict_depends_on_no_other_row_and_comes_in_order():
    texts = [text for sentences in SENTENCES.values() for text in sentences] + UNTELLABLE + OTHER_SCRIPTS
    together = verdicts(texts, "pt")
    assert together == [verdict for text in texts for verdict in verdicts([text], "pt")]
    lazily = pl.LazyFrame({"text": texts * 50}).select(is_not(pl.col("text"), ["pt"])).collect(engine="streaming")
    assert lazily.to_series().to_list() == together * 50
    assert verdicts([], "pt") == []


def published(folder: Path):
    """Texts whose language is known."""
    reviews = pl.read_csv(folder / "olist" / "olist_order_reviews_dataset.csv.gz", columns=["review_comment_message"])
    alpaca = json.loads(gzip.decompress((folder / "alpaca" / "alpaca_random_9k.json.gz").read_bytes()))
    amazon = json.loads(gzip.decompress((folder / "amazontitles" / "fiap_amazontitles_500.json.gz").read_bytes()))
    with tarfile.open(folder / "ptbr_text" / "machado_de_assis_txt.tar.gz") as archive:
        files = [one for one in archive if one.isfile()]
        machado = [line for one in files[:6] for line in archive.extractfile(one).read().decode().splitlines()]
    yield "pt", reviews.to_series().drop_nulls().to_list()[:20_000]
    yield "pt", [" ".join(pair) for pair in zip(machado[::2], machado[1::2], strict=False)]
    yield "en", [row["instruction"] for row in alpaca]
    yield "en", [html.unescape(html.unescape(row["output"])) for row in amazon]


def test_of_real_texts_less_than_one_in_two_hundred_is_called_foreign(real):  # noqa: F811
    for language, texts in published(real):
        found = verdicts(texts, language)
        assert len(texts) >= 400 and sum(found) < len(texts) / 200, (
            language,
            [t for t, f in zip(texts, found, strict=True) if f],
        )


def test_most_real_sentences_of_the_other_language_are_found(real):  # noqa: F811
    for language, texts in published(real):
        long = [text for text in texts if len(text) > 120]
        found = verdicts(long, "pt" if language == "en" else "en")
        assert sum(found) > 0.9 * len(long) > 50
