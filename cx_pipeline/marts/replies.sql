-- One row: an agent's public answer to a customer who was waiting. Notes, bots and automatic answers are none; of several
-- messages in a row the first one ends the wait, and the customer's first one begins it. An author who was not delivered is an
-- agent where interactions are theirs.
-- key: interaction_id, reply_number
-- order: replied_at, interaction_id, reply_number
-- reads: main.messages, main.agents, main.interactions, marts.counted_interactions, marts.business_days, marts.promises
-- columns:
--   interaction_id VARCHAR: The interaction.
--   reply_number BIGINT: Its place among the replies, from 1; 1 is the first reply. [count]
--   message_id VARCHAR: The answer.
--   agent_id VARCHAR: The agent who wrote it, whoever owned the interaction.
--   waiting_since TIMESTAMP: Since when the customer waited: the opening, or the first message after the answer before. [UTC]
--   replied_at TIMESTAMP: When the answer was sent. [UTC]
--   wait_ms BIGINT: From waiting_since to replied_at, in calendar time. [ms]
--   wait_business_ms BIGINT: The same in working time of the interaction's schedule. [ms]
--   due_ms BIGINT: The service level in force when the wait began; null where none was declared. [ms]
--   due_clock VARCHAR: calendar or business: the time that the service level counts.
--   is_breached BOOLEAN: True where the wait was longer than due_ms.
-- holds:
--   waits_go_forward: wait_ms >= 0 AND replied_at >= waiting_since
--   business_within_calendar: wait_business_ms BETWEEN 0 AND wait_ms
WITH bots AS (
    SELECT DISTINCT agent_id FROM main.agents WHERE is_bot
),
owners AS (
    SELECT DISTINCT agent_id FROM main.interactions WHERE agent_id IS NOT NULL
),
said AS (
    SELECT
        messages.interaction_id,
        messages.message_id,
        messages.author_id,
        messages.sent_at,
        coalesce(messages.position, 0) AS position,
        CASE
            WHEN bots.agent_id IS NOT NULL OR messages.is_auto_reply THEN NULL
            WHEN coalesce(messages.author_kind, CASE WHEN owners.agent_id IS NOT NULL THEN 'agent' END) = 'agent' AND messages.is_public
                THEN 'agent'
            WHEN messages.author_kind = 'customer' THEN 'customer'
        END AS side
    FROM main.messages AS messages
    LEFT JOIN bots ON bots.agent_id = messages.author_id
    LEFT JOIN owners ON owners.agent_id = messages.author_id
    WHERE NOT messages.is_deleted AND NOT messages.is_test AND messages.sent_at IS NOT NULL AND messages.is_public IS NOT FALSE
),
-- Who wrote to whom first, where an agent wrote at all. An agent who opens an interaction by writing has nobody waiting.
begun AS (
    SELECT interaction_id, min(sent_at) AS begun_at, arg_min(coalesce(side, 'nobody'), (sent_at, position, message_id)) AS begun_by
    FROM said
    GROUP BY ALL
    HAVING bool_or(side = 'agent')
),
openings AS (
    SELECT one.interaction_id, one.opened_at
    FROM marts.counted_interactions AS one
    JOIN begun USING (interaction_id)
    WHERE one.opened_at IS NOT NULL
      AND coalesce(one.direction, 'inbound') = 'inbound'
      AND NOT (begun.begun_by = 'agent' AND begun.begun_at <= one.opened_at + INTERVAL 1 SECOND)
),
turns AS (
    SELECT interaction_id, message_id, author_id, sent_at, position, side
    FROM said SEMI JOIN begun USING (interaction_id)
    WHERE side IS NOT NULL
    UNION ALL
    SELECT interaction_id, NULL, NULL, opened_at, -1, 'customer' FROM openings
),
after_whom AS (
    SELECT
        *,
        lag(side) OVER (PARTITION BY interaction_id ORDER BY sent_at, position, message_id NULLS FIRST) AS side_before
    FROM turns
),
-- Where the side changes; the two take turns, so every second place is a reply.
changes AS (
    SELECT
        interaction_id,
        message_id,
        author_id,
        sent_at,
        side,
        side_before,
        lag(sent_at) OVER in_order AS waiting_since,
        row_number() OVER in_order // 2 AS reply_number
    FROM after_whom
    WHERE side_before IS DISTINCT FROM side
    WINDOW in_order AS (PARTITION BY interaction_id ORDER BY sent_at, position, message_id NULLS FIRST)
),
answers AS (
    SELECT
        changes.interaction_id,
        changes.reply_number,
        changes.message_id,
        changes.author_id AS agent_id,
        changes.waiting_since,
        changes.sent_at AS replied_at,
        epoch_ms(changes.waiting_since) AS since_ms,
        epoch_ms(changes.sent_at) AS until_ms,
        one.schedule,
        one.priority,
        one.channel
    FROM changes
    JOIN marts.counted_interactions AS one USING (interaction_id)
    WHERE changes.side = 'agent' AND changes.side_before = 'customer'
),
last_days AS (
    SELECT schedule, max(day) AS last_day FROM marts.business_days GROUP BY ALL
),
timed AS (
    SELECT
        answers.*,
        until_ms - since_ms AS wait_ms,
        coalesce(
            late.open_ms_before + coalesce(
                list_sum(list_transform(late.periods, lambda one: greatest(0, least(until_ms, one.closes_ms) - one.opens_ms))), 0
            ), 0
        )
        - coalesce(
            soon.open_ms_before + coalesce(
                list_sum(list_transform(soon.periods, lambda one: greatest(0, least(since_ms, one.closes_ms) - one.opens_ms))), 0
            ), 0
        ) AS wait_business_ms
    FROM answers
    LEFT JOIN last_days ON last_days.schedule = answers.schedule
    LEFT JOIN marts.business_days AS soon
        ON soon.schedule = answers.schedule AND soon.day = least(CAST(answers.waiting_since AS DATE), last_days.last_day)
    LEFT JOIN marts.business_days AS late
        ON late.schedule = answers.schedule AND late.day = least(CAST(answers.replied_at AS DATE), last_days.last_day)
),
promised AS (
    SELECT
        timed.interaction_id,
        timed.reply_number,
        arg_max({'due_ms': promises.due_ms, 'clock': promises.clock}, promises.precedence) AS level
    FROM timed
    JOIN marts.promises AS promises
        ON promises.about = CASE WHEN timed.reply_number = 1 THEN 'first_reply' ELSE 'next_reply' END
        AND promises.valid_from <= timed.waiting_since
        AND coalesce(promises.priority = timed.priority, promises.priority IS NULL)
        AND coalesce(promises.channel = timed.channel, promises.channel IS NULL)
    GROUP BY ALL
)
SELECT
    timed.interaction_id,
    timed.reply_number,
    timed.message_id,
    timed.agent_id,
    timed.waiting_since,
    timed.replied_at,
    timed.wait_ms,
    CAST(timed.wait_business_ms AS BIGINT) AS wait_business_ms,
    promised.level.due_ms AS due_ms,
    promised.level.clock AS due_clock,
    CASE promised.level.clock WHEN 'business' THEN timed.wait_business_ms ELSE timed.wait_ms END > promised.level.due_ms AS is_breached
FROM timed
LEFT JOIN promised USING (interaction_id, reply_number)
