"""SQL replies: a sandbox of locked-down processes (sandbox, process, fork_server, worker), its engines, and the judge.

This file stays empty: each sandbox process imports the package, and must not import the judge's parser with it.
"""
