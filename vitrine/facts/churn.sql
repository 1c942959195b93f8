-- Customer profiles at $snapshot, and whether the customer bought in the $days days after it.
--
-- Each event counts from its own time: a purchase when it is made, a payment when it is approved, a delivery when it
-- arrives, a review when it is answered. Each of the first four tables filters by that time, and the others read only
-- these four. `order_status` is not used: it is the status at the end of the data, so for an order in transit at $snapshot
-- it would reveal whether the order arrives. Money is added in whole cents, so that sums do not depend on thread order.
-- Each table has one row per customer before it is joined to another.

WITH bought AS (
    SELECT customer_unique_id, customer_state, order_id, order_purchase_timestamp AS bought_at
    FROM orders JOIN customers USING (customer_id)
    WHERE order_purchase_timestamp < $snapshot
),
arrived AS (
    SELECT customer_unique_id, bought_at, order_delivered_customer_date AS arrived_at, order_estimated_delivery_date AS due_at
    FROM bought JOIN orders USING (order_id)
    WHERE order_delivered_customer_date < $snapshot
),
paid AS (
    SELECT customer_unique_id, payment_type, payment_installments, round(payment_value * 100)::BIGINT AS cents
    FROM bought JOIN orders USING (order_id) JOIN order_payments USING (order_id)
    WHERE order_approved_at < $snapshot
),
reviewed AS (  -- a review of several orders counts once
    SELECT customer_unique_id, review_id, min(review_score) AS score, min(review_answer_timestamp) AS answered_at
    FROM bought JOIN order_reviews USING (order_id)
    WHERE review_answer_timestamp < $snapshot
    GROUP BY customer_unique_id, review_id
),

purchases AS (
    SELECT
        customer_unique_id,
        count(*) AS orders,
        date_sub('day', max(bought_at), $snapshot) AS recency_days,
        date_sub('day', min(bought_at), $snapshot) AS tenure_days,
        last(customer_state ORDER BY bought_at, order_id) AS state
    FROM bought
    GROUP BY customer_unique_id
),
deliveries AS (
    SELECT
        customer_unique_id,
        count(*) AS delivered,
        count(*) FILTER (arrived_at > due_at) AS late,
        sum(date_sub('day', bought_at, arrived_at)) / count(*) AS delivery_days
    FROM arrived
    GROUP BY customer_unique_id
),
items AS (
    SELECT
        customer_unique_id,
        product_category_name AS category,
        count(*) AS items,
        sum(round(price * 100)::BIGINT) AS cents,
        sum(round(freight_value * 100)::BIGINT) AS freight_cents
    FROM bought JOIN order_items USING (order_id) LEFT JOIN products USING (product_id)
    GROUP BY customer_unique_id, product_category_name
),
baskets AS (
    SELECT
        customer_unique_id,
        sum(items) AS items,
        sum(cents) / 100 AS spend,
        sum(freight_cents) / 100 AS freight,
        count(category) AS categories,
        first(category ORDER BY items DESC, category) FILTER (category IS NOT NULL) AS category
    FROM items
    GROUP BY customer_unique_id
),
payments AS (
    SELECT customer_unique_id, payment_type, sum(cents) AS cents, max(payment_installments) AS installments
    FROM paid
    GROUP BY customer_unique_id, payment_type
),
ways_to_pay AS (
    SELECT
        customer_unique_id,
        first(payment_type ORDER BY cents DESC, payment_type) AS payment_type,
        max(installments) AS installments
    FROM payments
    GROUP BY customer_unique_id
),
opinions AS (
    SELECT
        customer_unique_id,
        count(*) AS reviews,
        sum(score) / count(*) AS mean_score,
        last(score ORDER BY answered_at, review_id) AS last_score
    FROM reviewed
    GROUP BY customer_unique_id
),
returned AS (  -- any order counts, even if it was cancelled later
    SELECT DISTINCT customer_unique_id
    FROM orders JOIN customers USING (customer_id)
    WHERE order_purchase_timestamp > $snapshot AND order_purchase_timestamp <= $snapshot + to_days($days)
)

SELECT
    customer_unique_id,
    $snapshot AS snapshot,
    state,
    orders,
    coalesce(items, 0) AS items,
    coalesce(spend, 0) AS spend,
    coalesce(freight, 0) AS freight,
    recency_days,
    tenure_days,
    delivered,
    late,
    delivery_days,
    coalesce(categories, 0) AS categories,
    category,
    payment_type,
    installments,
    coalesce(reviews, 0) AS reviews,
    mean_score,
    last_score,
    customer_unique_id NOT IN (FROM returned) AS churned
FROM deliveries  -- customers without a delivery before $snapshot are not in the population
JOIN purchases USING (customer_unique_id)
LEFT JOIN baskets USING (customer_unique_id)
LEFT JOIN ways_to_pay USING (customer_unique_id)
LEFT JOIN opinions USING (customer_unique_id)
ORDER BY customer_unique_id
