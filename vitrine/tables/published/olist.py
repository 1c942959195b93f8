"""The nine Olist tables as published on Kaggle, typed. `data/raw/olist/*.parquet`, `data/clean/olist/*.parquet`

Names are the publisher's, misspellings included. Ids and zip prefixes are text, because they have leading zeros.
`geolocation` has no key, because it is published with duplicate rows; it is empty if its file is missing.
"""

import pyarrow as pa

_TEXT, _INTEGER, _NUMBER, _TIME = pa.string(), pa.int32(), pa.float64(), pa.timestamp("us")

TABLES: dict[str, pa.Schema] = {
    "customers": pa.schema(
        [
            ("customer_id", _TEXT),
            ("customer_unique_id", _TEXT),
            ("customer_zip_code_prefix", _TEXT),
            ("customer_city", _TEXT),
            ("customer_state", _TEXT),
        ]
    ),
    "orders": pa.schema(
        [
            ("order_id", _TEXT),
            ("customer_id", _TEXT),
            ("order_status", _TEXT),
            ("order_purchase_timestamp", _TIME),
            ("order_approved_at", _TIME),
            ("order_delivered_carrier_date", _TIME),
            ("order_delivered_customer_date", _TIME),
            ("order_estimated_delivery_date", _TIME),
        ]
    ),
    "order_items": pa.schema(
        [
            ("order_id", _TEXT),
            ("order_item_id", _INTEGER),
            ("product_id", _TEXT),
            ("seller_id", _TEXT),
            ("shipping_limit_date", _TIME),
            ("price", _NUMBER),
            ("freight_value", _NUMBER),
        ]
    ),
    "order_payments": pa.schema(
        [
            ("order_id", _TEXT),
            ("payment_sequential", _INTEGER),
            ("payment_type", _TEXT),
            ("payment_installments", _INTEGER),
            ("payment_value", _NUMBER),
        ]
    ),
    "order_reviews": pa.schema(
        [
            ("review_id", _TEXT),
            ("order_id", _TEXT),
            ("review_score", _INTEGER),
            ("review_comment_title", _TEXT),
            ("review_comment_message", _TEXT),
            ("review_creation_date", _TIME),
            ("review_answer_timestamp", _TIME),
        ]
    ),
    "products": pa.schema(
        [
            ("product_id", _TEXT),
            ("product_category_name", _TEXT),
            ("product_name_lenght", _INTEGER),
            ("product_description_lenght", _INTEGER),
            ("product_photos_qty", _INTEGER),
            ("product_weight_g", _INTEGER),
            ("product_length_cm", _INTEGER),
            ("product_height_cm", _INTEGER),
            ("product_width_cm", _INTEGER),
        ]
    ),
    "sellers": pa.schema(
        [
            ("seller_id", _TEXT),
            ("seller_zip_code_prefix", _TEXT),
            ("seller_city", _TEXT),
            ("seller_state", _TEXT),
        ]
    ),
    "category_translation": pa.schema(
        [
            ("product_category_name", _TEXT),
            ("product_category_name_english", _TEXT),
        ]
    ),
    "geolocation": pa.schema(
        [
            ("geolocation_zip_code_prefix", _TEXT),
            ("geolocation_lat", _NUMBER),
            ("geolocation_lng", _NUMBER),
            ("geolocation_city", _TEXT),
            ("geolocation_state", _TEXT),
        ]
    ),
}
