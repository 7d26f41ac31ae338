-- One row: a day and a way of handing over, or all: what was asked for, against what was handed over and how long that took.
-- key: day, way
-- reads: main.orders, main.interactions, marts.online_offline_sync, marts.reply_times, marts.loop_rules, quality.runs
-- columns:
--   day DATE: Day in the business's zone.
--   way VARCHAR: pick_up, delivery, unknown, or all.
--   orders BIGINT: Orders that were placed, cancelled ones included; for one way, those with a hand-over of it. [orders]
--   contacts BIGINT: Contacts of customers; for one way, of those who wait for a hand-over of it. [interactions]
--   waiting_contacts BIGINT: Contacts of customers who wait for a hand-over. [interactions]
--   asked BIGINT: Hand-overs of the orders that were placed. [hand-overs]
--   promised BIGINT: Hand-overs that were promised for the day. [hand-overs]
--   ready BIGINT: Hand-overs that became ready or were shipped. [hand-overs]
--   handed_over BIGINT: Hand-overs that were collected or delivered. [hand-overs]
--   cancelled BIGINT: Hand-overs that were cancelled. [hand-overs]
--   late BIGINT: Of those promised for the day, the ones that were not kept. [hand-overs]
--   waiting BIGINT: Hand-overs that were asked for and not made at the end of the day. [hand-overs]
--   lead_median_ms BIGINT: Half of those handed over on the day took no longer from the order. [ms]
--   lead_p90_ms BIGINT: The same of nine in ten. [ms]
--   coverage DOUBLE: Handed over and cancelled against asked, over this day and the 6 before: below 1 what waits grows. [ratio]
WITH rules AS (
    SELECT rules.timezone, runs.now FROM marts.loop_rules AS rules CROSS JOIN quality.runs AS runs
),
parts AS (
    SELECT
        one.fulfilment_id,
        one.order_id,
        one.customer_id,
        one.way,
        one.ordered_at,
        one.promised_at,
        least(one.ready_at, one.shipped_at) AS ready_at,
        CASE one.way WHEN 'delivery' THEN one.delivered_at ELSE coalesce(one.collected_at, one.delivered_at) END AS handed_at,
        CASE WHEN one.state = 'cancelled' THEN coalesce(orders.cancelled_at, one.ordered_at) END AS void_at,
        one.lead_ms,
        one.is_late
    FROM marts.online_offline_sync AS one
    LEFT JOIN main.orders AS orders USING (order_id)
),
happened AS (
    SELECT way, 'asked' AS what, ordered_at AS happened_at, NULL AS lead_ms, FALSE AS is_late FROM parts
    UNION ALL
    SELECT way, 'promised', promised_at, NULL, coalesce(is_late, FALSE) FROM parts
    UNION ALL
    SELECT way, 'ready', ready_at, NULL, FALSE FROM parts
    UNION ALL
    SELECT way, 'handed_over', handed_at, lead_ms, FALSE FROM parts
    UNION ALL
    SELECT way, 'cancelled', void_at, NULL, FALSE FROM parts WHERE handed_at IS NULL
    UNION ALL
    -- Of what nobody knows when it was asked for, nobody knows that it waited.
    SELECT way, 'left', coalesce(handed_at, void_at), NULL, FALSE FROM parts WHERE ordered_at IS NOT NULL
),
ordered AS (
    SELECT DISTINCT orders.order_id, orders.ordered_at AS happened_at, parts.way
    FROM main.orders AS orders
    LEFT JOIN parts USING (order_id)
    WHERE NOT orders.is_deleted AND NOT orders.is_test
),
contacts AS (
    SELECT one.interaction_id, one.customer_id, one.opened_at AS happened_at
    FROM marts.reply_times AS one
    SEMI JOIN main.interactions AS inbound
        ON inbound.interaction_id = one.interaction_id AND coalesce(inbound.direction, 'inbound') = 'inbound'
    WHERE one.opened_at IS NOT NULL
),
waited AS (
    SELECT DISTINCT contacts.interaction_id, contacts.happened_at, parts.way
    FROM contacts JOIN parts ON parts.customer_id = contacts.customer_id
    WHERE contacts.happened_at >= parts.ordered_at AND contacts.happened_at < coalesce(parts.handed_at, parts.void_at, TIMESTAMP '2100-01-01')
),
counted AS (
    SELECT
        day,
        CASE WHEN grouping(way) = 1 THEN 'all' ELSE way END AS way,
        count(*) FILTER (what = 'asked') AS asked,
        count(*) FILTER (what = 'promised') AS promised,
        count(*) FILTER (what = 'ready') AS ready,
        count(*) FILTER (what = 'handed_over') AS handed_over,
        count(*) FILTER (what = 'cancelled') AS cancelled,
        count(*) FILTER (is_late) AS late,
        count(*) FILTER (what = 'left') AS left_waiting,
        quantile_disc(lead_ms, 0.5) AS lead_median_ms,
        quantile_disc(lead_ms, 0.9) AS lead_p90_ms
    FROM (SELECT happened.*, CAST(timezone(rules.timezone, timezone('UTC', happened_at)) AS DATE) AS day FROM happened CROSS JOIN rules WHERE happened_at IS NOT NULL)
    GROUP BY GROUPING SETS ((day, way), (day))
),
asking AS (
    SELECT day, CASE WHEN grouping(way) = 1 THEN 'all' ELSE way END AS way, count(DISTINCT order_id) AS orders
    FROM (SELECT ordered.*, CAST(timezone(rules.timezone, timezone('UTC', happened_at)) AS DATE) AS day FROM ordered CROSS JOIN rules WHERE happened_at IS NOT NULL)
    GROUP BY GROUPING SETS ((day, way), (day))
),
contacting AS (
    SELECT CAST(timezone(rules.timezone, timezone('UTC', happened_at)) AS DATE) AS day, 'all' AS way, count(*) AS contacts
    FROM contacts CROSS JOIN rules GROUP BY ALL
),
worrying AS (
    SELECT day, CASE WHEN grouping(way) = 1 THEN 'all' ELSE way END AS way, count(DISTINCT interaction_id) AS waiting_contacts
    FROM (SELECT waited.*, CAST(timezone(rules.timezone, timezone('UTC', happened_at)) AS DATE) AS day FROM waited CROSS JOIN rules)
    GROUP BY GROUPING SETS ((day, way), (day))
),
-- Every day from the first order to the run's, or the last that anything was promised for before it.
calendar AS (
    SELECT unnest(generate_series(first_day, last_day, INTERVAL 1 DAY))::DATE AS day
    FROM (
        SELECT
            (SELECT min(day) FROM asking) AS first_day,
            (SELECT CAST(timezone(timezone, timezone('UTC', now)) AS DATE) FROM rules) AS last_day
    )
    WHERE first_day <= last_day
),
cells AS (
    SELECT calendar.day, ways.way FROM calendar CROSS JOIN (SELECT way FROM parts UNION SELECT 'all') AS ways
),
filled AS (
    SELECT
        cells.day,
        cells.way,
        coalesce(asking.orders, 0) AS orders,
        CASE cells.way WHEN 'all' THEN coalesce(contacting.contacts, 0) ELSE coalesce(worrying.waiting_contacts, 0) END AS contacts,
        coalesce(worrying.waiting_contacts, 0) AS waiting_contacts,
        coalesce(counted.asked, 0) AS asked,
        coalesce(counted.promised, 0) AS promised,
        coalesce(counted.ready, 0) AS ready,
        coalesce(counted.handed_over, 0) AS handed_over,
        coalesce(counted.cancelled, 0) AS cancelled,
        coalesce(counted.late, 0) AS late,
        coalesce(counted.left_waiting, 0) AS left_waiting,
        counted.lead_median_ms,
        counted.lead_p90_ms
    FROM cells
    LEFT JOIN counted USING (day, way)
    LEFT JOIN asking USING (day, way)
    LEFT JOIN contacting USING (day, way)
    LEFT JOIN worrying USING (day, way)
)
SELECT
    day,
    way,
    orders,
    contacts,
    waiting_contacts,
    asked,
    promised,
    ready,
    handed_over,
    cancelled,
    late,
    CAST(sum(asked - left_waiting) OVER (PARTITION BY way ORDER BY day) AS BIGINT) AS waiting,
    CAST(lead_median_ms AS BIGINT) AS lead_median_ms,
    CAST(lead_p90_ms AS BIGINT) AS lead_p90_ms,
    sum(handed_over + cancelled) OVER week / nullif(sum(asked) OVER week, 0) AS coverage
FROM filled
WINDOW week AS (PARTITION BY way ORDER BY day ROWS BETWEEN 6 PRECEDING AND CURRENT ROW)
