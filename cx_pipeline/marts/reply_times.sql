-- One row: an interaction that counts, how long its customer waited, and whether the service level was kept. Tombstones, tests
-- and what was merged into another interaction are left out.
-- key: interaction_id
-- order: opened_at, interaction_id
-- reads: main.messages, marts.counted_interactions, marts.conversations, marts.replies, marts.resolutions, marts.business_days,
--   marts.promises, quality.runs
-- columns:
--   interaction_id VARCHAR: The interaction.
--   source_system VARCHAR: Tool that it comes from.
--   channel VARCHAR: How it reached the company.
--   department VARCHAR: Department that owns it.
--   customer_id VARCHAR: The customer.
--   is_inbound BOOLEAN: True where the customer started it, or nobody says who did.
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
-- holds:
--   replies_have_a_first: (replies > 0) = (first_reply_at IS NOT NULL)
--   business_within_calendar: coalesce(first_reply_business_ms <= first_reply_ms, TRUE)
--     AND coalesce(full_resolution_business_ms <= full_resolution_ms, TRUE)
--   durations_are_times: coalesce(first_reply_ms >= 0, TRUE) AND coalesce(full_resolution_ms >= 0, TRUE)
WITH automatic AS (
    -- Whether the source's first reply is, to the second, public words that are no agent's.
    SELECT DISTINCT one.interaction_id
    FROM main.messages AS said
    JOIN marts.counted_interactions AS one
        ON one.interaction_id = said.interaction_id AND epoch_ms(one.first_reply_at) // 1000 = epoch_ms(said.sent_at) // 1000
    WHERE NOT said.is_deleted AND NOT said.is_test
      AND said.is_public AND (said.author_kind IN ('bot', 'system') OR said.is_auto_reply)
),
next_replies AS (
    -- Exact sums, so that the mean does not depend on the order of the rows.
    SELECT interaction_id, count(*) + 1 AS replies, sum(wait_ms) / count(*) AS next_reply_mean_ms
    FROM marts.replies
    WHERE reply_number > 1
    GROUP BY ALL
),
whole AS (
    SELECT
        one.*,
        coalesce(one.direction, 'inbound') = 'inbound' AS is_inbound,
        coalesce(first_reply.waiting_since, one.opened_at) AS waiting_since,
        first_reply.replied_at,
        first_reply.agent_id AS first_reply_agent_id,
        first_reply.wait_ms,
        first_reply.wait_business_ms,
        coalesce(next_replies.replies, CAST(first_reply.interaction_id IS NOT NULL AS BIGINT)) AS replies,
        next_replies.next_reply_mean_ms,
        resolutions.* EXCLUDE (interaction_id),
        coalesce(spoken.is_history_cut, FALSE) AS is_history_cut,
        spoken.interaction_id IS NOT NULL AS has_messages,
        automatic.interaction_id IS NOT NULL AS is_automatic,
        runs.now
    FROM marts.counted_interactions AS one
    JOIN marts.resolutions AS resolutions USING (interaction_id)
    LEFT JOIN marts.replies AS first_reply ON first_reply.interaction_id = one.interaction_id AND first_reply.reply_number = 1
    LEFT JOIN next_replies ON next_replies.interaction_id = one.interaction_id
    LEFT JOIN marts.conversations AS spoken ON spoken.interaction_id = one.interaction_id
    LEFT JOIN automatic ON automatic.interaction_id = one.interaction_id
    CROSS JOIN quality.runs AS runs
),
last_days AS (
    SELECT schedule, max(day) AS last_day FROM marts.business_days GROUP BY ALL
),
-- Working time of the schedule until each instant.
worked AS (
    SELECT
        whole.*,
        coalesce(opening.open_ms_before + coalesce(
            list_sum(list_transform(opening.periods, lambda one: greatest(0, least(epoch_ms(whole.opened_at), one.closes_ms) - one.opens_ms))), 0
        ), 0) AS opening_ms,
        coalesce(waiting.open_ms_before + coalesce(
            list_sum(list_transform(waiting.periods, lambda one: greatest(0, least(epoch_ms(whole.waiting_since), one.closes_ms) - one.opens_ms))), 0
        ), 0) AS waiting_ms,
        coalesce(solved.open_ms_before + coalesce(
            list_sum(list_transform(solved.periods, lambda one: greatest(0, least(epoch_ms(whole.first_resolved_at), one.closes_ms) - one.opens_ms))), 0
        ), 0) AS first_resolved_ms,
        coalesce(done.open_ms_before + coalesce(
            list_sum(list_transform(done.periods, lambda one: greatest(0, least(epoch_ms(whole.fully_resolved_at), one.closes_ms) - one.opens_ms))), 0
        ), 0) AS fully_resolved_ms,
        coalesce(today.open_ms_before + coalesce(
            list_sum(list_transform(today.periods, lambda one: greatest(0, least(epoch_ms(whole.now), one.closes_ms) - one.opens_ms))), 0
        ), 0) AS today_ms
    FROM whole
    LEFT JOIN last_days ON last_days.schedule = whole.schedule
    LEFT JOIN marts.business_days AS opening
        ON opening.schedule = whole.schedule AND opening.day = least(CAST(whole.opened_at AS DATE), last_days.last_day)
    LEFT JOIN marts.business_days AS waiting
        ON waiting.schedule = whole.schedule AND waiting.day = least(CAST(whole.waiting_since AS DATE), last_days.last_day)
    LEFT JOIN marts.business_days AS solved
        ON solved.schedule = whole.schedule AND solved.day = least(CAST(whole.first_resolved_at AS DATE), last_days.last_day)
    LEFT JOIN marts.business_days AS done
        ON done.schedule = whole.schedule AND done.day = least(CAST(whole.fully_resolved_at AS DATE), last_days.last_day)
    LEFT JOIN marts.business_days AS today
        ON today.schedule = whole.schedule AND today.day = least(CAST(whole.now AS DATE), last_days.last_day)
),
-- Asked of the few columns that a promise depends on, so that nothing above has to be held for it.
asked AS NOT MATERIALIZED (
    SELECT one.interaction_id, one.priority, one.channel, one.opened_at, coalesce(first_reply.waiting_since, one.opened_at) AS waiting_since
    FROM marts.counted_interactions AS one
    LEFT JOIN marts.replies AS first_reply ON first_reply.interaction_id = one.interaction_id AND first_reply.reply_number = 1
),
promised AS (
    SELECT
        asked.interaction_id,
        promises.about,
        arg_max({'due_ms': promises.due_ms, 'clock': promises.clock}, promises.precedence) AS level
    FROM asked
    JOIN marts.promises AS promises
        ON promises.about IN ('first_reply', 'resolution')
        AND promises.valid_from <= CASE promises.about WHEN 'resolution' THEN asked.opened_at ELSE asked.waiting_since END
        AND coalesce(promises.priority = asked.priority, promises.priority IS NULL)
        AND coalesce(promises.channel = asked.channel, promises.channel IS NULL)
    GROUP BY ALL
),
judged AS (
    SELECT
        worked.*,
        -- What was resolved before it was opened took nobody knows how long.
        CASE WHEN first_resolved_at >= opened_at THEN first_resolved_ms - opening_ms END AS first_business_ms,
        CASE WHEN fully_resolved_at >= opened_at THEN fully_resolved_ms - opening_ms END AS full_business_ms,
        reply_level.level.due_ms AS first_reply_due_ms,
        CASE reply_level.level.clock
            WHEN 'business' THEN coalesce(worked.wait_business_ms, worked.today_ms - worked.waiting_ms)
            ELSE coalesce(worked.wait_ms, epoch_ms(worked.now) - epoch_ms(worked.waiting_since))
        END AS reply_taken_ms,
        resolution_level.level.due_ms AS resolution_due_ms,
        CASE resolution_level.level.clock
            WHEN 'business' THEN CASE WHEN fully_resolved_at IS NULL THEN today_ms ELSE fully_resolved_ms END - worked.opening_ms
            ELSE epoch_ms(coalesce(worked.fully_resolved_at, worked.now)) - epoch_ms(worked.opened_at)
        END AS resolution_taken_ms
    FROM worked
    LEFT JOIN promised AS reply_level ON reply_level.interaction_id = worked.interaction_id AND reply_level.about = 'first_reply'
    LEFT JOIN promised AS resolution_level
        ON resolution_level.interaction_id = worked.interaction_id AND resolution_level.about = 'resolution'
)
SELECT
    interaction_id,
    source_system,
    channel,
    department,
    customer_id,
    is_inbound,
    opened_at,
    opened_on,
    schedule,
    waiting_since,
    replied_at AS first_reply_at,
    first_reply_agent_id,
    wait_ms AS first_reply_ms,
    wait_business_ms AS first_reply_business_ms,
    replies,
    next_reply_mean_ms,
    first_resolved_at,
    CASE WHEN first_resolved_at >= opened_at THEN epoch_ms(first_resolved_at) - epoch_ms(opened_at) END AS first_resolution_ms,
    CAST(first_business_ms AS BIGINT) AS first_resolution_business_ms,
    fully_resolved_at,
    CASE WHEN fully_resolved_at >= opened_at THEN epoch_ms(fully_resolved_at) - epoch_ms(opened_at) END AS full_resolution_ms,
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
        WHEN (fully_resolved_at IS NULL AND is_resolved IS NOT FALSE) OR fully_resolved_at < opened_at THEN NULL
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
        WHEN is_automatic THEN 'bot'
        WHEN is_history_cut THEN 'history_cut'
        WHEN wait_ms IS NULL THEN 'no_public_reply'
        WHEN waiting_since > opened_at THEN 'agent_opened'
        WHEN abs(wait_business_ms - first_reply_ms) <= 1000 THEN 'business_clock'
        ELSE 'unexplained'
    END AS vendor_difference
FROM judged
