"""Texts for the PAVE-Br sample: product types with their attributes and values, and how listings and systems write a value.

    KINDS["Fogão"].attributes["cor"]                    # ("Branco", "Preto", …)
    in_listing("110V", random.Random(7).random)         # "127V", as half of the sellers write

The brands are invented, the values are usual ones. A kind has some of the published columns, in the published order.
"""

import re
from dataclasses import dataclass

from vitrine.sources.samples.grammar import Phrase, Random, one_of, phrases

BRANDS = (
    "Aurivale|Brisalar|Cedroval|Domarin|Estrelume|Ferranova|Giravita|Hortezza|Lumeriz|Montevar|Nortezan|Orvalar|Pratelux|Quintarel"
).split("|")
COLOURS = tuple("Branco|Preto|Cinza|Marrom|Bege|Vermelho|Azul|Inox|Off White|Carvalho".split("|"))
VOLTAGES = ("110V", "220V", "Bivolt")
LINKS = ("Wi-Fi", "Bluetooth", "HDMI", "USB", "Ethernet")
MATERIALS = ("MDF", "MDP", "Madeira", "Aço", "Pinus")


@dataclass(frozen=True)
class Kind:
    """A product type: its first words in a title, a sentence about it, and its attributes with their usual values."""

    noun: str
    sentence: str
    attributes: dict[str, tuple[str, ...]]
    has_id: bool = True
    has_staff: bool = False  # columns with the annotators' names and dates
    annotated: float = 0.97  # share of rows


KINDS = {
    "Cadeira": Kind(
        "Cadeira",
        "Confortável para o escritório ou a sala de jantar",
        {
            "marca": tuple(BRANDS),
            "cor": COLOURS,
            "material_da_estrutura": (*MATERIALS, "Polipropileno"),
            "tipo_de_pe": ("Rodízios", "Palito", "Fixo"),
            "quantidade": ("1 Unidade", "2 Unidades", "4 Unidades", "6 Unidades"),
            "peso_suportado": ("90kg", "100kg", "110kg", "120kg", "150kg"),
        },
    ),
    "Caixa de Som": Kind(
        "Caixa de Som",
        "Leve a sua música para qualquer lugar com graves fortes",
        {
            "marca": tuple(BRANDS),
            "conectividade": LINKS[:2],
            "potencia": ("5W", "10W", "20W", "100W", "200W"),
            "tipo": ("Portátil", "Mini", "Torre"),
            "voltagem": VOLTAGES,
            "tamanho_do_woofer": ('3"', '4"', '8"', '12"'),
            "funcionamento da caixa": ("Ativa", "Passiva", "Amplificada"),
        },
    ),
    "Cama": Kind(
        "Cama Box",
        "Noites tranquilas com um colchão de qualidade",
        {
            "marca": tuple(BRANDS),
            "tamanho": ("Solteiro", "Casal", "Queen", "King"),
            "cor": COLOURS,
            "peso_suportado": ("90kg", "100kg", "120kg", "150kg"),
            "densidade": ("D20", "D28", "D33", "D45"),
            "proteção": ("Antiácaro", "Antifungo", "Antialérgico"),
        },
        has_staff=True,
        annotated=0.3,
    ),
    "Fogão": Kind(
        "Fogão",
        "Prepare as suas receitas com praticidade e segurança",
        {
            "cor": ("Branco", "Preto", "Inox", "Prata", "Cinza"),
            "voltagem": VOLTAGES,
            "marca": tuple(BRANDS),
            "instalacao": ("de Piso", "de Embutir"),
            "tipo_de_acendimento": ("Automático", "Manual"),
            "quantidade_de_bocas": ("2 Bocas", "4 Bocas", "5 Bocas", "6 Bocas"),
            "tipo_de_gas": ("GLP", "Natural"),
        },
    ),
    "Frigideira": Kind(
        "Frigideira",
        "Nada gruda e a limpeza é rápida",
        {
            "marca": tuple(BRANDS),
            "cor": COLOURS[:7],
            "diametro": ("18cm", "20cm", "24cm", "28cm", "30cm"),
            "material": ("Alumínio", "Ferro", "Aço Inox", "Cerâmica"),
            "revestimento_interno": ("Antiaderente", "Cerâmico", "Esmaltado"),
            "quantidade_de_pecas": ("1 Peça", "2 Peças", "3 Peças"),
        },
    ),
    "Guarda-Roupa": Kind(
        "Guarda-roupa",
        "Organize as suas roupas com muito espaço interno",
        {
            "cor": COLOURS,
            "marca": tuple(BRANDS),
            "quantidade_de_gavetas": ("2 Gavetas", "3 Gavetas", "4 Gavetas", "6 Gavetas"),
            "quantidade_de_portas": ("2 Portas", "3 Portas", "4 Portas", "6 Portas"),
            "tamanho": ("Casal", "Solteiro"),
            "material_da_estrutura": MATERIALS,
            "tipo_de_porta": ("Convencional", "de Correr"),
        },
        has_id=False,
    ),
    "Lavadora de Roupas": Kind(
        "Lavadora de Roupas",
        "Lava, enxágua e centrifuga sem barulho",
        {
            "marca": tuple(BRANDS),
            "voltagem": VOLTAGES,
            "capacidade_de_lavagem": ("8kg", "11kg", "12kg", "13kg", "15kg", "17kg"),
            "cor": ("Branco", "Preto", "Cinza", "Titânio"),
        },
    ),
    "TV": Kind(
        "Smart TV",
        "Imagem nítida para filmes, jogos e esportes",
        {
            "conectividade": LINKS,
            "marca": tuple(BRANDS),
            "polegadas": ('32"', '43"', '50"', '55"', '65"'),
            "resolucao": ("4K / Ultra HD", "Full HD", "HD"),
            "tecnologia": ("LED", "QLED", "OLED"),
            "sistema_operacional": ("Linux", "Android TV", "Vega OS"),
        },
    ),
}
LISTS = {
    "cor": 0.15,
    "conectividade": 0.8,
    "proteção": 0.7,
    "material_da_estrutura": 0.2,
    "tipo_de_gas": 0.3,
}  # share with several
JOINED = ("[{}]", "{}")  # how annotators write several values; words are joined by a comma or by "e"
NOTES = ("Tipo de Produto", "não tem navegation id")  # written in place of a brand
UNSTATED = 0.1  # share of values that only the picture shows
NOTHING = 0.15  # share of attributes that the product does not have

CLOSING = phrases("""
Garantia de [3|6|12] meses.
[Imagens meramente ilustrativas.|As cores podem variar conforme o monitor.]
Enviamos para todo o Brasil[, com nota fiscal|].
Conteúdo da embalagem: 1 produto[ e manual|].
""")
OPENING = phrases("""
[Conheça|Chegou] [o novo modelo|a novidade] [{code}|da linha {code}].
[Qualidade|Beleza] e [resistência|praticidade] na linha {code}.
Oferta [especial|da semana] da linha {code}.
""")
TITLES = [Phrase(text) for text in ("{noun} {brand} {code} {stated}", "{noun} {stated} {brand} {code}", "{noun} {code} {stated}")]
LINES = ("<p>{}: {}</p>", "<li><strong>{}:</strong> {}</li>", "{}: {}<br>", "• {}: {} \n")

SAME = {"110V": ("110V", "127V", "127 V"), "4K / Ultra HD": ("4K", "4K Ultra HD"), "GLP": ("GLP",)}
UNITS = {
    "kg": (" kg", "kg", " quilos"),
    "W": ("W", " W", " watts"),
    "cm": (" cm", "cm"),
    '"': ('"', " polegadas"),
    "V": ("V", " V"),
}
MEASURE = re.compile(r"(\d+)(kg|W|cm|\"|V)")


def in_listing(value: str, random: Random) -> str:
    """A value as a seller may write it."""
    if value in SAME:
        return one_of(random, SAME[value])
    if match := MEASURE.fullmatch(value):
        return match[1] + one_of(random, UNITS[match[2]])
    return value.removeprefix("de ") if random() < 0.5 else value


def by_model(value: str, random: Random) -> str:
    """A value as the published model writes it: numbers without a noun, in lower case, adjectives that agree with the noun."""
    if re.match(r"\d+ [A-Z]", value):
        return value.split()[0]
    written = in_listing(value, random)
    if random() < 0.3 and re.fullmatch(r"(?:Branc|Pret|Vermelh)o", written):
        written = f"{written[:-1]}a"
    return written.lower() if random() < 0.2 else written
