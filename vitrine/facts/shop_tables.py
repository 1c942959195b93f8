"""The tables and columns of the shop database for SQL questions.

SCHEMA.splitlines()[1]        "customers(customer_id, customer_unique_id, customer_city, customer_state)"
schema("order_reviews")       order_id: string, review_score: int32

Names are the publisher's, so queries work on the full tables too. Columns that no question needs are left out.
"""

import pyarrow as pa

from vitrine.tables.published import olist

COLUMNS: dict[str, list[str]] = {
    "orders": [
        "order_id",
        "customer_id",
        "order_status",
        "order_purchase_timestamp",
        "order_delivered_customer_date",
        "order_estimated_delivery_date",
    ],
    "customers": ["customer_id", "customer_unique_id", "customer_city", "customer_state"],
    "order_items": ["order_id", "product_id", "seller_id", "price", "freight_value"],
    "products": ["product_id", "product_category_name", "product_weight_g"],
    "sellers": ["seller_id", "seller_state"],
    "order_payments": ["order_id", "payment_type", "payment_installments", "payment_value"],
    "order_reviews": ["order_id", "review_score"],
}
SCHEMA = "\n".join(f"{table}({', '.join(columns)})" for table, columns in COLUMNS.items())


def schema(table: str) -> pa.Schema:
    """The columns of one table of the shop, typed as in the source."""
    return pa.schema([olist.TABLES[table].field(name) for name in COLUMNS[table]])
