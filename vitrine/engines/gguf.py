"""Write a model of the Qwen3 architecture with a byte-level tokenizer, such as ours, as a GGUF file that llama.cpp reads.

    write(Model.load(Path("models/sft"), Load(device="cpu")), Path("sft.gguf"), "q8_0")

Norms stay in float32. The chat template goes into the file, with its generation marks as comments, which llama.cpp can read.
"""

import json
import re
from pathlib import Path
from typing import Any, Literal, get_args

import gguf

from vitrine.errors import CheckpointError
from vitrine.files import replacing
from vitrine.lm.model import Model
from vitrine.lm.tokenizer import SPLIT

Kind = Literal["float32", "float16", "bfloat16", "q8_0"]

ARCHITECTURE = "qwen3"
TENSORS = {
    "float32": (gguf.GGMLQuantizationType.F32, gguf.LlamaFileType.ALL_F32),
    "float16": (gguf.GGMLQuantizationType.F16, gguf.LlamaFileType.MOSTLY_F16),
    "bfloat16": (gguf.GGMLQuantizationType.BF16, gguf.LlamaFileType.MOSTLY_BF16),
    "q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
}
Q8_BLOCK = 32  # a row that is not a multiple of it stays in float16, as in llama.cpp
assert set(TENSORS) == set(get_args(Kind))


def write(model: Model, file: Path, kind: Kind) -> None:
    model = model.merge()
    config = model.weights.config
    if config.model_type != ARCHITECTURE:
        raise CheckpointError(
            f"a model of the architecture {config.model_type} cannot be written as GGUF here, only {ARCHITECTURE} can; "
            "convert it with llama.cpp's own script and set engine.file"
        )
    if (rope := config.rope_parameters)["rope_type"] != "default":
        raise CheckpointError(f"{rope['rope_type']} rotary positions cannot be written as GGUF here; set engine.file")
    with replacing(file) as new:
        writer = gguf.GGUFWriter(new, ARCHITECTURE)
        writer.add_file_type(TENSORS[kind][1])
        writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
        writer.add_context_length(config.max_position_embeddings)
        writer.add_embedding_length(config.hidden_size)
        writer.add_block_count(config.num_hidden_layers)
        writer.add_feed_forward_length(config.intermediate_size)
        writer.add_head_count(config.num_attention_heads)
        writer.add_head_count_kv(config.num_key_value_heads)
        writer.add_key_length(config.head_dim)
        writer.add_value_length(config.head_dim)
        writer.add_layer_norm_rms_eps(config.rms_norm_eps)
        writer.add_rope_freq_base(rope["rope_theta"])
        _add_tokenizer(writer, model.tokenizer, config.vocab_size)
        _add_tensors(writer, model, kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()


def _add_tokenizer(writer: Any, tokenizer: Any, size: int) -> None:
    parts = json.loads(tokenizer.backend_tokenizer.to_str())
    if parts["model"]["type"] != "BPE" or SPLIT not in _patterns(parts["pre_tokenizer"]):
        raise CheckpointError(
            "the model's tokenizer does not split text like Qwen2's, so it cannot be written as GGUF here; set engine.file"
        )
    added = {token["id"]: token for token in parts["added_tokens"]}
    tokens = {number: token for token, number in tokenizer.get_vocab().items()}
    types = {number: "CONTROL" if token["special"] else "USER_DEFINED" for number, token in added.items()}
    writer.add_vocab_size(size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([tokens.get(number, f"[PAD{number}]") for number in range(size)])
    writer.add_token_types(
        [gguf.TokenType[types.get(number, "NORMAL" if number in tokens else "UNUSED")] for number in range(size)]
    )
    writer.add_token_merges([" ".join(pair) for pair in parts["model"]["merges"]])
    for add, number in (
        (writer.add_bos_token_id, tokenizer.bos_token_id),
        (writer.add_eos_token_id, tokenizer.eos_token_id),
        (writer.add_pad_token_id, tokenizer.pad_token_id),
    ):
        if number is not None:
            add(number)
    writer.add_add_bos_token(False)  # the template writes it, if it has one
    writer.add_chat_template(re.sub(r"{%(-?)\s*((?:end)?generation)\s*(-?)%}", r"{#\1 \2 \3#}", tokenizer.chat_template))


def _patterns(pre_tokenizer: Any) -> set[str]:
    own = pre_tokenizer or {}
    return {step.get("pattern", {}).get("Regex", "") for step in own.get("pretokenizers", [own])}


def _add_tensors(writer: Any, model: Model, kind: Kind) -> None:
    config = model.weights.config
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.QWEN3, config.num_hidden_layers)
    for name, tensor in model.weights.state_dict().items():
        if name == "lm_head.weight" and config.tie_word_embeddings:
            continue
        values = tensor.detach().float().cpu().numpy()
        stored = TENSORS[kind][0] if values.ndim > 1 else gguf.GGMLQuantizationType.F32
        if stored == gguf.GGMLQuantizationType.Q8_0 and values.shape[-1] % Q8_BLOCK:
            stored = gguf.GGMLQuantizationType.F16
        own = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if own is None:
            raise CheckpointError(f"the weight {name} has no place in a GGUF file of {ARCHITECTURE}; set engine.file")
        writer.add_tensor(own, gguf.quants.quantize(values, stored), raw_dtype=stored)
