"""Texts with personal data in known places, for `benchmarks.personal_data`: how they are made, and three lists of formats."""
