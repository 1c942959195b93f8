"""Rules for a taxonomy: only the chosen languages, complete paths, and one id for each category of a file.

rules(options)["categories"]      # id, language, version, path, depth, parent
"""

import polars as pl

from vitrine.cleaning.lists import map_texts
from vitrine.cleaning.rules import Rules
from vitrine.cleaning.text import tidy_text
from vitrine.settings import Settings
from vitrine.tables.published.taxonomy import CATEGORIES, SEPARATOR


class Options(Settings):
    languages: tuple[str, ...]  # en-US, pt-BR, …; others are set aside


def rules(options: Options) -> dict[str, Rules]:
    names = pl.col("path").list.join(SEPARATOR)

    def tidy(rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.with_columns(path=map_texts(pl.col("path"), lambda name: tidy_text(name, ["entities", "control", "blanks"])))

    file = [pl.col("language"), pl.col("version")]
    categories = Rules(
        raw=CATEGORIES,
        output=CATEGORIES,
        id=["language", "version", "id"],
        tidy=tidy,
        aside=[
            (f"language is not one of {', '.join(options.languages)}", ~pl.col("language").is_in(options.languages)),
            ("its parent is not in the file", (pl.col("depth") > 1) & pl.col("parent").is_null()),
        ],
        unique=[
            ("id stands in an earlier row of its file", [*file, pl.col("id")]),
            ("path stands in an earlier row of its file", [*file, names]),
        ],
        counts={"roots": (pl.col("depth") == 1).sum()},
    )
    return {"categories": categories}
