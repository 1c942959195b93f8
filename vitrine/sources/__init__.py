"""Every source, by name. Adding one is a module, a block in conf/ and a line here.

SOURCES["olist"].load(From(origin="sample", path=None, rows=100, seed=7, selected=True)).tables["orders"]
"""

from vitrine.sources import alpaca, amazon_titles, olist
from vitrine.sources.source import From, Loaded, Source

SOURCES: dict[str, Source] = {source.name: source for source in (olist.SOURCE, amazon_titles.SOURCE, alpaca.SOURCE)}

__all__ = ["SOURCES", "From", "Loaded", "Source"]
