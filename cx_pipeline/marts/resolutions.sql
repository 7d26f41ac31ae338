-- One row: when an interaction was resolved, and who waited for whom until then, read from the changes of its status.
-- key: interaction_id
-- reads: main.interaction_events, marts.counted_interactions, marts.business_days, quality.runs
-- columns:
--   interaction_id VARCHAR: The interaction.
--   first_resolved_at TIMESTAMP: When it was first solved or closed; null where that was overwritten by a later one. [UTC]
--   fully_resolved_at TIMESTAMP: When it was last solved or closed, with nothing after it; null while it is open. [UTC]
--   is_resolved BOOLEAN: True where it is solved or closed now; null where nobody knows.
--   reopens BIGINT: Times it was reopened: those of the log or those that the source counts, whichever are more. [count]
--   requester_wait_ms BIGINT: Time in which the customer waited: new, open and on hold; null without a log of the status. [ms]
--   requester_wait_business_ms BIGINT: The same in working time. [ms]
--   agent_wait_ms BIGINT: Time in which the agent waited for the customer: pending; null without a log. [ms]
--   on_hold_ms BIGINT: Time on hold, for a third party; part of requester_wait_ms; null without a log. [ms]
--   is_from_log BOOLEAN: True where a log of the status told it; otherwise the source's own times did.
-- holds:
--   resolved_in_order: coalesce(fully_resolved_at >= first_resolved_at, TRUE)
--   waits_are_times: coalesce(agent_wait_ms >= 0 AND on_hold_ms BETWEEN 0 AND requester_wait_ms, NOT is_from_log)
WITH changes AS (
    SELECT
        one.interaction_id,
        one.schedule,
        one.opened_at,
        events.event_id,
        events.occurred_at,
        CASE lower(events.new_value) WHEN 'resolved' THEN 'solved' WHEN 'done' THEN 'closed' ELSE lower(events.new_value) END AS status
    FROM main.interaction_events AS events
    JOIN marts.counted_interactions AS one USING (interaction_id)
    WHERE events.field = 'status' AND events.occurred_at IS NOT NULL AND NOT events.is_deleted AND NOT events.is_test
),
spans AS (
    SELECT
        interaction_id,
        schedule,
        status,
        occurred_at AS begins_at,
        status IN ('solved', 'closed') AS resolved,
        lead(occurred_at) OVER later AS ends_at,
        coalesce(lag(status) OVER later IN ('solved', 'closed'), FALSE) AS resolved_before,
        lead(event_id) OVER later IS NULL AS is_last
    FROM (
        FROM changes SELECT interaction_id, schedule, event_id, occurred_at, status
        UNION ALL
        (SELECT DISTINCT interaction_id, schedule, '', opened_at, 'new' FROM changes WHERE opened_at <= occurred_at)
    )
    WINDOW later AS (PARTITION BY interaction_id ORDER BY occurred_at, event_id)
),
-- What is still open lasts until the run's clock.
lasting AS (
    SELECT
        spans.interaction_id,
        spans.schedule,
        spans.status,
        spans.begins_at,
        coalesce(spans.ends_at, greatest(runs.now, spans.begins_at)) AS ends_at,
        epoch_ms(spans.begins_at) AS since_ms,
        epoch_ms(coalesce(spans.ends_at, greatest(runs.now, spans.begins_at))) AS until_ms
    FROM spans CROSS JOIN quality.runs AS runs
    WHERE NOT spans.resolved
),
last_days AS (
    SELECT schedule, max(day) AS last_day FROM marts.business_days GROUP BY ALL
),
waits AS (
    SELECT
        lasting.interaction_id,
        sum(until_ms - since_ms) FILTER (status IN ('new', 'open', 'on_hold')) AS requester_wait_ms,
        sum(
            coalesce(
                late.open_ms_before + coalesce(
                    list_sum(list_transform(late.periods, lambda one: greatest(0, least(until_ms, one.closes_ms) - one.opens_ms))), 0
                ), 0
            )
            - coalesce(
                soon.open_ms_before + coalesce(
                    list_sum(list_transform(soon.periods, lambda one: greatest(0, least(since_ms, one.closes_ms) - one.opens_ms))), 0
                ), 0
            )
        ) FILTER (status IN ('new', 'open', 'on_hold')) AS requester_wait_business_ms,
        sum(until_ms - since_ms) FILTER (status = 'pending') AS agent_wait_ms,
        sum(until_ms - since_ms) FILTER (status = 'on_hold') AS on_hold_ms
    FROM lasting
    LEFT JOIN last_days ON last_days.schedule = lasting.schedule
    LEFT JOIN marts.business_days AS soon
        ON soon.schedule = lasting.schedule AND soon.day = least(CAST(lasting.begins_at AS DATE), last_days.last_day)
    LEFT JOIN marts.business_days AS late
        ON late.schedule = lasting.schedule AND late.day = least(CAST(lasting.ends_at AS DATE), last_days.last_day)
    GROUP BY ALL
),
logged AS (
    SELECT
        interaction_id,
        min(begins_at) FILTER (resolved) AS first_resolved_at,
        CASE WHEN bool_or(is_last AND resolved) THEN max(begins_at) FILTER (resolved AND NOT resolved_before) END AS fully_resolved_at,
        bool_or(is_last AND resolved) AS is_resolved,
        count(*) FILTER (NOT resolved AND resolved_before) AS reopens
    FROM spans
    GROUP BY ALL
)
SELECT
    one.interaction_id,
    CASE
        WHEN logged.interaction_id IS NOT NULL THEN logged.first_resolved_at
        WHEN coalesce(one.reopen_count, 0) = 0 THEN coalesce(one.solved_at, one.closed_at)
    END AS first_resolved_at,
    CASE
        WHEN logged.interaction_id IS NOT NULL THEN logged.fully_resolved_at
        WHEN one.status IS NULL OR one.status IN ('solved', 'closed') THEN coalesce(one.solved_at, one.closed_at)
    END AS fully_resolved_at,
    CASE
        WHEN logged.interaction_id IS NOT NULL THEN logged.is_resolved
        WHEN one.status IS NOT NULL THEN one.status IN ('solved', 'closed')
        WHEN coalesce(one.solved_at, one.closed_at) IS NOT NULL THEN TRUE
    END AS is_resolved,
    greatest(coalesce(logged.reopens, 0), coalesce(one.reopen_count, 0)) AS reopens,
    CASE WHEN logged.interaction_id IS NOT NULL THEN CAST(coalesce(waits.requester_wait_ms, 0) AS BIGINT) END AS requester_wait_ms,
    CASE WHEN logged.interaction_id IS NOT NULL THEN CAST(coalesce(waits.requester_wait_business_ms, 0) AS BIGINT) END
        AS requester_wait_business_ms,
    CASE WHEN logged.interaction_id IS NOT NULL THEN CAST(coalesce(waits.agent_wait_ms, 0) AS BIGINT) END AS agent_wait_ms,
    CASE WHEN logged.interaction_id IS NOT NULL THEN CAST(coalesce(waits.on_hold_ms, 0) AS BIGINT) END AS on_hold_ms,
    logged.interaction_id IS NOT NULL AS is_from_log
FROM marts.counted_interactions AS one
LEFT JOIN logged USING (interaction_id)
LEFT JOIN waits USING (interaction_id)
