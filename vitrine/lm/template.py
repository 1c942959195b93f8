"""Gives a published model the chat template that `lm.template` names, and a stop token that the template writes.

    model = with_template(model, name="google/gemma-3-270m", turn=None)
    model.tokenizer.eos_token, model.added_tokens       # "<end_of_turn>", (): nothing is new
    model = with_template(model_with_chatml, name=…)    # added_tokens: ("<|im_start|>", "<|im_end|>")

Tokens that the vocabulary lacks are added, and recorded as untrained: a fine-tuning trains their rows or is refused. The
beginning-of-sequence token is written once, by the template; engines and trainers add none.
"""

import logging
from dataclasses import replace

from jinja2.exceptions import TemplateError

from vitrine.chat.mask import adds_bos, encode, find_problem
from vitrine.chat.messages import user_message
from vitrine.chat.template import NATIVE, TEMPLATES, TURNS, with_bos, without_bos
from vitrine.chat.turns import KNOWN, Turns, find_turns, pair
from vitrine.errors import CheckpointError, SettingsError
from vitrine.lm.model import Model

log = logging.getLogger(__name__)
PROMPT, REPLY = user_message("[SENTIMENTO] Oi"), "Olá"  # try a template before any data is there


def with_template(model: Model, *, name: str, turn: tuple[str, str] | None = None) -> Model:
    """`model` with its template, checked on one prompt and reply. `name` is for messages, `turn` for `lm.template=turns`."""
    if model.template == NATIVE:
        _keep_native(model, name)
    elif model.template == TURNS:
        _set_turns(model, _turns(model, name, turn))
    else:
        model = _set_ours(model)
    problem = find_problem(model.tokenizer, PROMPT, REPLY, published=model.template == NATIVE)
    if problem:
        raise CheckpointError(f"{name} with lm.template={model.template} cannot be trained: {problem}; {_ways_out(model)}")
    return model


def _keep_native(model: Model, name: str) -> None:
    """Keep the model's own template, and stop where it stops: some tokenizers name the end of a text, not of a turn."""
    tokenizer = model.tokenizer
    if tokenizer.chat_template is None:
        raise CheckpointError(f"{name} has no chat template of its own: {_ways_out(model)}")
    try:
        chat = encode(tokenizer, PROMPT, REPLY)
    except TemplateError:
        return  # `find_problem` says why
    special = {*tokenizer.all_special_ids, *tokenizer.get_added_vocab().values()}
    stop = next((token for token in chat.ids[chat.prompt :] if token in special), None)
    if stop is not None and tokenizer.eos_token_id not in chat.ids[chat.prompt :]:
        _stop_at(model, tokenizer.convert_ids_to_tokens(stop))


def _turns(model: Model, name: str, turn: tuple[str, str] | None) -> Turns:
    vocabulary = model.tokenizer.get_vocab()
    turns = pair(*turn) if turn else find_turns(vocabulary)
    if turns is None:
        known = "; ".join(" ".join(turns.tokens) for turns in KNOWN)
        raise SettingsError(
            f"lm.template=turns: the vocabulary of {name} has none of the known turn tokens ({known}); name two of its own in "
            "lm.turn, or set lm.template to alpaca or plain, which need none"
        )
    missing = [token for token in turns.tokens if token not in vocabulary]
    if missing:
        raise SettingsError(
            f"lm.turn: the vocabulary of {name} lacks {', '.join(missing)}; name tokens that it has, or leave lm.turn null"
        )
    return turns


def _set_turns(model: Model, turns: Turns) -> None:
    _set_text(model, turns.text(), turns.tokens)
    model.tokenizer.add_special_tokens({"additional_special_tokens": list(turns.tokens)})  # they have ids: none is added
    _stop_at(model, turns.stop)


def _set_ours(model: Model) -> Model:
    """One of our templates. Special tokens that the vocabulary lacks are added, untrained."""
    template, tokenizer = TEMPLATES[model.template], model.tokenizer
    needed = [token for token in template.special if token in template.text()]
    _set_text(model, template.text(), needed)
    missing = [token for token in needed if token not in tokenizer.get_vocab()]
    tokenizer.add_special_tokens({"additional_special_tokens": needed})
    if template.stop in needed:
        _stop_at(model, template.stop)
    if not missing:
        return model
    log.warning(
        "lm.template=%s adds %s to the vocabulary: they are untrained until the model is fine-tuned",
        template.name,
        ", ".join(missing),
    )
    rows = model.weights.get_input_embeddings().weight.shape[0]  # some models have spare ones
    if len(tokenizer) > rows:
        model.weights.resize_token_embeddings(len(tokenizer))
    return replace(model, added_tokens=tuple(missing))


def _set_text(model: Model, text: str, tokens: list[str] | tuple[str, ...]) -> None:
    """Set the template, with the beginning-of-sequence token if the model has one that is not also a mark or an end."""
    tokenizer = model.tokenizer
    own = tokenizer.bos_token and tokenizer.bos_token not in {tokenizer.eos_token, tokenizer.pad_token, *tokens}
    tokenizer.chat_template = with_bos(text) if adds_bos(tokenizer) or own else without_bos(text)


def _stop_at(model: Model, stop: str) -> None:
    """End replies with `stop`, in the tokenizer and in the model's configurations."""
    tokenizer, generation = model.tokenizer, model.weights.generation_config
    if tokenizer.eos_token == stop:
        return
    before = generation.eos_token_id
    ends = before if isinstance(before, list) else [] if before is None else [before]
    tokenizer.eos_token = stop
    stop_id = tokenizer.eos_token_id
    model.weights.config.eos_token_id = stop_id
    generation.eos_token_id = [stop_id, *(end for end in ends if end != stop_id)] if ends else stop_id


def _ways_out(model: Model) -> str:
    if model.template == NATIVE:
        return f"set lm.template to one of {', '.join([*TEMPLATES, TURNS])}"
    return f"set lm.template to another one of {', '.join([NATIVE, *TEMPLATES, TURNS])}"
