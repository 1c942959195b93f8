"""From answers to scores: the runner, statistics (intervals, paired differences) and the scoreboard of the benchmark."""
