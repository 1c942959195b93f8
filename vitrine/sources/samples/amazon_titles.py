"""amazon_titles: generates `trn.json.gz` as AmazonTitles-1.3MM publishes it, one JSON object per line.

    generate(folder, rows=20_000, seed=7)
    {"uid":"B387420497","title":"Kestrel Canvas Backpack, 20 L","content":"This backpack by Kestrel is …","target_ind":[…],…}

Published quirks kept: undecoded HTML entities, tags, boilerplate, 46% empty or short contents, contents that repeat the
title, titles in capitals, with a typo or of digits only, duplicate rows. Some lines are followed by a truncated copy
(damage.py). Rows are written in chunks, so memory does not grow with `rows`.
"""

from pathlib import Path
from string import Formatter

import numpy as np
import polars as pl
import pyarrow as pa
from tqdm import tqdm

from vitrine.sources.samples import amazon_phrases as phrases
from vitrine.sources.samples import damage
from vitrine.sources.samples.dialect import gzipped

CHUNK = 50_000  # rows generated at a time; a change gives other rows for the same seed
SHOW_PROGRESS = 200_000  # above this many rows there is a progress bar
UID_STEP = 387_420_489  # coprime to 10**9, so uids do not repeat
VALUES = {
    "brand": phrases.BRANDS.replace("\n", "").split(","),
    "colour": phrases.COLOURS.split(","),
    "pack": phrases.PACKS.split(","),
    "audience": phrases.AUDIENCES.split(","),
}


def generate(folder: Path, *, rows: int, seed: int) -> None:
    """Write `rows` listings to `folder`/trn.json.gz."""
    folder.mkdir(parents=True, exist_ok=True)
    with gzipped(folder / "trn.json.gz") as file:
        for first in tqdm(range(0, rows, CHUNK), desc="amazon_titles", disable=None if rows > SHOW_PROGRESS else True):
            rng = np.random.default_rng([seed, first])
            frame = _chunk(rng, first, min(CHUNK, rows - first), rows)
            lines = frame.write_ndjson().encode()
            damaged = damage.damaged_rows(rows=frame.height, seed=seed, file=f"amazon_titles {first}")
            copies = frame[damaged].write_ndjson().encode().splitlines() if damaged else []
            file.write(lines + b"".join(damage.truncate(copy) + b"\n" for copy in copies))


def _slots(title: str) -> list[str]:
    """The attributes that a title template names."""
    return [name for _, name, _, _ in Formatter().parse(title) if name]


def _descriptions(title: str) -> list[str]:
    """The description templates that name the same attributes as `title`."""
    named = _slots(title)
    parts = [wording for name, wording in phrases.ATTRIBUTE_PHRASES.items() if name in named]
    attributes = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    return [opening.replace("{attributes}", attributes) + " {use}. {note}" for opening in phrases.OPENINGS]


DESCRIPTIONS = [_descriptions(title) for title in phrases.TITLES]


def _chunk(rng: np.random.Generator, first: int, rows: int, total: int) -> pl.DataFrame:
    template = rng.integers(0, len(phrases.TITLES), rows)
    usual = rng.random(rows) < 0.7  # most titles of a template share an opening: a model can learn it
    opening = np.where(usual, template % len(phrases.OPENINGS), rng.integers(0, len(phrases.OPENINGS), rows))
    frame = _attributes(rng, rows).with_columns(
        title=pl.Series(phrases.TITLES).gather(template),
        content=pl.Series([text for texts in DESCRIPTIONS for text in texts]).gather(template * len(phrases.OPENINGS) + opening),
        template=pl.Series(template),
    )
    frame = frame.with_columns(note=_note())
    written = frame.select(
        title=_fill("title", lower=False),
        content=_fill("content", lower=True),
    )
    return _with_ids(rng, _add_noise(rng, written), first, total)


def _attributes(rng: np.random.Generator, rows: int) -> pl.DataFrame:
    """One value of every attribute for each row; material and size depend on the product."""
    kind = rng.integers(0, len(phrases.PRODUCTS), rows)
    own = {}
    for name in ("materials", "sizes"):
        options = [getattr(product, name).split(",") for product in phrases.PRODUCTS]
        begin = np.cumsum([0] + [len(values) for values in options[:-1]])
        count = np.array([len(values) for values in options])
        pick = begin[kind] + (rng.random(rows) * count[kind]).astype(int)
        own[name[:-1]] = pl.Series([value for values in options for value in values]).gather(pick)
    free = {name: pl.Series(values).gather(rng.integers(0, len(values), rows)) for name, values in VALUES.items()}
    names, uses = (pl.Series([getattr(product, name) for product in phrases.PRODUCTS]) for name in ("name", "use"))
    return pl.DataFrame({"product": names.gather(kind), "use": uses.gather(kind), **own, **free})


def _note() -> pl.Expr:
    """The last sentence: about the material if the title names it, else about the audience, else a general one."""
    named = {name: [i for i, title in enumerate(phrases.TITLES) if name in _slots(title)] for name in ("material", "audience")}
    value = pl.lit("")
    for name in ("audience", "material"):
        value = pl.when(pl.col("template").is_in(named[name])).then(name).otherwise(value)
    return value.replace_strict(phrases.NOTES, default="", return_dtype=pl.String)


def _fill(template: str, *, lower: bool) -> pl.Expr:
    """Fill the slots of a column of templates; with `lower`, most values in lower case."""
    text = pl.col(template)
    for name in ("use", "note", "product", "colour", "material", "size", "pack", "audience", "brand"):
        unchanged = not lower or name in ("use", "note", "size", "brand")
        text = text.str.replace(f"{{{name}}}", pl.col(name) if unchanged else pl.col(name).str.to_lowercase(), literal=True)
    return text


def _add_noise(rng: np.random.Generator, frame: pl.DataFrame) -> pl.DataFrame:
    """Add quirks: capitals, typos, bare numbers; empty, short and copied contents; boilerplate, tags, entities."""
    rows = frame.height
    title_draw, content_draw = pl.Series(rng.random(rows)), pl.Series(rng.random(rows))
    position = pl.Series(rng.integers(1, 8, rows))
    number = pl.Series(rng.integers(1, 2000, rows)).cast(pl.String)
    short = pl.Series(phrases.SHORT).gather(rng.integers(0, len(phrases.SHORT), rows))
    added = pl.Series([*phrases.BOILERPLATE, *phrases.LINKS]).gather(rng.integers(0, 5, rows))
    title, content = pl.col("title"), pl.col("content")
    swapped = pl.concat_str(
        title.str.slice(0, position),
        title.str.slice(position + 1, 1),
        title.str.slice(position, 1),
        title.str.slice(position + 2),
    )
    titles = (
        pl.when(title_draw < 0.05)
        .then(title.str.to_uppercase())
        .when(title_draw < 0.09)
        .then(swapped)
        .when(title_draw < 0.092)
        .then(number)
    )
    contents = (
        pl.when(content_draw < 0.37).then(pl.lit("")).when(content_draw < 0.44).then(short).when(content_draw < 0.46).then(title)
        .when(content_draw < 0.50).then(pl.concat_str(content, added))
    )  # fmt: skip
    frame = frame.with_columns(title=titles.otherwise(title)).with_columns(content=contents.otherwise(content))
    for letter, entity in phrases.ENTITIES.items():
        frame = frame.with_columns(pl.all().str.replace_all(letter, entity, literal=True))
    return frame


def _with_ids(rng: np.random.Generator, frame: pl.DataFrame, first: int, total: int) -> pl.DataFrame:
    """Add uids and related items. One row in sixty repeats the row before it, a quarter of those with the same uid."""
    rows = frame.height
    source = np.arange(rows)
    repeats = np.flatnonzero(rng.random(rows) < 1 / 60)
    source[repeats[repeats > 0]] -= 1
    number = np.arange(first, first + rows)
    same_uid = repeats[(repeats > 0) & (rng.random(repeats.size) < 0.25)]
    number[same_uid] -= 1
    uid = pl.Series(number * UID_STEP % 10**9).cast(pl.String).str.zfill(9)
    count = rng.integers(0, 7, rows)
    offsets = pa.array(np.concatenate([[0], np.cumsum(count)]), pa.int32())
    neighbours = pa.array(rng.integers(0, total, int(count.sum())), pa.int32())
    relevance = pa.array(np.ones(len(neighbours)))
    related = {
        "target_ind": pa.ListArray.from_arrays(offsets, neighbours),
        "target_rel": pa.ListArray.from_arrays(offsets, relevance),
    }
    return pl.concat(
        [frame[source].select(pl.concat_str(pl.lit("B"), uid).alias("uid"), "title", "content"), pl.DataFrame(pa.table(related))],
        how="horizontal",
    )
