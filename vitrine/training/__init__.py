"""Training: pretraining, supervised fine-tuning (SFT) and GRPO. Only this package imports TRL."""
