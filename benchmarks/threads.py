"""How threads should wait for work: training tokens/s of the tiny model, alone and beside one busy process.

python -m benchmarks.threads         # two minutes; the last line is one JSON object

A thread that spins is fast on an idle machine, but on a busy one it takes time from its sibling. A thread that sleeps at once
wakes up too late. `vitrine.environment` sets the best compromise.
"""

import argparse
import json
import os
import subprocess
import sys
from statistics import median

TRAIN = """
import time, torch
from vitrine.chat.template import TEMPLATES
from transformers import Qwen3Config, Qwen3ForCausalLM
torch.set_num_threads({threads})
torch.manual_seed(7)
shape = dict(hidden_size=128, num_hidden_layers=4, num_attention_heads=4, num_key_value_heads=2, head_dim=64)
tokens = dict(vocab_size=2048, pad_token_id=0, bos_token_id=None, eos_token_id=2)
model = Qwen3ForCausalLM(Qwen3Config(intermediate_size=384, tie_word_embeddings=True, **shape, **tokens))
optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
tokens = torch.randint(len(TEMPLATES["chatml"].special), 2048, (8, 160))
for step in range({steps}):
    if step == 3:
        started = time.perf_counter()
    model(input_ids=tokens, labels=tokens).loss.backward()
    optimizer.step()
    optimizer.zero_grad()
print(tokens.numel() * ({steps} - 3) / (time.perf_counter() - started))
"""
WAYS = {
    "one thread": (1, {}),
    "two, asleep at once": (2, {"OMP_WAIT_POLICY": "PASSIVE", "GOMP_SPINCOUNT": "0"}),
    "two, spinning": (2, {"OMP_WAIT_POLICY": "ACTIVE", "GOMP_SPINCOUNT": "infinity"}),
    "two, as vitrine sets it": (2, {}),
}
STEPS, RUNS = 30, 3


def rate(threads: int, env: dict[str, str]) -> float:
    process = subprocess.run(
        [sys.executable, "-c", TRAIN.format(threads=threads, steps=STEPS)],
        env=os.environ | env,
        capture_output=True,
        text=True,
        check=True,
    )
    return float(process.stdout.split()[-1])


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    rates: dict[str, dict[str, int]] = {}
    for situation in ("alone", "beside a busy process"):
        busy_process = subprocess.Popen([sys.executable, "-c", "while True: pass"]) if situation != "alone" else None
        try:
            rates[situation] = {name: round(median(rate(*way) for _ in range(RUNS))) for name, way in WAYS.items()}
        finally:
            if busy_process:
                busy_process.kill()
                busy_process.wait()
        print(json.dumps({situation: rates[situation]}), flush=True)
    print(json.dumps({"tokens_per_s": rates, "steps": STEPS, "runs": RUNS}))


if __name__ == "__main__":
    main()
