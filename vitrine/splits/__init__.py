"""Which rows belong together and which may not meet: splits by entity, contamination between them, stratified samples.

side("customer-17", seed=7, validation=0.05, test=0.15)     # entity.py: always the same answer
sides.split(rows, …)                                         # sides.py: train, validation and test share no entity and no text
"""
