"""Exact and near-duplicates: comparison of texts (dedup, shingles), search among millions (minhash), dropping rows (drop)."""
