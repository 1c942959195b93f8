"""What stands in a test prompt must not stand in training; the offender is dropped from *train*, never from test.

fingerprint("Ótimo  produto!") == fingerprint("otimo produto")   # case, accents, punctuation and spaces do not hide a copy
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable


def fingerprint(text: str) -> bytes:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    words = re.findall(r"\w+", "".join(c for c in decomposed if not unicodedata.combining(c)))
    return hashlib.blake2b(" ".join(words).encode(), digest_size=12).digest()


def leaked(train: Iterable[str], held_out: Iterable[str]) -> set[int]:
    """The positions in `train` of texts that are also held out."""
    seen = {fingerprint(text) for text in held_out}
    return {place for place, text in enumerate(train) if fingerprint(text) in seen}
