"""Controls: what an answer earns that reads no prompt, or reads it without a language model. They stand beside every score."""
