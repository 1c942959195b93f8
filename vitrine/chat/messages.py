"""Chat messages in the format that the libraries share: a list of dicts with role and content.

user_message("Oi")     [{"role": "user", "content": "Oi"}]
reply("Olá")           [{"role": "assistant", "content": "Olá"}]
"""

Message = dict[str, str]


def user_message(content: str) -> list[Message]:
    return [{"role": "user", "content": content}]


def reply(content: str) -> list[Message]:
    return [{"role": "assistant", "content": content}]
