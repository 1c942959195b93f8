"""BLEURT: a model trained on human judgements reads reference and answer together and returns one score.

    model = BLEURTModel(name="lucadiliello/BLEURT-20-D12", revision="…")
    model.measure()(["It is made by Quillon."], ["Quillon makes it."])      ->  [0.71]        about 0 to 1, but unbounded

BLEURT-20 and its distillations D3, D6 and D12 are published as TensorFlow graphs, and as PyTorch weights under the names of a
separate package. The architecture is RemBERT with one label, which `transformers` has: the weights are renamed, and the package
is not needed. Texts are cut at 300 words, as in ECInstruct's evaluation.
"""

from collections.abc import Iterator, Sequence

import sentencepiece
import torch
from tqdm import tqdm
from transformers import RemBertConfig, RemBertForSequenceClassification
from transformers.utils import cached_file

from vitrine.errors import CheckpointError
from vitrine.evaluation.likeness.model import BATCH, MAX_TOKENS, BLEURTModel, device, explain_missing

WORDS = 300
VOCABULARY = "spm.model"
RENAMED = {r"^bleurt\.": "rembert.", r"encoder\.embedding_projection\.": "encoder.embedding_hidden_mapping_in."}


class BLEURT:
    def __init__(self, settings: BLEURTModel) -> None:
        with explain_missing(settings, "benchmark.bleurt"):
            self.model = _model(settings)
            file = cached_file(settings.name, VOCABULARY, revision=settings.revision)
            self.tokenizer = sentencepiece.SentencePieceProcessor(model_file=file)
        self.cls, self.sep = (self.tokenizer.piece_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        self.max_length = min(MAX_TOKENS, self.model.config.max_position_embeddings)
        self.model.to(device()).eval()

    def scores(self, predicted: Sequence[str], gold: Sequence[str]) -> list[float]:
        """The score of each pair. The reference is read first; pairs of similar length are read together."""
        pairs = [self._tokens(*pair) for pair in zip(gold, predicted, strict=True)]
        order = sorted(range(len(pairs)), key=lambda pair: sum(map(len, pairs[pair])))
        scores: dict[int, float] = {}
        for start in tqdm(range(0, len(order), BATCH), desc="BLEURT", unit="batch", leave=False):
            batch = order[start : start + BATCH]
            scores |= zip(batch, self._score([pairs[pair] for pair in batch]), strict=True)
        return [scores[pair] for pair in range(len(pairs))]

    def _tokens(self, gold: str, predicted: str) -> tuple[list[int], list[int]]:
        """The tokens of a pair. If it is too long, tokens are cut from the end of the longer text."""
        one, other = (self.tokenizer.encode(_cut(text)) for text in (gold, predicted))
        while len(one) + len(other) > self.max_length - 3:
            (one if len(one) > len(other) else other).pop()
        return [self.cls, *one, self.sep], [*other, self.sep]

    def _score(self, pairs: Sequence[tuple[list[int], list[int]]]) -> Iterator[float]:
        width = max(len(one) + len(other) for one, other in pairs)
        tokens, segments, mask = torch.zeros(3, len(pairs), width, dtype=torch.long)
        for row, (one, other) in enumerate(pairs):
            length = len(one) + len(other)
            tokens[row, :length] = torch.tensor([*one, *other])
            segments[row, len(one) : length] = 1
            mask[row, :length] = 1
        inputs = {"input_ids": tokens, "token_type_ids": segments, "attention_mask": mask}
        with torch.inference_mode():
            scores = self.model(**{name: values.to(self.model.device) for name, values in inputs.items()}).logits
        yield from scores.float().flatten().tolist()


def _cut(text: str) -> str:
    words = text.split(maxsplit=WORDS)
    return text if len(words) <= WORDS else " ".join(words[:WORDS])


def _model(settings: BLEURTModel) -> RemBertForSequenceClassification:
    given, _ = RemBertConfig.get_config_dict(settings.name, revision=settings.revision)
    if given.get("model_type") != "bleurt" or not given.get("embedding_size"):
        raise CheckpointError(
            f"{settings.name} is not BLEURT-20 for PyTorch: benchmark.bleurt takes it or a distillation, such as BLEURT-20-D12"
        )
    given |= {"input_embedding_size": given["embedding_size"], "num_labels": 1, "bos_token_id": None, "eos_token_id": None}
    config = RemBertConfig(**{name: value for name, value in given.items() if name not in ("model_type", "architectures")})
    model, loading = RemBertForSequenceClassification.from_pretrained(
        settings.name, revision=settings.revision, config=config, key_mapping=RENAMED, output_loading_info=True
    )
    if missing := sorted(loading["missing_keys"]):
        raise CheckpointError(f"{settings.name} lacks {len(missing)} weights of BLEURT, for example {missing[0]}")
    return model
