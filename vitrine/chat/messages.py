"""Messages and the template that turns them into text.

asked("Oi")     [{"role": "user", "content": "Oi"}]
said("Olá")     [{"role": "assistant", "content": "Olá"}]
"""

from importlib.resources import files

Message = dict[str, str]

PAD, TURN, STOP = "<|endoftext|>", "<|im_start|>", "<|im_end|>"
SPECIAL = (PAD, TURN, STOP)


def asked(content: str) -> list[Message]:
    return [{"role": "user", "content": content}]


def said(content: str) -> list[Message]:
    return [{"role": "assistant", "content": content}]


def template(name: str = "chatml") -> str:
    """The text of a chat template of ours."""
    return (files("vitrine.chat") / "templates" / f"{name}.jinja").read_text(encoding="utf-8")
