"""Which texts are surely in another language, by the small words that every sentence has.

    frame.filter(~is_not(pl.col("content"), ["en"]))     # what may be English stays: also numbers, names, and too little to tell

Most texts are settled by one look for their own language's words. The rest is compared with each other language in turn,
by the words that only one of the two has ("que" tells Portuguese from English and not from Spanish), and by script. It has
to be sure, and it has to be fast: `benchmarks/language.py` finds py3langid and lingua 20 to 80 times slower, with more texts
wrongly called foreign. The score of `verifiers/language.py` is no substitute: it knows Portuguese only, at 20,000 texts/s.
"""

from collections.abc import Sequence
from functools import cache, partial
from typing import Literal

import polars as pl

Language = Literal["en", "pt", "es", "fr", "de", "it", "nl"]


LISTED: dict[Language, str] = {
    "en": """
        a the and of to in is it that for on with was were are be this have has had not but from by at an or which you your we our
        they their there its his her she he who when where how what will would can could should than then them these those been
        more most some any all if out up about into over after before only also very just my i am do does so each other such as
        no new one two use used using make makes may us while between through during without
        """,
    "pt": """
        a o e de da do das dos em na no nas nos um uma que é para pra por pelo pela pelos pelas com não nao mais mas foi foram
        ser são está estão esta este essa esse isso ao aos à às até como quando onde quem qual porque pois se sua seu suas seus
        meu minha ele ela eles elas eu você voce vocês já só também muito muita bem ainda sem sob sobre entre após antes depois
        desde tem têm ter teve tinha há ou nem cada todo toda todos todas mesmo outro outra nada tudo vem veio fica ficou
        ótimo produto entrega chegou comprei recebi recomendo gostei prazo loja ok boa bom
        """,
    "es": """
        a de en el la los las un una unos unas dos y e o que es para por con no más pero fue fueron ser son está están esta este
        esa ese eso al del hasta como cuando donde quien cual porque pues se su sus mi me él ella ellos ellas yo tú usted ya sólo
        también muy mucho mucha bien aún sin sobre entre tras antes después desde tiene tienen tener había hay ni cada todo toda
        todos todas mismo otro otra nada lo le les nos cualquier quienes ningún estoy he ha han
        """,
    "fr": """
        le la les un une des de du et en est que qui dans pour par sur avec sans pas plus mais ou où ce cet cette ces il elle ils
        elles je tu nous vous on son sa ses mon ma mes leur leurs au aux été être sont ont a avoir fait très bien aussi comme
        quand si tout tous toute toutes même entre après avant depuis chez ne se y à qu deux ceux celle cette celui
        """,
    "de": """
        der die das den dem des ein eine einen einem einer eines und in ist im am zu zum zur mit von vom für auf aus an bei nach
        nicht auch aber oder als wie wenn wo wer was wir ihr sie er es ich du mein sein seine ihre ihren sich sind war waren hat
        haben wird werden kann können so nur noch sehr mehr schon über unter vor durch um alle alles dass diese dieser dieses
        """,
    "it": """
        il lo la i gli le un una uno di a da in con su per tra fra e è che chi non più ma o se come quando dove perché del dello
        della dei degli delle al allo alla agli alle dal dalla nel nello nella nei nelle sul sulla sono era ho ha hanno essere
        avere questo questa questi queste quello quella anche molto bene ancora senza dopo prima mi ti ci si suo sua loro tutti
        """,
    "nl": """
        de het een en van in is op te dat die voor met zijn niet aan er om ook als maar bij nog naar uit dan door over tot je u
        ik hij zij ze we wij haar mijn deze dit was werd wordt worden heeft hebben heb kan kunnen geen meer zo wel al alle
        alles iedereen niemand daarbij eerder goede heel zoals
        """,
}
WORDS = {name: frozenset(listed.split()) for name, listed in LISTED.items()}
HEAD = 500  # characters: what follows is not looked at
LEAST = 30  # bytes: less says too little
OWN = 80  # bytes: a text with a word of its own language in as many is not looked at again
HITS = 3  # words of another language, at least
MARGIN = 4  # as many as of its own language
SPREAD = 8  # one word in as many
FOREIGN_LETTER = r"[\p{L}&&[^\p{Latin}]]"


def is_not(text: pl.Expr, languages: Sequence[Language]) -> pl.Expr:
    """Whether a text is surely in none of `languages`; false for null and whatever cannot be told."""
    return text.map_batches(partial(_is_not, languages=frozenset(languages)), return_dtype=pl.Boolean, is_elementwise=True)


def _is_not(texts: pl.Series, languages: frozenset[Language]) -> pl.Series:
    texts = texts.str.head(HEAD)
    size = texts.str.len_bytes()
    unsettled = ((size >= LEAST) & (texts.str.count_matches(_own(languages)) * OWN < size)).fill_null(False)
    places = unsettled.arg_true()
    verdicts = pl.Series(texts.name, [False], dtype=pl.Boolean).new_from_index(0, len(texts))
    return verdicts.scatter(places, _foreign(texts.gather(places), languages))


def _foreign(texts: pl.Series, languages: frozenset[Language]) -> pl.Series:
    """The same of texts that one look did not settle."""
    text, apart = pl.col("text"), pl.col("apart")
    words = apart.str.count_matches(r" \p{L}+ ")
    verdicts = [text.str.count_matches(FOREIGN_LETTER) * 2 > text.str.count_matches(r"\p{L}")]
    for other in WORDS.keys() - languages:
        own, theirs = _apart(languages, other)
        hits = apart.str.count_matches(f"(?i){theirs}")
        enough = (hits >= HITS) & (hits * SPREAD >= words) & (hits >= MARGIN * apart.str.count_matches(f"(?i){own}"))
        names = ~apart.str.contains(theirs) & text.str.contains(r"\p{Ll}")  # Los Angeles, El Paso
        verdicts.append(enough & ~names)
    frame = pl.DataFrame({"text": texts})
    frame = frame.with_columns(apart=pl.concat_str(pl.lit(" "), text.str.replace_all(r"\P{L}+", "  "), pl.lit(" ")))
    return frame.select(pl.any_horizontal(verdicts)).to_series()


@cache
def _own(languages: frozenset[Language]) -> str:
    """The words of one's own languages that no other has, as they stand in raw text."""
    others = frozenset().union(*(words for name, words in WORDS.items() if name not in languages))
    own = frozenset().union(*(WORDS[name] for name in languages))
    plain = frozenset(word for word in own - others if word.isascii())  # the boundary after them is the fast, ASCII one
    return rf"(?i)(?:^|[\s(\"'])(?:{'|'.join(sorted(plain))})(?-u:\b)"


@cache
def _apart(languages: frozenset[Language], other: Language) -> tuple[str, str]:
    """What tells one's own languages from another one, and that one from them, among words with a blank on either side."""
    own = frozenset().union(*(WORDS[name] for name in languages))
    return f" (?:{'|'.join(sorted(own - WORDS[other]))}) ", f" (?:{'|'.join(sorted(WORDS[other] - own))}) "
