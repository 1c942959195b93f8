"""Texts of 100,000 characters on which a careless pattern or scanner takes minutes.

HOSTILE["backticks"]   ->  "````…"
"""

LENGTH = 100_000

UNITS = {
    # one character, repeated
    "backticks": "`", "blanks": " ", "line breaks": "\n", "tabs": "\t", "no-break spaces": "\u00a0", "letters": "a",
    "capitals": "A", "digits": "1", "zeros": "0", "dots": ".", "commas": ",", "colons": ":", "semicolons": ";", "dashes": "-",
    "double quotes": '"', "single quotes": "'", "backslashes": "\\", "opening braces": "{", "closing braces": "}",
    "opening brackets": "[", "closing brackets": "]", "opening parentheses": "(", "closing parentheses": ")", "arrows": ">",
    "stars": "*", "percent signs": "%", "slashes": "/", "underscores": "_", "equals signs": "=", "emoji": "👍",
    "combining accents": "\u0301", "invisible characters": "\u200b", "halves of characters": "\ud800", "null bytes": "\x00",
    # short runs
    "fences": "```sql\n", "fences and blanks": "``` \n ", "braces and blanks": "{ ", "keys": "{a:", "quoted keys": '{"a":',
    "single-quoted keys": "{'a':", "strings without commas": "'a' ", "apostrophes in words": "d'a", "escapes": '\\"',
    "nested lists": "[{", "empty objects": "{} ", "lists of objects": "[{}] ",
    "thinking": "<think>", "ends of thinking": "</think>", "thoughts": "<think>a</think>", "decimals": "1,5 ",
    "grouped digits": "1.234,", "dates": "05/10/2017 ",
    "half dates": "05/1",
    "times": "14:30:", "ordinals": "1º ", "signs and digits": "-1", "currency": "R$ 1 mil ",
    "scales": "1mil", "powers": "1e5",
    "letters and digits": "a1", "percents": "1 % ", "months": "janeiro de ", "headings": "Resumo: Números: Recomendação: ",
    "one heading": "Resumo:", "paths": "a > b", "arrows and dashes": "---> ", "slashes and blanks": " / ", "options": "A: ",
    "letters of options": "A, ", "long words": "ação-", "syllables": "bra", "vowels": "ãe", "addresses": "https://a ",
    "line comments": "--a\n", "comments that stay open": "/*", "comments": "/**/", "statements": "SELECT 1;", "joins": " JOIN ",
    "open strings in SQL": "select 'a", "parentheses in SQL": "select (", "answers": "the answer is ", "negations": "não nao ",
    "n/a": "n/a ", "labels": "positivo negativo ", "two dots": "a..b", "list markers": "\n1. ",
}  # fmt: skip


def _long(unit: str) -> str:
    return (unit * (LENGTH // len(unit) + 1))[:LENGTH]


HOSTILE = {name: _long(unit) for name, unit in UNITS.items()} | {
    "a string that stays open": '{"a": "' + "x" * LENGTH,
    "a single-quoted string that stays open": "{'a': '" + "x" * LENGTH,
    "an escape in a string that stays open": '{"a": "' + "\\" * LENGTH,
    "a fence, blanks and no end": "```sql" + " " * LENGTH + "x",
    "a fence around blanks": "```" + " " * LENGTH + "```",
    "a fence around blanks, then a word": "```" + " " * LENGTH + "``` x",
    "a fence around lines": "```sql\n" + "\n" * LENGTH + "`",
    "fences with blanks between": "```" + (" " * 50 + "```") * (LENGTH // 53),
    "digits, then a letter": "1" * LENGTH + "a",
    "groups of digits, then a letter": "1" + ".234" * (LENGTH // 4) + "a",
    "spaced digits, then a letter": "1" + "\u00a0234" * (LENGTH // 4) + "a",
    "blanks, then a letter": " " * LENGTH + "a",
    "a brace, blanks": "{" + " " * LENGTH,
    "a bracket, blanks": "[" + " " * LENGTH,
    "syllables, then a consonant": "bra" * (LENGTH // 3) + "xk",
    "letters, then dashes": "a-" * (LENGTH // 2) + "-",
    "words, then blanks": "a" * LENGTH + " " * LENGTH,
}
