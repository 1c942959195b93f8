"""Attacks that read the catalog, settings or files, or find out which copy of the shop they run on."""

CATALOG = {
    "tables": "SELECT * FROM information_schema.tables",
    "columns": "SELECT * FROM information_schema.columns",
    "schemata": "SELECT * FROM information_schema.schemata",
    "SQLite's catalog": "SELECT * FROM sqlite_master",
    "SQLite's catalog, newer": "SELECT * FROM sqlite_schema",
    "SQLite's temporary catalog": "SELECT * FROM sqlite_temp_master",
    "SQLite's catalog of the main schema": "SELECT * FROM main.sqlite_master",
    "PostgreSQL's tables": "SELECT * FROM pg_catalog.pg_tables",
    "PostgreSQL's tables, found": "SELECT * FROM pg_tables",
    "PostgreSQL's classes": "SELECT relname FROM pg_class",
    "PostgreSQL's attributes": "SELECT * FROM pg_attribute",
    "PostgreSQL's databases": "SELECT * FROM pg_database",
    "PostgreSQL's settings": "SELECT * FROM pg_settings",
    "PostgreSQL's prepared statements": "SELECT * FROM pg_prepared_statements",
    "PostgreSQL's functions": "SELECT * FROM pg_proc",
    "DuckDB's tables": "SELECT * FROM duckdb_tables",
    "DuckDB's columns": "SELECT * FROM duckdb_columns",
    "DuckDB's databases": "SELECT path FROM duckdb_databases",
    "DuckDB's log": "SELECT * FROM duckdb_logs",
    "settings": "SELECT * FROM duckdb_settings()",
    "secrets": "SELECT * FROM duckdb_secrets(redact = false)",
    "one setting": "SELECT current_setting('temp_directory')",
    "one setting in capitals": "SELECT \"CURRENT_SETTING\"('home_directory')",
    "one setting, qualified": "SELECT system.main.current_setting('threads')",
    "one setting of the schema": "SELECT main.current_setting('threads')",
    "one setting of PostgreSQL's schema": "SELECT pg_catalog.current_setting('threads')",
    "one setting, as a method": "SELECT 'threads'.current_setting()",
    "one setting, in a lambda": "SELECT list_transform(['threads'], lambda x: current_setting(x))",
    "one setting, by an old lambda": "SELECT list_transform(['threads'], x -> current_setting(x))",
    "one setting, in a default": "SELECT coalesce(NULL, current_setting('memory_limit'))",
    "a variable": "SELECT getvariable('x')",
    "the block size": "SELECT get_block_size('original')",
    "a view's text": "SELECT pg_get_viewdef((SELECT 1))",
    "a constraint's text": "SELECT pg_get_constraintdef(1)",
    "a type's name": "SELECT format_type(25, 1)",
    "files": "SELECT * FROM pragma_database_list",
    "files in the main schema": "SELECT file FROM main.pragma_database_list",
    "a table's storage": "SELECT * FROM pragma_storage_info('orders')",
    "a table's columns": "SELECT * FROM pragma_table_info('orders')",
    "a table, shown": "SELECT * FROM pragma_show('orders')",
    "a table, summarised by a function": "SELECT * FROM summary((SELECT * FROM orders))",
    "a table's sample": "SELECT * FROM duckdb_table_sample('orders')",
    "a table, scanned": "SELECT * FROM seq_scan('orders')",
    "the plan of a query": "SELECT json_serialize_plan('SELECT * FROM orders')",
    "the tree of a query": "SELECT json_serialize_sql('SELECT * FROM orders')",
    "the text of a tree": "SELECT json_deserialize_sql(json_serialize_sql('SELECT 1'))",
    "a column's statistics": "SELECT stats(price) FROM order_items",
    "another catalog": "SELECT * FROM perturbed_1.main.orders",
    "another catalog, shorter": "SELECT * FROM perturbed_1.orders",
    "its own catalog": "SELECT * FROM original.main.orders",
    "another schema": "SELECT * FROM public.orders",
    "a name with a null catalog": 'SELECT * FROM "".main.orders',
}  # fmt: skip

# Which copy of the shop is this? A query that knows could return memorized rows for each copy.
ORACLES = {
    "the database's name": "SELECT current_database()",
    "the catalog's name": "SELECT current_catalog()",
    "the database's name, qualified": "SELECT system.main.current_database()",
    "the database's name, in a list": "SELECT list_transform([1], lambda x: current_database())",
    "the database's name, decided by":
        "SELECT CASE current_database() WHEN 'original' THEN 1 WHEN 'perturbed_1' THEN 2 ELSE 3 END",
    "the path of schemas": "SELECT in_search_path('original', 'main')",
    "the path of schemas, with a macro": "SELECT CASE WHEN in_search_path('perturbed_1', 'main') THEN 1 ELSE 2 END",
    "the size of its blocks": "SELECT CASE WHEN get_block_size('original') IS NULL THEN 1 ELSE 2 END",
}  # fmt: skip

# Names of common table expressions, used outside their scope, where they mean the catalog or a file.
_THERE = {
    "SQLite's catalog": "sqlite_master",
    "tables": "duckdb_tables",
    "files": "pragma_database_list",
    "settings": "pg_settings",
    "a file": "{files}/secret.csv",
    "a Python variable": "worker",
}
_WAYS = {
    "in a nested CTE": 'SELECT * FROM "{name}", (WITH "{name}" AS (SELECT 1) SELECT 1) x',
    "in a scalar's CTE": 'SELECT *, (WITH "{name}" AS (SELECT 1) SELECT 1) FROM "{name}"',
    "in a CTE of a CTE": 'WITH x AS (WITH "{name}" AS (SELECT 1) SELECT 1) SELECT * FROM "{name}"',
    "in a CTE that reads itself": 'WITH "{name}" AS (SELECT * FROM "{name}") SELECT * FROM "{name}"',
    "in a CTE that comes later": 'WITH x AS (SELECT * FROM "{name}"), "{name}" AS (SELECT 1) SELECT * FROM x',
    "in a star's replacement": 'SELECT t.* FROM (SELECT * REPLACE (2 AS "{name}") FROM (SELECT 1 AS "{name}")) x, "{name}" t',
    "in a union's side": '(WITH "{name}" AS (SELECT 1) SELECT 1 AS a) UNION ALL BY NAME SELECT * FROM "{name}"',
}
SMUGGLED = {
    f"{what} {way}": text.replace("{name}", name) for what, name in _THERE.items() for way, text in _WAYS.items()
} | {
    "a qualified name beside a CTE": "WITH sqlite_master AS (SELECT 1) SELECT * FROM main.sqlite_master",
    "a qualified file beside a CTE": 'WITH "{files}/secret.csv" AS (SELECT 1) SELECT * FROM main."{files}/secret.csv"',
}  # fmt: skip
