"""churn: one row per customer, as known at one moment. `data/facts/churn.parquet`

All columns except `churned` describe events before `snapshot`; `churned` means that no purchase followed within the window.
`side` is the customer's split. Train and validation rows are from the first snapshot, test rows from the second.
"""

import pyarrow as pa

CHURN = pa.schema(
    [
        ("customer_unique_id", pa.string()),
        ("side", pa.string()),
        ("snapshot", pa.timestamp("us")),
        ("state", pa.string()),  # of the last purchase
        ("orders", pa.int32()),
        ("items", pa.int32()),
        ("spend", pa.float64()),  # prices, without freight
        ("freight", pa.float64()),
        ("recency_days", pa.int32()),  # since the last purchase
        ("tenure_days", pa.int32()),  # since the first one
        ("delivered", pa.int32()),  # delivered orders; the others were in transit or never arrived
        ("late", pa.int32()),  # delivered orders that were late
        ("delivery_days", pa.float64()),  # mean over delivered orders
        ("categories", pa.int32()),
        ("category", pa.string()),  # with the most items; null: no item has a category
        ("payment_type", pa.string()),  # with the highest amount; null: nothing was paid yet
        ("installments", pa.int32()),  # maximum over payments
        ("reviews", pa.int32()),
        ("mean_score", pa.float64()),
        ("last_score", pa.int32()),
        ("churned", pa.bool_()),
    ]
)
