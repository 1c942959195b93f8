"""BERTScore: each token of a text is matched with the most similar token of the other.

    model = BERTScoreModel(name="roberta-large", revision="…", layer=17)
    model.measure()(["It is made by Quillon."], ["Quillon makes it."])      ->  [0.94]

Similarity is the cosine of the model's vectors at one layer. Special tokens such as [CLS] can be matches but are not averaged. F1
is the harmonic mean of the two means, without IDF weights and without rescaling. Compare figures of the same model and layer
only.
"""

from collections.abc import Sequence

import torch
from tqdm import tqdm
from transformers import AutoModel, AutoTokenizer

from vitrine.errors import CheckpointError
from vitrine.evaluation.likeness.model import BATCH, MAX_TOKENS, BERTScoreModel, device, explain_missing


class BERTScore:
    def __init__(self, settings: BERTScoreModel) -> None:
        with explain_missing(settings, "benchmark.bertscore"):
            self.tokenizer = AutoTokenizer.from_pretrained(settings.name, revision=settings.revision, trust_remote_code=False)
            self.model = AutoModel.from_pretrained(
                settings.name, revision=settings.revision, trust_remote_code=False, use_safetensors=True
            )
        if settings.layer > self.model.config.num_hidden_layers:
            raise CheckpointError(
                f"{settings.name} has {self.model.config.num_hidden_layers} layers, but benchmark.bertscore.layer is "
                f"{settings.layer}"
            )
        if self.tokenizer.pad_token is None:
            self.tokenizer.pad_token = self.tokenizer.eos_token
        self.layer, self.max_length = settings.layer, min(MAX_TOKENS, self.tokenizer.model_max_length)
        self.model.to(device()).eval()

    def f1(self, predicted: Sequence[str], gold: Sequence[str]) -> list[float]:
        """The score of each pair; 0 if one text is empty."""
        vectors = self._vectors(list(dict.fromkeys([*predicted, *gold])))
        return [_f1(*vectors[one], *vectors[other]) for one, other in zip(predicted, gold, strict=True)]

    def _vectors(self, texts: Sequence[str]) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        """For each text, the unit vectors of its tokens, and a mask of the tokens that are not special."""
        by_text = {}
        for start in tqdm(range(0, len(texts), BATCH), desc="BERTScore", unit="batch", leave=False):
            batch = texts[start : start + BATCH]
            inputs = self.tokenizer(
                list(batch),
                truncation=True,
                max_length=self.max_length,
                padding=True,
                return_special_tokens_mask=True,
                return_tensors="pt",
            )
            special = inputs.pop("special_tokens_mask").bool()
            with torch.inference_mode():
                vectors = self.model(**inputs.to(self.model.device), output_hidden_states=True).hidden_states[self.layer]
            vectors = torch.nn.functional.normalize(vectors.float().cpu(), dim=-1)
            for text, vector, mark, mask in zip(batch, vectors, special, inputs["attention_mask"].cpu().bool(), strict=True):
                by_text[text] = vector[mask], ~mark[mask]
        return by_text


def _f1(predicted: torch.Tensor, predicted_mask: torch.Tensor, gold: torch.Tensor, gold_mask: torch.Tensor) -> float:
    if not predicted_mask.any() or not gold_mask.any():
        return 0.0
    similarity = predicted @ gold.T
    precision = similarity.max(dim=1).values[predicted_mask].mean().item()
    recall = similarity.max(dim=0).values[gold_mask].mean().item()
    return 2 * precision * recall / (precision + recall) if precision + recall > 0 else 0.0
