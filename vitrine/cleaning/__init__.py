"""From raw rows to clean ones: text, personal data, duplicates, and what each source asks for.

tidy(pl.col("content"))                      an expression; no Python touches a row
run.clean(rules(options), raw, made)         a source's tables, batch by batch; rows in = rows out + rows set aside with a reason
"""
