"""Evaluation: graded answers to held-out prompts, with intervals, paired differences and controls."""
