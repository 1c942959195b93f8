"""What every training shares: its schedule, optimizer and curves."""
