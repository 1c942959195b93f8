"""Published chat templates, each with a tiny tokenizer that has its special tokens: what a fine-tuning would learn from them."""

from dataclasses import replace

import pytest

from tests.chat.tokens import BASES, PUBLISHED
from tests.tiny import SHAPE
from vitrine.chat.mask import encode, find_problem
from vitrine.chat.messages import reply, user_message
from vitrine.chat.turns import KNOWN
from vitrine.errors import CheckpointError, SettingsError
from vitrine.lm import decoder
from vitrine.lm.settings import Load
from vitrine.lm.template import with_template

REPLIES = ["Olá", '{"nota": 5}', "positivo, nota 5"]


def model_of(published, template, **changes):
    tokenizer = replace(published, **changes).tokenizer(template=template == "native")
    return replace(decoder.build(SHAPE, tokenizer, Load(), seed=7), template=template)


def learned(tokenizer, text):
    """The decoded text that is learned, up to the stop token, and what the template writes after it."""
    chat = encode(tokenizer, user_message("[SENTIMENTO] Chegou?"), text)
    assert chat.is_prefix
    after = chat.ids[chat.prompt :]
    end = after.index(tokenizer.eos_token_id) + 1
    return tokenizer.decode(after[:end]), tokenizer.decode(after[end:])


def bos_count(tokenizer):
    return encode(tokenizer, user_message("Oi"), "Olá").ids.count(tokenizer.bos_token_id)


@pytest.mark.parametrize("name", PUBLISHED)
@pytest.mark.parametrize("text", REPLIES)
def test_a_published_template_keeps_the_prompt_and_learns_the_reply_and_its_stop_token(name, text):
    published = PUBLISHED[name]
    tokenizer = with_template(model_of(published, "native"), name=name).tokenizer
    assert tokenizer.eos_token == published.stop, "Gemma names <eos>, but a turn ends with <end_of_turn>"
    span, rest = learned(tokenizer, text)
    assert span.strip() == text + published.stop and rest.strip() == ""
    assert bos_count(tokenizer) == (1 if published.bos else 0)


@pytest.mark.parametrize("name", BASES)
@pytest.mark.parametrize("text", [*REPLIES, " começa com espaço", ""])
def test_turns_reuse_the_tokens_of_a_base_model(name, text):
    model = with_template(model_of(BASES[name], "turns"), name=name)
    before = model_of(BASES[name], "turns")
    assert model.added_tokens == () and len(model.tokenizer) == len(before.tokenizer)
    assert model.weights.get_input_embeddings().num_embeddings == before.weights.get_input_embeddings().num_embeddings
    assert model.tokenizer.eos_token == BASES[name].stop and model.weights.config.eos_token_id == model.tokenizer.eos_token_id
    assert learned(model.tokenizer, text) == (text + BASES[name].stop, next(t.after for t in KNOWN if t.name == name))
    assert bos_count(model.tokenizer) == (1 if BASES[name].bos else 0)
    chat = encode(model.tokenizer, user_message("Oi"), "Olá")
    turn = next(turns for turns in KNOWN if turns.name == name)
    used = {token for token in turn.tokens if model.tokenizer.convert_tokens_to_ids(token) in chat.ids}
    assert used == {*turn.tokens}, "each mark is one token"


@pytest.mark.parametrize("name", BASES)
def test_a_system_message_and_a_second_turn_keep_the_prefix(name):
    tokenizer = with_template(model_of(BASES[name], "turns"), name=name).tokenizer
    before = [{"role": "system", "content": "Seja breve."}, *user_message("Oi"), *reply("Olá"), *user_message("Chegou?")]
    chat = encode(tokenizer, before, "Sim")
    text = tokenizer.decode(chat.ids)
    assert chat.is_prefix and text.count("Seja breve.") == 1 and text.index("Seja breve.") < text.index("Oi")


def test_the_setting_names_the_turn_tokens():
    odd = replace(BASES["gemma"], marks=("<a>",), stop="<b>")
    model = with_template(model_of(odd, "turns"), name="odd", turn=("<a>", "<b>"))
    assert model.tokenizer.decode(model.token_ids(user_message("Oi"), to_answer=True)) == "<bos><a>user\nOi<b>\n<a>assistant\n"
    assert model.tokenizer.eos_token == "<b>"


def test_turns_without_known_tokens_say_what_to_do():
    bare = replace(BASES["gemma"], marks=(), stop="<eos>")
    with pytest.raises(SettingsError, match=r"the vocabulary of bare has none of the known turn tokens .* lm\.turn"):
        with_template(model_of(bare, "turns"), name="bare")
    with pytest.raises(SettingsError, match=r"lm\.turn: the vocabulary of bare lacks <x>, <y>"):
        with_template(model_of(bare, "turns"), name="bare", turn=("<x>", "<y>"))


@pytest.mark.parametrize("template", ["chatml", "alpaca", "mistral", "r1", "plain"])
def test_our_templates_write_one_bos_on_a_model_that_has_one_and_record_new_tokens(template):
    model = with_template(model_of(BASES["gemma"], template), name="gemma")
    assert bos_count(model.tokenizer) == 1 and learned(model.tokenizer, "Olá")[0] == f"Olá{model.tokenizer.eos_token}"
    new = {"chatml": ("<|im_start|>", "<|im_end|>"), "mistral": ("[INST]", "[/INST]"), "r1": ("<｜User｜>", "<｜Assistant｜>")}
    assert model.added_tokens == new.get(template, ())


def test_a_bos_that_is_also_a_mark_is_not_written_again():
    smol = replace(BASES["chatml"], bos="<|im_start|>", marks=("<think>", "</think>"), end="<|im_end|>")
    tokenizer = with_template(model_of(smol, "turns"), name="smol").tokenizer
    assert tokenizer.decode(encode(tokenizer, user_message("Oi"), "Olá").ids).count("<|im_start|>") == 2, "one a turn"


def test_a_recorded_token_survives_saving(tmp_path):
    from tests.tiny import load

    with_template(model_of(BASES["gemma"], "chatml"), name="gemma").save(tmp_path / "base")
    assert load(tmp_path / "base").added_tokens == ("<|im_start|>", "<|im_end|>")


@pytest.mark.parametrize(
    ("template", "problem"),
    [
        (
            "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}",
            "drops the reply",
        ),
        ("{{ bos_token + bos_token }}{% for m in messages %}{{ m.content + eos_token }}{% endfor %}", "<bos> twice"),
        ("{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}", "writes no stop token <eos>"),
        (
            "{{ bos_token }}{{ messages | length }}{% for m in messages %}{{ m.content + eos_token }}{% endfor %}",
            "not the first tokens",
        ),
        ("{{ raise_exception('no chat') }}", r"cannot write a prompt and its reply \(no chat\)"),
    ],
    ids=["drops the reply", "two BOS", "no stop", "prompt is no prefix", "refuses"],
)
def test_a_broken_template_is_refused_with_the_way_out(template, problem):
    model = model_of(PUBLISHED["gemma3"], "native")
    model.tokenizer.chat_template = template
    with pytest.raises(CheckpointError, match=rf"lm\.template=native cannot be trained: .*{problem}.*set lm\.template to"):
        with_template(model, name="gemma")


def test_a_template_of_ours_without_the_expected_bos_is_a_problem_and_a_published_one_is_not():
    tokenizer = PUBLISHED["gemma3"].tokenizer()
    tokenizer.chat_template = tokenizer.chat_template.replace("{{- bos_token }}", "")
    tokenizer.eos_token = "<end_of_turn>"
    assert "leaves out the beginning-of-sequence token <bos>" in find_problem(tokenizer, user_message("Oi"), "Olá")
    assert find_problem(tokenizer, user_message("Oi"), "Olá", published=True) is None


def test_r1_loses_the_reasoning_of_a_reply_and_our_template_keeps_it():
    thought = "<think>12 dias</think>Sim"
    native = PUBLISHED["deepseek_r1"].tokenizer()
    assert find_problem(native, user_message("Oi"), thought) == "the chat template drops the reasoning of the reply"
    with pytest.raises(CheckpointError, match="not the first tokens of prompt and reply"):
        with_template(model_of(replace(PUBLISHED["deepseek_r1"], template="deepseek_r1_think"), "native"), name="r1")
    ours = with_template(model_of(PUBLISHED["deepseek_r1"], "r1"), name="r1")
    assert ours.added_tokens == () and learned(ours.tokenizer, thought)[0] == thought + "<｜end▁of▁sentence｜>"
