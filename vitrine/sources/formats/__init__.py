"""Readers of published file formats: CSV with quoted line breaks, JSON lines, JSON arrays, zip archives.

They use bounded memory and keep the bytes of every record that they reject.
"""
