"""Duplicates, exact and near: what makes two texts the same (dedup, shingles), and finding pairs among millions (minhash)."""
