"""The rows of a training as forward passes: how many tokens each has, how many are padding, and which pass is the largest.

    rows = sft_rows(Path("data/chat/train.parquet"), tokenizer, limit=512)
    passes = forward_passes(rows, schedule, seed=7, packed=False)      # in the order of the training
    largest(passes)                                                    # the pass with the longest rows decides the memory

A few hundred rows and the longest ones are tokenized; the tokens of the others follow from their characters. Without rows every
row is taken to be as long as the limit, which is the most that it can be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from transformers import PreTrainedTokenizerBase

from vitrine import tables
from vitrine.chat.mask import encode
from vitrine.lm.stopping import evenly
from vitrine.tables.chat import CHAT
from vitrine.training.loop.schedule import Schedule
from vitrine.training.preflight.dryrun import ForwardPass
from vitrine.training.sft.order import batch_order

SAMPLE = 400  # rows that are tokenized to learn how many characters a token has
LONGEST = 200  # rows with the most characters, which are tokenized as well
CHARACTERS = 3.0  # of a token, if the tokenizer is not there yet
TEMPLATE = 12  # tokens that a chat template adds
UNKNOWN_REPLY = 0.25  # share of a row that is its reply, without rows to look at


@dataclass(frozen=True)
class Rows:
    characters: Sequence[int]  # as the sft stage counts them, for the order of rows
    whole: np.ndarray  # tokens of each row before it is cut
    prompt: np.ndarray  # tokens before the reply
    limit: int
    source: str  # how the lengths were found, for people

    @property
    def tokens(self) -> np.ndarray:
        return np.minimum(self.whole, self.limit)

    @property
    def learned(self) -> np.ndarray:
        return np.maximum(0, self.tokens - self.prompt)

    @property
    def truncated(self) -> float:
        """The share of rows that are cut."""
        return float((self.whole > self.limit).mean()) if len(self.whole) else 0.0


def sft_rows(file: Path, tokenizer: PreTrainedTokenizerBase | None, *, limit: int) -> Rows:
    """The rows with a gold reply in a table of chats."""
    rows = [row for row in tables.read(file, CHAT) if row["gold"] is not None]
    return of_rows(rows, tokenizer, limit=limit, source=str(file))


def of_rows(rows: Sequence[Mapping[str, Any]], tokenizer: PreTrainedTokenizerBase | None, *, limit: int, source: str) -> Rows:
    """Tokens of each row. A row without a gold reply is a prompt."""
    prompts = np.array([sum(len(message["content"]) for message in row["messages"]) for row in rows], dtype=float)
    replies = np.array([len(row.get("gold") or "") for row in rows], dtype=float)
    # as in vitrine.training.sft.trainer
    characters = [len(row["messages"][-1]["content"]) + len(row.get("gold") or "") for row in rows]
    if tokenizer is None:
        whole, prompt = (prompts + replies) / CHARACTERS + TEMPLATE, prompts / CHARACTERS + TEMPLATE
        how = f"{source}, {CHARACTERS:g} characters taken for a token: the tokenizer is not there yet"
    else:
        places = sorted({*evenly(len(rows), SAMPLE), *np.argsort(prompts + replies)[-LONGEST:].tolist()})
        found = {place: _count(tokenizer, rows[place]) for place in places}
        sizes = np.array([[prompts[place], replies[place], 1.0] for place in places])
        counts = np.array([found[place] for place in places], dtype=float)
        known = np.linalg.lstsq(sizes, counts, rcond=None)[0]
        fitted = np.stack([prompts, replies, np.ones(len(rows))], axis=1) @ known
        fitted[places] = counts
        whole, prompt = fitted[:, 0], np.minimum(fitted[:, 1], fitted[:, 0])
        how = source if len(places) == len(rows) else f"{source}, {len(places)} of {len(rows)} rows tokenized"
    return Rows(characters, whole.round().astype(int), prompt.round().astype(int), limit, how)


def unknown_rows(count: int, limit: int) -> Rows:
    """The longest rows that the limit allows."""
    whole = np.full(count, limit)
    return Rows([limit] * count, whole, (whole * (1 - UNKNOWN_REPLY)).astype(int), limit, f"no data yet: {limit} tokens a row")


def _count(tokenizer: PreTrainedTokenizerBase, row: Mapping[str, Any]) -> tuple[int, int]:
    """Tokens of the row and of its prompt."""
    if row.get("gold"):
        chat = encode(tokenizer, row["messages"], row["gold"])
        return len(chat.ids), chat.prompt
    ids = tokenizer.apply_chat_template(row["messages"], add_generation_prompt=True, enable_thinking=False, return_dict=False)
    return len(ids), len(ids)


def forward_passes(rows: Rows, schedule: Schedule, *, seed: int, packed: bool) -> list[ForwardPass]:
    """The forward passes of all steps, with the rows that the sft stage would give them."""
    tokens, learned = rows.tokens, rows.learned
    order = batch_order(rows.characters, batch=schedule.batch, batches=schedule.steps, seed=seed)
    order = [row for row in order if learned[row] > 0]  # the trainer drops rows without a reply
    size = schedule.micro_batch
    groups = (order[start : start + size] for start in range(0, len(order), size))
    return [ForwardPass(tuple(tokens[group].tolist()), int(learned[group].sum()), packed) for group in groups]


def largest(passes: Sequence[ForwardPass]) -> ForwardPass:
    """The forward pass that needs the most memory: the most tokens with padding."""
    return max(passes, key=lambda one: (one.tokens, one.learned))


def longest(rows: Rows, schedule: Schedule, *, packed: bool, reply: int = 0) -> ForwardPass:
    """A forward pass of the longest rows of all, whether or not the training's order brings them together."""
    places = np.argsort(rows.tokens)[-schedule.micro_batch :]
    lengths = [*rows.tokens[places].tolist()]
    lengths = (lengths * schedule.micro_batch)[: schedule.micro_batch]  # fewer rows than a forward pass has: they repeat
    return ForwardPass(tuple(lengths), int(rows.learned[places].sum()), packed, reply)
