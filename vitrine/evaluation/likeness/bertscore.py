"""BERTScore: each word of a text is matched with the most alike of the other.

    reader = BERTScoreModel(name="roberta-large", revision="…", layer=17)
    reader.measure()(["It is made by Quillon."], ["Quillon makes it."])      ->  [0.94]

Alike is the cosine of the model's vectors at one layer. Marks such as [CLS] count as partners and not as words, and F1 is that of
the two means; no weights by rarity, no rescaling. Figures compare where model and layer are the same.
"""

from collections.abc import Sequence

import torch
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from vitrine.errors import CheckpointError
from vitrine.evaluation.likeness.model import BATCH, LONGEST, BERTScoreModel, explain_missing, device


class BERTScore:
    def __init__(self, reader: BERTScoreModel) -> None:
        with explain_missing(reader, "benchmark.bertscore"):
            self.words = AutoTokenizer.from_pretrained(reader.name, revision=reader.revision, trust_remote_code=False)
            self.model = AutoModel.from_pretrained(
                reader.name, revision=reader.revision, trust_remote_code=False, use_safetensors=True
            )
        if reader.layer > self.model.config.num_hidden_layers:
            raise CheckpointError(
                f"{reader.name} has {self.model.config.num_hidden_layers} layers, and benchmark.bertscore.layer is {reader.layer}"
            )
        if self.words.pad_token is None:
            self.words.pad_token = self.words.eos_token
        self.layer, self.longest = reader.layer, min(LONGEST, self.words.model_max_length)
        self.model.to(device()).eval()

    def f1(self, said: Sequence[str], true: Sequence[str]) -> list[float]:
        """Of each pair; an empty text is like none."""
        read = self._read(list(dict.fromkeys([*said, *true])))
        return [_f1(*read[one], *read[other]) for one, other in zip(said, true, strict=True)]

    def _read(self, texts: Sequence[str]) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """Of each text a vector of length one for each token, and which of them are words of its own."""
        found = {}
        for start in tqdm(range(0, len(texts), BATCH), desc="BERTScore", unit="batch", leave=False):
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
                vectors = self.model(**asked.to(self.model.device), output_hidden_states=True).hidden_states[self.layer]
            vectors = torch.nn.functional.normalize(vectors.float().cpu(), dim=-1)
            for text, vector, mark, there in zip(some, vectors, marks, asked["attention_mask"].cpu().bool(), strict=True):
                found[text] = vector[there], ~mark[there]
        return found


def _f1(said: torch.Tensor, own: torch.Tensor, true: torch.Tensor, theirs: torch.Tensor) -> float:
    if not own.any() or not theirs.any():
        return 0.0
    alike = said @ true.T
    precision = alike.max(dim=1).values[own].mean().item()
    recall = alike.max(dim=0).values[theirs].mean().item()
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
