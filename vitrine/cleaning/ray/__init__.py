"""The same cleaning on a Ray cluster, for corpora that do not fit on one machine.

Ray is an extra: nothing imports it before it is needed.
"""
