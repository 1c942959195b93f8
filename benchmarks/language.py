"""How often `is_not` is wrong about real texts, how much it finds, and how fast it is; beside libraries that are installed.

python -m benchmarks.language en=data/clean/amazon_titles/listings.parquet:content pt=reviews.parquet:review_comment_message

Each word names a language and a column of texts that are in it. `alarms` is the share called foreign: wrong, but for the texts
that really are in another language, of which a few are printed. `found` is the share called "not Portuguese" of texts in
English, and the other way round; short texts are never called anything. A library calls a text foreign where its own
language has less than 1 % and the text 30 characters. py3langid and lingua are no dependencies: install them to compare.
The last line is one JSON object.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator

os.environ.setdefault("POLARS_MAX_THREADS", "1")

from time import process_time

import polars as pl

from vitrine.cleaning.language import WORDS, is_not

OTHER = {"en": "pt", "pt": "en"}
Judge = Callable[[list[str], str], list[bool]]
ENOUGH, SURE = 30, 0.01


def ours(texts: list[str], language: str) -> list[bool]:
    return pl.DataFrame({"text": texts}).select(is_not(pl.col("text"), [language])).to_series().to_list()


def judges() -> Iterator[tuple[str, int, Judge]]:
    """A name, how many texts it is given at most, and what it says of them."""
    yield "is_not", 1_000_000, ours
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        known = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        yield "py3langid", 2000, lambda texts, own: [len(t) >= ENOUGH and dict(known.rank(t)).get(own, 0) < SURE for t in texts]
    except ImportError:
        print("py3langid is not installed")
    try:
        from lingua import IsoCode639_1, Language, LanguageDetectorBuilder

        named = {name: Language.from_iso_code_639_1(getattr(IsoCode639_1, name.upper())) for name in WORDS}
        detector = LanguageDetectorBuilder.from_languages(*named.values()).with_preloaded_language_models().build()
        value = detector.compute_language_confidence
        yield "lingua", 2000, lambda texts, own: [len(t) >= ENOUGH and value(t, named[own]) < SURE for t in texts]
    except ImportError:
        print("lingua-language-detector is not installed")


def judged(judge: Judge, texts: list[str], language: str) -> dict[str, float | int]:
    started = process_time()
    alarms = judge(texts, language)
    seconds = process_time() - started
    for text in [text for text, foreign in zip(texts, alarms, strict=True) if foreign][:3]:
        print(f"   called not {language}: {text[:110]!r}")
    found = judge(texts, OTHER[language])
    return {
        "texts": len(texts),
        "alarms": round(sum(alarms) / len(texts), 5),
        "found": round(sum(found) / len(texts), 3),
        "per_second": round(len(texts) / max(seconds, 1e-9)),
    }


def main() -> None:
    columns = [(language, *where.rsplit(":", 1)) for language, _, where in (word.partition("=") for word in sys.argv[1:])]
    figures: dict[str, dict[str, dict[str, float | int]]] = {}
    for name, most, judge in judges():
        judge(["a sentence that loads what is loaded lazily"], "en")
        figures[name] = {}
        for language, file, column in columns:
            texts = pl.scan_parquet(file).select(pl.col(column).drop_nulls()).head(most).collect().to_series().to_list()
            figures[name][f"{language} {file}:{column}"] = judged(judge, texts, language)
            print(name, language, file, column, figures[name][f"{language} {file}:{column}"], flush=True)
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
