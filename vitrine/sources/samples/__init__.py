"""Sample generators: each writes files in the published format of one source, quirks included, from a seed, at any size.

    olist.generate(folder, rows=12_000, seed=7)

The same seed gives the same bytes. A sample is read by the same reader as the real files.
"""
