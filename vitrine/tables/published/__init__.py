"""Schemas of the raw and clean tables of each source."""
