"""The part of a reply that counts as its answer.

answer_of("<think>dois ou três?</think>\n3")   ->  "3"
answer_of("<think>dois ou três? dois, ou")      ->  ""      it was still thinking when its tokens ran out
"""

# No reader sees these inside a word: `text.translate(UNSEEN)` is what a reader sees.
UNSEEN = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))


def answer_of(reply: str) -> str:
    """What stands after the last `</think>` and before any thinking that was never closed, stripped."""
    return reply.rpartition("</think>")[2].partition("<think>")[0].strip()
