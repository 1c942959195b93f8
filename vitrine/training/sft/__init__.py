"""Supervised fine-tuning on gold replies, with TRL's SFT trainer."""
