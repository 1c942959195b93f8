"""Answers to scores: the runner, statistics with intervals and paired differences, and the board that the benchmark writes."""
