"""Tokens as text for people, with the learned ones marked.

paint(["<s>", "Oi", "Olá", "</s>"], learned_from=2)                   # "<s>|Oi⟦Olá|</s>⟧"
paint(["<s>", "Oi", "Olá", "</s>"], learned_from=2, colour=True)      # the reply in green, for a terminal
"""

from collections.abc import Sequence

GREEN, DIM, PLAIN = "\x1b[32m", "\x1b[2m", "\x1b[0m"


def paint(pieces: Sequence[str], *, learned_from: int, colour: bool = False) -> str:
    """The pieces, with a bar between two tokens. Those from `learned_from` on are green, or stand between ⟦ and ⟧."""
    shown = [safe(piece, line_break="⏎\n") for piece in pieces]
    bar = f"{DIM}|{PLAIN}" if colour else "|"
    prompt = bar.join(shown[:learned_from])
    if learned_from >= len(shown):
        return prompt
    if colour:
        return prompt + bar + bar.join(f"{GREEN}{piece}{PLAIN}" for piece in shown[learned_from:])
    return f"{prompt}⟦{bar.join(shown[learned_from:])}⟧"


def safe(text: str, *, line_break: str = "\n") -> str:
    """The text with pictures instead of control characters, so that it cannot steer a terminal. Line breaks stay."""
    pictures = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
    high = {code: f"⟨{code:02X}⟩" for code in range(0x80, 0xA0)}
    return text.translate(pictures | high | {0x0A: line_break})
