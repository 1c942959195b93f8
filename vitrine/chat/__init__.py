"""Chat templates and messages: the text that a model reads and writes. Training and serving import the same code."""
