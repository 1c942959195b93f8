"""Seeded damage to files: bytes flipped, lost, repeated, and characters inserted where they do not belong.

damaged, first, last = damage(data, random.Random(7))      # data[:first] and data[last:] are unchanged
"""

import random
import re

INSERTED = (
    *(
        b"\x00",
        b"\xef\xbb\xbf",
        b"\r\n",
        b"\r",
        b"\n",
        b'"',
        b'""',
        b"'",
        b",",
        b",,",
        b'","',
        b"\\",
        b"\t",
        b"\x0b",
        b"\x1a",
        b" ",
    ),
    *(b"\xff", b"\xc3", b"\xed\xa0\x80", "é".encode("latin-1"), "ção".encode("utf-16"), "\u2028\u0085".encode(), "😍".encode()),
    *(b"\\ud800", b"\\udc00", b"\\u0000", b"{", b"}", b"[", b"]", b"null", b"{}\n", b"null\n", b"# \n", b" - ", b" > "),
    *(
        b"[" * 5000,
        b'{"a":' * 3000,
        b"[" * 900 + b"]" * 900,
        b"9" * 5000,
        b"x" * 200_000,
        b'"' * 999,
        b"&amp;" * 999,
        b"<a " * 999,
    ),
)
VALUES = (
    *(b"null", b"true", b"0", b"-0", b"01", b"1.0", b"1e999", b"-1e-999", b"9" * 5000, b"99999999999999999999", b"2147483648"),
    *(b"NaN", b"Infinity", b"-Infinity", b"nan", b'"nan"', b'"inf"', b'""', b'" "', b'"\\ud800"', b'"\\udc00"', b'"\\u0000"'),
    *(b"[]", b"{}", b"[[]]", b'[""]', b"[null]", b'{"a": 1}', b'"a", "a": 1', b'"a", "title": 3', b"[" * 900 + b"]" * 900),
    *(
        b'"' + b"x" * 200_000 + b'"',
        b"[" * 2000 + b"]" * 2000,
        b"3.5e38",
        b'"\\n"',
        b'"\xff"',
        b"'a'",
        b'"<!--"',
        b'"&#1114112;"',
    ),
)
TOKEN = re.compile(rb'"(?:[^"\\\n]|\\.)*"|-?[0-9][0-9.eE+-]*|[a-z]+')
SHORT = 40  # bytes


def damage(data: bytes, rng: random.Random) -> tuple[bytes, int, int]:
    """Damage `data` in one place. Return it with the first and last position that changed."""
    at = rng.randrange(len(data) + 1)
    span = at + rng.choice((1, 1, 2, SHORT, 4000))
    match rng.choice(
        ("flip", "flip", "bit", "insert", "insert", "insert", "value", "value", "value", "delete", "double", "cut", "swap")
    ):
        case "flip":
            return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :], at, at + 1
        case "bit":
            return data[:at] + bytes(b ^ 1 << rng.randrange(8) for b in data[at : at + 1]) + data[at + 1 :], at, at + 1
        case "insert":
            return data[:at] + rng.choice(INSERTED) + data[at:], at, at
        case "value" if token := TOKEN.search(data, at):
            return data[: token.start()] + rng.choice(VALUES) + data[token.end() :], token.start(), token.end()
        case "double":
            return data[:span] + data[at:], span, span
        case "cut":
            return data[:at], at, len(data)
        case "swap":
            return data[:at] + data[span : 2 * span - at] + data[at:span] + data[2 * span - at :], at, 2 * span - at
        case _:
            return data[:at] + data[span:], at, span
