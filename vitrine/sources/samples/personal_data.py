"""Personal data that customers put into reviews, so that a run on the sample shows redaction at work. All of it is invented.

told("Não recebi", random.Random(7))      # "Não recebi. Meu telefone é (11) 90000-0042"

A random number with right check digits may be somebody's. So a CPF or CNPJ is one of the specimens that documentation prints,
or is punctuated and fails its check digits; telephones begin with 90000, which no operator was given; e-mail addresses stand in
domains that are reserved for examples; streets are named after nothing that exists.
"""

import random

SHARE = 0.006  # of messages
CPFS = ("111.444.777-35", "123.456.789-09", "529.982.247-25", "52998224725", "11144477735")
CNPJS = ("11.222.333/0001-81", "12.345.678/0001-95", "11222333000181")
DOMAINS = ("example.com", "example.com.br", "example.org", "example.net")
AREAS = (11, 21, 31, 41, 51, 61, 71, 81, 85, 92)
STREETS = ("Rua dos Exemplos", "Avenida Modelo", "Rua Fictícia", "Travessa do Ensaio", "Rua Professor Exemplo")
WRITERS = ("cliente", "comprador", "contato", "compras", "meuemail")


def told(text: str, chance: random.Random) -> str:
    """`text` with somebody's number, address or order at its end, or before it where it is long."""
    said = chance.choice(KINDS)(chance)
    text = text.strip()
    return f"{said}. {text}" if len(text) > 120 else f"{text.removesuffix('.')}. {said}" if text else said


def _cpf(chance: random.Random) -> str:
    number = chance.choice(CPFS) if chance.random() < 0.5 else _failing_cpf(chance)
    return f"{chance.choice(('Meu CPF é', 'CPF', 'cpf:', 'Segue meu cpf'))} {number}"


def _failing_cpf(chance: random.Random) -> str:
    """Punctuated, with check digits that are wrong, so that it is nobody's."""
    digits = [chance.randrange(10) for _ in range(9)]
    first = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) * 10 % 11 % 10
    wrong = (first + chance.randrange(1, 10)) % 10
    number = "".join(map(str, digits))
    return f"{number[:3]}.{number[3:6]}.{number[6:]}-{wrong}{chance.randrange(10)}"


def _cnpj(chance: random.Random) -> str:
    return f"{chance.choice(('CNPJ', 'A nota é para o CNPJ', 'cnpj da loja'))} {chance.choice(CNPJS)}"


def _phone(chance: random.Random) -> str:
    area, last = chance.choice(AREAS), f"{chance.randrange(10_000):04d}"
    number = chance.choice((f"({area}) 90000-{last}", f"{area} 90000 {last}", f"{area}90000{last}", f"({area})90000{last}"))
    return f"{chance.choice(('Meu telefone é', 'Favor ligar', 'Contato:', 'whatsapp', 'Tel.'))} {number}"


def _email(chance: random.Random) -> str:
    address = f"{chance.choice(WRITERS)}{chance.randrange(1, 1000)}@{chance.choice(DOMAINS)}"
    return f"{chance.choice(('Meu e-mail é', 'e-mail:', 'Respondam em', 'email'))} {address}"


def _address(chance: random.Random) -> str:
    opening = chance.choice(("Moro na", "Entregar na", "O endereço é", "Endereço:"))
    return f"{opening} {chance.choice(STREETS)}, {chance.randrange(1, 2000)}"


def _order(chance: random.Random) -> str:
    number = chance.choice((f"{chance.getrandbits(128):032x}", f"0{chance.randrange(1, 4)}-{chance.randrange(10**8, 10**9)}"))
    return f"{chance.choice(('Pedido', 'Número do pedido', 'pedido nº', 'Meu pedido é o'))} {number}"


KINDS = (_phone, _phone, _phone, _email, _email, _order, _order, _order, _cpf, _cpf, _cnpj, _address)
