"""amazon_titles: generates `trn.json.gz` as AmazonTitles-1.3MM publishes it, one JSON object a line.

    generate(folder, rows=20_000, seed=7)
    {"uid":"B387420497","title":"Kestrel Canvas Backpack, 20 L","content":"This backpack by Kestrel is …","target_ind":[…],…}

Published quirks kept: undecoded HTML entities, tags, boilerplate, 46 % empty or short contents, contents that repeat the
title, titles in capitals, misspelt or bare numbers, doubled rows.
Some lines stand twice, once cut short (damage.py). It is written in chunks: memory does not grow with `rows`.
"""

from pathlib import Path
from string import Formatter

import numpy as np
import polars as pl
import pyarrow as pa
from tqdm import tqdm

from vitrine.sources.samples import amazon_phrases as said
from vitrine.sources.samples import damage
from vitrine.sources.samples.dialect import gzipped

CHUNK = 50_000  # rows made at once; part of what a seed means
MANY = 200_000  # rows from which a progress bar is worth its line
STEP = 387_420_489  # shares no factor with 10**9, so that uids do not repeat
VALUES = {
    "brand": said.BRANDS.replace("\n", "").split(","),
    "colour": said.COLOURS.split(","),
    "pack": said.PACKS.split(","),
    "audience": said.AUDIENCES.split(","),
}


def generate(folder: Path, *, rows: int, seed: int) -> None:
    """Write `rows` listings into `folder`/trn.json.gz."""
    folder.mkdir(parents=True, exist_ok=True)
    with gzipped(folder / "trn.json.gz") as file:
        for first in tqdm(range(0, rows, CHUNK), desc="amazon_titles", disable=None if rows > MANY else True):
            rng = np.random.default_rng([seed, first])
            frame = _chunk(rng, first, min(CHUNK, rows - first), rows)
            lines = frame.write_ndjson().encode()
            places = damage.chosen(rows=frame.height, seed=seed, of=f"amazon_titles {first}")
            copies = frame[places].write_ndjson().encode().splitlines() if places else []
            file.write(lines + b"".join(damage.cut(copy) + b"\n" for copy in copies))


def _named(title: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(title) if name]


def _described(title: str) -> list[str]:
    """The descriptions that name what `title` names."""
    named = _named(title)
    parts = [wording for name, wording in said.SAID.items() if name in named]
    worded = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    return [opening.replace("{said}", worded) + " {use}. {note}" for opening in said.OPENINGS]


DESCRIPTIONS = [_described(title) for title in said.TITLES]


def _chunk(rng: np.random.Generator, first: int, rows: int, whole: int) -> pl.DataFrame:
    shape = rng.integers(0, len(said.TITLES), rows)
    usual = rng.random(rows) < 0.7  # most titles of one shape open alike: what a model can learn
    opening = np.where(usual, shape % len(said.OPENINGS), rng.integers(0, len(said.OPENINGS), rows))
    frame = _attributes(rng, rows).with_columns(
        title=pl.Series(said.TITLES).gather(shape),
        content=pl.Series([text for texts in DESCRIPTIONS for text in texts]).gather(shape * len(said.OPENINGS) + opening),
        shape=pl.Series(shape),
    )
    frame = frame.with_columns(note=_note())
    written = frame.select(
        title=_filled("title", lower=False),
        content=_filled("content", lower=True),
    )
    return _published(rng, _blemished(rng, written), first, whole)


def _attributes(rng: np.random.Generator, rows: int) -> pl.DataFrame:
    """One value of every attribute for each row; material and size are of the product's own."""
    kind = rng.integers(0, len(said.PRODUCTS), rows)
    own = {}
    for name in ("materials", "sizes"):
        options = [getattr(item, name).split(",") for item in said.PRODUCTS]
        begin = np.cumsum([0] + [len(few) for few in options[:-1]])
        count = np.array([len(few) for few in options])
        pick = begin[kind] + (rng.random(rows) * count[kind]).astype(int)
        own[name[:-1]] = pl.Series([value for few in options for value in few]).gather(pick)
    free = {name: pl.Series(values).gather(rng.integers(0, len(values), rows)) for name, values in VALUES.items()}
    names, uses = pl.Series([item.name for item in said.PRODUCTS]), pl.Series([item.use for item in said.PRODUCTS])
    return pl.DataFrame({"product": names.gather(kind), "use": uses.gather(kind), **own, **free})


def _note() -> pl.Expr:
    """The last sentence: about the material or the audience, whichever the title names first."""
    named = {name: [i for i, title in enumerate(said.TITLES) if name in _named(title)] for name in ("material", "audience")}
    about = pl.lit("")
    for name in ("audience", "material"):
        about = pl.when(pl.col("shape").is_in(named[name])).then(name).otherwise(about)
    return about.replace_strict(said.NOTES, default="", return_dtype=pl.String)


def _filled(template: str, *, lower: bool) -> pl.Expr:
    text = pl.col(template)
    for name in ("use", "note", "product", "colour", "material", "size", "pack", "audience", "brand"):
        kept = not lower or name in ("use", "note", "size", "brand")
        text = text.str.replace(f"{{{name}}}", pl.col(name) if kept else pl.col(name).str.to_lowercase(), literal=True)
    return text


def _blemished(rng: np.random.Generator, frame: pl.DataFrame) -> pl.DataFrame:
    """Capitals, misspellings, bare numbers; empty, short and copied contents; boilerplate, tags and entities."""
    rows = frame.height
    how, what = pl.Series(rng.random(rows)), pl.Series(rng.random(rows))
    at = pl.Series(rng.integers(1, 8, rows))
    number = pl.Series(rng.integers(1, 2000, rows)).cast(pl.String)
    few = pl.Series(said.SHORT).gather(rng.integers(0, len(said.SHORT), rows))
    added = pl.Series([*said.BOILERPLATE, *said.LINKS]).gather(rng.integers(0, 5, rows))
    title, content = pl.col("title"), pl.col("content")
    swapped = pl.concat_str(title.str.slice(0, at), title.str.slice(at + 1, 1), title.str.slice(at, 1), title.str.slice(at + 2))
    titles = pl.when(how < 0.05).then(title.str.to_uppercase()).when(how < 0.09).then(swapped).when(how < 0.092).then(number)
    contents = (
        pl.when(what < 0.37).then(pl.lit("")).when(what < 0.44).then(few).when(what < 0.46).then(title)
        .when(what < 0.50).then(pl.concat_str(content, added))
    )  # fmt: skip
    frame = frame.with_columns(title=titles.otherwise(title)).with_columns(content=contents.otherwise(content))
    for letter, entity in said.ENTITIES.items():
        frame = frame.with_columns(pl.all().str.replace_all(letter, entity, literal=True))
    return frame


def _published(rng: np.random.Generator, frame: pl.DataFrame, first: int, whole: int) -> pl.DataFrame:
    """With uid and related items; one row in sixty says what the row before it says, some under the same uid."""
    rows = frame.height
    source = np.arange(rows)
    again = np.flatnonzero(rng.random(rows) < 1 / 60)
    source[again[again > 0]] -= 1
    number = np.arange(first, first + rows)
    same = again[(again > 0) & (rng.random(again.size) < 0.25)]
    number[same] -= 1
    uid = pl.Series(number * STEP % 10**9).cast(pl.String).str.zfill(9)
    count = rng.integers(0, 7, rows)
    offsets = pa.array(np.concatenate([[0], np.cumsum(count)]), pa.int32())
    near = pa.array(rng.integers(0, whole, int(count.sum())), pa.int32())
    close = pa.array(np.ones(len(near)))
    related = {"target_ind": pa.ListArray.from_arrays(offsets, near), "target_rel": pa.ListArray.from_arrays(offsets, close)}
    return pl.concat(
        [frame[source].select(pl.concat_str(pl.lit("B"), uid).alias("uid"), "title", "content"), pl.DataFrame(pa.table(related))],
        how="horizontal",
    )
