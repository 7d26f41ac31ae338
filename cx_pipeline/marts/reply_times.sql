-- One row: an interaction that counts, how long its customer waited, and whether the service level was kept. Tombstones, tests
-- and what was merged into another interaction are left out.
-- key: interaction_id
-- order: opened_at, interaction_id
-- reads: main.messages, marts.counted_interactions, marts.replies, marts.resolutions, marts.business_hours, marts.promises,
--   quality.runs
-- columns:
--   interaction_id VARCHAR: The interaction.
--   source_system VARCHAR: Tool that it comes from.
--   channel VARCHAR: How it reached the company.
--   department VARCHAR: Department that owns it.
--   customer_id VARCHAR: The customer.
--   opened_at TIMESTAMP: When it was opened. [UTC]
--   opened_on DATE: The business's day on which it was opened.
--   schedule VARCHAR: Working hours that its business times count.
--   waiting_since TIMESTAMP: When the wait for the first reply began. [UTC]
--   first_reply_at TIMESTAMP: First public answer of an agent to the customer, from the messages; null where there is none. [UTC]
--   first_reply_agent_id VARCHAR: Who gave it.
--   first_reply_ms BIGINT: From waiting_since to first_reply_at, in calendar time. [ms]
--   first_reply_business_ms BIGINT: The same in working time. [ms]
--   replies BIGINT: Answers of agents to a waiting customer. [replies]
--   next_reply_mean_ms DOUBLE: Mean wait for the replies after the first, in calendar time. [ms]
--   first_resolved_at TIMESTAMP: When it was first resolved. [UTC]
--   first_resolution_ms BIGINT: From opened_at until then, in calendar time. [ms]
--   first_resolution_business_ms BIGINT: The same in working time. [ms]
--   fully_resolved_at TIMESTAMP: When it was resolved for good; null while it is open. [UTC]
--   full_resolution_ms BIGINT: From opened_at until then, in calendar time. [ms]
--   full_resolution_business_ms BIGINT: The same in working time. [ms]
--   is_resolved BOOLEAN: True where it is resolved now; null where nobody knows.
--   reopens BIGINT: Times it was reopened. [count]
--   requester_wait_ms BIGINT: Time in which the customer waited; null without a log of the status. [ms]
--   requester_wait_business_ms BIGINT: The same in working time. [ms]
--   agent_wait_ms BIGINT: Time in which the agent waited for the customer; null without a log. [ms]
--   on_hold_ms BIGINT: Time on hold, part of requester_wait_ms; null without a log. [ms]
--   first_reply_due_ms BIGINT: Service level of the first reply in force when the wait began. [ms]
--   first_reply_is_breached BOOLEAN: True where it was missed, also by what still waits; null where none was declared.
--   resolution_due_ms BIGINT: Service level of the resolution in force when it was opened. [ms]
--   resolution_is_breached BOOLEAN: True where it was missed, also by what is still open; null where none was declared.
--   merged_count BIGINT: Interactions that were merged into it and do not count themselves. [interactions]
--   is_history_cut BOOLEAN: True where the source left out older messages, so that an earlier reply may be missing.
--   vendor_first_reply_ms BIGINT: The source's own first reply time, in calendar time. [ms]
--   vendor_difference_ms BIGINT: first_reply_ms less the source's. [ms]
--   vendor_difference VARCHAR: agrees (to the second), bot (it counts a bot or an automatic answer), history_cut,
--     agent_opened (it counts from the opening by an agent), no_public_reply (it counts what the messages do not have),
--     business_clock, not_counted (it has none) or unexplained; null where neither has one.
WITH spoken AS (
    SELECT
        interaction_id,
        bool_or(coalesce(is_truncated_history, FALSE)) AS is_history_cut,
        count(*) > 0 AS has_messages,
        -- Times of public words that are no agent's, in seconds.
        list(DISTINCT epoch_ms(sent_at) // 1000) FILTER (is_public AND (author_kind IN ('bot', 'system') OR is_auto_reply)) AS automatic
    FROM main.messages
    WHERE NOT is_deleted AND NOT is_test
    GROUP BY ALL
),
answered AS (
    SELECT
        interaction_id,
        count(*) AS replies,
        min(waiting_since) FILTER (reply_number = 1) AS waiting_since,
        min(replied_at) FILTER (reply_number = 1) AS first_reply_at,
        min(agent_id) FILTER (reply_number = 1) AS first_reply_agent_id,
        min(wait_ms) FILTER (reply_number = 1) AS first_reply_ms,
        min(wait_business_ms) FILTER (reply_number = 1) AS first_reply_business_ms,
        -- Exact sums, so that the mean does not depend on the order of the rows.
        sum(wait_ms) FILTER (reply_number > 1) / nullif(count(*) FILTER (reply_number > 1), 0) AS next_reply_mean_ms
    FROM marts.replies
    GROUP BY ALL
),
whole AS (
    SELECT
        one.*,
        coalesce(answered.waiting_since, one.opened_at) AS waiting_since,
        answered.* EXCLUDE (interaction_id, waiting_since, first_reply_at, first_reply_ms),
        answered.first_reply_at AS replied_at,
        answered.first_reply_ms AS wait_ms,
        resolutions.* EXCLUDE (interaction_id),
        coalesce(spoken.is_history_cut, FALSE) AS is_history_cut,
        coalesce(spoken.has_messages, FALSE) AS has_messages,
        spoken.automatic,
        runs.now
    FROM marts.counted_interactions AS one
    JOIN marts.resolutions AS resolutions USING (interaction_id)
    LEFT JOIN answered USING (interaction_id)
    LEFT JOIN spoken USING (interaction_id)
    CROSS JOIN quality.runs AS runs
),
-- Every instant that a business time needs, looked up once.
instants AS (
    UNPIVOT (
        SELECT
            interaction_id,
            schedule,
            opened_at AS opening,
            waiting_since AS waiting,
            first_resolved_at AS first_resolution,
            fully_resolved_at AS full_resolution,
            now AS today
        FROM whole
    ) ON opening, waiting, first_resolution, full_resolution, today INTO NAME what VALUE happened_at
),
worked AS (
    SELECT
        instants.interaction_id,
        max(clock.ms) FILTER (what = 'opening') AS opening,
        max(clock.ms) FILTER (what = 'waiting') AS waiting,
        max(clock.ms) FILTER (what = 'first_resolution') AS first_resolution,
        max(clock.ms) FILTER (what = 'full_resolution') AS full_resolution,
        max(clock.ms) FILTER (what = 'today') AS today
    FROM instants
    ASOF LEFT JOIN marts.business_hours AS hours
        ON hours.schedule = instants.schedule AND instants.happened_at >= hours.opens_at
    CROSS JOIN LATERAL (
        SELECT coalesce(hours.open_ms_before + least(hours.open_ms, epoch_ms(happened_at) - epoch_ms(hours.opens_at)), 0) AS ms
    ) AS clock
    GROUP BY ALL
),
promised AS (
    SELECT
        whole.interaction_id,
        promises.about,
        arg_max(
            {'due_ms': promises.due_ms, 'clock': promises.clock},
            (
                (promises.priority IS NOT NULL)::INTEGER + (promises.channel IS NOT NULL)::INTEGER,
                (promises.priority IS NOT NULL)::INTEGER,
                promises.valid_from,
                promises.promise
            )
        ) AS level
    FROM whole
    JOIN marts.promises AS promises
        ON promises.about IN ('first_reply', 'resolution')
        AND promises.valid_from <= CASE promises.about WHEN 'resolution' THEN whole.opened_at ELSE whole.waiting_since END
        AND coalesce(promises.priority = whole.priority, promises.priority IS NULL)
        AND coalesce(promises.channel = whole.channel, promises.channel IS NULL)
    GROUP BY ALL
),
judged AS (
    SELECT
        whole.*,
        worked.first_resolution - worked.opening AS first_business_ms,
        worked.full_resolution - worked.opening AS full_business_ms,
        reply_level.level.due_ms AS first_reply_due_ms,
        CASE reply_level.level.clock
            WHEN 'business' THEN coalesce(whole.first_reply_business_ms, worked.today - worked.waiting)
            ELSE coalesce(whole.wait_ms, epoch_ms(whole.now) - epoch_ms(whole.waiting_since))
        END AS reply_taken_ms,
        resolution_level.level.due_ms AS resolution_due_ms,
        CASE resolution_level.level.clock
            WHEN 'business' THEN coalesce(worked.full_resolution, worked.today) - worked.opening
            ELSE epoch_ms(coalesce(whole.fully_resolved_at, whole.now)) - epoch_ms(whole.opened_at)
        END AS resolution_taken_ms
    FROM whole
    LEFT JOIN worked USING (interaction_id)
    LEFT JOIN promised AS reply_level ON reply_level.interaction_id = whole.interaction_id AND reply_level.about = 'first_reply'
    LEFT JOIN promised AS resolution_level
        ON resolution_level.interaction_id = whole.interaction_id AND resolution_level.about = 'resolution'
)
SELECT
    interaction_id,
    source_system,
    channel,
    department,
    customer_id,
    opened_at,
    opened_on,
    schedule,
    waiting_since,
    replied_at AS first_reply_at,
    first_reply_agent_id,
    wait_ms AS first_reply_ms,
    first_reply_business_ms,
    coalesce(replies, 0) AS replies,
    next_reply_mean_ms,
    first_resolved_at,
    CAST(epoch_ms(first_resolved_at) - epoch_ms(opened_at) AS BIGINT) AS first_resolution_ms,
    CAST(first_business_ms AS BIGINT) AS first_resolution_business_ms,
    fully_resolved_at,
    CAST(epoch_ms(fully_resolved_at) - epoch_ms(opened_at) AS BIGINT) AS full_resolution_ms,
    CAST(full_business_ms AS BIGINT) AS full_resolution_business_ms,
    is_resolved,
    reopens,
    requester_wait_ms,
    requester_wait_business_ms,
    agent_wait_ms,
    on_hold_ms,
    first_reply_due_ms,
    -- What was resolved without a word, or whose messages nobody has, was not late with a reply: nobody knows.
    CASE
        WHEN replied_at IS NULL AND (is_resolved IS NOT FALSE OR NOT has_messages) THEN NULL
        ELSE reply_taken_ms > first_reply_due_ms
    END AS first_reply_is_breached,
    resolution_due_ms,
    CASE
        WHEN fully_resolved_at IS NULL AND is_resolved IS NOT FALSE THEN NULL
        ELSE resolution_taken_ms > resolution_due_ms
    END AS resolution_is_breached,
    merged_count,
    is_history_cut,
    first_reply_ms AS vendor_first_reply_ms,
    wait_ms - first_reply_ms AS vendor_difference_ms,
    CASE
        WHEN wait_ms IS NULL AND first_reply_ms IS NULL THEN NULL
        WHEN first_reply_ms IS NULL THEN 'not_counted'
        WHEN abs(wait_ms - first_reply_ms) <= 1000 THEN 'agrees'
        WHEN list_contains(automatic, epoch_ms(first_reply_at) // 1000) THEN 'bot'
        WHEN is_history_cut THEN 'history_cut'
        WHEN wait_ms IS NULL THEN 'no_public_reply'
        WHEN waiting_since > opened_at THEN 'agent_opened'
        WHEN abs(first_reply_business_ms - first_reply_ms) <= 1000 THEN 'business_clock'
        ELSE 'unexplained'
    END AS vendor_difference
FROM judged
