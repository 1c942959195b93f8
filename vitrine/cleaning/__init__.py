"""From raw rows to clean ones: texts, personal data, duplicates, and the rules of each source.

tidy_text(pl.col("content"), TREATMENTS)    # a Polars expression: no Python loop over rows
run.clean(rules(options), raw, output)      # a source's tables, batch by batch; rows in = rows out + rows set aside with a reason
"""
