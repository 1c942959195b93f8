"""Schemas of the tables that sources are read into."""
