"""The tokenizer rebuilt from a GGUF file against llama.cpp's, and the pruned one against the whole.

python -m benchmarks.gguf_tokenizer models/pretrained/gemma-3-270m-q4_k_m.gguf data/chat
# {"texts": 500, "same": 499, …, "pruned_same": 0.95}

The texts are odd lines (emoji, tabs, blanks, other alphabets), then prompts and gold replies of the validation split. llama.cpp
comes from the wheel `xllamacpp`; without it only the pruned tokenizer is compared. Pieces are chosen from the training split.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

import httpx
import pyarrow.parquet as pq

from vitrine.lm.gguf.reader import open_gguf
from vitrine.lm.gguf.tokenizer import build
from vitrine.lm.prune import cut

ODD = [
    "",
    " ",
    "a  b   c    d",
    "\t\ttab\tulação\n\n\n\nfim\n",
    "  começa com espaços",
    "😀👍🏽 ótimo!!! 🇧🇷",
    "日本語と中文 и кириллица العربية",
    "R$ 1.234,56 em 10x de R$ 123,45",
    "ÁÉÍÓÚ àèìòù ãõ ç ü ñ",
    "x" * 200,
    '{"nota": 5, "texto": "chegou\\nrápido"}',
    "SELECT count(*) FROM pedidos WHERE uf = 'SP';",
    "linha\r\ncom\rretorno",
    "<b>negrito</b> & <i>itálico</i>",
    "\u200bzero\u00a0largura\ufeff",
]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path, help="a GGUF file")
    parser.add_argument("chat", type=Path, help="the folder with train.parquet and validation.parquet")
    parser.add_argument("--texts", type=int, default=500)
    parser.add_argument("--vocabulary", type=int, default=32_768)
    chosen = parser.parse_args()

    began = time.perf_counter()
    tokenizer = build(open_gguf(chosen.file))
    result: dict[str, object] = {"pieces": len(tokenizer), "seconds_to_build": round(time.perf_counter() - began, 1)}
    texts = (ODD + _texts(chosen.chat / "validation.parquet"))[: chosen.texts]
    ours = [tokenizer(text, add_special_tokens=False).input_ids for text in texts]
    theirs = _llama_cpp(chosen.file, texts)
    result["texts"] = len(texts)
    if theirs is not None:
        different = [text for text, own, other in zip(texts, ours, theirs, strict=True) if own != other]
        result |= {"same": len(texts) - len(different), "different": [text[:80] for text in different[:5]]}
    pruned = cut(tokenizer, _texts(chosen.chat / "train.parquet"), size=chosen.vocabulary)
    smaller, counts = pruned.tokenizer, pruned.counts
    unchanged = sum(smaller.tokenize(text) == tokenizer.tokenize(text) for text in texts)
    kept = smaller.get_vocab().keys()
    pieces = [piece for ids in ours for piece in tokenizer.convert_ids_to_tokens(ids)]
    result |= {key: round(value, 5) for key, value in counts.items()}
    result |= {
        "pruned_same": round(unchanged / len(texts), 4),
        "pruned_covered": round(sum(piece in kept for piece in pieces) / len(pieces), 5),
        "lossless": sum(smaller.decode(smaller(text, add_special_tokens=False).input_ids) == text for text in texts),
    }
    print(json.dumps(result, ensure_ascii=False))


def _texts(file: Path) -> list[str]:
    columns = pq.read_table(file, columns=["messages", "gold"]).to_pydict()
    pairs = zip(columns["messages"], columns["gold"], strict=True)
    return [text for messages, gold in pairs for text in (messages[-1]["content"], gold) if text]


def _llama_cpp(file: Path, texts: list[str]) -> list[list[int]] | None:
    """The token ids of llama.cpp, without a BOS; None if xllamacpp is not installed."""
    try:
        import xllamacpp as xl
    except ImportError:
        print("xllamacpp is not installed: the tokenizer is not compared with llama.cpp")
        return None
    with tempfile.TemporaryDirectory() as folder:
        params = xl.CommonParams()
        params.model.path, params.n_ctx, params.n_gpu_layers = str(file), 256, 0
        params.warmup, params.fit_params, params.verbosity = False, False, 1
        params.hostnames = [f"{folder}/llama.sock"]
        _server = xl.Server(params)  # it listens as long as this name holds it
        with httpx.Client(transport=httpx.HTTPTransport(uds=params.hostnames[0]), base_url="http://llama", timeout=60) as client:
            return [_tokens(client, text) for text in texts]


def _tokens(client: httpx.Client, text: str) -> list[int]:
    answer = client.post("/tokenize", json={"content": text, "add_special": False, "parse_special": True})
    return answer.raise_for_status().json()["tokens"]


if __name__ == "__main__":
    main()
