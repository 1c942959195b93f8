"""Checks of what a model wrote. They know no task: text in, a fact about the text out.

A reply that holds no answer raises ParseError; a verifier that cannot work raises VerifierError; nothing else is raised.
"""
