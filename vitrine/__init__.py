"""Vitrine: marketplace data in, a small language model of your own out."""

from vitrine import environment as environment
