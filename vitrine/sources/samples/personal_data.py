"""Invented personal data in reviews of the sample, so that a run on the sample has something to redact.

append_personal_data("Não recebi", random.Random(7))      # "Não recebi. Meu telefone é (11) 90000-0042"

A random number with valid check digits may belong to a person. So a CPF or CNPJ is a specimen from public documentation, or
has wrong check digits; phone numbers begin with 90000, which is not assigned to an operator; e-mail addresses use domains
reserved for examples; street names are fictitious.
"""

import random

SHARE = 0.006  # of messages
CPFS = ("111.444.777-35", "123.456.789-09", "529.982.247-25", "52998224725", "11144477735")
CNPJS = ("11.222.333/0001-81", "12.345.678/0001-95", "11222333000181")
DOMAINS = ("example.com", "example.com.br", "example.org", "example.net")
AREAS = (11, 21, 31, 41, 51, 61, 71, 81, 85, 92)
STREETS = ("Rua dos Exemplos", "Avenida Modelo", "Rua Fictícia", "Travessa do Ensaio", "Rua Professor Exemplo")
WRITERS = ("cliente", "comprador", "contato", "compras", "meuemail")


def append_personal_data(text: str, rng: random.Random) -> str:
    """Return `text` with an invented number, address or order at its end; a long text gets it at the start."""
    detail = rng.choice(KINDS)(rng)
    text = text.strip()
    return f"{detail}. {text}" if len(text) > 120 else f"{text.removesuffix('.')}. {detail}" if text else detail


def _cpf(rng: random.Random) -> str:
    number = rng.choice(CPFS) if rng.random() < 0.5 else _failing_cpf(rng)
    return f"{rng.choice(('Meu CPF é', 'CPF', 'cpf:', 'Segue meu cpf'))} {number}"


def _failing_cpf(rng: random.Random) -> str:
    """A punctuated CPF with wrong check digits, so it belongs to nobody."""
    digits = [rng.randrange(10) for _ in range(9)]
    first = sum(digit * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) * 10 % 11 % 10
    wrong = (first + rng.randrange(1, 10)) % 10
    number = "".join(map(str, digits))
    return f"{number[:3]}.{number[3:6]}.{number[6:]}-{wrong}{rng.randrange(10)}"


def _cnpj(rng: random.Random) -> str:
    return f"{rng.choice(('CNPJ', 'A nota é para o CNPJ', 'cnpj da loja'))} {rng.choice(CNPJS)}"


def _phone(rng: random.Random) -> str:
    area, last = rng.choice(AREAS), f"{rng.randrange(10_000):04d}"
    number = rng.choice((f"({area}) 90000-{last}", f"{area} 90000 {last}", f"{area}90000{last}", f"({area})90000{last}"))
    return f"{rng.choice(('Meu telefone é', 'Favor ligar', 'Contato:', 'whatsapp', 'Tel.'))} {number}"


def _email(rng: random.Random) -> str:
    address = f"{rng.choice(WRITERS)}{rng.randrange(1, 1000)}@{rng.choice(DOMAINS)}"
    return f"{rng.choice(('Meu e-mail é', 'e-mail:', 'Respondam em', 'email'))} {address}"


def _address(rng: random.Random) -> str:
    opening = rng.choice(("Moro na", "Entregar na", "O endereço é", "Endereço:"))
    return f"{opening} {rng.choice(STREETS)}, {rng.randrange(1, 2000)}"


def _order(rng: random.Random) -> str:
    number = rng.choice((f"{rng.getrandbits(128):032x}", f"0{rng.randrange(1, 4)}-{rng.randrange(10**8, 10**9)}"))
    return f"{rng.choice(('Pedido', 'Número do pedido', 'pedido nº', 'Meu pedido é o'))} {number}"


KINDS = (_phone, _phone, _phone, _email, _email, _order, _order, _order, _cpf, _cpf, _cnpj, _address)
