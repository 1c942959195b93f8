"""Return the part of a reply that counts as its answer.

answer_of("<think>dois ou três?</think>\n3")   ->  "3"
answer_of("<think>dois ou três? dois, ou")      ->  ""      it never finished thinking

Only the start of a very long answer is read, so that graders stay fast. No task allows more than 192 tokens.
"""

MAX_CHARS = 20_000  # of an answer

# Characters that are invisible inside a word: `text.translate(INVISIBLE)` is the text that a reader sees.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def answer_of(reply: str) -> str:
    """Return the text after the last `</think>` and before an unclosed `<think>`, stripped.

    A longer answer is cut to `MAX_CHARS` + 1 characters, so that its length shows that it is too long.
    """
    return reply.rpartition("</think>")[2].partition("<think>")[0].strip()[: MAX_CHARS + 1]
