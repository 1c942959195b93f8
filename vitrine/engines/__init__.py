"""Whatever answers prompts, behind one protocol: `local` runs a checkpoint with transformers, `scripted` is for tests."""
