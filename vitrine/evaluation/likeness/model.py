"""A model that compares texts: where it is from, and where it works. Torch is imported only when one is loaded.

    with explain_missing(reader, "benchmark.bertscore"):        what cannot be had is one sentence with the setting in it
        model = AutoModel.from_pretrained(reader.name, revision=reader.revision, trust_remote_code=False)
    model.to(device())

The model is a folder or a name on a hub; remote code is never run.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pydantic import Field

from vitrine.errors import CheckpointError, first_line
from vitrine.settings import Settings

Measure = Callable[[Sequence[str], Sequence[str]], list[float]]  # what was said and what is true, pair by pair

BATCH = 32
LONGEST = 512  # tokens; what comes after is not compared


class Model(Settings):
    name: str
    revision: str


class BERTScoreModel(Model):
    """The model of BERTScore, and which of its layers compares."""

    layer: int = Field(ge=1)

    def measure(self) -> Measure:
        from vitrine.evaluation.likeness.bertscore import BERTScore

        return BERTScore(self).f1


class BLEURTModel(Model):
    """The model of BLEURT."""

    def measure(self) -> Measure:
        from vitrine.evaluation.likeness.bleurt import BLEURT

        return BLEURT(self).scores


@contextmanager
def explain_missing(model: Model, setting: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise CheckpointError(
            f"{model.name} at revision {model.revision}, which compares answers, cannot be had ({first_line(error)}); "
            f"check {setting}, the network or HF_TOKEN, or set it to null"
        ) from error


def device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
