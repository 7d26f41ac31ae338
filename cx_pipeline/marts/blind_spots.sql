-- One row: a stage of the journey on a channel, and what is not seen of it: a stretch that is declared and of which nothing was ever
--   delivered, or steps of it without a customer, an outcome or anybody's opinion, or none for long.
-- key: stage, channel
-- order: position, channel
-- reads: main.marketing_events, main.web_events, main.orders, main.fulfilments, main.returns, main.survey_responses, main.reviews,
--   main.feedback_actions, marts.counted_interactions, marts.resolutions, marts.journey_stages, marts.journey_rules, quality.runs
-- columns:
--   stage VARCHAR: attract, browse, buy, receive, visit, ask, complain, return or tell.
--   position BIGINT: Place of the stage in the journey, from 1. [count]
--   channel VARCHAR: Channel; delivery for what is sent home, unknown where nobody knows.
--   is_declared BOOLEAN: True where the settings say that customers go this way.
--   steps BIGINT: Steps of the stage on the channel: e-mails, visits, orders, parcels, contacts, returns, opinions. [steps]
--   customers BIGINT: Known customers who made them. [customers]
--   last_step_at TIMESTAMP: The last of them until the run; some are promised for later. [UTC]
--   known_share DOUBLE: Share of the steps whose customer is known; null without steps. [0 to 1]
--   outcome_share DOUBLE: Share of the steps of which it is known how they ended, of those old enough to have ended; null where
--     there is none, or where a step has no outcome of its own. [0 to 1]
--   feedback_share DOUBLE: Share of the steps after which the customer said something about it, of those old enough; null as before.
--     [0 to 1]
--   blind VARCHAR[]: no_data, no_customer, no_outcome, no_feedback, stale: what is not seen, by the limits of marts.journey_rules.
WITH rules AS (
    SELECT journey_rules.*, runs.now FROM marts.journey_rules AS journey_rules CROSS JOIN quality.runs AS runs
),
-- What customers said of something of their own; previews, double submits and empty forms say nothing.
said AS (
    SELECT customer_id, interaction_id, order_id, coalesce(submitted_at, recorded_at) AS said_at
    FROM main.survey_responses
    WHERE NOT is_deleted AND NOT is_test AND NOT coalesce(is_preview, FALSE) AND duplicate_of IS NULL AND score_original IS NOT NULL
        AND audience IS DISTINCT FROM 'employee'
),
reacted AS (
    SELECT DISTINCT source_system, campaign, customer_id
    FROM main.marketing_events
    WHERE NOT is_deleted AND NOT is_test AND kind IN ('bounce', 'click', 'delivery', 'drop', 'open', 'spam_report', 'unsubscribe')
        AND customer_id IS NOT NULL
),
acted AS (
    SELECT DISTINCT feedback_table, feedback_id FROM main.feedback_actions WHERE NOT is_deleted AND NOT is_test AND feedback_id IS NOT NULL
),
orders AS (
    SELECT
        *,
        CASE
            WHEN lower(channel) IN ('pos', 'in_store', 'store', 'retail') THEN 'in_store'
            WHEN lower(channel) IN ('ios', 'android', 'iphone', 'app', 'mobile_app') THEN 'mobile_app'
            WHEN lower(channel) IN ('phone', 'email', 'chat', 'social', 'web') THEN lower(channel)
            WHEN channel IS NULL THEN 'unknown'
            ELSE 'other'
        END AS way
    FROM main.orders
    WHERE NOT is_deleted AND NOT is_test
),
-- One row a step: has_outcome is null where a step has none of its own; has_said, where nobody could be asked of it.
steps AS (
    SELECT
        'attract' AS stage, 'email' AS channel, sent.occurred_at AS happened_at, sent.customer_id, sent.event_id AS record_id,
        NULL AS interaction_id, NULL AS order_id, reacted.customer_id IS NOT NULL AS has_outcome, FALSE AS is_asked
    FROM main.marketing_events AS sent
    LEFT JOIN reacted
        ON reacted.source_system = sent.source_system AND reacted.campaign IS NOT DISTINCT FROM sent.campaign AND reacted.customer_id = sent.customer_id
    WHERE sent.kind = 'send' AND NOT sent.is_deleted AND NOT sent.is_test
    UNION ALL
    -- A visit is one step, however many pages it has.
    SELECT
        'browse', CASE WHEN lower(device_kind) IN ('app', 'ios', 'android', 'mobile app') THEN 'mobile_app' ELSE 'web' END,
        min(occurred_at), max(customer_id), coalesce(web_session_id, event_key), NULL, NULL, NULL, FALSE
    FROM main.web_events
    WHERE metric_name IS NULL AND NOT is_deleted AND NOT is_test
    GROUP BY ALL
    UNION ALL
    SELECT 'buy', way, ordered_at, customer_id, order_id, NULL, order_id, paid_at IS NOT NULL OR cancelled_at IS NOT NULL, TRUE
    FROM orders
    UNION ALL
    SELECT
        'receive',
        CASE WHEN sent.method IN ('pick_up', 'retail') THEN 'in_store' WHEN sent.method IS NULL THEN 'unknown' ELSE 'delivery' END,
        coalesce(sent.promised_at, sent.ready_at, sent.shipped_at, orders.ordered_at), orders.customer_id, sent.fulfilment_id, NULL, sent.order_id,
        coalesce(sent.delivered_at, sent.collected_at) IS NOT NULL OR coalesce(lower(sent.status) IN ('cancelled', 'failure', 'failed', 'error'), FALSE), TRUE
    FROM main.fulfilments AS sent LEFT JOIN orders USING (order_id)
    WHERE NOT sent.is_deleted AND NOT sent.is_test
    UNION ALL
    SELECT
        CASE one.kind WHEN 'visit' THEN 'visit' WHEN 'complaint' THEN 'complain' ELSE 'ask' END,
        one.channel, one.opened_at, one.customer_id, one.interaction_id, one.interaction_id, NULL,
        CASE WHEN one.kind IS DISTINCT FROM 'visit' THEN resolutions.is_resolved IS NOT NULL END, TRUE
    FROM marts.counted_interactions AS one JOIN marts.resolutions AS resolutions USING (interaction_id)
    WHERE coalesce(one.direction, 'inbound') = 'inbound'
    UNION ALL
    SELECT
        'return', coalesce(orders.way, 'unknown'), coalesce(back.opened_at, back.received_at, back.credited_at), orders.customer_id, back.return_id,
        NULL, back.order_id, back.credited_at IS NOT NULL, TRUE
    FROM main.returns AS back LEFT JOIN orders USING (order_id)
    WHERE NOT back.is_deleted AND NOT back.is_test
    UNION ALL
    SELECT
        'tell',
        CASE
            WHEN one.interaction_id IS NOT NULL THEN one.channel
            WHEN lower(answers.distribution_channel) IN ('email', 'sms', 'web') THEN lower(answers.distribution_channel)
            WHEN lower(answers.distribution_channel) IN ('app', 'mobile_app') THEN 'mobile_app'
            WHEN answers.distribution_channel IS NULL THEN 'unknown'
            ELSE 'web'
        END,
        coalesce(answers.submitted_at, answers.recorded_at), answers.customer_id, answers.response_id, NULL, NULL, acted.feedback_id IS NOT NULL, FALSE
    FROM main.survey_responses AS answers
    LEFT JOIN marts.counted_interactions AS one USING (interaction_id)
    LEFT JOIN acted ON acted.feedback_table = 'survey_responses' AND acted.feedback_id = answers.response_id
    WHERE NOT answers.is_deleted AND NOT answers.is_test AND NOT coalesce(answers.is_preview, FALSE) AND answers.duplicate_of IS NULL
        AND answers.score_original IS NOT NULL AND answers.audience IS DISTINCT FROM 'employee'
    UNION ALL
    -- Nobody can know whose a public review is, so that is not held against it.
    SELECT
        'tell', 'reviews', reviews.created_at, NULL, reviews.review_id, NULL, NULL, reviews.replied_at IS NOT NULL OR acted.feedback_id IS NOT NULL, FALSE
    FROM main.reviews AS reviews
    LEFT JOIN acted ON acted.feedback_table = 'reviews' AND acted.feedback_id = reviews.review_id
    WHERE reviews.is_current AND NOT reviews.is_deleted AND NOT reviews.is_test
),
judged AS (
    SELECT
        steps.*,
        rules.now,
        rules.now - CAST(rules.outcome_days AS INTEGER) * INTERVAL 1 DAY >= happened_at AS is_over,
        rules.now - CAST(rules.feedback_days AS INTEGER) * INTERVAL 1 DAY >= happened_at AS is_quiet,
        CASE
            WHEN is_asked
                THEN by_case.interaction_id IS NOT NULL OR by_order.order_id IS NOT NULL
                OR coalesce(next_said.said_at <= happened_at + CAST(rules.feedback_days AS INTEGER) * INTERVAL 1 DAY, FALSE)
        END AS has_said
    FROM steps
    CROSS JOIN rules
    LEFT JOIN (SELECT DISTINCT interaction_id FROM said WHERE interaction_id IS NOT NULL) AS by_case ON by_case.interaction_id = steps.interaction_id
    LEFT JOIN (SELECT DISTINCT order_id FROM said WHERE order_id IS NOT NULL) AS by_order ON by_order.order_id = steps.order_id
    ASOF LEFT JOIN (SELECT customer_id, said_at FROM said WHERE customer_id IS NOT NULL AND said_at IS NOT NULL) AS next_said
        ON next_said.customer_id = steps.customer_id AND steps.happened_at <= next_said.said_at
),
counted AS (
    SELECT
        stage,
        channel,
        count(*) AS steps,
        count(DISTINCT customer_id) AS customers,
        max(happened_at) FILTER (happened_at <= now) AS last_step_at,
        CASE WHEN channel <> 'reviews' THEN count(customer_id) / count(*) END AS known_share,
        count(*) FILTER (has_outcome AND is_over) / nullif(count(has_outcome) FILTER (is_over), 0) AS outcome_share,
        count(*) FILTER (has_said AND is_quiet) / nullif(count(has_said) FILTER (is_quiet), 0) AS feedback_share
    FROM judged
    GROUP BY stage, channel
),
every_cell AS (
    SELECT stage, channel, bool_or(is_declared) AS is_declared
    FROM (
        SELECT stage, channel, TRUE AS is_declared FROM marts.journey_stages WHERE channel IS NOT NULL
        UNION ALL
        SELECT stage, channel, FALSE FROM counted
    )
    GROUP BY ALL
)
SELECT
    every_cell.stage,
    list_position(['attract', 'browse', 'buy', 'receive', 'visit', 'ask', 'complain', 'return', 'tell'], every_cell.stage)::BIGINT AS position,
    every_cell.channel,
    is_declared,
    coalesce(steps, 0) AS steps,
    coalesce(customers, 0) AS customers,
    last_step_at,
    known_share,
    outcome_share,
    feedback_share,
    list_filter(
        [
            CASE WHEN steps IS NULL THEN 'no_data' END,
            CASE WHEN known_share < least_known THEN 'no_customer' END,
            CASE WHEN outcome_share < least_outcomes THEN 'no_outcome' END,
            CASE WHEN feedback_share < least_feedback THEN 'no_feedback' END,
            CASE WHEN last_step_at < now - CAST(stale_days AS INTEGER) * INTERVAL 1 DAY THEN 'stale' END
        ],
        lambda reason: reason IS NOT NULL
    ) AS blind
FROM every_cell
CROSS JOIN rules
LEFT JOIN counted USING (stage, channel)
