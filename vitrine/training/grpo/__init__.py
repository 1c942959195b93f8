"""Reinforcement learning: TRL's GRPO trainer, rewarded by the tasks' graders."""
