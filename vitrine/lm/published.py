"""A pretrained model from wherever the settings say, with the vocabulary that they ask for.

    model, metrics = fetch(lm, load, read_rows)     # lm.origin: hub, folder or gguf

`read_rows` gives the rows of the training split; it is called only if the vocabulary is pruned.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vitrine.lm import folder, hub
from vitrine.lm.gguf import load as gguf
from vitrine.lm.model import Model
from vitrine.lm.prune import prune, training_texts
from vitrine.lm.settings import Folder, Gguf, Hub, Load


def fetch(
    lm: Hub | Folder | Gguf, load: Load, read_rows: Callable[[], Iterable[Mapping[str, Any]]]
) -> tuple[Model, dict[str, float]]:
    if isinstance(lm, Hub):
        model = hub.fetch(lm, load)
    elif isinstance(lm, Folder):
        model = folder.fetch(lm, load)
    else:
        model = gguf.fetch(lm, load)
    return prune(model, training_texts(model, read_rows()), size=lm.vocabulary) if lm.vocabulary else (model, {})
