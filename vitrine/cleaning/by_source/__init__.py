"""Every source's cleaning, by name. Adding one is a module, a block in conf/clean/ and two lines here.

rules = CLEANERS["alpaca"](options.alpaca)
rules["instructions"].made
"""

from collections.abc import Callable, Mapping
from typing import Any

from vitrine.cleaning.by_source import alpaca, amazon_titles, ecinstruct, olist, products, taxonomy
from vitrine.cleaning.rules import Rules
from vitrine.settings import Settings


class Options(Settings):
    """One block a source, in `clean.sources`."""

    olist: olist.Options
    amazon_titles: amazon_titles.Options
    alpaca: alpaca.Options
    ecinstruct: ecinstruct.Options
    taxonomy: taxonomy.Options
    products: products.Options


CLEANERS: Mapping[str, Callable[[Any], dict[str, Rules]]] = {
    "olist": olist.rules,
    "amazon_titles": amazon_titles.rules,
    "alpaca": alpaca.rules,
    "ecinstruct": ecinstruct.rules,
    "taxonomy": taxonomy.rules,
    "products": products.rules,
}
