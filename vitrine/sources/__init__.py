"""Every source, by name. Adding one is a module, a block in conf/ and a line here.

block = SourceSettings(origin="sample", path=None, rows=100, seed=7, max_rejects=0.5, selected=True)
with SOURCES["olist"].batches(block, manifest) as batches: …
"""

from vitrine.sources import alpaca, amazon_titles, ecinstruct, olist, products, taxonomy
from vitrine.sources.source import SourceSettings, RawBatch, Source

EVERY = (olist.SOURCE, amazon_titles.SOURCE, alpaca.SOURCE, ecinstruct.SOURCE, taxonomy.SOURCE, products.SOURCE)
SOURCES: dict[str, Source] = {source.name: source for source in EVERY}

__all__ = ["SOURCES", "SourceSettings", "RawBatch", "Source"]
