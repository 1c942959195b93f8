"""Check digits of CPF, CNPJ and payment cards.

    is_cpf("52998224725"), is_cnpj("12ABC34501DE35"), is_card("4111111111111111")     # True, True, True

From July 2026 the first twelve characters of a CNPJ may be letters. A character counts as its ASCII code minus 48, which for a
digit is the digit, so one rule serves both forms.
"""

import re

CPF_WEIGHTS = [*range(10, 1, -1)], [*range(11, 1, -1)]
CNPJ_WEIGHTS = [5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2], [6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2]
CNPJ = re.compile("[0-9A-Z]{12}[0-9]{2}")
# How the card numbers of each issuer begin, by length: Amex; Diners; Visa, Mastercard, Elo, Hipercard, JCB, Discover, Aura;
# the long cards of Visa and UnionPay. Visa's thirteen digits are old, and easily taken for a barcode.
ISSUERS = {
    13: re.compile("4"),
    14: re.compile("30[0-5]|36|38|39"),
    15: re.compile("3[47]"),
    16: re.compile(
        "4|5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720|352[89]|35[3-8]|6011|64[4-9]|65|50[0-9]|606282|3841|6362|6363|627780"
    ),
    19: re.compile("4|62"),
}


def is_cpf(digits: str) -> bool:
    """Whether eleven digits end in the right check digits of a CPF."""
    return len(digits) == 11 and len(set(digits)) > 1 and _checks(digits, CPF_WEIGHTS)


def is_cnpj(signs: str) -> bool:
    """Whether fourteen digits or capitals end in the right check digits of a CNPJ."""
    return CNPJ.fullmatch(signs) is not None and len(set(signs)) > 1 and _checks(signs, CNPJ_WEIGHTS)


def is_card(digits: str) -> bool:
    """Whether an issuer has numbers of this length and prefix, and the last digit is the Luhn digit."""
    issued = ISSUERS.get(len(digits))
    if issued is None or not issued.match(digits):
        return False
    doubled = sum(sum(divmod(int(digit) * 2, 10)) for digit in digits[-2::-2])
    return (doubled + sum(map(int, digits[::-2]))) % 10 == 0


def _checks(signs: str, weights: tuple[list[int], list[int]]) -> bool:
    values = [ord(sign) - 48 for sign in signs]
    for factors in weights:
        rest = sum(value * factor for value, factor in zip(values, factors, strict=False)) % 11
        if values[len(factors)] != (0 if rest < 2 else 11 - rest):
            return False
    return True
