"""Each of our templates with a tokenizer trained for it: requirements of TRL, of SFT and of serving."""

import pytest
from trl.chat_template_utils import (
    has_generation_markers,
    is_chat_template_prefix_preserving,
    is_chat_template_stop_token_trained,
)

from vitrine.chat.messages import reply, user_message
from vitrine.chat.template import TEMPLATES
from vitrine.lm import tokenizer

TEXTS = ["Chegou quebrado, quero a troca.", "Below is an instruction", '{"nota": 5}'] * 20
REPLIES = ["Olá", '{"nota": 5}', "positivo, nota 5", "", " começa com espaço", "<think>12 dias</think>Sim"]
SYSTEM = [{"role": "system", "content": "Seja breve."}]
each_template = pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES)


def tokenizer_for(template):
    return tokenizer.train(TEXTS, template, vocabulary=400, context=128)


@each_template
def test_meets_the_requirements_of_trl(template):
    trained = tokenizer_for(template)
    assert has_generation_markers(trained.chat_template)
    assert is_chat_template_prefix_preserving(trained)
    assert is_chat_template_stop_token_trained(trained)


@each_template
@pytest.mark.parametrize("before", [[], SYSTEM, [*user_message("Oi"), *reply("Olá")]], ids=["alone", "system", "second turn"])
@pytest.mark.parametrize("text", REPLIES)
def test_the_prompt_is_a_prefix_and_the_mask_covers_the_reply_and_its_stop_token(template, before, text):
    trained, messages = tokenizer_for(template), [*before, *user_message("Chegou em 12 dias?")]
    prompt = trained.apply_chat_template(messages, add_generation_prompt=True, return_dict=False)
    both = trained.apply_chat_template([*messages, *reply(text)], return_dict=True, return_assistant_tokens_mask=True)
    assert both["input_ids"][: len(prompt)] == prompt
    after = list(zip(both["input_ids"], both["assistant_masks"], strict=True))[len(prompt) :]
    assert trained.decode([token for token, marked in after if marked]) == text + template.stop
    assert trained.convert_tokens_to_ids(template.stop) == trained.eos_token_id
    assert trained.decode([token for token, marked in after if not marked]).strip() == ""


@each_template
def test_special_tokens_are_single_tokens_and_bos_occurs_once_at_the_start(template):
    trained = tokenizer_for(template)
    assert [trained(token, add_special_tokens=False).input_ids for token in template.special] == [
        [place] for place in range(len(template.special))
    ]
    ids = trained.apply_chat_template([*user_message("Oi"), *reply("Olá")], return_dict=False)
    assert template.bos is None or (ids[0] == trained.bos_token_id and ids.count(ids[0]) == 1)


def test_chatml_is_the_format_of_published_models():
    text = tokenizer_for(TEMPLATES["chatml"]).apply_chat_template([*SYSTEM, *user_message("Oi"), *reply("Olá")], tokenize=False)
    assert text == (
        "<|im_start|>system\nSeja breve.<|im_end|>\n<|im_start|>user\nOi<|im_end|>\n<|im_start|>assistant\nOlá<|im_end|>\n"
    )


def test_alpaca_is_the_publisher_s_training_format():
    text = tokenizer_for(TEMPLATES["alpaca"]).apply_chat_template(user_message("Oi"), tokenize=False, add_generation_prompt=True)
    assert text == (
        "<s>Below is an instruction that describes a task. Write a response that appropriately completes the request."
        "\n\n### Instruction:\nOi\n\n### Response:\n"
    )
