"""Count single words of published reviews, by kind, for the sample's grammar to draw from.

python -m benchmarks.likeness_words ../shared/data      # writes vitrine/sources/samples/olist_words.yaml

Reads the fitted half of Olist's messages and the B2W reviews. The kind of a word follows from its ending and from the articles
before it. Only single lower-case words and their counts are written, never a sequence of words. Words that are mostly capitalized
inside sentences (people, places, brands), given names and words that occur once are left out.
"""

import argparse
import collections
import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path

from benchmarks.likeness import is_fitted, reviews

TARGET = Path(__file__).resolve().parents[1] / "vitrine" / "sources" / "samples" / "olist_words.yaml"
TOKEN = re.compile(r"[^\W\d_]+|[.!?\n]")
SHORTEST = 3
MASCULINE = frozenset("o um do no ao pelo este esse meu seu nosso outro mesmo".split())
FEMININE = frozenset("a uma da na pela essa esta minha sua nossa outra mesma à".split())
PLURAL = frozenset("os as dos das nos nas meus minhas uns umas dois duas três".split())
BEFORE_ADJECTIVES = frozenset("muito super bem mais é tão meio achei pouco ficou parece extremamente bastante".split())
GIVEN = frozenset(
    """maria jose josé joao joão ana paulo carlos luiz luis lucas pedro marcos marcelo rafael bruno felipe daniel rodrigo
    eduardo fernando gustavo andré andre ricardo roberto antonio antônio francisco juliana fernanda patricia patrícia
    aline camila amanda bruna jessica jéssica leticia letícia julia júlia mariana adriana luciana marcia márcia sandra
    cristina simone renata vanessa tatiana carla claudia cláudia debora débora monica mônica priscila raquel rosana
    silvia sílvia sonia sônia vera teresa rita silva santos souza sousa oliveira pereira lima costa ferreira almeida
    ribeiro rodrigues gomes martins alves luciane fabio fábio leandro diego thiago tiago vinicius mateus matheus
    gabriel guilherme leonardo alexandre anderson wagner sergio sérgio""".split()
)
RUDE = frozenset("merda porra caralho bosta puta cu foda fdp safados ladrões ladrao ladrão vagabundos palhaços otário".split())
NO_NOUN = frozenset(
    """que não nao mais muito todo toda tudo ser ter ver quem qual isso este esse esta essa mesmo mesma outro outra pouco
    primeiro primeira segundo segunda meu minha seu sua nosso nossa dele dela um uma dia ótimo ótima bom boa melhor
    pior excelente único única último última próximo próxima próprio grande pequeno maior menor quanto também ainda
    até sem com por para pra produto todos das dos deles delas inda das tds comprarem todos compara usá crer abrir cee
    entrega compra chega loja como era foi está são tem vem vai então porque quando onde pois assim bem mal já nunca
    sempre depois antes agora hoje lindo linda belo péssimo péssima total lado maioria vez gente acho estou dois duas
    três fato fim""".split()
)
ADJECTIVES = frozenset(
    """bonito lindo prático útil legal bom ótimo excelente perfeito maravilhoso confortável macio resistente frágil fraco
    ruim péssimo pequeno grande fino grosso leve pesado curto longo largo alto baixo caro barato simples moderno
    elegante delicado sofisticado original falso novo velho usado sujo limpo escuro claro duro mole firme forte bacana
    top fofo gostoso cheiroso suave seco molhado estranho feio horrível inferior superior rápido lento eficiente
    eficaz funcional compacto silencioso barulhento potente versátil completo incompleto correto errado certo justo
    apertado folgado solto torto quente frio seguro confiável sério honesto atencioso educado normal comum regular
    razoável satisfatório aceitável mediano ideal adequado necessário possível difícil fácil triste feliz chateado
    indignado satisfeito insatisfeito decepcionado colorido transparente brilhante fosco macia durável lavável
    portátil digital infantil feminino masculino nacional importado chinês antigo enorme médio mini duplo triplo
    inteiro pronto cheio vazio aberto""".split()
)
NO_ADJECTIVES = frozenset("indico pratico".split())
COLOURS = (
    "preto branco azul rosa vermelho verde cinza amarelo marrom dourado prata bege roxo laranja vinho lilás creme nude".split()
)
MONTHS = "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro".split()
HOUSES = "lannister stark targaryen baratheon tyrell arryn martell greyjoy tully bolton".split()
FIRST = frozenset(
    """fiz tive fui quis pude recebi vi li abri pedi perdi consegui percebi escolhi vendi decidi senti resolvi entendi
    devolvi dormi conheci imaginei esqueci estou tenho quero vou preciso posso gosto acho uso moro compro espero
    recebo faço sei adoro amo""".split()
)
NO_VERB = frozenset(
    "apesar super qualquer sequer espetacular regular particular mulher poliester gamer hiper irregular suuuper".split()
)
NO_GERUND = frozenset("quando recomendo entendo pretendo arrependo encomendo guando comando liindo recimendo revomendo".split())
NO_FIRST = frozenset("rei sei lei hei deveria nei nerei".split())
THIRD = frozenset(
    """tem vem fica vai faz deu veio quebra funciona atende demora chega cumpre parece deixa serve encaixa solta vale precisa
    pode deve quer diz sabe responde resolve liga carrega abre fecha segura protege ajuda dura solta mancha rasga
    esquenta vaza manda vende envia fala usa gosta adora procura recebeu respondeu prometeu vendeu perdeu saiu abriu
    pediu veio fez""".split()
)


def published(data: Path) -> list[str]:
    ours = reviews(data / "olist")["review_comment_message"].drop_nulls().to_list()
    users = json.loads(gzip.decompress((data / "ptbr_reviews" / "b2w_dev.json.gz").read_bytes()))
    return [text for text in ours if is_fitted(text)] + [review["text"] for user in users for review in user["profile"]]


class Counts:
    """How often each word occurs, after which articles, and how often it is capitalized inside a sentence."""

    def __init__(self, texts: Iterable[str]) -> None:
        self.words: collections.Counter[str] = collections.Counter()
        self.after: dict[frozenset[str], collections.Counter[str]] = {
            kind: collections.Counter() for kind in (MASCULINE, FEMININE, PLURAL, BEFORE_ADJECTIVES)
        }
        self.inside: collections.Counter[str] = collections.Counter()
        self.capital: collections.Counter[str] = collections.Counter()
        for text in texts:
            all_capitals = text == text.upper()
            before = "."
            for token in TOKEN.findall(text):
                word = token.lower()
                if before not in ".!?\n":
                    self.inside[word] += not all_capitals
                    self.capital[word] += token[0].isupper() and not all_capitals
                self.words[word] += 1
                for kind, counter in self.after.items():
                    counter[word] += before in kind
                before = word

    def is_usable(self, word: str) -> bool:
        """Whether the word is not rare, short, rude or a name."""
        named = self.inside[word] and self.capital[word] / self.inside[word] > 0.4
        return self.words[word] > 1 and len(word) >= SHORTEST and not named and word not in (GIVEN | RUDE | set(HOUSES))

    def of(self, words: Iterable[str]) -> dict[str, int]:
        return {word: self.words[word] for word in words if self.words[word] > 0}


def by_kind(counts: Counts) -> dict[str, dict[str, int]]:
    """The word lists of the grammar. A word is in at most one list, but adjectives are in the lists of both genders."""
    kinds: dict[str, dict[str, int]] = collections.defaultdict(dict)
    for word, times in counts.words.items():
        if counts.is_usable(word):
            kind = kind_of(word, counts)
            if kind:
                kinds[kind][word] = times
    for word in sorted(ADJECTIVES):
        if counts.words[word] > 1:
            kinds["adj"][word] = counts.words[word]
    for word, times in kinds["adj"].items():
        feminine = word[:-1] + "a" if word.endswith("o") else word
        kinds["adjf"][feminine] = max(1, counts.words[feminine] if feminine != word else times)
        if word.endswith("o") and len(word) > SHORTEST:
            kinds["adjg"][word[:-1] + "{g}"] = times
    kinds |= {"cor": counts.of(COLOURS), "mes": counts.of(MONTHS), "house": counts.of(HOUSES)}
    return {kind: dict(sorted(words.items(), key=lambda pair: (-pair[1], pair[0]))) for kind, words in sorted(kinds.items())}


def kind_of(word: str, counts: Counts) -> str | None:
    if word in FIRST or (word.endswith("ei") and word not in NO_FIRST and len(word) > 4):
        return "verbo1"
    if word in THIRD or (word.endswith("ou") and len(word) > 4):
        return "verbo3"
    if word.endswith("mente") and len(word) > 7:
        return "adv"
    if re.search("(ando|endo|indo)$", word) and len(word) > 5 and word not in NO_GERUND:
        return "ger"
    if re.search("(ado|ido)$", word) and word not in ADJECTIVES and counts.after[MASCULINE][word] < counts.words[word] / 3:
        return "part"
    if (
        re.search("[aei]r$", word)
        and len(word) > 4
        and word not in NO_VERB
        and counts.after[MASCULINE][word] < counts.words[word] / 4
    ):
        return "inf"
    return noun(word, counts) or adjective(word, counts)


def adjective(word: str, counts: Counts) -> str | None:
    shaped = re.search("(oso|ável|ível|ico|al|ente|ante|ivo)$", word)
    described = counts.after[BEFORE_ADJECTIVES][word] >= max(2, counts.words[word] * 0.25)
    return "adj" if word in ADJECTIVES or (shaped and described and word not in NO_ADJECTIVES) else None


def noun(word: str, counts: Counts) -> str | None:
    if word in NO_NOUN or word in ADJECTIVES or word in COLOURS or word in MONTHS or word in HOUSES:
        return None
    masculine, feminine, plural = (counts.after[kind][word] for kind in (MASCULINE, FEMININE, PLURAL))
    if max(masculine, feminine, plural) < max(2, 0.15 * counts.words[word]):
        return None
    if word.endswith("s") and plural >= max(masculine, feminine):
        return "coisas"
    return "coisam" if masculine > feminine else "coisaf" if feminine > masculine else None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder with olist/ and ptbr_reviews/")
    parser.add_argument("--to", type=Path, default=TARGET)
    args = parser.parse_args()
    kinds = by_kind(Counts(published(args.data)))
    with args.to.open("w") as file:
        file.write(
            "# Single words of published reviews with their counts, by kind, written by `python -m benchmarks.likeness_words`.\n"
        )
        for kind, words in kinds.items():
            file.write(f"{kind}: >-\n")
            line = "  "
            for word, times in words.items():
                if len(line) + len(word) + 8 > 128:
                    file.write(line.rstrip() + "\n")
                    line = "  "
                line += f"{word} {times} "
            file.write(line.rstrip() + "\n")
    print(json.dumps({kind: len(words) for kind, words in kinds.items()}))


if __name__ == "__main__":
    main()
