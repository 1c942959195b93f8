"""Inference engines: one protocol (`engine`), and the settings that open an engine (`settings`)."""
