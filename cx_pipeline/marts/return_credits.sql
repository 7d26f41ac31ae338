-- One row: a return, refund or trade-in, and how long it took until the money went back.
-- key: return_id
-- order: opened_at, return_id
-- reads: main.returns, main.orders, marts.loop_rules, quality.runs
-- columns:
--   return_id VARCHAR: The return, as in main.returns.
--   order_id VARCHAR: Its order.
--   customer_id VARCHAR: Who ordered.
--   source_system VARCHAR: Tool that tells of it.
--   kind VARCHAR: return, refund or trade_in.
--   opened_at TIMESTAMP: When the customer asked for it. [UTC]
--   received_at TIMESTAMP: When the goods came back. [UTC]
--   credited_at TIMESTAMP: When the money went back. [UTC]
--   amount DECIMAL(18,4): What was paid back or credited. [currency]
--   currency VARCHAR: Its currency, ISO 4217.
--   receiving_ms BIGINT: From opened_at to received_at. [ms]
--   crediting_ms BIGINT: From opened_at, else received_at, to credited_at; to now while it is not credited. [ms]
--   state VARCHAR: credited, received (the goods are back, the money is not), waiting, or unknown (nothing was noted of when).
--   is_overdue BOOLEAN: True where it was not credited within credit_days; null where nobody knows.
WITH begun AS (
    SELECT one.*, orders.customer_id, coalesce(one.opened_at, one.received_at) AS begun_at, runs.now, rules.credit_days
    FROM main.returns AS one
    LEFT JOIN main.orders AS orders USING (order_id)
    CROSS JOIN quality.runs AS runs
    CROSS JOIN marts.loop_rules AS rules
    WHERE NOT one.is_deleted AND NOT one.is_test AND NOT coalesce(orders.is_deleted OR orders.is_test, FALSE)
)
SELECT
    return_id,
    order_id,
    customer_id,
    source_system,
    kind,
    opened_at,
    received_at,
    credited_at,
    amount,
    currency,
    CAST(epoch_ms(received_at) - epoch_ms(opened_at) AS BIGINT) AS receiving_ms,
    CAST(epoch_ms(coalesce(credited_at, now)) - epoch_ms(begun_at) AS BIGINT) AS crediting_ms,
    CASE
        WHEN credited_at IS NOT NULL THEN 'credited'
        WHEN received_at IS NOT NULL THEN 'received'
        WHEN opened_at IS NOT NULL THEN 'waiting'
        ELSE 'unknown'
    END AS state,
    CASE
        WHEN begun_at IS NULL THEN NULL
        ELSE coalesce(credited_at, now) > begun_at + to_days(CAST(credit_days AS INTEGER))
    END AS is_overdue
FROM begun
