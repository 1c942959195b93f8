"""Formats and sentences that were written after the detector was frozen, to test it on formats it was not developed with.

UNSEEN.kinds["cpf"]     # makers of "529.982.247-25", "52998224725", "nº 529982247/25", …

If the detector is corrected with these formats, move them to corrected.py and write new ones here.
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

user = one_of(*"lojista mae_da_bia compras2019 o.cliente vendedor-oficial sr.exemplo nao-responda cadastro+nf".split())
host = one_of(*"gmail.com hotmail.com.br yahoo.com globo.com exemplo.adv.br loja.exemplo.net icloud.com exemplo.eco.br".split())
street = one_of(
    *"Tiradentes|Barão de Exemplo|Nossa Senhora Aparecida|Dom Pedro II|das Laranjeiras|do Sol|Coronel Exemplo".split("|")
)


def lettered(rng: random.Random) -> str:
    return cnpj(rng, letters=True)


KINDS = {
    "cpf": [*[shaped("###.###.###-##", cpf)] * 5, *[cpf] * 3, shaped("###.###.### -##", cpf), shaped("### ### ### - ##", cpf)],
    "cnpj": [
        *[shaped("##.###.###/####-##", cnpj)] * 4,
        *[shaped("##.###.###/####-##", lettered)] * 2,
        *[cnpj] * 2,
        lettered,
        shaped("##.###.###/####  ##", cnpj),
        shaped("##.###.### ####-##", cnpj),
        shaped("##-###-###-####-##", cnpj),
    ],
    "email": [
        *[put("{u}@{h}", u=user, h=host)] * 6,
        put("{u}{n}@{h}", u=user, n=run(4), h=host),
        put("{u} @{h}", u=user, h=host),
        put("{u}@yahoo com br", u=user),
        put("{u}{n} [arroba] hotmail.com", u=user, n=run(2)),
        put("{u}@gmail. com", u=user),
    ],
    "phone": [
        *[called(shape, mobile) for shape in ("({0}) {1}-{2}", "({0}){1}{2}", "{0} {1}{2}", "+55 ({0}) {1}{2}", "0{0}-{1}-{2}")],
        *[
            called(shape, mobile)
            for shape in ("+55.{0}.{1}.{2}", "{0}-{1}{2}", "({0})-{1}-{2}", "{0}  {1}  {2}", "+55 {0} 9 {3} {2}")
        ],
        *[called(shape, landline) for shape in ("({0}) {1}-{2}", "{0} {1}.{2}", "0{0}{1}{2}", "({0})-{1}-{2}")],
    ],
    "cep": [*[shaped("#####-###", run(8))] * 3, shaped("##.###-###", run(8)), shaped("#####−###", run(8))],
    "address": [
        put("Rua {s}, {n}", s=street, n=number(1, 3000)),
        put("Av. {s}, {n}, cj. {a}", s=street, n=number(1, 3000), a=number(1, 99)),
        put("rua {s}, número {n}, apto {a}", s=street, n=number(1, 3000), a=number(1, 99)),
        put("Rua {s} - {n}", s=street, n=number(1, 3000)),
        put("RUA {s} N {n}", s=street, n=number(1, 3000)),
        put("Rua {s}, {n} casa dos fundos", s=street, n=number(1, 3000)),
        put("Rua {s}, {n}/{a}", s=street, n=number(1, 3000), a=number(1, 99)),
        put("Servidão {s}, {n}", s=street, n=number(1, 300)),
    ],
    "card": [
        *[
            shaped(shape, card)
            for shape in ("#### #### #### ####", "################", "####-####-####-####", "####  #### ####  ####")
        ],
        *[shaped(shape, card) for shape in ("#### ########  ####", "######-######-####", "####,####,####,####")],
        shaped("#### ###### #####", lambda rng: luhn("34" + digits(rng, 12))),
    ],
    "order": [*[hexadecimal(32)] * 2, shaped("0#-########", run(9))],
    "pix": [lambda rng: "-".join(hexadecimal(count)(rng) for count in (8, 4, 4, 4, 12))],
}
NAMED = {
    "cpf": [cpf, no_cpf, shaped("######### ##", no_cpf)],
    "cnpj": [cnpj, lettered, shaped("## ### ### #### ##", cnpj)],
    "phone": [
        *[called(shape, mobile) for shape in ("{1}-{2}", "{1}{2}", "{0}{1}{2}", "{1} - {2}", "9-{3}-{2}")],
        *[called(shape, landline) for shape in ("{1}-{2}", "{0}{1}{2}", "{1} {2}")],
    ],
    "cep": [run(8), shaped("##.###-###", run(8)), shaped("##### / ###", run(8))],
    "order": [*[run(count) for count in (6, 9, 11, 13)], shaped("V-#######", run(7)), shaped("## ########", run(10))],
}
LEADS = {
    "cpf": ["CPF cadastrado: {}", "o meu cpf eh {}", "Cpf n. {}", "CPF (meu) {}", "CPF on file {}", "no CPF {}"],
    "cnpj": ["CNPJ da empresa compradora: {}", "nosso CNPJ {}", "CNPJ correto = {}", "the CNPJ should be {}"],
    "phone": [
        "meu telefone mudou para {}",
        "favor ligar {}",
        "tel/whats: {}",
        "celular da minha esposa {}",
        "me mande msg no whats {}",
        "Call {}",
        "phone: {}",
        "telefone de contato é {}",
    ],
    "cep": ["CEP do destino {}", "cep - {}", "meu cep mudou: {}", "the CEP is {}"],
    "order": [
        "pedido n° {}",
        "Numero do pedido - {}",
        "sobre o pedido {}, cadê?",
        "compra nº {}",
        "order ref {}",
        "order no. {}",
        "pedido de compra {}",
        "meu pedido ({})",
    ],
}
ANYWHERE = ["os dados: {}", "boa tarde {} aguardo", "anotem {}", "resposta para {}", "[{}]", "please note {}", "it is {}, thanks"]
SENTENCES = {
    "cpf": [*LEADS["cpf"], *ANYWHERE, "nf em nome de {}", "identidade {}"],
    "cnpj": [*LEADS["cnpj"], *ANYWHERE, "somos a {}", "nota emitida por {}"],
    "email": [*ANYWHERE, "email {}", "me escrevam: {}", "login {}", "send it to {} today"],
    "phone": [*LEADS["phone"], *ANYWHERE, "o entregador ligou de {}", "recado com a vizinha {}"],
    "cep": [*LEADS["cep"], *ANYWHERE, "Belo Horizonte MG {}", "região {}"],
    "address": ["entreguem na {}", "endereço {}", "residente à {}", "ficou na {}", "I live at {}", "{} - Vila Exemplo, Natal/RN"],
    "card": [*ANYWHERE, "cartão de crédito: {}", "meu cartão é {}", "debitado do {}", "credit card {}", "o Elo {}"],
    "order": [*ANYWHERE, "pedido {}", "código {} no site"],
    "pix": ["pix {}", "a chave é {}", "devolvam no pix {}"],
}
NEGATIVES = [
    put("de R$ {a}.{b},00 por R$ {a}.{c},00", a=number(1, 9), b=run(3), c=run(3)),
    put("{a} reais e {b} centavos", a=number(2, 2000), b=number(1, 99)),
    put("prazo: {a}/11/2017 a {b}/12/2017", a=number(10, 30), b=number(10, 30)),
    put("{y}{m}{d}", y=number(2015, 2020), m=one_of("01", "12"), d=number(10, 28)),
    put("às {a}h{b} do dia {a}-{m}-{y}", a=number(10, 23), b=number(10, 59), m=number(10, 12), y=number(2016, 2019)),
    put("EAN-13: {n}", n=ean),
    put("barcode {n}", n=lambda r: ean(r, "5")),
    put("cód. barras {n}", n=ean),
    put("veio o {n} em vez do outro", n=lambda r: ean(r, "4")),
    put("livro 978{n}", n=run(10)),
    put("isbn 85 {a} {b} {c}", a=run(3), b=run(4), c=run(1)),
    put("cod {n}", n=no_cpf),
    put("protocolo de atendimento {n}", n=no_cpf),
    put("numero de serie {n}", n=run(14)),
    put("imei 1: {n}", n=lambda r: luhn("86" + digits(r, 12))),
    put("objeto PN{n}BR", n=run(9)),
    put("modelo {a}-{b}-{c}", a=run(3), b=run(3), c=run(4)),
    put("toner {a}-{b}", a=run(4), b=run(3)),
    put("item no. {a}-{b}", a=run(5), b=run(3)),
    put("v{a}.{b}.{c}.{c}", a=number(1, 12), b=number(0, 99), c=number(100, 9999)),
    put("192.168.{a}.{b}:8080", a=number(0, 255), b=number(0, 255)),
    put("{a}x{b}x{c}mm, {d} kg", a=run(3), b=run(3), c=run(3), d=run(2)),
    put("{a} mAh / {b} lm / {c} K", a=run(5), b=run(4), c=run(4)),
    put("ligue 0800 {a} {b} {c}", a=run(3), b=run(2), c=run(2)),
    put("disque 4020-{a}", a=run(4)),
    put("pedi {a} unidades, vieram {b}", a=number(2, 900), b=number(2, 900)),
    put("o pedido veio com {a} itens", a=number(2, 90)),
    put("order of magnitude {a}", a=run(6)),
    put("compra acima de {a} reais", a=number(100, 9999)),
    put("mora na rua há {a} anos", a=number(2, 40)),
    put("Rua Augusta, o filme de {a}, é bom", a=number(1960, 2019)),
    put("andei a avenida toda, {a} km", a=number(1, 9)),
    put("the {a} km road", a=number(2, 90)),
    put("temporada {a}/{b}", a=number(2010, 2018), b=number(2019, 2026)),
    put("de {a} a {b} anos", a=number(2, 9), b=number(10, 90)),
    put("#{n} no ranking", n=run(4)),
    put("sha256 {n}", n=hexadecimal(64)),
    put("commit {n}", n=hexadecimal(12)),
    put("{a},{b} de {c} votos", a=run(1), b=run(1), c=run(6)),
    put("vídeo com {a}.{b}.{c} views", a=number(1, 99), b=run(3), c=run(3)),
    put("CRM {n}, OAB {n}", n=run(6)),
    put("2x{a}W, 20-{b}Hz", a=run(2), b=run(5)),
]
FILLERS = [
    "tudo ok",
    "não funcionou",
    "the lid was cracked",
    "entrega rápida",
    "cor diferente da foto",
    "great value",
    "esperava mais",
    "minha filha amou",
]
UNSEEN = Formats(kinds=KINDS, sentences=SENTENCES, named=NAMED, leads=LEADS, negatives=NEGATIVES, fillers=FILLERS)
