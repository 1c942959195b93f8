"""Language models: the tokenizer and the decoder made from scratch, and checkpoints on disk."""
