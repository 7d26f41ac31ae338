-- One row: a hand-over, a pick-up in a shop or a delivery: promised, ready, told, collected, and what the shops saw of it. Of several
-- records of the same hand-over the one that tells most holds: its own, else the order's, else a visit that fetched it.
-- key: fulfilment_id
-- order: ordered_at, fulfilment_id
-- reads: main.fulfilments, main.fulfilment_events, main.orders, main.interactions, main.call_legs, marts.reply_times,
--   marts.loop_rules, quality.runs
-- columns:
--   fulfilment_id VARCHAR: The hand-over, as in main.fulfilments.
--   order_id VARCHAR: Its order.
--   customer_id VARCHAR: Who ordered.
--   source_system VARCHAR: Tool that tells of it.
--   way VARCHAR: pick_up, delivery, or unknown.
--   location_id VARCHAR: The shop, pick-up point or warehouse.
--   ordered_at TIMESTAMP: When the order was placed. [UTC]
--   promised_at TIMESTAMP: For when it was promised first. [UTC]
--   ready_at TIMESTAMP: When the customer was told that it lies ready. [UTC]
--   shipped_at TIMESTAMP: When it left. [UTC]
--   delivered_at TIMESTAMP: When it arrived. [UTC]
--   collected_at TIMESTAMP: When it was picked up, as the order's system says, else as the shop does. [UTC]
--   delay_notified_at TIMESTAMP: When the customer was first told of a delay. [UTC]
--   kept_at TIMESTAMP: When the promise was kept: ready or picked up, or delivered. [UTC]
--   ready_ms BIGINT: From ordered_at to ready_at. [ms]
--   lead_ms BIGINT: From ordered_at until it was in the customer's hands. [ms]
--   late_ms BIGINT: From promised_at to kept_at, or to now while it is not kept; null where it was in time. [ms]
--   visits BIGINT: Visits to a shop to fetch it. [visits]
--   visits_in_vain BIGINT: Those that went without it. [visits]
--   first_visit_at TIMESTAMP: When the customer first came for it. [UTC]
--   in_shop_ms BIGINT: Time in the shop over these visits, where both ends were noted. [ms]
--   shop_collected_at TIMESTAMP: When it was picked up as the shop says. [UTC]
--   difference_ms BIGINT: shop_collected_at less the order system's collected_at. [ms]
--   calls_on_arrival BIGINT: Calls of the customer to a shop's line within arrival_minutes of coming for it. [calls]
--   wait_on_arrival_ms BIGINT: Time in queues and on hold in them. [ms]
--   state VARCHAR: cancelled, collected, delivered, ready, shipped or open.
--   is_late BOOLEAN: True where the promise was not kept; null where nobody knows, or it was cancelled.
--   is_late_without_notice BOOLEAN: True where it was late and the customer was not told before it was there.
--   is_told_too_early BOOLEAN: True where the customer was told that it is ready, came, and went without it.
--   is_out_of_step BOOLEAN: True where the shop says that it was picked up and the order's system does not.
WITH rules AS (
    SELECT rules.*, runs.now FROM marts.loop_rules AS rules CROSS JOIN quality.runs AS runs
),
records AS (
    SELECT
        one.*,
        orders.customer_id,
        orders.ordered_at,
        orders.cancelled_at,
        CASE
            WHEN visits.interaction_id IS NOT NULL THEN 3
            WHEN orders.source_entity = one.source_entity AND orders.source_id = one.source_id THEN 2
            ELSE 1
        END AS rank,
        visits.opened_at AS entered_at,
        visits.closed_at AS left_at
    FROM main.fulfilments AS one
    LEFT JOIN main.orders AS orders USING (order_id)
    LEFT JOIN (
        SELECT source_system, source_entity, source_id, min(interaction_id) AS interaction_id, min(opened_at) AS opened_at, max(closed_at) AS closed_at
        FROM main.interactions WHERE kind = 'visit' GROUP BY ALL
    ) AS visits
        ON visits.source_system = one.source_system AND visits.source_entity = one.source_entity AND visits.source_id = one.source_id
    WHERE NOT one.is_deleted AND NOT one.is_test AND NOT coalesce(orders.is_deleted OR orders.is_test, FALSE)
),
best AS (
    SELECT order_id, min(rank) AS rank, arg_min(fulfilment_id, (rank, coalesce(method IN ('shipping', 'local'), FALSE), fulfilment_id)) AS pick_up_id
    FROM records WHERE order_id IS NOT NULL GROUP BY ALL
),
-- One for each record of the best kind; of visits alone, one for each order.
rows AS (
    SELECT records.*
    FROM records LEFT JOIN best USING (order_id)
    WHERE records.order_id IS NULL OR (records.rank = best.rank AND (records.rank < 3 OR records.fulfilment_id = best.pick_up_id))
),
parts AS (
    SELECT order_id, count(*) AS parts FROM rows WHERE order_id IS NOT NULL GROUP BY ALL
),
steps AS (
    SELECT
        coalesce(rows.fulfilment_id, only_one.fulfilment_id) AS fulfilment_id,
        min(event.occurred_at) FILTER (event.kind = 'ready') AS ready_at,
        min(event.occurred_at) FILTER (event.kind = 'shipped') AS shipped_at,
        min(event.occurred_at) FILTER (event.kind = 'delivered') AS delivered_at,
        min(event.occurred_at) FILTER (event.kind = 'collected') AS collected_at,
        min(event.occurred_at) FILTER (event.kind = 'delayed') AS delayed_at,
        arg_min(event.promised_at, (event.occurred_at, event.event_id)) FILTER (event.promised_at IS NOT NULL) AS promised_at
    FROM main.fulfilment_events AS event
    LEFT JOIN rows ON rows.fulfilment_id = event.fulfilment_id
    -- A step of a record that gave way is of the order's only hand-over, where there is but one.
    LEFT JOIN (SELECT rows.order_id, rows.fulfilment_id FROM rows JOIN parts USING (order_id) WHERE parts = 1) AS only_one
        ON only_one.order_id = event.order_id AND rows.fulfilment_id IS NULL
    WHERE NOT event.is_deleted AND NOT event.is_test
    GROUP BY ALL
),
came AS (
    SELECT
        coalesce(best.pick_up_id, records.fulfilment_id) AS fulfilment_id,
        records.entered_at,
        records.left_at,
        records.collected_at
    FROM records LEFT JOIN best USING (order_id)
    WHERE records.rank = 3
),
seen AS (
    SELECT
        fulfilment_id,
        count(*) AS visits,
        count(*) FILTER (collected_at IS NULL) AS visits_in_vain,
        min(entered_at) AS first_visit_at,
        max(entered_at) FILTER (collected_at IS NULL) AS last_vain_at,
        CAST(sum(epoch_ms(left_at) - epoch_ms(entered_at)) FILTER (left_at >= entered_at) AS BIGINT) AS in_shop_ms,
        min(collected_at) AS collected_at
    FROM came GROUP BY ALL
),
whole AS (
    SELECT
        rows.fulfilment_id,
        rows.order_id,
        rows.customer_id,
        rows.source_system,
        rows.location_id,
        rows.ordered_at,
        rows.status,
        CASE
            WHEN rows.method IN ('pick_up', 'pickup_point', 'retail') THEN 'pick_up'
            WHEN rows.method IN ('shipping', 'local') THEN 'delivery'
            WHEN coalesce(rows.collected_at, rows.ready_at, steps.collected_at, steps.ready_at, seen.first_visit_at) IS NOT NULL THEN 'pick_up'
            WHEN coalesce(rows.delivered_at, rows.shipped_at, steps.delivered_at, steps.shipped_at) IS NOT NULL THEN 'delivery'
            ELSE 'unknown'
        END AS way,
        coalesce(rows.promised_at, steps.promised_at) AS promised_at,
        coalesce(rows.ready_at, steps.ready_at) AS ready_at,
        coalesce(rows.shipped_at, steps.shipped_at) AS shipped_at,
        coalesce(rows.delivered_at, steps.delivered_at) AS delivered_at,
        CASE WHEN rows.rank < 3 THEN coalesce(rows.collected_at, steps.collected_at) END AS system_collected_at,
        seen.collected_at AS shop_collected_at,
        coalesce(rows.delay_notified_at, steps.delayed_at) AS delay_notified_at,
        rows.rank < 3 AS has_system,
        coalesce(seen.visits, 0) AS visits,
        coalesce(seen.visits_in_vain, 0) AS visits_in_vain,
        seen.first_visit_at,
        seen.last_vain_at,
        seen.in_shop_ms,
        rows.cancelled_at IS NOT NULL OR lower(rows.status) IN ('cancelled', 'canceled') AS is_void
    FROM rows
    LEFT JOIN steps USING (fulfilment_id)
    LEFT JOIN seen USING (fulfilment_id)
),
kept AS (
    SELECT
        *,
        coalesce(system_collected_at, shop_collected_at) AS collected_at,
        -- A parcel lies ready when the customer is told so, or, where nobody noted that, at the latest when it is fetched.
        CASE way WHEN 'delivery' THEN delivered_at ELSE coalesce(ready_at, system_collected_at, shop_collected_at, delivered_at) END AS kept_at
    FROM whole
),
arrivals AS (
    SELECT fulfilment_id, entered_at AS came_at FROM came WHERE entered_at IS NOT NULL
    UNION ALL
    SELECT fulfilment_id, collected_at FROM kept WHERE way = 'pick_up' AND visits = 0 AND collected_at IS NOT NULL
),
phoned AS (
    SELECT one.interaction_id, one.customer_id, one.opened_at
    FROM marts.reply_times AS one
    SEMI JOIN main.interactions AS inbound
        ON inbound.interaction_id = one.interaction_id AND coalesce(inbound.direction, 'inbound') = 'inbound'
    WHERE one.channel = 'phone' AND one.opened_at IS NOT NULL
),
called AS (
    SELECT DISTINCT kept.fulfilment_id, phoned.interaction_id
    FROM arrivals
    JOIN kept USING (fulfilment_id)
    JOIN phoned ON phoned.customer_id = kept.customer_id
    CROSS JOIN rules
    WHERE phoned.opened_at BETWEEN arrivals.came_at - to_minutes(rules.arrival_minutes) AND arrivals.came_at + to_minutes(rules.arrival_minutes)
),
waits AS (
    SELECT
        interaction_id,
        sum(coalesce(queue_ms, 0) + coalesce(hold_ms, 0)) AS wait_ms,
        bool_or(coalesce(list_contains(rules.shop_lines, lower(trim(queue))), FALSE)) AS is_shop_line
    FROM main.call_legs AS legs
    SEMI JOIN called USING (interaction_id)
    CROSS JOIN rules
    WHERE NOT is_deleted AND NOT is_test
    GROUP BY ALL
),
on_arrival AS (
    SELECT called.fulfilment_id, count(*) AS calls, CAST(sum(coalesce(waits.wait_ms, 0)) AS BIGINT) AS wait_ms
    FROM called
    LEFT JOIN waits USING (interaction_id)
    CROSS JOIN rules
    WHERE len(rules.shop_lines) = 0 OR waits.is_shop_line
    GROUP BY ALL
),
judged AS (
    SELECT
        kept.*,
        CASE
            WHEN is_void OR promised_at IS NULL THEN NULL
            WHEN way = 'pick_up' AND ready_at IS NULL AND kept_at > promised_at THEN NULL  -- it may have lain ready long before
            WHEN way = 'unknown' THEN NULL
            ELSE coalesce(kept_at, rules.now) > promised_at
        END AS is_late,
        rules.now
    FROM kept CROSS JOIN rules
)
SELECT
    one.fulfilment_id,
    one.order_id,
    one.customer_id,
    one.source_system,
    one.way,
    one.location_id,
    one.ordered_at,
    one.promised_at,
    one.ready_at,
    one.shipped_at,
    one.delivered_at,
    one.collected_at,
    one.delay_notified_at,
    one.kept_at,
    CAST(epoch_ms(one.ready_at) - epoch_ms(one.ordered_at) AS BIGINT) AS ready_ms,
    CAST(epoch_ms(CASE one.way WHEN 'delivery' THEN one.delivered_at ELSE one.collected_at END) - epoch_ms(one.ordered_at) AS BIGINT) AS lead_ms,
    CASE WHEN one.is_late THEN CAST(epoch_ms(coalesce(one.kept_at, one.now)) - epoch_ms(one.promised_at) AS BIGINT) END AS late_ms,
    one.visits,
    one.visits_in_vain,
    one.first_visit_at,
    one.in_shop_ms,
    one.shop_collected_at,
    CAST(epoch_ms(one.shop_collected_at) - epoch_ms(one.system_collected_at) AS BIGINT) AS difference_ms,
    coalesce(on_arrival.calls, 0) AS calls_on_arrival,
    on_arrival.wait_ms AS wait_on_arrival_ms,
    CASE
        WHEN one.collected_at IS NOT NULL THEN 'collected'
        WHEN one.delivered_at IS NOT NULL THEN 'delivered'
        WHEN one.is_void THEN 'cancelled'
        WHEN one.ready_at IS NOT NULL THEN 'ready'
        WHEN one.shipped_at IS NOT NULL THEN 'shipped'
        ELSE 'open'
    END AS state,
    one.is_late,
    CASE
        WHEN NOT one.is_late THEN FALSE
        ELSE one.is_late AND (one.delay_notified_at IS NULL OR one.delay_notified_at > coalesce(one.kept_at, one.now))
    END AS is_late_without_notice,
    coalesce(one.ready_at <= one.last_vain_at, FALSE) AS is_told_too_early,
    one.has_system AND one.shop_collected_at IS NOT NULL AND one.system_collected_at IS NULL AS is_out_of_step
FROM judged AS one
LEFT JOIN on_arrival USING (fulfilment_id)
