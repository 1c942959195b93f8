"""The same cleaning on a Ray cluster, for corpora that one machine does not hold.

An extra: nothing imports Ray before it is needed.
"""
