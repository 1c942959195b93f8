"""BERTScore: how alike two texts are by what a model makes of their words, where other words may say the same.

    reader = Reader(name="roberta-large", revision="…", layer=17)
    Likeness(reader).f1(["It is made by Quillon."], ["Quillon makes it."])      ->  [0.94]
    headlines(reader)      each task's own metrics, and `bertscore` beside them where replies have a reference; None: without

Each word is matched with the most alike of the other text (cosine of the model's vectors at one layer), marks such as [CLS] count
as partners and not as words, and F1 is that of the two means; no weights by rarity, no rescaling. Figures compare where model and
layer are the same. The model is a folder or a name on a hub; remote code is never run.
"""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

import torch
from pydantic import Field
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from vitrine.errors import CheckpointError
from vitrine.evaluation.scoreboard import Headline
from vitrine.settings import Settings
from vitrine.tasks import TASKS
from vitrine.tasks.task import Task

BATCH = 32
LONGEST = 512  # tokens; what comes after is not compared


class Reader(Settings):
    """The model that compares, and which of its layers."""

    name: str
    revision: str
    layer: int = Field(ge=1)


def headlines(reader: Reader | None) -> dict[str, Headline]:
    """What the scoreboard calls for each task."""
    own: dict[str, Headline] = {name: task.headline for name, task in TASKS.items() if task.headline}
    if reader is None:
        return own
    likeness = Likeness(reader)
    return own | {name: _beside(TASKS[name], headline, likeness) for name, headline in own.items() if TASKS[name].comparable}


def _beside(task: Task, headline: Headline, likeness: "Likeness") -> Headline:
    def both(answers: list[Mapping[str, Any]]) -> Mapping[str, float]:
        words = [task.comparable(answer) if task.comparable else None for answer in answers]
        pairs = [(said, answer["gold"]) for said, answer in zip(words, answers, strict=True) if said is not None]
        found = likeness.f1([said for said, _ in pairs], [gold for _, gold in pairs])
        return {**headline(answers), **({"bertscore": fmean(found)} if found else {})}

    return both


class Likeness:
    def __init__(self, reader: Reader) -> None:
        try:
            self.words = AutoTokenizer.from_pretrained(reader.name, revision=reader.revision, trust_remote_code=False)
            self.model = AutoModel.from_pretrained(
                reader.name, revision=reader.revision, trust_remote_code=False, use_safetensors=True
            )
        except (OSError, ValueError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise CheckpointError(
                f"{reader.name} at revision {reader.revision}, which compares answers, cannot be had ({reason}); "
                "check benchmark.bertscore, the network or HF_TOKEN, or set it to null"
            ) from error
        if reader.layer > self.model.config.num_hidden_layers:
            raise CheckpointError(
                f"{reader.name} has {self.model.config.num_hidden_layers} layers, and benchmark.bertscore.layer is {reader.layer}"
            )
        if self.words.pad_token is None:
            self.words.pad_token = self.words.eos_token
        self.layer, self.longest = reader.layer, min(LONGEST, self.words.model_max_length)
        self.model.eval()

    def f1(self, said: Sequence[str], true: Sequence[str]) -> list[float]:
        """Of each pair; an empty text is like none."""
        read = self._read(list(dict.fromkeys([*said, *true])))
        return [_f1(*read[one], *read[other]) for one, other in zip(said, true, strict=True)]

    def _read(self, texts: Sequence[str]) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """Of each text a vector of length one for each token, and which of them are words of its own."""
        found = {}
        for start in tqdm(range(0, len(texts), BATCH), desc="comparing answers", unit="batch", leave=False):
            some = texts[start : start + BATCH]
            asked = self.words(
                list(some),
                truncation=True,
                max_length=self.longest,
                padding=True,
                return_special_tokens_mask=True,
                return_tensors="pt",
            )
            marks = asked.pop("special_tokens_mask").bool()
            with torch.inference_mode():
                vectors = self.model(**asked, output_hidden_states=True).hidden_states[self.layer].float()
            vectors = torch.nn.functional.normalize(vectors, dim=-1)
            for text, vector, mark, there in zip(some, vectors, marks, asked["attention_mask"].bool(), strict=True):
                found[text] = vector[there], ~mark[there]
        return found


def _f1(said: torch.Tensor, own: torch.Tensor, true: torch.Tensor, theirs: torch.Tensor) -> float:
    if not own.any() or not theirs.any():
        return 0.0
    alike = said @ true.T
    precision = alike.max(dim=1).values[own].mean().item()
    recall = alike.max(dim=0).values[theirs].mean().item()
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
