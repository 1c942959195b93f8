import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vitrine.chat.messages import reply, user_message
from vitrine.chat.template import TEMPLATES
from vitrine.lm import tokenizer

TEXTS = ["Chegou quebrado, quero a troca.", "O prazo foi de 12 dias.", "SELECT COUNT(*) FROM orders"] * 20
CHATML = TEMPLATES["chatml"]
TOKENIZER = tokenizer.train(TEXTS, CHATML, vocabulary=400, context=128)


@given(st.text(max_size=60))
@settings(max_examples=200, deadline=None)
def test_any_text_survives_the_round_trip(text):
    text = text.encode(errors="ignore").decode()
    if not any(special in text for special in CHATML.special):
        assert TOKENIZER.decode(TOKENIZER(text).input_ids) == text


@pytest.mark.parametrize("number", ["12", "139,77", "2018"])
def test_each_digit_is_a_token(number):
    assert len(TOKENIZER(number).input_ids) == len(number)


def test_a_prompt_is_a_prefix_of_the_conversation_and_the_reply_ends_in_the_stop_token():
    prompt = TOKENIZER.apply_chat_template(user_message("Oi"), add_generation_prompt=True, return_dict=False)
    chat = TOKENIZER.apply_chat_template([*user_message("Oi"), *reply("Olá")], return_dict=False)
    assert chat[: len(prompt)] == prompt
    assert TOKENIZER.convert_tokens_to_ids(CHATML.stop) == TOKENIZER.eos_token_id
    assert TOKENIZER.eos_token_id in chat[len(prompt) :]


def test_the_same_texts_give_the_same_tokenizer():
    again = tokenizer.train(TEXTS, CHATML, vocabulary=400, context=128)
    assert again.backend_tokenizer.to_str() == TOKENIZER.backend_tokenizer.to_str()
