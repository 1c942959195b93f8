"""Generators of sample data: each writes one source's published format, quirks included, from a seed, at any size.

    olist.generate(folder, rows=12_000, seed=7)

Same seed, same bytes. The sample is then read by the loader that reads the real files.
"""
