"""Scores a model on validation prompts during a training, and keeps the best checkpoint."""
