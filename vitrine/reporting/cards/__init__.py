"""Data cards and model cards: what is inside, under whose licence."""
