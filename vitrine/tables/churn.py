"""churn: one row per customer, as the shop knew them at one moment. `data/facts/churn.parquet`

Every column but `churned` is of events before `snapshot`; `churned` is whether no purchase followed within the window.
`side` is the customer's side of the split. Train and validation rows are of the first snapshot, test rows of the second.
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
        ("delivered", pa.int32()),  # orders; the others were on their way, or never came
        ("late", pa.int32()),  # of the delivered orders
        ("delivery_days", pa.float64()),  # mean of the delivered orders
        ("categories", pa.int32()),
        ("category", pa.string()),  # most items; null: none of them has one
        ("payment_type", pa.string()),  # most money; null: nothing was paid yet
        ("installments", pa.int32()),  # the most of any payment
        ("reviews", pa.int32()),
        ("mean_score", pa.float64()),
        ("last_score", pa.int32()),
        ("churned", pa.bool_()),
    ]
)
