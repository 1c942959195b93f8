"""What a model reads and writes: the chat template and the messages. Training and serving import the same code."""
