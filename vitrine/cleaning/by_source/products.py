"""Rules for product metadata: tidy texts, the description as one text, the price as a number, one row for each product.

    rules(options)["products"]      # asin, title, brand, …, price 25.0

A price that is no number (a range, a fragment of the page) becomes null and is counted.
"""

import polars as pl

from vitrine.cleaning.lists import map_texts
from vitrine.cleaning.personal_data import count_placeholders, redact
from vitrine.cleaning.rules import Rules, TextOptions, lengths
from vitrine.cleaning.text import TREATMENTS, Treatments, tidy_text
from vitrine.tables.published.products import PRODUCTS, RAW_PRODUCTS

PRICE = r"^\$?\s*([0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?)$"
SCRIPT = r"getTime\(|function\s*\(|^\s*var "  # some pages of 2018 have a script in place of the title
BUY, VIEW = "also_buy", "also_view"


class Options(TextOptions):  # min_chars and max_chars of a title
    texts: Treatments = TREATMENTS


def rules(options: Options) -> dict[str, Rules]:
    title, price, asin = pl.col("title"), pl.col("price"), pl.col("asin")

    def tidied(text: pl.Expr) -> pl.Expr:
        return redact(tidy_text(text, options.texts), options.personal_data)

    def names(column: str) -> pl.Expr:
        """A list of tidied texts without the empty ones."""
        return map_texts(pl.col(column), lambda text: tidied(text).replace("", None)).fill_null([])

    def tidy(rows: pl.LazyFrame) -> pl.LazyFrame:
        brand, main = (tidied(pl.col(name)) for name in ("brand", "main_category"))
        number = price.str.strip_chars().str.extract(PRICE).str.replace_all(",", "", literal=True)
        return rows.with_columns(
            asin=asin.str.strip_chars(),
            title=tidied(title).fill_null(""),
            brand=pl.when(brand != "").then(brand),
            main_category=pl.when(main != "").then(main),
            categories=names("categories"),
            description=tidied(pl.col("description").list.join("\n")).fill_null(""),
            features=names("features"),
            price=number.cast(pl.Float64, strict=False),
            also_buy=pl.col(BUY).fill_null([]),
            also_view=pl.col(VIEW).fill_null([]),
        )

    has_price = pl.col("raw.price").str.strip_chars() != ""
    products = Rules(
        raw=RAW_PRODUCTS,
        output=PRODUCTS,
        id=["asin"],
        tidy=tidy,
        aside=[
            ("asin is empty", asin == ""),
            ("title is empty", title == ""),
            ("title is a script", title.str.contains(SCRIPT)),
            *lengths("title", options.min_chars, options.max_chars),
        ],
        unique=[("asin stands in an earlier row", [asin])],
        near=options.near("title", "description"),
        counts={
            "redacted": count_placeholders(title).sum() + count_placeholders(pl.col("description")).sum(),
            "prices_unread": (has_price & price.is_null()).sum(),
            "no_description": (pl.col("description") == "").sum(),
        },
    )
    return {"products": products}
