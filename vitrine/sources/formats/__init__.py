"""Readers of published file formats: CSV with quoted line breaks, JSON lines and arrays, archives.

In bounded memory, with the bytes of whatever is no record.
"""
