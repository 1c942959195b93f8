"""A pretrained model on four tasks: zero-shot, few-shot, fine-tuned, and compared with a baseline without a neural network."""
