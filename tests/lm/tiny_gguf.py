"""GGUF files of a few kilobytes: Qwen3 by our own writer, Gemma 3 with SentencePiece as llama.cpp's converter writes it."""

import io

import pytest
import sentencepiece
import torch
from transformers import Gemma3ForCausalLM, Gemma3TextConfig

from vitrine.lm.gguf.tokenizer import Kind

LINES = ["\n" * count for count in range(1, 6)] + ["▁" * count for count in range(2, 6)]  # Gemma's user-defined pieces
TURNS = ["<start_of_turn>", "<end_of_turn>"]
UNUSED = [f"<unused{number}>" for number in range(40)]


def write_qwen3(model, path, /, **changes):
    """A model from scratch (vitrine.lm.decoder) as our own writer makes it; `changes` replaces metadata of the tokenizer."""
    import gguf

    from vitrine.engines.gguf import write

    class Changed(gguf.GGUFWriter):
        def add_tokenizer_model(self, model):
            super().add_tokenizer_model(changes.get("model", model))

        def add_tokenizer_pre(self, pre):
            super().add_tokenizer_pre(changes.get("pre", pre))

        def add_chat_template(self, value):
            if changes.get("template", True):
                super().add_chat_template(value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gguf, "GGUFWriter", Changed)
        write(model, path, "float32")
    return path


def sentencepiece_of(texts):
    """A SentencePiece BPE with the particulars of Gemma's."""
    proto = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(texts),
        model_writer=proto,
        model_type="bpe",
        vocab_size=520,
        pad_id=0,
        eos_id=1,
        bos_id=2,
        unk_id=3,
        bos_piece="<bos>",
        eos_piece="<eos>",
        byte_fallback=True,
        add_dummy_prefix=False,
        remove_extra_whitespaces=False,
        normalization_rule_name="identity",
        control_symbols=[*TURNS, *UNUSED],
        user_defined_symbols=LINES,
        minloglevel=2,
    )
    return sentencepiece.SentencePieceProcessor(model_proto=proto.getvalue())


def write_gemma3(splitter, path):
    """A random Gemma 3 with the vocabulary of `splitter`; (path, weights)."""
    import gguf

    config = Gemma3TextConfig(
        vocab_size=splitter.get_piece_size(),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=6,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        query_pre_attn_scalar=16,
        max_position_embeddings=128,
        sliding_window=32,
        pad_token_id=0,
        eos_token_id=1,
        bos_token_id=2,
    )
    torch.manual_seed(7)
    weights = Gemma3ForCausalLM(config)
    for name, weight in weights.named_parameters():
        if "norm" in name:
            torch.nn.init.normal_(weight, std=0.1)
    writer = gguf.GGUFWriter(path, "gemma3")
    writer.add_context_length(128)
    writer.add_block_count(6)
    writer.add_embedding_length(32)
    writer.add_feed_forward_length(64)
    writer.add_head_count(2)
    writer.add_head_count_kv(1)
    writer.add_key_length(16)
    writer.add_value_length(16)
    writer.add_layer_norm_rms_eps(config.rms_norm_eps)
    writer.add_sliding_window(32)
    writer.add_rope_freq_base(1_000_000.0)
    pieces, scores, kinds = [], [], []
    for place in range(splitter.get_piece_size()):
        piece = splitter.id_to_piece(place)
        kind = Kind.NORMAL
        if splitter.is_unknown(place):
            kind = Kind.UNKNOWN
        elif splitter.is_control(place):
            kind = Kind.CONTROL
        elif splitter.is_byte(place):
            kind = Kind.BYTE
        elif piece in LINES:
            kind, piece = Kind.USER_DEFINED, piece.replace("▁", " ")
        pieces.append(piece)
        kinds.append(kind)
        scores.append(splitter.get_score(place))
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(pieces)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(2)
    writer.add_eos_token_id(1)
    writer.add_unk_token_id(3)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.GEMMA3, config.num_hidden_layers)
    for name, weight in weights.state_dict().items():
        if name != "lm_head.weight":  # tied
            values = weight.detach().float()
            values = values + 1.0 if "norm" in name else values  # so that llama.cpp can treat Gemma's norms like others
            writer.add_tensor(names.get_name(name, try_suffixes=(".weight",)), values.numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path, weights
