"""Settings of the models that compare texts. Torch is imported only when a model is loaded.

    with explain_missing(settings, "benchmark.bertscore"):        # an error is one sentence that names the setting
        model = AutoModel.from_pretrained(settings.name, revision=settings.revision, trust_remote_code=False)
    model.to(device())

The model is a folder or a name on a hub; remote code is never run.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from pydantic import Field

from vitrine.errors import CheckpointError, first_line
from vitrine.settings import Settings

Measure = Callable[[Sequence[str], Sequence[str]], list[float]]  # predicted texts, gold texts -> scores

BATCH = 32
MAX_TOKENS = 512  # longer texts are cut


class Model(Settings):
    name: str
    revision: str


class BERTScoreModel(Model):
    """The model of BERTScore, and the layer whose vectors are compared."""

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
            f"{model.name} at revision {model.revision}, which compares answers, cannot be loaded ({first_line(error)}); "
            f"check {setting}, the network or HF_TOKEN, or set it to null"
        ) from error


def device() -> str:
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"
