"""What every training shares: schedule, optimizer, curves, and the run itself."""
