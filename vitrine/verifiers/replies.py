"""The part of a reply that counts as its answer.

answer_of("<think>dois ou três?</think>\n3")   ->  "3"
answer_of("<think>dois ou três? dois, ou")      ->  ""      it was still thinking when its tokens ran out
"""


def answer_of(reply: str) -> str:
    """What stands after the last `</think>` and before any thinking that was never closed, stripped."""
    return reply.rpartition("</think>")[2].partition("<think>")[0].strip()
