-- One row: a touch between a customer and the company: online and offline, service, sales, marketing, shop and survey, in order.
-- key: customer_id, position
-- reads: main.survey_responses, main.orders, main.fulfilments, main.returns, main.marketing_events, main.opportunities,
--   main.consent_events, main.web_events, marts.counted_interactions
-- columns:
--   customer_id VARCHAR: The customer.
--   position BIGINT: Its place among the customer's touches, from 1. [count]
--   happened_at TIMESTAMP: When it happened. [UTC]
--   silo VARCHAR: service, survey, shop, marketing, sales, consent or web.
--   touch VARCHAR: What it was, such as contact, answer, order, cancellation, delivery, collection, return, send, open, page_view.
--   place VARCHAR: offline for shops, collections and telephone; otherwise online.
--   channel VARCHAR: Channel, where there is one.
--   is_own_act BOOLEAN: True where the customer did something; false for what the company sent.
--   source_system VARCHAR: Tool that tells of it.
--   record_id VARCHAR: Its record: id of the interaction, response, order, fulfilment, return, event or opportunity.
-- holds:
--   counted_from_one: position >= 1
WITH touches AS (
    SELECT
        customer_id, opened_at AS happened_at, 'service' AS silo, CASE kind WHEN 'visit' THEN 'visit' ELSE 'contact' END AS touch,
        CASE WHEN channel IN ('in_store', 'phone') THEN 'offline' ELSE 'online' END AS place,
        channel, coalesce(direction, 'inbound') = 'inbound' AS is_own_act, source_system, interaction_id AS record_id
    FROM marts.counted_interactions
    UNION ALL
    SELECT customer_id, coalesce(submitted_at, recorded_at), 'survey', 'answer', 'online', distribution_channel, TRUE, source_system, response_id
    FROM main.survey_responses
    WHERE NOT is_deleted AND NOT is_test AND NOT coalesce(is_preview, FALSE) AND duplicate_of IS NULL AND score_original IS NOT NULL
      AND (score IS NOT NULL OR completion IS NOT NULL OR submitted_at IS NOT NULL)
    UNION ALL
    SELECT customer_id, ordered_at, 'shop', 'order', 'online', channel, TRUE, source_system, order_id
    FROM main.orders WHERE NOT is_deleted AND NOT is_test
    UNION ALL
    SELECT customer_id, cancelled_at, 'shop', 'cancellation', 'online', channel, TRUE, source_system, order_id
    FROM main.orders WHERE NOT is_deleted AND NOT is_test
    UNION ALL
    SELECT orders.customer_id, sent.delivered_at, 'shop', 'delivery', 'online', sent.method, FALSE, sent.source_system, sent.fulfilment_id
    FROM main.fulfilments AS sent JOIN main.orders AS orders USING (order_id)
    WHERE NOT sent.is_deleted AND NOT sent.is_test AND NOT orders.is_deleted AND NOT orders.is_test
    UNION ALL
    SELECT orders.customer_id, sent.collected_at, 'shop', 'collection', 'offline', sent.method, TRUE, sent.source_system, sent.fulfilment_id
    FROM main.fulfilments AS sent JOIN main.orders AS orders USING (order_id)
    WHERE NOT sent.is_deleted AND NOT sent.is_test AND NOT orders.is_deleted AND NOT orders.is_test
    UNION ALL
    SELECT orders.customer_id, coalesce(back.opened_at, back.received_at), 'shop', coalesce(back.kind, 'return'), 'online', NULL, TRUE, back.source_system, back.return_id
    FROM main.returns AS back JOIN main.orders AS orders USING (order_id)
    WHERE NOT back.is_deleted AND NOT back.is_test AND NOT orders.is_deleted AND NOT orders.is_test
    UNION ALL
    SELECT customer_id, occurred_at, 'marketing', coalesce(kind, 'other'), 'online', NULL, coalesce(kind IN ('open', 'click', 'unsubscribe', 'spam_report'), FALSE), source_system, event_id
    FROM main.marketing_events WHERE NOT is_deleted AND NOT is_test
    UNION ALL
    SELECT customer_id, opened_at, 'sales', coalesce(kind, 'opportunity'), 'online', NULL, FALSE, source_system, opportunity_id
    FROM main.opportunities WHERE NOT is_deleted AND NOT is_test
    UNION ALL
    SELECT customer_id, occurred_at, 'consent', coalesce(state, 'unknown'), 'online', channel, coalesce(state IN ('granted', 'denied', 'withdrawn'), FALSE), source_system, event_id
    FROM main.consent_events WHERE NOT is_deleted AND NOT is_test
    UNION ALL
    -- Measurements of a page are no touches.
    SELECT customer_id, occurred_at, 'web', coalesce(event_name, 'event'), 'online', NULL, TRUE, source_system, event_key
    FROM main.web_events WHERE NOT is_deleted AND NOT is_test AND metric_name IS NULL
)
SELECT
    customer_id,
    row_number() OVER (PARTITION BY customer_id ORDER BY happened_at, silo, touch, record_id) AS position,
    happened_at,
    silo,
    touch,
    place,
    channel,
    is_own_act,
    source_system,
    record_id
FROM touches
WHERE customer_id IS NOT NULL AND happened_at IS NOT NULL
