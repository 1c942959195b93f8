"""A small decoder of the Qwen3 architecture, from scratch.

model = build(Scratch(origin="scratch", vocabulary=2048, context=512, hidden=128, layers=4, heads=4, kv_heads=2,
                      feed_forward=384), tokenizer, seed=7)
model.num_parameters()   # about a million
"""

from typing import Literal

import torch
from pydantic import Field
from transformers import PreTrainedTokenizerFast, Qwen3Config, Qwen3ForCausalLM

from vitrine.settings import Settings


class Scratch(Settings):
    origin: Literal["scratch"]
    vocabulary: int = Field(ge=300)  # 256 bytes, three special tokens, and what is learned
    context: int = Field(ge=64)  # tokens
    hidden: int = Field(ge=16)
    layers: int = Field(ge=1)
    heads: int = Field(ge=1)
    kv_heads: int = Field(ge=1)
    head: int = Field(ge=8)  # width of one
    feed_forward: int = Field(ge=16)


def build(lm: Scratch, tokenizer: PreTrainedTokenizerFast, *, seed: int) -> Qwen3ForCausalLM:
    config = Qwen3Config(
        vocab_size=len(tokenizer),
        hidden_size=lm.hidden,
        num_hidden_layers=lm.layers,
        num_attention_heads=lm.heads,
        num_key_value_heads=lm.kv_heads,
        head_dim=lm.head,
        intermediate_size=lm.feed_forward,
        max_position_embeddings=lm.context,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(seed)
    model = Qwen3ForCausalLM(config)
    # Greedy and bounded unless a caller says otherwise: no sampling default may hide in a checkpoint.
    model.generation_config.update(do_sample=False, pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id)
    return model
