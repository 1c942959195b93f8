"""The cleaning rules of every source, by name. To add one: a module, a block in conf/clean/ and two lines here.

rules = CLEANERS["alpaca"](options.alpaca)
rules["instructions"].output
"""

from collections.abc import Callable, Mapping
from typing import Any

from vitrine.cleaning.by_source import alpaca, amazon_titles, ecinstruct, olist, pave_br, products, taxonomy
from vitrine.cleaning.rules import Rules
from vitrine.settings import Settings


class Options(Settings):
    """`clean.sources`: one block for each source."""

    olist: olist.Options
    amazon_titles: amazon_titles.Options
    alpaca: alpaca.Options
    ecinstruct: ecinstruct.Options
    taxonomy: taxonomy.Options
    products: products.Options
    pave_br: pave_br.Options


CLEANERS: Mapping[str, Callable[[Any], dict[str, Rules]]] = {
    "olist": olist.rules,
    "amazon_titles": amazon_titles.rules,
    "alpaca": alpaca.rules,
    "ecinstruct": ecinstruct.rules,
    "taxonomy": taxonomy.rules,
    "products": products.rules,
    "pave_br": pave_br.rules,
}
