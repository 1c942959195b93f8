"""Whether a model can stop: the tokens that end a reply, and how likely they are where a gold reply ends.

    stop_ids(model)                                  # (106, 1): the template's stop token, and the others that the model declares
    ask(model.weights, contexts, stop_ids(model))    # {"stop_wins": 0.97, "stop_probability": 0.99, "stop_rank": 1.0}
    can_win(model.weights, 106)                      # False: frozen output embeddings, and its row lies among the others

Fine-tuning and reinforcement learning ask before and after their training. Nothing here draws a random number.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from scipy.optimize import nnls

from vitrine.chat.mask import encode
from vitrine.errors import CheckpointError
from vitrine.lm.model import Model

NEGLIGIBLE = 1e-3  # of the spread of the rows; a nearer row counts as one among the others
SEARCH_STEPS = 100  # on 60,000 rows about ten seconds, if the token is neither near the middle nor outside


def stop_ids(model: Model) -> tuple[int, ...]:
    """The token that the template ends a reply with, then the others with which the model's generation config ends a text."""
    first = model.tokenizer.eos_token_id
    if first is None:
        raise CheckpointError(
            "the model's tokenizer names no stop token (eos_token), so no reply would end: choose a template that has one in "
            "lm.template, and run base again"
        )
    declared = model.weights.generation_config.eos_token_id
    others = [] if declared is None else declared if isinstance(declared, list | tuple) else [declared]
    return tuple(dict.fromkeys([first, *others]))


def evenly(count: int, most: int) -> list[int]:
    """At most `most` places of `count`, evenly spread: a sample without chance."""
    return sorted({place * count // most for place in range(most)}) if count > most else list(range(count))


def gold_ends(model: Model, rows: Sequence[Mapping[str, Any]], stops: Sequence[int]) -> list[tuple[list[int], int]]:
    """Of each row with a gold reply: the tokens before its stop token, and how many tokens the reply has with it."""
    ends = []
    for row in rows:
        chat = encode(model.tokenizer, row["messages"], row["gold"])
        end = next((place for place in range(chat.prompt, len(chat.ids)) if chat.ids[place] in stops), None)
        if end is not None:
            ends.append((chat.ids[:end], end - chat.prompt + 1))
    return ends


@torch.no_grad()
def ask(model: Any, contexts: Sequence[Sequence[int]], stops: Sequence[int]) -> dict[str, float]:
    """Of the given beginnings: the share after which one of `stops` is the most likely token, the mean probability that the next
    token is one of them, and the median rank of the likeliest."""
    if not contexts:
        return {}
    training, ranks, chances = model.training, list[int](), list[float]()
    model.eval()
    try:
        for ids in contexts:
            tokens = torch.tensor([list(ids)], device=model.device)
            logits = model(input_ids=tokens, logits_to_keep=1, use_cache=False).logits[0, -1].float()
            ranks.append(1 + int((logits > logits[list(stops)].max()).sum()))
            chances.append(float(logits.softmax(-1)[list(stops)].sum()))
    finally:
        model.train(training)
    count = len(ranks)
    return {
        "stop_wins": sum(rank == 1 for rank in ranks) / count,
        "stop_probability": sum(chances) / count,
        "stop_rank": float(sorted(ranks)[count // 2]),
    }


def is_trained(layer: Any) -> bool:
    """Whether any weight of an embedding is trained: the whole matrix, or the rows that an adapter adds to."""
    return any(weight.requires_grad for weight in layer.parameters())


@torch.no_grad()
def can_win(model: Any, token: int) -> bool:
    """False if the output embeddings are frozen and no hidden state makes `token` the most likely one.

    The token wins for some hidden state if its row is not among the others: if the differences to them do not surround zero.
    Wolfe's algorithm finds the point of their hull that is nearest to zero. True also if that is not decided in time.
    """
    head = model.get_output_embeddings()
    if head is None or is_trained(head) or getattr(head, "bias", None) is not None:
        return True
    rows = head.weight
    own = rows[token].float()
    mean = rows.mean(0, dtype=torch.float32)
    some = rows[:: max(1, len(rows) // 2048)].float()
    spread = float((some - mean).norm(dim=1).median())
    nearest, negligible, corners = own - mean, NEGLIGIBLE * spread, list[torch.Tensor]()
    for _ in range(SEARCH_STEPS):
        length = float(nearest.norm())
        if length <= negligible:
            return False
        logits = (rows @ nearest.to(rows.dtype)).float()
        logits[token] = -torch.inf
        difference = own - rows[int(logits.argmax())].float()
        if float(difference @ nearest) > negligible * length:
            return True
        nearest, corners = _nearest([*corners, difference], spread)
    return True


def _nearest(corners: list[torch.Tensor], spread: float) -> tuple[torch.Tensor, list[torch.Tensor]]:
    """The point of the corners' hull that is nearest to zero, and the corners that it lies between."""
    matrix = torch.stack(corners)
    heavy = 100 * spread  # holds the sum of the shares at 1
    system = torch.cat([matrix.T.double(), torch.full((1, len(corners)), heavy, device=matrix.device)]).cpu().numpy()
    shares, _ = nnls(system, [0.0] * matrix.shape[1] + [heavy])
    kept = [corner for corner, share in zip(corners, shares, strict=True) if share > 0]
    point = torch.tensor(shares / shares.sum(), dtype=torch.float32, device=matrix.device) @ matrix
    return point, kept
