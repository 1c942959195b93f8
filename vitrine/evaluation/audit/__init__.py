"""The reward audit on graded answers: does a reward follow its task's metric, and is there anything left to learn?"""
