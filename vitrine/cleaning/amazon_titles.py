"""What AmazonTitles needs: readable texts, and only listings whose content says something that the title does not.

clean(raw, min_chars=40, personal_data=["email"]).tables["listings"]      # uid, title, content
"""

from collections.abc import Mapping, Sequence

import polars as pl

from vitrine.cleaning.dedup import repeated, repeated_key, same
from vitrine.cleaning.kept import Cleaned
from vitrine.cleaning.personal_data import mentions, redact
from vitrine.cleaning.text import tidy


def clean(raw: Mapping[str, pl.DataFrame], *, min_chars: int, personal_data: Sequence[str]) -> Cleaned:
    """The listings worth learning from, the rows set aside, and the counts."""
    listings = raw["listings"]
    frame = listings.select(
        "uid",
        title=redact(tidy(pl.col("title")), personal_data).fill_null(""),
        content=redact(tidy(pl.col("content")), personal_data).fill_null(""),
    )
    cleaned = Cleaned()
    cleaned.counts["redacted"] = frame.select(pl.sum_horizontal(mentions(pl.col("title", "content")).sum())).item()
    title, content = pl.col("title"), pl.col("content")
    reasons = [
        ("title is empty", title == ""),
        ("content is empty", content == ""),
        ("content repeats the title", same(title) == same(content)),
        (f"content is shorter than {min_chars} characters", content.str.len_chars() < min_chars),
        ("uid stands in an earlier row", repeated_key("uid")),
        ("title and content stand in an earlier row", repeated("title", "content")),
    ]
    cleaned.add("listings", listings, frame, reasons, id=["uid"])
    return cleaned
