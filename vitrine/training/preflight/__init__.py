"""Preflight: what a training would need in memory and time, before it begins and without loading weights."""
