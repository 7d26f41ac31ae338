-- One row: a fact that a metric of cx_metrics_daily is made of: which record, on which day, and whether it counts.
-- kind: view
-- key: metric, fact_id
-- reads: main.survey_responses, main.messages, main.call_legs, main.opportunities, main.orders, marts.reply_times,
--   marts.conversations, marts.rules_in_force, marts.sentiment, quality.runs
-- columns:
--   metric VARCHAR: The metric, as in marts.metric_definitions.
--   fact_id VARCHAR: The record: id of the response, interaction, leg, message, opportunity or order.
--   day DATE: The business's day that it counts for.
--   channel VARCHAR: Channel; unknown where nobody knows.
--   department VARCHAR: Department; unknown where nobody knows.
--   value DECIMAL(18,4): What it adds to the mean; null where it does not count. [as the metric]
--   state VARCHAR: counted, excluded (it is none by definition: a preview, a double submit) or uncertain (it may be one, but
--     what it would add is not known).
-- holds:
--   only_what_counts_has_a_value: (state = 'counted') = (value IS NOT NULL)
WITH rules AS (
    SELECT rules.*, runs.now FROM marts.rules_in_force AS rules CROSS JOIN quality.runs AS runs
),
answers AS (
    SELECT
        CASE
            WHEN said.metric = 'nps' AND said.audience = 'employee' THEN 'employee_nps'
            WHEN said.metric = 'thumbs' THEN 'csat'
            ELSE said.metric
        END AS metric,
        said.response_id AS fact_id,
        said.interaction_id,
        coalesce(said.submitted_at, said.recorded_at, said.started_at) AS happened_at,
        (said.score - said.scale_min) / nullif(said.scale_max - said.scale_min, 0) AS place,  -- 0 the worst, 1 the best
        CASE
            WHEN said.is_preview OR said.duplicate_of IS NOT NULL THEN 'excluded'
            -- An offer that nobody took up is no answer, whatever word the source has for it.
            WHEN said.score IS NULL
                AND (said.score_original IS NULL OR (said.completion IS NULL AND said.submitted_at IS NULL)) THEN 'excluded'
            WHEN said.score IS NULL OR said.is_speeder OR said.completion IN ('partial', 'forced') THEN 'uncertain'
            ELSE 'counted'
        END AS state
    FROM main.survey_responses AS said
    WHERE NOT said.is_deleted AND NOT said.is_test AND said.metric IN ('nps', 'csat', 'thumbs', 'ces')
      AND (said.audience = 'customer' OR (said.audience = 'employee' AND said.metric = 'nps'))
),
survey_facts AS (
    SELECT
        metric,
        fact_id,
        interaction_id,
        happened_at,
        CASE metric
            WHEN 'csat' THEN CASE WHEN place >= 0.75 THEN 100 ELSE 0 END
            WHEN 'ces' THEN 1 + 6 * place
            ELSE CASE WHEN place >= 0.9 THEN 100 WHEN place >= 0.7 THEN 0 ELSE -100 END
        END AS value,
        state
    FROM answers
),
-- Contacts after which the customer came again soon; apart, so that nothing else of a contact has to be held to put them in order.
followed AS (
    SELECT interaction_id
    FROM (
        SELECT
            interaction_id,
            opened_at,
            lead(opened_at) OVER (PARTITION BY customer_id ORDER BY opened_at, interaction_id) AS next_at
        FROM marts.reply_times
        WHERE opened_at IS NOT NULL AND is_inbound AND customer_id IS NOT NULL
    )
    CROSS JOIN rules
    WHERE next_at <= opened_at + to_days(CAST(rules.repeat_days AS INTEGER))
),
called AS (
    SELECT
        interaction_id,
        count(*) AS legs,
        coalesce(bool_or(ivr_ms > 0 AND direction = 'inbound'), FALSE) AS with_menu,
        coalesce(bool_or(is_abandoned OR (coalesce(ivr_ms, 0) = 0 AND coalesce(agent_id, '') <> '') OR connected_at IS NOT NULL), FALSE) AS beyond_menu
    FROM main.call_legs WHERE NOT is_deleted AND NOT is_test GROUP BY ALL
),
case_facts AS (
    SELECT
        one.interaction_id,
        one.opened_on,
        one.channel,
        one.department,
        CASE
            WHEN one.interaction_id IN (SELECT interaction_id FROM followed) THEN TRUE
            WHEN one.customer_id IS NULL OR one.opened_at + to_days(CAST(rules.repeat_days AS INTEGER)) > rules.now THEN NULL
            ELSE FALSE
        END AS is_repeated,
        one.is_resolved,
        one.reopens,
        one.is_history_cut,
        one.first_reply_ms,
        one.first_reply_due_ms,
        one.first_reply_is_breached,
        one.full_resolution_ms,
        spoken.public_messages AS messages,
        spoken.with_bot,
        spoken.with_agent,
        called.legs,
        called.with_menu,
        called.beyond_menu
    FROM marts.reply_times AS one
    CROSS JOIN rules
    LEFT JOIN marts.conversations AS spoken USING (interaction_id)
    LEFT JOIN called USING (interaction_id)
    WHERE one.opened_at IS NOT NULL AND one.is_inbound
),
-- One pass over the cases, as what is read several times would have to be held.
interaction_facts AS (
    SELECT fact.metric, interaction_id AS fact_id, opened_on AS day, channel, department, fact.value, fact.state
    FROM (
        SELECT
            interaction_id,
            opened_on,
            channel,
            department,
            unnest([
                {'metric': 'case_volume', 'value': 1, 'state': 'counted'},
                {
                    'metric': 'repeat_contact',
                    'value': CASE is_repeated WHEN TRUE THEN 100 ELSE 0 END,
                    'state': CASE WHEN is_repeated IS NULL THEN 'uncertain' ELSE 'counted' END
                },
                CASE WHEN is_resolved IS NOT FALSE THEN {
                    'metric': 'first_contact_resolution',
                    'value': CASE WHEN reopens > 0 OR is_repeated THEN 0 ELSE 100 END,
                    'state': CASE WHEN is_resolved IS NULL OR (reopens = 0 AND is_repeated IS NULL) THEN 'uncertain' ELSE 'counted' END
                } END,
                CASE WHEN first_reply_ms IS NOT NULL THEN {
                    'metric': 'first_reply_ms',
                    'value': first_reply_ms,
                    'state': CASE WHEN is_history_cut THEN 'uncertain' ELSE 'counted' END
                } END,
                CASE WHEN first_reply_due_ms IS NOT NULL AND messages IS NOT NULL THEN {
                    'metric': 'first_reply_kept',
                    'value': CASE WHEN first_reply_is_breached THEN 0 ELSE 100 END,
                    'state': CASE WHEN first_reply_is_breached IS NULL OR is_history_cut THEN 'uncertain' ELSE 'counted' END
                } END,
                CASE WHEN is_resolved THEN {
                    'metric': 'full_resolution_ms',
                    'value': full_resolution_ms,
                    'state': CASE WHEN full_resolution_ms IS NULL THEN 'uncertain' ELSE 'counted' END
                } END,
                CASE WHEN messages > 0 OR legs > 0 THEN {
                    'metric': 'touches_per_case', 'value': coalesce(messages, 0) + coalesce(legs, 0), 'state': 'counted'
                } END,
                CASE WHEN with_bot AND (with_agent OR is_resolved IS NOT FALSE) THEN {
                    'metric': 'bot_containment',
                    'value': CASE WHEN with_agent THEN 0 ELSE 100 END,
                    'state': CASE WHEN NOT with_agent AND is_resolved IS NULL THEN 'uncertain' ELSE 'counted' END
                } END,
                CASE WHEN with_menu THEN {
                    'metric': 'ivr_containment', 'value': CASE WHEN beyond_menu THEN 0 ELSE 100 END, 'state': 'counted'
                } END,
                CASE WHEN with_menu OR (with_bot AND (with_agent OR is_resolved IS NOT FALSE)) THEN {
                    'metric': 'self_service',
                    'value': CASE WHEN with_agent OR beyond_menu THEN 0 ELSE 100 END,
                    'state': CASE
                        WHEN with_bot AND NOT with_agent AND beyond_menu IS NOT TRUE AND is_resolved IS NULL THEN 'uncertain'
                        ELSE 'counted'
                    END
                } END
            ]) AS fact
        FROM case_facts
    )
    WHERE fact IS NOT NULL
),
legs AS (
    SELECT
        *,
        coalesce(enqueued_at, connected_at, disconnected_at) AS happened_at
    FROM main.call_legs
    WHERE NOT is_deleted AND NOT is_test AND direction = 'inbound'
),
leg_facts AS (
    SELECT 'abandonment' AS metric, leg_id AS fact_id, interaction_id, happened_at, CASE WHEN is_abandoned THEN 100 ELSE 0 END AS value,
        CASE WHEN is_abandoned IS NULL THEN 'uncertain' ELSE 'counted' END AS state
    FROM legs
    UNION ALL
    SELECT 'queue_ms', leg_id, interaction_id, happened_at, queue_ms, 'counted' FROM legs WHERE queue_ms IS NOT NULL
    UNION ALL
    SELECT 'hold_ms', leg_id, interaction_id, happened_at, hold_ms, 'counted' FROM legs WHERE hold_ms IS NOT NULL
    UNION ALL
    SELECT 'ivr_ms', leg_id, interaction_id, happened_at, ivr_ms, 'counted' FROM legs WHERE ivr_ms IS NOT NULL
),
-- Words that the lexicon cannot score are none of its facts by definition.
word_facts AS (
    SELECT
        'sentiment' AS metric, said.message_id AS fact_id, said.interaction_id, said.sent_at AS happened_at, scores.score AS value,
        CASE WHEN scores.score IS NULL THEN 'excluded' ELSE 'counted' END AS state
    FROM main.messages AS said
    LEFT JOIN marts.sentiment AS scores ON scores.table_name = 'messages' AND scores.record_id = said.message_id
    WHERE NOT said.is_deleted AND NOT said.is_test AND said.author_kind = 'customer' AND said.is_auto_reply IS NOT TRUE
      AND said.text_masked IS NOT NULL
    UNION ALL
    SELECT
        'sentiment', said.response_id, said.interaction_id, coalesce(said.submitted_at, said.recorded_at, said.started_at),
        scores.score, CASE WHEN scores.score IS NULL THEN 'excluded' ELSE 'counted' END
    FROM main.survey_responses AS said
    LEFT JOIN marts.sentiment AS scores ON scores.table_name = 'survey_responses' AND scores.record_id = said.response_id
    WHERE NOT said.is_deleted AND NOT said.is_test AND said.audience = 'customer' AND said.is_preview IS NOT TRUE
      AND said.duplicate_of IS NULL AND said.text_comment IS NOT NULL
),
sales_facts AS (
    SELECT
        'conversion' AS metric, opportunity_id AS fact_id, coalesce(closed_at, source_updated_at) AS happened_at,
        NULL AS channel, CASE WHEN is_won THEN 100 ELSE 0 END AS value,
        CASE WHEN is_won IS NULL THEN 'uncertain' ELSE 'counted' END AS state
    FROM main.opportunities
    WHERE NOT is_deleted AND NOT is_test AND closed_at IS NOT NULL
    UNION ALL
    SELECT
        'retention', order_id, ordered_at, channel,
        CASE WHEN followed THEN 100 ELSE 0 END,
        CASE WHEN customer_id IS NULL OR (followed IS NOT TRUE AND too_early) THEN 'uncertain' ELSE 'counted' END
    FROM (
        SELECT
            orders.*,
            lead(ordered_at) OVER (PARTITION BY customer_id ORDER BY ordered_at, order_id)
            <= ordered_at + to_days(CAST(rules.churned_days AS INTEGER)) AS followed,
            ordered_at + to_days(CAST(rules.churned_days AS INTEGER)) > rules.now AS too_early
        FROM main.orders AS orders CROSS JOIN rules
        WHERE NOT is_deleted AND NOT is_test AND cancelled_at IS NULL AND ordered_at IS NOT NULL
    )
),
contact_facts AS (
    SELECT *, FALSE AS is_leg FROM survey_facts
    UNION ALL
    SELECT *, TRUE FROM leg_facts
    UNION ALL
    SELECT *, FALSE FROM word_facts
),
timed AS (
    SELECT
        said.metric,
        said.fact_id,
        coalesce(said.happened_at, CASE WHEN said.is_leg THEN case_of.opened_at END) AS happened_at,
        case_of.channel,
        case_of.department,
        said.value,
        said.state
    FROM contact_facts AS said
    LEFT JOIN marts.reply_times AS case_of USING (interaction_id)
    UNION ALL
    SELECT metric, fact_id, happened_at, channel, NULL, value, state FROM sales_facts
),
facts AS (
    FROM interaction_facts
    UNION ALL
    SELECT
        timed.* REPLACE (CAST(timezone(rules.timezone, timezone('UTC', timed.happened_at)) AS DATE) AS happened_at)
    FROM timed CROSS JOIN rules
    WHERE timed.happened_at IS NOT NULL
)
SELECT
    facts.metric,
    facts.fact_id,
    facts.day,
    coalesce(facts.channel, 'unknown') AS channel,
    coalesce(facts.department, 'unknown') AS department,
    CASE facts.state WHEN 'counted' THEN CAST(facts.value AS DECIMAL(18, 4)) END AS value,
    facts.state
FROM facts
