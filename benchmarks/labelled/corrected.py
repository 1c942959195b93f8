"""Formats and sentences that were unseen once: the detector was tested on them, and then corrected with them.

CORRECTED.kinds["cpf"]     # makers of "529.982.247 25", "529982247 25", "529/982/247-25", …
"""

import random

from benchmarks.labelled.texts import (
    Formats,
    called,
    card,
    cnpj,
    cpf,
    digits,
    ean,
    hexadecimal,
    landline,
    luhn,
    mobile,
    no_cpf,
    number,
    one_of,
    put,
    run,
    shaped,
)

user = one_of(*"pedidos suporte.tecnico comprador_2 minha-loja cliente.novo presentes.da.ana nf.eletronica 7rosas".split())
host = one_of(
    *"uol.com.br bol.com.br live.com protonmail.com empresa-exemplo.ind.br exemplo.tec.br mail.example.co.uk me.com".split()
)
street = one_of(*"Marechal Deodoro|Dr. Exemplo da Silva|7 de Abril|Padre Exemplo|dos Três Irmãos|Ipê Amarelo|Nova|B".split("|"))


def lettered(rng: random.Random) -> str:
    return cnpj(rng, letters=True)


KINDS = {
    "cpf": [
        *[shaped("###.###.###-##", cpf)] * 3,
        cpf,
        *[shaped(shape, cpf) for shape in ("###.###.### ##", "######### ##", "###.###.###_##", "### . ### . ### - ##")],
        *[
            shaped(shape, cpf)
            for shape in ("###.###.###—##", "######.###-##", "###/###/###-##", "###·###·###-##", "###.### ###-##")
        ],
    ],
    "cnpj": [
        *[shaped("##.###.###/####-##", cnpj)] * 2,
        *[shaped("##.###.###/####-##", lettered)] * 2,
        cnpj,
        *[shaped(shape, cnpj) for shape in ("##.###.###|####-##", "##.###.###\\####-##", "##.######/####-##")],
        *[shaped(shape, cnpj) for shape in ("########.####-##", "######## #### ##", "##. ###. ###/ ####-##")],
        *[shaped(shape, lettered) for shape in ("########/####-##", "## ### ###/####-##", "##.###.### / ####-##")],
    ],
    "email": [
        *[put("{u}@{h}", u=user, h=host)] * 4,
        put("<{u}{n}@{h}>", u=user, n=run(2), h=host),
        put("{u}{n}@sub.loja.exemplo.com.br", u=user, n=run(4)),
        put("{u}@gmail.con", u=user),
        put("{u}@gmailcom", u=user),
        put("{u} at gmail dot com", u=user),
        put("{u}{n} @ hotmail.com", u=user, n=run(2)),
        put("{u}@{h}.", u=user, h=host),
        put("{u}#gmail.com", u=user),
    ],
    "phone": [
        *[
            called(shape, mobile)
            for shape in ("({0}) {1} {2}", "{0} - {1} - {2}", "+55-{0}-{1}-{2}", "0{0}{1}{2}", "({0}){1}{2}")
        ],
        *[
            called(shape, mobile)
            for shape in ("55{0}{1}{2}", "({0}) 9{3}.{2}", "[{0}] {1}-{2}", "{0} 9-{3}-{2}", "+55 0{0} {1} {2}")
        ],
        *[called(shape, mobile) for shape in ("0 xx {0} {1}-{2}", "0 15 {0} {1}-{2}", "{0}){1}-{2}", "{0}.{1}-{2}")],
        *[
            called(shape, landline)
            for shape in ("({0}){1}-{2}", "{0}-{1}-{2}", "0{0} {1}-{2}", "({0}) {1} {2}", "+55 {0} {1}{2}")
        ],
    ],
    "cep": [shaped("#####-###", run(8)), shaped("##.###–###", run(8)), shaped("#####—###", run(8))],
    "address": [
        put("Rua {s}, nº {n}", s=street, n=number(1, 3000)),
        put("rua {s} {n}", s=street, n=number(1, 3000)),
        put("Av {s}, {n} - apto. {a}", s=street, n=number(1, 3000), a=number(1, 99)),
        put("Rodovia BR-{a}, km {n}", a=number(100, 499), n=number(1, 900)),
        put("Quadra {n} Conjunto {s} Casa {a}", n=number(1, 50), a=number(1, 50), s=one_of(*"ABCDE")),
        put("R {s} n {n}", s=street, n=number(1, 3000)),
        put("Vila {s}, rua {a}, casa {n}", s=street, a=number(1, 20), n=number(1, 60)),
        put("rua das laranjeiras, {n}", n=number(1, 900)),
        put("Estrada do {s}, {n}, fundos", s=street, n=number(1, 3000)),
    ],
    "card": [
        *[
            shaped(shape, card)
            for shape in ("#### #### #### ####", "################", "####  ####  ####  ####", "#### - #### - #### - ####")
        ],
        *[
            shaped(shape, card)
            for shape in ("####/####/####/####", "######## ########", "####_####_####_####", "#### #### ########")
        ],
        shaped("#### #### #### ###", lambda rng: luhn("37" + digits(rng, 12))),
    ],
    "order": [hexadecimal(32), lambda rng: hexadecimal(32)(rng).upper(), shaped("0#-#########", run(10))],
    "pix": [lambda rng: "-".join(hexadecimal(count)(rng) for count in (8, 4, 4, 4, 12)).upper()],
}
NAMED = {
    "cpf": [cpf, no_cpf, shaped("###.###.###.##", cpf), shaped("### ### ###/##", no_cpf)],
    "cnpj": [cnpj, lettered, shaped("##.###.###/####-##", lettered), shaped("## ### ### #### ##", cnpj)],
    "phone": [
        *[called(shape, mobile) for shape in ("{1}{2}", "{1}.{2}", "9{3} {2}", "{0} {1}{2}", "{0}{1}-{2}")],
        *[called(shape, landline) for shape in ("{1}{2}", "{0}{1}{2}", "{0}{1}-{2}")],
    ],
    "cep": [run(8), shaped("#####.###", run(8)), shaped("##### -###", run(8)), shaped("##.### ###", run(8))],
    "order": [
        *[run(count) for count in (5, 8, 14, 15, 16)],
        shaped("########-#", run(9)),
        shaped("#-#########", run(10)),
        shaped("LU-########", run(8)),
        shaped("#####.######", run(11)),
        shaped("####/######", run(10)),
    ],
}
LEADS = {
    "cpf": [
        "CPF do comprador {}",
        "cpf/{}",
        "Cpf = {}",
        "coloquei o cpf errado, o certo é {}",
        "CPF (titular) {}",
        "tax id CPF {}",
    ],
    "cnpj": ["CNPJ do emitente {}", "Cnpj={}", "CNPJ/MF {}", "empresa com CNPJ sob nº {}", "CNPJ of the store {}"],
    "phone": [
        "fone/whats {}",
        "me manda um zap {}",
        "pode ligar no {}",
        "tel fixo {}",
        "celular para contato {}",
        "meu número: {}",
        "WhatsApp me on {}",
        "phone no. {}",
        "ligar para {}",
    ],
    "cep": ["Cep de entrega {}", "cep nº {}", "CEP = {}", "o cep certo é {}", "postal code (CEP) {}"],
    "order": [
        "ref. ao pedido {}",
        "Pedido: n. {}",
        "número da compra {}",
        "meu pedido de número {} sumiu",
        "pedido com o número {}",
        "order no {} is missing",
        "about my order ({})",
        "purchase id {}",
        "cancelem o pedido {} por favor",
    ],
}
ANYWHERE = ["obrigado, {}", "Dados para devolução {}", "retornem: {}", "-> {}", '"{}"', "as I said, {}", "confirm {} with me"]
SENTENCES = {
    "cpf": [*LEADS["cpf"], *ANYWHERE, "emitam a nota no {}", "meu documento é {}", "documento {}"],
    "cnpj": [*LEADS["cnpj"], *ANYWHERE, "faturar para {}", "razão social com registro {}"],
    "email": [*ANYWHERE, "mailto:{}", "contate-me em {}", "my address is {}", "enviem o boleto pra {}", "cadastrado como {}"],
    "phone": [*LEADS["phone"], *ANYWHERE, "deixei o {} com a transportadora", "reach me on {}"],
    "cep": [*LEADS["cep"], *ANYWHERE, "Rio de Janeiro/RJ {}", "Brasília {}"],
    "address": [
        "o endereço certo: {}",
        "mandem para {}",
        "fica na {}",
        "my address is {}",
        "retirar na {}",
        "{} - Jardim Novo - Recife/PE",
    ],
    "card": [
        *ANYWHERE,
        "final do cartão {}",
        "passei o {} duas vezes",
        "compra no crédito {}",
        "debit card {}",
        "Mastercard n. {}",
    ],
    "order": [*ANYWHERE, "id {}", "o pedido {} veio errado", "order id {}"],
    "pix": ["meu pix: {}", "chave {}", "manda no pix {}", "reembolso via pix {}"],
}
NEGATIVES = [
    put("R${a}.{b},{c}", a=number(1, 999), b=run(3), c=run(2)),
    put("de {a},{b} por {c},{b}", a=number(100, 999), b=run(2), c=number(10, 99)),
    put("US${a}.{b}", a=run(5), b=run(2)),
    put("entrega entre {a}/03 e {b}/04/2018", a=number(10, 30), b=number(10, 30)),
    put("comprado em {a}-{b}-2017 às 10:30:15", a=number(10, 28), b=number(10, 12)),
    put("20{a}{b}15 143055", a=run(2), b=one_of("01", "07", "11")),
    put("leitor leu {n} duas vezes", n=lambda r: ean(r, "400")),
    put("o produto {n} não confere", n=ean),
    put("DUN-14 {n}", n=lambda r: "1" + ean(r)),
    put("ISBN-13 978-65-{a}-{b}-{c}", a=run(4), b=run(3), c=run(1)),
    put("ISBN-10: 85-{a}-{b}-X", a=run(3), b=run(4)),
    put("ISSN {a}-{b}", a=run(4), b=run(4)),
    put("o SSN-like code {a}-{b}-{c}", a=run(3), b=run(2), c=run(4)),
    put("fits models {a}-{b}, {a}-{c}", a=run(4), b=run(3), c=run(3)),
    put("P/N {a}-{b}", a=run(5), b=run(3)),
    put("Cod. {n}", n=no_cpf),
    put("atendimento nº {n}", n=lambda r: "2018" + digits(r, 9)),
    put("rastreie por QB{n}BR nos Correios", n=run(9)),
    put("tracking 1Z{a}W{b}", a=run(3), b=run(10)),
    put("firmware 2.{a}.{b}-{c}", a=number(0, 9), b=run(3), c=run(4)),
    put("servidor 10.{a}.{b}.{a}", a=number(0, 255), b=number(0, 255)),
    put("resolução de {a}x{b} a {c} Hz", a=one_of("1920", "2560"), b=one_of("1080", "1440"), c=number(60, 240)),
    put("bateria {a}mAh, peso {b}g, tensão 100-240V", a=run(4), b=run(3)),
    put("parafuso M{a} {b}-{c} mm kit {d}", a=number(2, 9), b=number(10, 90), c=number(10, 90), d=run(4)),
    put("pneu {a}/{b} R{c}", a=number(145, 265), b=number(40, 80), c=number(13, 19)),
    put("tecido {a}-{b}-{c}", a=run(2), b=run(2), c=run(2)),
    put("processo {a}-{b}.2018.8.26.0100", a=run(7), b=run(2)),
    put("PIS {a}.{b}.{c}-{d}", a=run(3), b=run(5), c=run(2), d=run(1)),
    put("central de vendas 3003-{a}", a=run(4)),
    put("0300 {a} {b}", a=run(3), b=run(4)),
    put("placar {a}-{b} em {c} jogos", a=number(0, 9), b=number(0, 9), c=number(2, 60)),
    put("entre 10000-{a} unidades", a=number(20000, 90000)),
    put("order {a} units or more", a=number(2, 9000)),
    put("pedido mínimo de R$ {a},00", a=number(10, 9999)),
    put("o pedido atrasou {a} dias", a=number(2, 40)),
    put("esperei na rua das {a} às {b} horas", a=number(1, 9), b=number(10, 12)),
    put("praça de alimentação tinha {a} lugares", a=number(10, 400)),
    put("Avenida Brasil, a novela, teve {a} capítulos", a=number(50, 200)),
    put("the {a}-{b} season", a=one_of("2017", "2018"), b=one_of("2018", "2019")),
    put("filme Rua Cloverfield, {a} estrelas", a=number(1, 5)),
    put("@loja_{n} no insta", n=run(3)),
    put("foto@{n}x.jpg", n=number(2, 3)),
    put("hash {n}", n=hexadecimal(40)),
    put("{n} visualizações", n=run(8)),
    put("habitantes: {n}", n=run(9)),
]
FILLERS = [
    "nota dez",
    "não veio o que eu pedi",
    "five stars",
    "demorou mas chegou",
    "veio tudo certinho",
    "would not buy again",
    "caixa amassada",
    "adorei o presente",
]
CORRECTED = Formats(kinds=KINDS, sentences=SENTENCES, named=NAMED, leads=LEADS, negatives=NEGATIVES, fillers=FILLERS)
