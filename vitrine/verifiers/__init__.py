"""Checks of text that a model wrote, independent of any task: text in, a fact about the text out.

A reply without an answer raises ParseError; a verifier that cannot work raises VerifierError. No other error is raised.
"""
