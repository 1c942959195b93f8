"""BLEURT: a model that was trained on people's judgements reads reference and answer together, and says one number.

    rater = BLEURTModel(name="lucadiliello/BLEURT-20-D12", revision="…")
    rater.measure()(["It is made by Quillon."], ["Quillon makes it."])      ->  [0.71]        about 0 to 1, and not bounded

Published as a TensorFlow graph, and as the same weights for PyTorch in the names of a package of its own (BLEURT-20 and its
distillations D3, D6 and D12). The architecture is RemBERT's with one label, which `transformers` has: its names are put in
place of theirs, and the package is not needed. Texts are cut at 300 words, as ECInstruct's publisher cuts both.
"""

from collections.abc import Iterator, Sequence

import sentencepiece
import torch
from tqdm import tqdm
from transformers import RemBertConfig, RemBertForSequenceClassification
from transformers.utils import cached_file

from vitrine.errors import CheckpointError
from vitrine.evaluation.likeness.model import BATCH, LONGEST, BLEURTModel, explain_missing, device

WORDS = 300
VOCABULARY = "spm.model"
RENAMED = {r"^bleurt\.": "rembert.", r"encoder\.embedding_projection\.": "encoder.embedding_hidden_mapping_in."}


class BLEURT:
    def __init__(self, rater: BLEURTModel) -> None:
        with explain_missing(rater, "benchmark.bleurt"):
            self.model = _model(rater)
            file = cached_file(rater.name, VOCABULARY, revision=rater.revision)
            self.pieces = sentencepiece.SentencePieceProcessor(model_file=file)
        self.begin, self.between = (self.pieces.piece_to_id(mark) for mark in ("[CLS]", "[SEP]"))
        self.longest = min(LONGEST, self.model.config.max_position_embeddings)
        self.model.to(device()).eval()

    def scores(self, said: Sequence[str], true: Sequence[str]) -> list[float]:
        """Of each pair, the reference read first; texts of alike lengths are read together."""
        pairs = [self._tokens(*pair) for pair in zip(true, said, strict=True)]
        order = sorted(range(len(pairs)), key=lambda place: sum(map(len, pairs[place])))
        found: dict[int, float] = {}
        for start in tqdm(range(0, len(order), BATCH), desc="BLEURT", unit="batch", leave=False):
            places = order[start : start + BATCH]
            found |= zip(places, self._read([pairs[place] for place in places]), strict=True)
        return [found[place] for place in range(len(pairs))]

    def _tokens(self, true: str, said: str) -> tuple[list[int], list[int]]:
        """The longer text loses its end first where both are too long together."""
        one, other = (self.pieces.encode(_cut(text)) for text in (true, said))
        while len(one) + len(other) > self.longest - 3:
            (one if len(one) > len(other) else other).pop()
        return [self.begin, *one, self.between], [*other, self.between]

    def _read(self, pairs: Sequence[tuple[list[int], list[int]]]) -> Iterator[float]:
        width = max(len(one) + len(other) for one, other in pairs)
        tokens, sides, there = torch.zeros(3, len(pairs), width, dtype=torch.long)
        for row, (one, other) in enumerate(pairs):
            whole = len(one) + len(other)
            tokens[row, :whole] = torch.tensor([*one, *other])
            sides[row, len(one) : whole] = 1
            there[row, :whole] = 1
        asked = {"input_ids": tokens, "token_type_ids": sides, "attention_mask": there}
        with torch.inference_mode():
            scores = self.model(**{name: values.to(self.model.device) for name, values in asked.items()}).logits
        yield from scores.float().flatten().tolist()


def _cut(text: str) -> str:
    words = text.split(maxsplit=WORDS)
    return text if len(words) <= WORDS else " ".join(words[:WORDS])


def _model(rater: BLEURTModel) -> RemBertForSequenceClassification:
    given, _ = RemBertConfig.get_config_dict(rater.name, revision=rater.revision)
    if given.get("model_type") != "bleurt" or not given.get("embedding_size"):
        raise CheckpointError(
            f"{rater.name} is no BLEURT-20 for PyTorch: benchmark.bleurt takes that and its distillations, as BLEURT-20-D12"
        )
    given |= {"input_embedding_size": given["embedding_size"], "num_labels": 1, "bos_token_id": None, "eos_token_id": None}
    config = RemBertConfig(**{name: value for name, value in given.items() if name not in ("model_type", "architectures")})
    model, loading = RemBertForSequenceClassification.from_pretrained(
        rater.name, revision=rater.revision, config=config, key_mapping=RENAMED, output_loading_info=True
    )
    if missing := sorted(loading["missing_keys"]):
        raise CheckpointError(f"{rater.name} lacks {len(missing)} weights of BLEURT, {missing[0]} among them")
    return model
