"""Splits by entity, and contamination between splits.

split_of("customer-17", seed=7, validation=0.05, test=0.15)     # entity.py: always the same answer
splitting.split(rows, …)                                        # train, validation and test share no entity and no text
"""
