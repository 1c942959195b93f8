"""Runs and scores SQL replies: locked-down processes (sandbox, process, fork_server, worker), two engines and the judge.

Keep this file empty: each sandbox process imports the package and must not import the judge's parser with it.
"""
