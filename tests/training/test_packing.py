"""Packing: no row sees another, a step is the same as with padding, and what does not know packed rows is refused."""

import csv

import pytest
import torch
from transformers import (
    AttentionInterface,
    AutoModelForCausalLM,
    BloomConfig,
    Gemma2Config,
    Gemma3TextConfig,
    GptOssConfig,
    Lfm2Config,
    Llama4TextConfig,
    LlamaConfig,
    MistralConfig,
    Phi3Config,
    Qwen2Config,
    Qwen3Config,
    SmolLM3Config,
)

from tests.tiny import load, schedule
from vitrine.errors import SettingsError
from vitrine.lm.decoding import GROUPED
from vitrine.lm.hardware import log_substitute
from vitrine.training.sft.adapter import Method
from vitrine.training.sft.audit import IGNORED
from vitrine.training.sft.packing import (
    PACKED,
    PackedCollator,
    packed_attention,
    packed_attention_in,
    packing_problem,
    padding_by_layout,
    padding_share,
)
from vitrine.training.sft.trainer import sft

FULL = Method(name="full", rank=4, alpha=8, dropout=0.0)
SHAPE = {
    "vocab_size": 64,
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "intermediate_size": 48,
    "pad_token_id": 0,
}
WITHOUT_HEAD = {key: value for key, value in SHAPE.items() if key != "head_dim"}
WIDE = {"initializer_range": 0.3}  # values as large as trained ones: a leak through tiny weights would be tiny
MODELS = {
    "qwen3": Qwen3Config(**SHAPE),
    "qwen2": Qwen2Config(**SHAPE),
    "llama": LlamaConfig(**SHAPE),  # SmolLM2 and DeepSeek-R1-Distill-Llama are of this architecture
    "smollm3, some layers without positions": SmolLM3Config(**SHAPE, bos_token_id=1, eos_token_id=2),
    "phi3": Phi3Config(**WITHOUT_HEAD, bos_token_id=1, eos_token_id=2),
    "mistral, with a sliding window": MistralConfig(**SHAPE, sliding_window=4),
    "gemma3, every other layer with a window": Gemma3TextConfig(
        **SHAPE, sliding_window=4, layer_types=["sliding_attention", "full_attention"]
    ),
}


NOT_PACKED = {
    "gemma2": (Gemma2Config(**SHAPE, query_pre_attn_scalar=8), "soft cap"),
    "lfm2, convolutions": (Lfm2Config(**WITHOUT_HEAD, layer_types=["conv", "full_attention"], **WIDE), "see each other"),
    "llama4, attention in chunks": (
        Llama4TextConfig(**SHAPE, attention_chunk_size=4, num_local_experts=2, intermediate_size_mlp=48, **WIDE),
        "see each other",
    ),
    "gpt_oss, sinks": (GptOssConfig(**SHAPE, num_local_experts=2, num_experts_per_tok=1, **WIDE), "see each other"),
    "bloom, distances": (BloomConfig(vocab_size=64, hidden_size=32, n_layer=2, n_head=4, **WIDE), "see each other"),
}


def rows(lengths=(7, 3, 12, 1, 5)):
    generator = torch.Generator().manual_seed(7)
    tokens = [torch.randint(1, 64, (length,), generator=generator).tolist() for length in lengths]
    return [{"input_ids": ids, "labels": [IGNORED] * (len(ids) // 2) + ids[len(ids) // 2 :]} for ids in tokens]


@pytest.fixture(params=MODELS, scope="module")
def decoder(request):
    torch.manual_seed(7)
    return AutoModelForCausalLM.from_config(MODELS[request.param], attn_implementation="sdpa").eval()


def alone(model, row):
    return model(input_ids=torch.tensor([row["input_ids"]]), use_cache=False).logits[0]


@torch.no_grad()
def test_packed_rows_have_the_logits_that_they_have_alone(decoder):
    expected = torch.cat([alone(decoder, row) for row in rows()])
    batch = PackedCollator(reply_logits=False)(rows())
    with packed_attention_in(decoder):
        packed = decoder(**{key: value for key, value in batch.items() if "labels" not in key}, use_cache=False).logits[0]
    assert torch.allclose(packed, expected, atol=1e-5)
    assert decoder.config._attn_implementation == "sdpa", "the attention is put back"
    joined = {"input_ids": batch["input_ids"], "use_cache": False}
    leaked = decoder(**joined, position_ids=torch.arange(batch["input_ids"].shape[1])[None]).logits[0]
    assert not torch.allclose(leaked, expected, atol=1e-2), "this test would see a leak"


@torch.no_grad()
@pytest.mark.parametrize("attention", ["sdpa", GROUPED, "eager"])
def test_other_attention_is_exact_too_if_it_is_given_positions_and_no_mask(decoder, attention):
    """GROUPED takes the place of sdpa in every model that is loaded."""
    expected = torch.cat([alone(decoder, row) for row in rows()])
    batch = PackedCollator(reply_logits=False)(rows())
    decoder.set_attn_implementation(attention)
    packed = decoder(input_ids=batch["input_ids"], position_ids=batch["position_ids"], use_cache=False).logits[0]
    decoder.set_attn_implementation("sdpa")
    assert torch.allclose(packed, expected, atol=1e-5)


@pytest.mark.parametrize("reply_logits", [True, False])
def test_each_supervised_token_is_predicted_by_the_token_before_it(reply_logits):
    batch = PackedCollator(reply_logits=reply_logits)(rows())
    targets = batch["shift_labels"][0].tolist()
    places = batch["logits_to_keep"].tolist() if reply_logits else range(len(targets))
    predicted = {place: target for place, target in zip(places, targets, strict=True) if target != IGNORED}
    expected, start = {}, 0
    for row in rows():
        expected |= {start + at - 1: label for at, label in enumerate(row["labels"]) if at and label != IGNORED}
        start += len(row["labels"])
    assert predicted == expected


def test_flash_attention_gets_the_ends_of_the_rows():
    batch = PackedCollator(reply_logits=True, flash=True)(rows())
    assert batch["cu_seq_lens_q"].tolist() == batch["cu_seq_lens_k"].tolist() == [0, 7, 10, 22, 23, 28]
    assert batch["cu_seq_lens_q"].dtype == torch.int32 and batch["max_length_q"] == 12 and "segment_lengths" not in batch


@torch.no_grad()
def test_a_padded_batch_is_read_as_usual_while_packing_is_on(decoder):
    ids = torch.tensor([row["input_ids"] + [0] * (12 - len(row["input_ids"])) for row in rows()])
    inputs = {"input_ids": ids, "attention_mask": (torch.arange(12) < torch.tensor([[7], [3], [12], [1], [5]])).long()}
    real = inputs["attention_mask"].bool()
    expected = decoder(**inputs, use_cache=False).logits[real]
    with packed_attention_in(decoder):
        assert torch.allclose(decoder(**inputs, use_cache=False).logits[real], expected, atol=1e-5)
        cached = decoder.generate(ids[2:3], max_new_tokens=6, do_sample=False, eos_token_id=None)
    assert cached.equal(decoder.generate(ids[2:3], max_new_tokens=6, do_sample=False, eos_token_id=None))


def test_every_model_that_is_packed_passes_the_check_that_a_training_makes(decoder):
    assert packing_problem(decoder, longest=128) is None
    assert decoder.config._attn_implementation == "sdpa"


@pytest.mark.parametrize("name", NOT_PACKED)
def test_a_model_whose_rows_would_see_each_other_is_not_packed(name):
    torch.manual_seed(7)
    config, reason = NOT_PACKED[name]
    model = AutoModelForCausalLM.from_config(config)
    before = model.config._attn_implementation
    assert reason in packing_problem(model, longest=128)
    assert model.config._attn_implementation == before and model.training, "as it was"


def test_a_window_that_packing_ignores_is_found_if_a_row_can_be_longer():
    model = AutoModelForCausalLM.from_config(MistralConfig(**SHAPE, **WIDE, sliding_window=16), attn_implementation="sdpa")
    AttentionInterface.register(PACKED, lambda *args, sliding_window=None, **more: packed_attention(*args, **more))
    try:
        assert packing_problem(model, longest=16) is None, "no row is longer than the window"
        assert "in another way than alone" in packing_problem(model, longest=17)
    finally:
        AttentionInterface.register(PACKED, packed_attention)


def test_a_model_that_hides_where_rows_begin_is_not_packed(decoder, monkeypatch):
    def without_lengths(self, *args, segment_lengths=None, **more):
        return forward(*args, **more)

    forward = decoder.forward
    monkeypatch.setattr(type(decoder), "forward", without_lengths)
    assert "see each other" in packing_problem(decoder, longest=128)
    assert decoder.config._attn_implementation == "sdpa"


def test_a_model_that_cannot_be_packed_is_trained_on_grouped_rows_and_the_stage_says_so(base, chat_rows, tmp_path, caplog):
    log_substitute.cache_clear()
    model = load(base)
    model.weights.config.model_type, problem = "lfm2", "packed rows would see each other"
    options = {"max_length": 128, "seed": 7, "curves": tmp_path / "sft.csv", "packing": True}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("vitrine.training.sft.trainer.packing_problem", lambda *args, **more: problem)
        _, metrics = sft(model, chat_rows, schedule(steps=2, micro_batch=4), FULL, **options)
    assert metrics["used"]["layout"] == "grouped by length"
    assert (
        f"sft.packing: grouped by length instead of packed, because rows of a lfm2 model cannot be packed: {problem}"
        in caplog.text
    )


def test_attention_with_a_soft_cap_is_refused():
    query = torch.zeros(1, 2, 4, 8)
    with pytest.raises(SettingsError, match="soft cap"):
        packed_attention(torch.nn.Module(), query, query, query, None, segment_lengths=[4], softcap=50.0)


@pytest.fixture(scope="module")
def curves(base, chat_rows, tmp_path_factory):
    """The learning curve, metrics and weights of the same six steps, padded, packed, and packed with chunks of logits."""
    found = {}
    folder = tmp_path_factory.mktemp("packing")
    for name in ("padded", "packed", "chunked"):
        with pytest.MonkeyPatch.context() as patch:
            if name == "chunked":
                patch.setattr("vitrine.training.sft.trainer.LARGEST_LOGITS", 0)
            model = load(base)
            trained, metrics = sft(
                model,
                chat_rows,
                schedule(steps=6, micro_batch=4),
                FULL,
                max_length=128,
                seed=7,
                curves=folder / name,
                packing=name != "padded",
            )
        found[name] = list(csv.DictReader((folder / name).open())), metrics, trained.weights
    return found


@pytest.mark.parametrize("packed", ["packed", "chunked"])
def test_a_packed_step_equals_a_padded_one(curves, packed):
    for column in ("loss", "grad_norm", "accuracy"):
        own, other = ([float(row[column]) for row in curves[name][0]] for name in (packed, "padded"))
        assert own == pytest.approx(other, rel=2e-3), column
    assert max(float(row["loss"]) for row in curves["padded"][0]) > 1.01 * min(float(row["loss"]) for row in curves["padded"][0])
    weights = zip(curves[packed][2].parameters(), curves["padded"][2].parameters(), strict=True)
    assert all(torch.allclose(one, other, atol=2e-3) for one, other in weights)
    assert curves[packed][2].config._attn_implementation != PACKED, "the trained model decodes as before"


def test_the_metrics_say_how_much_is_padding_and_which_layout_was_used(curves):
    assert curves["packed"][1]["padding_share"] == 0.0 and curves["packed"][1]["used"]["layout"] == "packed"
    assert 0 < curves["padded"][1]["padding_share"] < 0.5 and curves["padded"][1]["used"]["layout"] == "grouped by length"


def test_padding_is_counted_by_forward_pass():
    assert padding_share([10, 5, 8, 8], 2) == pytest.approx(1 - 31 / 36)
    assert padding_share([10, 5, 8, 8], 1) == 0.0


def test_padding_is_told_for_each_layout_of_the_same_rows():
    found = padding_by_layout([2, 2, 8, 8, 3, 3, 9, 9], 2, seed=7)
    assert found["packed"] == found["grouped by length"] == 0.0 and 0 < found["in random order"] < 0.5
