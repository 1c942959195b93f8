"""Vitrine: marketplace data in, a small language model of your own out."""

import os

from vitrine import environment as environment

if {"DVC_STAGE", "VITRINE_STARTER"} <= os.environ.keys():  # DVC has started ./stage, and may be killed during the imports
    from vitrine.processes import end_with_starter

    end_with_starter()
