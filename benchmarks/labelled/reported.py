"""Formats that users reported as missed, cut wrongly or falsely detected. The detector was corrected with them.

REPORTED.kinds["address"]     # makers of "R. das Flores, 1.250, Apto 12", "SQN 308 Bloco C", "Rua das Flores, S/N", …
MISSES["plate"]               # formats that are known to be missed, with their sentences: measured, never required
"""

from benchmarks.labelled.texts import Formats, called, cnpj, digits, mobile, number, one_of, put, run, shaped

user = one_of(*"cliente compras.loja contato nf vendas_2 maria.exemplo".split())
host = one_of(*"exemplo.com exemplo.com.br gmail.com hotmail.com yahoo.com.br loja-exemplo.com.br".split())
street = one_of(*"das Flores|Augusta|XV de Novembro|Dr. Exemplo|São João|do Comércio|Sete de Setembro".split("|"))
letter = one_of(*"ABCDEFGH")
unit = one_of(*"Apto 12|Ap. 301|Bl B|Bl. 2|Bloco C|Casa 3|Sala 45|Lt 7|Lote 12|Conj. 4|Fundos".split("|"))
thousands = put("{a}.{b}", a=number(1, 9), b=run(3))
low, hundred = number(1, 40), number(102, 416)

KINDS = {
    "address": [
        put("{w} {s}, S/N", w=one_of("Rua", "R.", "Av.", "Trav."), s=street),
        put("Rua {s} s/nº, {u}", s=street, u=unit),
        put("Rua {s}, sem número", s=street),
        put("{w} {s}, {n}", w=one_of("R.", "Av.", "Trav.", "Al.", "Rua", "Avenida"), s=street, n=thousands),
        put("{w} {s}, {n}, {u}", w=one_of("R.", "Av.", "Rua"), s=street, n=thousands, u=unit),
        put("Rod. {s}, km {n},{m}", s=street, n=number(1, 600), m=number(1, 9)),
        put("Rod {s}-{a} km {n}", s=one_of("BR", "SP", "MG"), a=number(100, 499), n=number(1, 600)),
        put("Trav {s}, {n}", s=street, n=number(1, 900)),
        put("Rua {a}, Qd {b}, Lt {c}", a=low, b=low, c=low),
        put("{w} {b} Lt {c}, Casa {a}", w=one_of("Qd", "Qd.", "QD", "qd", "Quadra"), a=low, b=low, c=low),
        put("Quadra {b} Conjunto {a} Casa {c}", a=letter, b=low, c=low),
        put("{w} {n} Bloco {b}", w=one_of("SQN", "SQS", "sqn", "SQSW"), n=hundred, b=letter),
        put("{w} {n}, Bloco {b}, Apto {c}", w=one_of("SQN", "SQS"), n=hundred, b=letter, c=number(101, 620)),
        put("{w} {n} Conjunto {b} Casa {c}", w=one_of("QNM", "QNN", "QNL", "QNP"), n=low, b=letter, c=low),
        put("{w} Q{i} {n}", w=one_of("SHIS", "SHIN"), i=one_of("I", "L"), n=low),
        put("{w} QI {n} Conjunto {b} Casa {c}", w=one_of("SHIS", "SHIN"), n=low, b=low, c=low),
        put("{w} {n} Bloco {b} Loja {c}", w=one_of("CLN", "CLS", "SCLN"), n=hundred, b=letter, c=low),
        put("{w} {n} Conjunto {b} Casa {c}", w=one_of("QE", "QI", "QR", "QS"), n=low, b=letter, c=low),
        put("{w} Quadra {n} Bloco {b}", w=one_of("SCS", "SBN", "SAUS"), n=low, b=letter),
        put("SMPW Quadra {n} Conjunto {b} Lote {c}", n=low, b=low, c=low),
    ],
    "email": [put("{u}@{h}", u=user, h=host), put("{u}{n}@{h}", u=user, n=run(3), h=host)],
    "cnpj": [shaped("##.###.###/####-##", cnpj), shaped("########/####-##", cnpj), cnpj],
    "phone": [called("({0}) {1}-{2}", mobile)],
}
AFTER_A_MAIL = [
    "{}.Aguardo retorno",
    "meu email {}.Obrigada",
    "escrevam para {}.Att",
    "{}.No aguardo",
    "contato: {}.Preciso da nota",
]
SENTENCES = {
    "address": [
        "moro na {}",
        "entregar em {}",
        "endereço: {}",
        "{}, Centro",
        "deixaram em {} e não na minha casa",
        "mandem para {}",
    ],
    "email": AFTER_A_MAIL,
    "cnpj": ["CNPJ {}", "faturar para {}", "o CNPJ da empresa é {}"],
    "phone": ["meu telefone {}", "ligar para {}"],
}
month = one_of(*"janeiro fevereiro setembro outubro novembro dezembro Setembro Novembro Dezembro".split())
NEGATIVES = [
    put("{m}/{y} {d} dias atras", m=month, y=number(2016, 2018), d=number(10, 60)),
    put("comprei em {m}/{y} {d} dias e nada", m=month, y=number(2016, 2018), d=number(10, 60)),
    put("Anatel: {a}-{b}-{c}", a=run(5), b=number(10, 19), c=run(5)),
    put("homologado pela Anatel {a}-{b}-{c}", a=run(4), b=number(10, 19), c=run(4)),
    put("Anatel nº {n}", n=run(12)),
    put("certificado Anatel {n}", n=lambda rng: "55" + rng.choice(["11", "21", "61"]) + "9" + digits(rng, 8)),
    put("código de homologação {n}", n=run(14)),
    put("selo Anatel {n}", n=lambda rng: rng.choice(["11", "21", "61"]) + "9" + digits(rng, 8)),
    put("Mercedes CLS {n} na garagem", n=number(200, 550)),
    put("TV QE{n} Q60 da Samsung", n=number(43, 85)),
    put("QI {n} para entender o manual", n=number(80, 160)),
    put("tv. Samsung {n} polegadas", n=number(32, 75)),
    put("4 entradas HDMI e 1 entrada AV Composto, {n}", n=number(1, 4)),
    put("1 entrada AV Áudio e Vídeo, {n} x RF", n=number(1, 4)),
    put("Vila Rica, {n} gavetas", n=number(2, 9)),
    put("custou R$ {a}.{b}", a=number(1, 9), b=run(3)),
    put("quadra {n} vezes melhor", n=number(2, 9)),
    put("rua sem número de gente passando há {n} horas", n=number(2, 9)),
]
FILLERS = ["produto bom", "chegou antes", "não recebi ainda", "gostei muito", "quero trocar"]
REPORTED = Formats(kinds=KINDS, sentences=SENTENCES, negatives=NEGATIVES, fillers=FILLERS)

first = one_of(*"Maria José Ana João Antônio Francisca Carlos Paulo Adriana Lucas".split())
last = one_of(*"da Silva|Souza|dos Santos|Oliveira|Pereira|Exemplo de Lima|Ferreira".split("|"))
letters = one_of(*"ABCDEFGHIJKLMNOPQRSTUVWXYZ")
MISSES = {
    "name": Formats(
        kinds={"name": [put("{a} {b}", a=first, b=last), put("{a}", a=first)]},
        sentences={"name": ["meu nome é {}", "falar com {}", "Att, {}", "no nome de {}", "sou {} e comprei", "{} me atendeu"]},
    ),
    "rg": Formats(
        kinds={"rg": [shaped("##.###.###-#", run(9)), run(9), shaped("##.###.###-X", run(8)), shaped("#.###.###", run(7))]},
        sentences={"rg": ["RG {}", "meu rg é {}", "identidade {}", "RG nº {} SSP/SP", "documento {}"]},
    ),
    "plate": Formats(
        kinds={
            "plate": [
                put("{a}{b}{c}{d}{e}{f}", a=letters, b=letters, c=letters, d=run(1), e=letters, f=run(2)),
                put("{a}{b}{c}-{d}", a=letters, b=letters, c=letters, d=run(4)),
            ]
        },
        sentences={"plate": ["placa {}", "o carro {} da entrega", "caminhão de placa {}", "moto {}"]},
    ),
    "handle": Formats(
        kinds={"handle": [put("@{u}{n}", u=user, n=run(2)), put("{u}.{n}", u=user, n=run(2))]},
        sentences={"handle": ["meu insta {}", "me chama no instagram {}", "sigam {}"]},
    ),
    "birthday": Formats(
        kinds={"birthday": [put("{d}/{m}/{y}", d=number(10, 28), m=number(10, 12), y=number(1950, 2005))]},
        sentences={"birthday": ["nasci em {}", "data de nascimento {}"]},
    ),
}
