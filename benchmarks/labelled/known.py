"""The formats that the detector was developed with, as people type them into reviews, questions and listings.

KNOWN.kinds["cpf"]      # makers of "529.982.247-25", "529 982 247 25", "529.982.247–25", …
"""

import random

from benchmarks.labelled.texts import (
    Formats,
    Maker,
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

USERS = (
    "cliente comprador.teste loja_exemplo contato vendas sac atendimento maria.exemplo jose-exemplo meu.email compras financeiro"
)
HOSTS = "gmail.com hotmail.com yahoo.com.br uol.com.br outlook.com terra.com.br loja-exemplo.com.br exemplo.com example.org"
STREETS = "das Flores|Sete de Setembro|XV de Novembro|São João|dos Andradas|do Comércio|Brasil|Principal|das Acácias|Santa Rita"
user = one_of(*USERS.split())
host = one_of(*HOSTS.split())
street = one_of(*STREETS.split("|"))


def address(shape: str) -> Maker:
    return put(shape, street=street, n=number(1, 2999), a=number(1, 304), b=one_of(*"ABCD"), q=number(1, 40))


def email(shape: str) -> Maker:
    return put(shape, user=user, n=number(1, 9999), host=host)


def dated(shape: str) -> Maker:
    return put(shape, d=lambda r: f"{r.randint(1, 28):02}", m=lambda r: f"{r.randint(1, 12):02}", y=number(2009, 2026))


def misspelt(rng: random.Random) -> str:
    """A dotted CPF with a wrong digit: still one person's, mistyped."""
    return shaped("###.###.###-##", no_cpf)(rng)


def scanned(rng: random.Random) -> str:
    """A dotted CPF that a scanner read: letters for some digits."""
    return shaped("###.###.###-##", cpf)(rng).replace("0", "O").replace("1", rng.choice("Il1"))


def amex(rng: random.Random) -> str:
    return luhn(rng.choice(["34", "37"]) + digits(rng, 12))


def diners(rng: random.Random) -> str:
    return luhn("36" + digits(rng, 11))


def lettered(rng: random.Random) -> str:
    return cnpj(rng, letters=True)


KINDS = {
    "cpf": [
        *[shaped("###.###.###-##", cpf)] * 4,
        *[cpf] * 2,
        *[
            shaped(shape, cpf)
            for shape in (
                "###.###.###/##",
                "### ### ### ##",
                "### ### ###-##",
                "#########-##",
                "###.###.#####",
                "###-###-###-##",
                "###. ###. ###-##",
                "###.###.### - ##",
                "###,###,###-##",
                "###.###.###–##",
                "###.###.###.##",
            )
        ],
        misspelt,
        scanned,
    ],
    "cnpj": [
        *[shaped("##.###.###/####-##", cnpj)] * 3,
        *[cnpj] * 2,
        *[
            shaped(shape, cnpj)
            for shape in ("########/####-##", "## ### ###/####-##", "##.###.###/#### ##", "##.###.### / #### - ##")
        ],
        *[
            shaped(shape, cnpj)
            for shape in ("##.###.###.####-##", "##-###-###/####-##", "##.###.###/######", "##.###.###/####–##")
        ],
        *[shaped("##.###.###/####-##", lettered)] * 3,
        lettered,
        lambda rng: shaped("##.###.###/####-##", lettered)(rng).lower(),
    ],
    "email": [
        *[email("{user}{n}@{host}")] * 4,
        email("{user}@{host}"),
        email("{user}+{n}@{host}"),
        lambda rng: email("{user}{n}@{host}")(rng).upper(),
        email("{user}{n} @{host}"),
        email("{user}{n}@ {host}"),
        put("{u}{n}@gmail .com", u=user, n=run(3)),
        put("{u}{n}@gmail,com", u=user, n=run(3)),
        put("{u}{n}@hotmail", u=user, n=run(3)),
        put("{u}{n}(at){h}", u=user, n=run(3), h=host),
        put("{u}{n}[at]{h}", u=user, n=run(3), h=host),
        put("{u}{n} arroba gmail ponto com", u=user, n=run(3)),
        put("{u}{n} arroba gmail.com", u=user, n=run(3)),
        email("joão.{user}@{host}"),
    ],
    "phone": [
        *[called(shape, mobile) for shape in ("({0}) {1}-{2}", "({0}){1}-{2}", "{0} {1}-{2}", "{0}{1}{2}", "+55 {0} {1}-{2}")],
        *[called(shape, mobile) for shape in ("+55{0}{1}{2}", "55 {0} {1} {2}", "{0} 9 {3}-{2}", "{0}.{1}.{2}", "{0}-{1}-{2}")],
        *[
            called(shape, mobile)
            for shape in ("(0{0}) {1}-{2}", "0{0} {1}-{2}", "0xx{0} {1}-{2}", "({0}) 9.{3}-{2}", "{0} {1} {2}")
        ],
        *[
            called(shape, mobile)
            for shape in ("{0} {1}{2}", "({0}) 9 {3} {2}", "( {0} ) {1}-{2}", "{0}/{1}-{2}", "+55 ({0}) {1}-{2}")
        ],
        *[
            called(shape, landline)
            for shape in ("({0}) {1}-{2}", "{0} {1}-{2}", "+55 ({0}) {1}-{2}", "{0} {1} {2}", "({0}) {1}.{2}")
        ],
    ],
    "cep": [*[shaped("#####-###", run(8))] * 3, shaped("##.###-###", run(8)), shaped("#####–###", run(8))],
    "address": [
        address("Rua {street}, {n}"),
        address("Rua {street}, {n}, apto {a}"),
        address("Av. {street}, {n}"),
        address("Avenida {street} {n}, bloco {b}"),
        address("rua {street} nº {n}"),
        address("R. {street}, {n} ap {a}"),
        address("Travessa {street}, {n} - casa {q}"),
        address("Alameda {street}, n. {n}, sala {a}"),
        address("Praça {street}, {n}"),
        address("Rua {street} número {n}"),
        address("Estrada {street}, km {q}"),
        address("Rua {street}, s/n, quadra {q}, lote {a}"),
    ],
    "card": [
        *[
            shaped(shape, card)
            for shape in ("#### #### #### ####", "####-####-####-####", "################", "####.####.####.####")
        ],
        shaped("#### ###### #####", amex),
        shaped("####-######-#####", amex),
        amex,
        shaped("#### ###### ####", diners),
    ],
    "order": [*[hexadecimal(32)] * 3],
    "pix": [lambda rng: "-".join(hexadecimal(count)(rng) for count in (8, 4, 4, 4, 12))],
}

NAMED = {
    "cpf": [cpf, shaped("### ### ### ##", cpf), shaped("###.###.###-##", no_cpf), no_cpf],
    "cnpj": [cnpj, lettered, shaped("##.###.###/####-##", cnpj)],
    "phone": [
        *[called(shape, mobile) for shape in ("{1}-{2}", "9 {3}-{2}", "{1}{2}", "{0}{1}{2}", "{1} {2}", "9.{3}.{2}")],
        *[called(shape, landline) for shape in ("{0}{1}{2}", "{1}-{2}", "{1}.{2}", "{0} {1}{2}")],
    ],
    "cep": [
        run(8),
        shaped("#####-###", run(8)),
        shaped("##### ###", run(8)),
        shaped("##.###.###", run(8)),
        shaped("##### - ###", run(8)),
    ],
    "order": [
        *[run(count) for count in (6, 7, 8, 9, 10, 11, 12)],
        shaped("##-#########", run(11)),
        shaped("###-#######-#######", run(17)),
        shaped("## ### ### ###", run(11)),
        shaped("BR-####-######", run(10)),
        shaped("v########lj", run(8)),
    ],
}
LEADS = {
    "cpf": [
        "CPF {}",
        "cpf: {}",
        "meu CPF é {}",
        "CPF nº {} na nota",
        "o cpf do titular: {}",
        "my CPF is {}",
        "CPF number {}",
        "CPF:{}",
    ],
    "cnpj": ["CNPJ {}", "cnpj: {}", "o CNPJ da loja é {}", "CNPJ nº {}", "the seller's CNPJ is {}", "CNPJ:{}"],
    "phone": [
        "telefone {}",
        "Tel.: {}",
        "meu zap é {}",
        "whatsapp {}",
        "liga pra mim no {}",
        "cel: {}",
        "me chama no {}",
        "contato: {}",
        "fone {}",
        "call me at {}",
        "my phone number is {}",
        "WhatsApp: {}",
    ],
    "cep": ["CEP {}", "cep: {}", "meu cep é {}", "moro no CEP {}", "o CEP correto: {}", "my CEP is {}"],
    "order": [
        "pedido {}",
        "Pedido nº {}",
        "nº do pedido: {}",
        "número do pedido {} ainda não chegou",
        "meu pedido é o {}",
        "pedido #{}",
        "código da compra: {}",
        "order {}",
        "order number {}",
        "order #{} never arrived",
        "my order is {}",
        "Order ID: {}",
    ],
}
ANYWHERE = [
    "segue {}",
    "é {} mesmo",
    "anota aí: {} obrigado",
    "here it is: {}",
    "({})",
    "use {} please",
    "meus dados {} para a troca",
    "{} é o meu",
]
SENTENCES = {
    "cpf": [*LEADS["cpf"], *ANYWHERE, "comprei no nome da minha mãe {} e não veio", "titular {}", "chave pix {}"],
    "cnpj": [*LEADS["cnpj"], *ANYWHERE, "preciso da nota para a empresa {}", "invoice for company {}"],
    "email": [
        *ANYWHERE,
        "meu e-mail é {}",
        "mandem para {} por favor",
        "email: {}",
        "contato {}",
        "write to {} and ask",
        "reply at {}",
        "chave pix {}",
    ],
    "phone": [*LEADS["phone"], *ANYWHERE, "me liguem {} urgente", "mandei mensagem no {} e nada", "text {} after six"],
    "cep": [*LEADS["cep"], *ANYWHERE, "entregar em {}", "São Paulo - SP, {}", "moro em Curitiba {}"],
    "address": [
        "moro na {}",
        "entregar na {}",
        "endereço: {}",
        "meu endereço é {}",
        "{}, Centro, Campinas - SP",
        "deliver to {}, São Paulo",
        "foi entregue na {} e não na minha casa",
    ],
    "card": [
        *ANYWHERE,
        "cartão {}",
        "paguei com o cartão {} e foi recusado",
        "my card {} was charged twice",
        "card number: {}",
        "Visa {}",
    ],
    "order": ["pedido {}", "order {}", "o pedido {} não chegou", *ANYWHERE],
    "pix": ["chave pix {}", "pix: {}", "faz o pix para {}", "chave aleatória {}", *ANYWHERE],
}
NEGATIVES = [
    put("paguei R$ {a}.{b},{c} no produto", a=number(1, 999), b=run(3), c=run(2)),
    put("valor total R$ {a}.{b}.{d},{c}", a=number(1, 99), b=run(3), d=run(3), c=run(2)),
    put("it cost $ {a},{b}.{c} last year", a=number(1, 99), b=run(3), c=run(2)),
    *[
        dated(f"{lead} {shape}")
        for lead in ("comprei em", "chegou dia", "delivered")
        for shape in ("{d}/{m}/{y}", "{y}-{m}-{d}", "{d}.{m}.{y}")
    ],
    put("entre {d}/{m}/2017 e {d}/{m}/2018", d=number(10, 28), m=number(10, 12)),
    dated("garantia de {y}-{y} na caixa"),
    dated("registro {y}-{m}-{d} 14:33:21"),
    put("o código de barras é {n}", n=ean),
    put("EAN {n}", n=ean),
    put("gtin: {n}", n=lambda r: ean(r, "4")),
    put("{n} na etiqueta", n=ean),
    put("UPC {n}", n=run(12)),
    put("ISBN 978-85-{a}-{b}-{c}", a=run(3), b=run(4), c=run(1)),
    put("ISBN: {n}", n=lambda r: ean(r, "978")),
    put("isbn {n}", n=run(10)),
    put("protocolo {n}", n=no_cpf),
    put("nota fiscal {n}", n=no_cpf),
    put("lote {n}", n=run(14)),
    put("chave da nfe {n}", n=run(44)),
    put("boleto 34191.{a} {b}.{c} 91020.{c} 5 {d}", a=run(5), b=run(5), c=run(6), d=run(14)),
    put("serial {n}", n=run(16)),
    put("número de série {n}", n=run(11)),
    put("IMEI {n}", n=lambda r: luhn("35" + digits(r, 12))),
    put("rastreio AA{n}BR", n=run(9)),
    put("código de rastreamento {n}", n=run(13)),
    put("modelo SM-G{n}B/DS", n=run(3)),
    put("model WD{a}EZEX-{b}BN5A0", a=run(2), b=run(2)),
    put("ref. {a}-{b}", a=run(5), b=run(3)),
    put("part number {a}-{b}-{c}", a=run(3), b=run(3), c=run(4)),
    put("SKU {n}", n=run(8)),
    put("versão {a}.0.{b}.{c}", a=number(1, 20), b=run(5), c=run(4)),
    put("IP 192.168.{a}.{b}", a=number(0, 255), b=number(0, 255)),
    put("o roteador fica em 177.{a}.{a}.{b}", a=number(100, 255), b=number(10, 99)),
    put("medidas {a} x {b} x {c} cm", a=number(1, 200), b=number(1, 200), c=number(1, 200)),
    put("tem {a} gb e {b} mah, 110/220 v", a=number(1, 512), b=number(1000, 9999)),
    put("nota {a}/10 para o {b}p", a=number(0, 10), b=one_of("720", "1080", "2160")),
    put("SAC 0800 {a} {b}", a=run(3), b=run(4)),
    put("liguei na central 4004-{a} da loja", a=run(4)),
    put("NCM {a}.{b}.{c}", a=run(4), b=run(2), c=run(2)),
    put("população de {a}.{b}.{c} pessoas", a=number(1, 200), b=run(3), c=run(3)),
    put("latitude -23.{a}, longitude -46.{b}", a=run(6), b=run(6)),
    put("pi é 3,{a}", a=run(14)),
    put("comprei {a} pedidos em {b} dias", a=number(2, 9), b=number(2, 90)),
    put("pedido de {a} unidades", a=number(2, 9)),
    put("fiz o pedido dia {d}/{m} e chegou em {n} dias", d=number(1, 28), m=number(1, 12), n=number(2, 40)),
    put("a order of {a} pieces", a=number(10, 9000)),
    put("na rua inteira só {a} casas receberam", a=number(1, 9)),
    put("deixaram na rua mesmo, {a} dias depois", a=number(1, 9)),
    put("a avenida tem {a} lojas", a=number(2, 400)),
    put("veio com @loja{n} na caixa", n=run(2)),
    put("siga @oficial_{n} no instagram", n=run(3)),
    put("arquivo icone@{n}x.png", n=number(2, 3)),
    put("5 itens @ R$ {a},{b} cada", a=number(1, 99), b=run(2)),
    put("cor #{n}", n=hexadecimal(6)),
    put("MAC {a}:{a}:{a}:{a}:{a}:{a}", a=hexadecimal(2)),
    put("frete de {a} a {b} reais", a=number(1, 20), b=number(21, 90)),
    put("o celular {a} 5g tem {b} mah", a=one_of("Galaxy A54", "Moto G60", "iPhone 14"), b=number(3000, 6000)),
    put("fone JBL {a}BT modelo {b}", a=run(3), b=run(6)),
]
FILLERS = [
    "produto muito bom",
    "ainda não recebi e já passou do prazo",
    "recomendo a loja",
    "chegou antes do prazo",
    "I love it, works great",
    "arrived broken and nobody answers",
    "não gostei da qualidade",
    "excelente custo-benefício",
    "quero trocar por outro tamanho",
    "bought it as a gift for my sister",
]
KNOWN = Formats(kinds=KINDS, sentences=SENTENCES, named=NAMED, leads=LEADS, negatives=NEGATIVES, fillers=FILLERS)
