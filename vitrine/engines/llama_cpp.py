"""The engine that answers from a GGUF file with llama.cpp.

    engine = LlamaCppEngine(prompt_reader(Path("models/sft")), Path("sft.gguf"), batch=8, threads=1, gpu_layers=0)
    engine.answer([user_message("Oi")], Sampling(max_tokens=16))[0][0].text

Prompts become tokens here, by the tokenizer and the chat template of the model folder; llama.cpp gets and returns token ids, so
its own reading of the template never matters. The same call gives the same answers: greedy prompts travel in one request, and
sampled ones in one request each with a seed of its own, so that no timing decides which replies are computed together.
"""

import hashlib
import json
import logging
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Any, Literal

from tqdm import tqdm
from transformers import AutoTokenizer

from vitrine.chat.messages import reply
from vitrine.chat.template import NATIVE
from vitrine.engines.engine import Answer, Prompt, Sampling
from vitrine.engines.llama_process import LlamaProcess, Server, require
from vitrine.errors import CheckpointError, SettingsError, first_line
from vitrine.lm.model import RECORD, Model
from vitrine.lm.settings import Load

log = logging.getLogger(__name__)

ALL_LAYERS = -1  # on a GPU, if this build of llama.cpp has one
PROMPTS_PER_REQUEST = 256
CONTEXT_STEP = 256  # llama.cpp rounds contexts up to it
PROBES = 48  # pieces of the vocabulary that are compared with the file's
FORCE = 1e6  # added to a logit, so that its token is chosen
# llama.cpp ends a reply at these too, whatever the file names as its stop token
OTHER_STOPS = {"<|im_end|>", "<|endoftext|>", "<end_of_turn>", "<|eot_id|>", "<|end|>", "<｜end▁of▁sentence｜>"}


def prompt_reader(folder: Path, load: Load) -> Model:
    """The tokenizer and the template of a model folder, without its weights."""
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        record = folder / RECORD
        template = json.loads(record.read_text())["template"] if record.exists() else NATIVE
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(f"{folder} holds no tokenizer, which engine.file needs beside it ({first_line(error)})") from error
    if tokenizer.chat_template is None:
        raise CheckpointError(f"{folder} has no chat template, which training and serving must share; save one with the model")
    return Model(None, tokenizer, template, load)


def open_engine(
    folder: Path, load: Load, *, file: str | None, weights: Literal["q8_0"] | None, batch: int, threads: int
) -> "LlamaCppEngine":
    """The engine for a model folder: from `file`, or from the folder's weights, converted into scratch."""
    if load.quantisation:
        raise SettingsError(
            "load.quantisation is for engine.name=transformers; with llama_cpp, set engine.weights=q8_0 or engine.file"
        )
    require("xllamacpp", "engine.name=llama_cpp")
    layers = 0 if load.device == "cpu" else ALL_LAYERS
    if file is not None:
        path = Path(file.replace("{model}", folder.name))
        return LlamaCppEngine(prompt_reader(folder, load), path, batch=batch, threads=threads, gpu_layers=layers)
    require("gguf", "engine.file=null")
    from vitrine.engines.gguf import write

    model = Model.load(folder, load.model_copy(update={"device": "cpu"}))
    scratch = TemporaryDirectory(prefix="vitrine-gguf-")
    path = Path(scratch.name) / f"{folder.name}.gguf"
    write(model, path, weights or load.dtype)
    engine = LlamaCppEngine(replace(model, weights=None), path, batch=batch, threads=threads, gpu_layers=layers)
    weakref.finalize(engine, scratch.cleanup)
    return engine


class LlamaCppEngine:
    def __init__(self, reader: Model, file: Path, *, batch: int, threads: int, gpu_layers: int) -> None:
        self.reader, self.tokenizer, self.batch = reader, reader.tokenizer, batch
        self.llama = LlamaProcess(file, threads=threads, gpu_layers=gpu_layers)
        with self.llama.serve(slots=1, context=CONTEXT_STEP) as server:
            model = server.get("/v1/models")["data"][0]["meta"]
            self.context, self.vocabulary = model["n_ctx_train"], model["n_vocab"]
            self._check_vocabulary(server)

    def _check_vocabulary(self, server: Server) -> None:
        """Refuse a file whose token ids mean something else than the tokenizer's."""
        known, file = len(self.tokenizer), self.llama.file
        if known > self.vocabulary:
            raise CheckpointError(
                f"{file} has {self.vocabulary} tokens and the model's tokenizer {known}: it was not made from this model"
            )
        ids = range(0, known, max(1, known // PROBES))
        ours = {token: self.tokenizer.decode([token]).strip() for token in ids}
        plain = {token: text for token, text in ours.items() if text and "\N{REPLACEMENT CHARACTER}" not in text}
        theirs = {token: server.post("/detokenize", {"tokens": [token]})["content"].strip() for token in plain}
        other = [token for token in plain if theirs[token] != plain[token]]
        if len(other) > len(plain) // 4:  # a few may differ: control tokens, pieces that begin with a space
            raise CheckpointError(
                f"{file} has another vocabulary: its token {other[0]} is {theirs[other[0]]!r}, the model's tokenizer "
                f"has {plain[other[0]]!r} there; convert the model again"
            )
        stop = server.get("/props").get("eos_token", "")
        if self.tokenizer.eos_token not in {stop, *OTHER_STOPS}:
            raise CheckpointError(f"{file} ends replies with {stop!r}, the model's tokenizer with {self.tokenizer.eos_token!r}")

    def answer(self, prompts: Sequence[Prompt], sampling: Sampling) -> list[list[Answer]]:
        ids = [self.reader.token_ids(prompt, to_answer=True, thinking=sampling.thinking) for prompt in prompts]
        if not ids:
            return []
        self._check_lengths(ids, sampling)
        greedy = sampling.temperature <= 0
        slots = min(self.batch, len(ids) if greedy else sampling.samples)
        answers: list[list[Answer]] = []
        with (
            self.llama.serve(slots=slots, context=self._context(ids, sampling.max_tokens)) as server,
            tqdm(total=len(ids), desc="answers", unit="prompt", disable=None, leave=False) as progress,
        ):
            for several in self._greedy(server, ids, sampling) if greedy else self._sampled(server, ids, sampling, slots):
                answers.append(several)
                progress.update()
        return answers

    def _greedy(self, server: Server, ids: list[list[int]], sampling: Sampling) -> Iterator[list[Answer]]:
        for start in range(0, len(ids), PROMPTS_PER_REQUEST):
            batch = ids[start : start + PROMPTS_PER_REQUEST]
            results = _list(server.post("/completion", self._request(sampling, prompt=batch)))
            for prompt, result in zip(batch, results, strict=True):
                yield [self._answer(server, prompt, result, sampling)] * sampling.samples

    def _sampled(self, server: Server, ids: list[list[int]], sampling: Sampling, slots: int) -> Iterator[list[Answer]]:
        """One request at a time: its replies are computed together, and their seeds follow each other."""
        for number, prompt in enumerate(ids):
            seed, answers = _seed(sampling.seed, number), list[Answer]()
            while (left := sampling.samples - len(answers)) > 0:
                own = {"seed": seed + len(answers), "n": min(left, slots), "prompt": prompt}
                answers += [
                    self._answer(server, prompt, result, sampling)
                    for result in _list(server.post("/completion", self._request(sampling, **own)))
                ]
            yield answers

    def _request(self, sampling: Sampling, **own: Any) -> dict[str, Any]:
        """Sets every parameter, so that no default of llama.cpp or of the file applies. The order is that of transformers."""
        return {
            "n_predict": sampling.max_tokens,
            "temperature": max(0.0, sampling.temperature),
            "top_k": sampling.top_k,
            "top_p": sampling.top_p,
            "samplers": ["temperature", "top_k", "top_p"],
            "repeat_penalty": 1.0,
            "stop": [] if sampling.logprobs else list(sampling.stop),
            "n_probs": int(sampling.logprobs),
            "return_tokens": True,
            "cache_prompt": False,
        } | own

    def _answer(self, server: Server, prompt: list[int], result: dict[str, Any], sampling: Sampling) -> Answer:
        if result["tokens_evaluated"] != len(prompt):
            raise CheckpointError(
                f"llama.cpp read {result['tokens_evaluated']} tokens of a prompt of {len(prompt)} from {self.llama.file}"
            )
        tokens, count = result["tokens"], result["tokens_predicted"]
        finished = result["stop_type"] in ("eos", "word")
        cut = result["stop_type"] == "word"  # then `tokens` are those before the stop string, perhaps with half a word
        text = result["content"] if cut else self.tokenizer.decode(tokens, skip_special_tokens=True)
        if not sampling.logprobs:
            return Answer(text=text, tokens=count, finished=finished)
        if stops := [stop for stop in sampling.stop if stop in text]:  # llama.cpp was not told of them, to get all tokens
            first = min(stops, key=text.index)
            text, finished = text[: text.index(first)], True
            count = next(n for n in range(1, count + 1) if first in self.tokenizer.decode(tokens[:n], skip_special_tokens=True))
        steps = result.get("completion_probabilities", [])
        if [step["id"] for step in steps] == tokens:
            logprobs = [step["logprob"] for step in steps[:count]]
        else:  # llama.cpp leaves out tokens that end within a character
            logprobs = [self._logprob(server, prompt + tokens[:n], tokens[n]) for n in range(count)]
        return Answer(text=text, tokens=count, finished=finished, logprobs=tuple(logprobs))

    def _check_lengths(self, ids: list[list[int]], sampling: Sampling) -> None:
        longest = max(map(len, ids))
        if longest >= self.context:
            raise CheckpointError(
                f"a prompt of {longest} tokens does not fit into the context of {self.llama.file}, which is {self.context} tokens"
            )
        tight = sum(len(prompt) + sampling.max_tokens > self.context for prompt in ids)
        if tight:
            log.warning("%d of %d replies may be cut at the context of %d tokens", tight, len(ids), self.context)

    def _context(self, ids: list[list[int]], more: int) -> int:
        needed = max(map(len, ids)) + more
        return min(self.context, -(-needed // CONTEXT_STEP) * CONTEXT_STEP)

    def losses(self, prompts: Sequence[Prompt], replies: Sequence[str]) -> list[float]:
        """The mean negative log-likelihood of each reply, in nats per token, up to and including the stop token.

        llama.cpp tells the log-probability of tokens that it chooses only, so each token of the reply is made the only choice.
        """
        if not prompts:
            return []
        stop = self.tokenizer.eos_token_id
        chats = []
        for prompt, text in zip(prompts, replies, strict=True):
            before = self.reader.token_ids(prompt, to_answer=True)
            chat = self.reader.token_ids([*prompt, *reply(text)], to_answer=False)
            chats.append((len(before), chat[: len(chat) - chat[::-1].index(stop)] if stop in chat[len(before) :] else chat))
        self._check_lengths([chat for _, chat in chats], Sampling(max_tokens=0))
        with self.llama.serve(slots=1, context=self._context([chat for _, chat in chats], 1)) as server:
            return [-fmean(self._logprob(server, chat[:n], chat[n]) for n in range(start, len(chat))) for start, chat in chats]

    def _logprob(self, server: Server, before: list[int], token: int) -> float:
        steps = self._forced(server, before, token, alternatives=1)
        if (
            not steps
        ):  # it ends within a character, and llama.cpp tells nothing of such tokens: look among the alternatives to another
            steps = self._forced(server, before, self.tokenizer.eos_token_id, alternatives=self.vocabulary)[0]["top_logprobs"]
        return next(float(step["logprob"]) for step in steps if step["id"] == token)

    def _forced(self, server: Server, before: list[int], token: int, *, alternatives: int) -> list[dict[str, Any]]:
        """The step in which `token` follows `before`, with the likeliest alternatives and their log-probabilities."""
        own = {"prompt": before, "logit_bias": [[token, FORCE]], "cache_prompt": True, "seed": 0, "n_probs": alternatives}
        result = server.post("/completion", self._request(Sampling(max_tokens=1), **own))
        if result["tokens"] != [token]:
            raise CheckpointError(f"llama.cpp chose {result['tokens']} instead of {token}, so {self.llama.file} has no losses")
        return list(result.get("completion_probabilities", []))


def _list(results: Any) -> list[dict[str, Any]]:
    return sorted(results, key=lambda result: result["index"]) if isinstance(results, list) else [results]


def _seed(seed: int, prompt: int) -> int:
    """A seed for each prompt, far from the next one's, since the samples of a prompt use consecutive ones."""
    return int.from_bytes(hashlib.sha256(f"{seed} {prompt}".encode()).digest()[:4], "big") // 2
