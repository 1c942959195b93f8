"""Whatever answers prompts, behind one protocol (`engine`), opened from settings (`settings`)."""
