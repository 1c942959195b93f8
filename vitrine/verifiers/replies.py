"""The part of a reply that counts as its answer.

answer_of("<think>dois ou três?</think>\n3")   ->  "3"
answer_of("<think>dois ou três? dois, ou")      ->  ""      it was still thinking when its tokens ran out

Only the start of a very long answer is read, so that no reply keeps a grader busy: no task allows more than 192 tokens.
"""

MAX_CHARS = 20_000  # characters of an answer that are read

# No reader sees these inside a word: `text.translate(INVISIBLE)` is what a reader sees.
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def answer_of(reply: str) -> str:
    """What stands after the last `</think>` and before any thinking that was never closed, stripped.

    Of an answer that is too long there is one character more than `MAX_CHARS`: who asks for its length sees that it is too long.
    """
    return reply.rpartition("</think>")[2].partition("<think>")[0].strip()[: MAX_CHARS + 1]
