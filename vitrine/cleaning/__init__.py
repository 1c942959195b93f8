"""From raw rows to clean ones: text, personal data, duplicates, and what each source asks for.

texts(pl.col("content"))          an expression; no Python touches a row
cleaned = olist.clean(tables, …)  tables in, tables, quarantine and counts out
"""
