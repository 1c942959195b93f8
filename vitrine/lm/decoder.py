"""A small decoder of the Qwen3 architecture, from scratch.

model = build(Scratch(origin="scratch", template="chatml", vocabulary=2048, context=512, hidden=128, layers=4, heads=4,
                      kv_heads=2, head=64, feed_forward=384), tokenizer, Load(), seed=7)
model.weights.num_parameters()   # about one million
"""

import torch
from transformers import AutoModelForCausalLM, PreTrainedTokenizerFast, Qwen3Config

from vitrine.lm.hardware import detect, supported_load
from vitrine.lm.model import Model, device_of
from vitrine.lm.settings import Load, Scratch


def build(lm: Scratch, tokenizer: PreTrainedTokenizerFast, load: Load, *, seed: int) -> Model:
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
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(seed)
    load = supported_load(load, detect(device_of(load)))
    weights = AutoModelForCausalLM.from_config(config, attn_implementation=load.attention).to(getattr(torch, load.dtype))
    # Greedy, so that a checkpoint hides no sampling defaults: callers pass theirs.
    weights.generation_config.update(do_sample=False, pad_token_id=tokenizer.pad_token_id, eos_token_id=tokenizer.eos_token_id)
    return Model(weights.to(device_of(load)), tokenizer, lm.template, load)
