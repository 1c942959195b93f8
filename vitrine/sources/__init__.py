"""All sources by name. To add one: a module here, a block in conf/ and a line in ALL.

settings = SourceSettings(origin="sample", path=None, rows=100, seed=7, max_rejects=0.5, selected=True)
with SOURCES["olist"].batches(settings, manifest) as batches: …
"""

from vitrine.sources import alpaca, amazon_titles, ecinstruct, olist, pave_br, products, taxonomy
from vitrine.sources.source import RawBatch, Source, SourceSettings

ALL = (olist.SOURCE, amazon_titles.SOURCE, alpaca.SOURCE, ecinstruct.SOURCE, taxonomy.SOURCE, products.SOURCE, pave_br.SOURCE)
SOURCES: dict[str, Source] = {source.name: source for source in ALL}

__all__ = ["SOURCES", "RawBatch", "Source", "SourceSettings"]
