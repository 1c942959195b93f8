"""How much faster decoding is with `vitrine.lm.decoding`: tokens per second on a CPU, compared with transformers' own attention
and cache.

python -m benchmarks.decoding                    # an untrained model of the default size, whose replies never end; two minutes
python -m benchmarks.decoding --model models/sft # a trained model

Both decode the same prompts in turn, greedily and at temperature 0.9, and must give the same tokens. The last line is one JSON
object with medians over the rounds.
"""

import argparse
import json
import random
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from transformers.cache_utils import DYNAMIC_LAYER_TYPE_MAPPING, DynamicLayer

from vitrine.chat.messages import user_message
from vitrine.chat.template import TEMPLATES
from vitrine.engines.engine import Sampling
from vitrine.engines.transformers import TransformersEngine
from vitrine.lm import decoder, tokenizer
from vitrine.lm.decoding import GROUPED, PreallocatedCache
from vitrine.lm.model import Model
from vitrine.lm.settings import Load, Scratch
from vitrine.params import composition

PROMPTS, BATCH, SEED = 128, 128, 7
WAYS = {"library": ("sdpa", DynamicLayer), "ours": (GROUPED, PreallocatedCache)}
SAMPLINGS = {"greedy": Sampling(max_tokens=96), "sampled": Sampling(max_tokens=96, temperature=0.9, samples=4, seed=SEED)}


def untrained(folder: Path) -> Path:
    """A model of the pipeline's default size, with a tokenizer trained on invented words."""
    shape = Scratch.model_validate(composition([])["base"]["lm"])
    trained = tokenizer.train(texts(5000), TEMPLATES[shape.template], vocabulary=shape.vocabulary, context=shape.context)
    decoder.build(shape, trained, Load(), seed=SEED).save(folder)
    return folder


def texts(count: int) -> list[str]:
    rng = random.Random(SEED)
    syllables = [first + vowel for first in "bcdfglmnprstvz" for vowel in "aeiou"]
    words = ["".join(rng.choices(syllables, k=rng.randint(1, 5))) for _ in range(2000)]
    return [" ".join(rng.choices(words, k=rng.randint(10, 60))) for _ in range(count)]


def measure(folder: Path, rounds: int) -> dict[str, object]:
    engine = TransformersEngine(Model.load(folder, Load(device="cpu")), batch=BATCH)
    prompts = [user_message(text) for text in texts(PROMPTS)]
    rates: dict[tuple[str, str], list[float]] = {}
    replies: dict[tuple[str, str], list[str]] = {}
    for turn in range(rounds + 1):
        for way, (attention, layer) in WAYS.items():
            engine.weights.set_attn_implementation(attention)
            DYNAMIC_LAYER_TYPE_MAPPING["full_attention"] = layer
            for name, sampling in SAMPLINGS.items():
                started = time.perf_counter()
                answers = [answer for several in engine.answer(prompts, sampling) for answer in several]
                seconds = time.perf_counter() - started
                replies[way, name] = [answer.text for answer in answers]
                if turn:  # the first round is for warming up
                    rates.setdefault((way, name), []).append(sum(answer.tokens for answer in answers) / seconds)
    figures: dict[str, object] = {}
    for name in SAMPLINGS:
        library, ours = (median(rates[way, name]) for way in WAYS)
        same = [own == other for own, other in zip(replies["ours", name], replies["library", name], strict=True)]
        figures |= {
            f"{name}_tokens_per_s": round(ours),
            f"{name}_library_tokens_per_s": round(library),
            f"{name}_ratio": round(ours / library, 2),
            f"{name}_same": sum(same) / len(same),
        }
    return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="a folder with a model (default: an untrained model)")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    with TemporaryDirectory(prefix="vitrine-decoding-") as folder:
        print(json.dumps(measure(args.model or untrained(Path(folder)), args.rounds)))


if __name__ == "__main__":
    main()
