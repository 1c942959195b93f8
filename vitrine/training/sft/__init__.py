"""Supervised fine-tuning: gold replies into a model, by TRL's SFT trainer."""
