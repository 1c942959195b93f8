"""Shared by every training: schedule, optimizer, learning curves and the run itself."""
