"""Reinforcement learning from the tasks' graders, by TRL's GRPO trainer."""
