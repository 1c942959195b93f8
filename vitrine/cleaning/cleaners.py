"""Every source's cleaner, by name: its options, the tables it reads and the tables it makes.

cleaner = CLEANERS["alpaca"]
cleaner.clean({"instructions": frame}, min_chars=1).tables["instructions"]
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa
from pydantic import Field

from vitrine.cleaning import alpaca, amazon_titles, olist
from vitrine.cleaning.kept import Cleaned
from vitrine.settings import Settings
from vitrine.tables.instructions import INSTRUCTIONS
from vitrine.tables.listings import LISTINGS, RAW_LISTINGS
from vitrine.tables.olist import TABLES

PersonalData = tuple[Literal["email", "cnpj", "cpf", "phone", "cep"], ...]


class Olist(Settings):
    personal_data: PersonalData
    drop_score_titles: bool


class AmazonTitles(Settings):
    min_chars: int = Field(ge=0)
    personal_data: PersonalData


class Alpaca(Settings):
    min_chars: int = Field(ge=0)


class Options(Settings):
    """One block a source, in `clean.sources`."""

    olist: Olist
    amazon_titles: AmazonTitles
    alpaca: Alpaca


@dataclass(frozen=True, kw_only=True)
class Cleaner:
    clean: Callable[..., Cleaned]
    raw: Mapping[str, pa.Schema]
    made: Mapping[str, pa.Schema]


CLEANERS = {
    "olist": Cleaner(clean=olist.clean, raw=TABLES, made=TABLES),
    "amazon_titles": Cleaner(clean=amazon_titles.clean, raw={"listings": RAW_LISTINGS}, made={"listings": LISTINGS}),
    "alpaca": Cleaner(clean=alpaca.clean, raw={"instructions": INSTRUCTIONS}, made={"instructions": INSTRUCTIONS}),
}
