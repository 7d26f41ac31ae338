-- One row: an agent's public answer to a customer who was waiting. Notes, bots and automatic answers are none; of several
-- messages in a row the first one ends the wait, and the customer's first one begins it.
-- key: interaction_id, reply_number
-- order: replied_at, interaction_id, reply_number
-- reads: main.messages, main.agents, marts.counted_interactions, marts.business_hours, marts.promises
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
WITH bots AS (
    SELECT DISTINCT agent_id FROM main.agents WHERE is_bot
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
            WHEN messages.author_kind = 'agent' AND messages.is_public THEN 'agent'
            WHEN messages.author_kind = 'customer' AND messages.is_public IS NOT FALSE THEN 'customer'
        END AS side
    FROM main.messages AS messages
    LEFT JOIN bots ON bots.agent_id = messages.author_id
    WHERE NOT messages.is_deleted AND NOT messages.is_test AND messages.sent_at IS NOT NULL AND messages.is_public IS NOT FALSE
),
-- Who wrote to whom first. An agent who opens an interaction by writing has nobody waiting.
begun AS (
    SELECT interaction_id, min(sent_at) AS begun_at, arg_min(coalesce(side, 'nobody'), (sent_at, position, message_id)) AS begun_by
    FROM said
    GROUP BY ALL
),
openings AS (
    SELECT one.interaction_id, one.opened_at
    FROM marts.counted_interactions AS one
    LEFT JOIN begun USING (interaction_id)
    WHERE one.opened_at IS NOT NULL
      AND coalesce(one.direction, 'inbound') = 'inbound'
      AND NOT coalesce(begun.begun_by = 'agent' AND begun.begun_at <= one.opened_at + INTERVAL 1 SECOND, FALSE)
),
turns AS (
    SELECT interaction_id, message_id, author_id, sent_at, position, side FROM said WHERE side IS NOT NULL
    UNION ALL
    SELECT interaction_id, NULL, NULL, opened_at, -1, 'customer' FROM openings
),
after_whom AS (
    SELECT
        *,
        lag(side) OVER (PARTITION BY interaction_id ORDER BY sent_at, position, message_id NULLS FIRST) AS side_before
    FROM turns
),
waits AS (
    SELECT
        *,
        last_value(CASE WHEN side = 'customer' AND side_before IS DISTINCT FROM 'customer' THEN sent_at END IGNORE NULLS) OVER (
            PARTITION BY interaction_id ORDER BY sent_at, position, message_id NULLS FIRST
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS waiting_since
    FROM after_whom
),
answers AS (
    SELECT
        waits.interaction_id,
        row_number() OVER (PARTITION BY waits.interaction_id ORDER BY waits.sent_at, waits.position, waits.message_id) AS reply_number,
        waits.message_id,
        waits.author_id AS agent_id,
        waits.waiting_since,
        waits.sent_at AS replied_at,
        one.schedule,
        one.priority,
        one.channel
    FROM waits
    JOIN marts.counted_interactions AS one USING (interaction_id)
    WHERE waits.side = 'agent' AND waits.side_before = 'customer'
),
timed AS (
    SELECT
        answers.*,
        CAST(epoch_ms(answers.replied_at) - epoch_ms(answers.waiting_since) AS BIGINT) AS wait_ms,
        coalesce(late.open_ms_before + least(late.open_ms, epoch_ms(answers.replied_at) - epoch_ms(late.opens_at)), 0)
        - coalesce(soon.open_ms_before + least(soon.open_ms, epoch_ms(answers.waiting_since) - epoch_ms(soon.opens_at)), 0)
            AS wait_business_ms
    FROM answers
    ASOF LEFT JOIN marts.business_hours AS soon ON soon.schedule = answers.schedule AND answers.waiting_since >= soon.opens_at
    ASOF LEFT JOIN marts.business_hours AS late ON late.schedule = answers.schedule AND answers.replied_at >= late.opens_at
),
-- Of the service levels that were in force, the one that says most about the interaction; then the latest.
promised AS (
    SELECT
        timed.interaction_id,
        timed.reply_number,
        arg_max(
            {'due_ms': promises.due_ms, 'clock': promises.clock},
            (
                (promises.priority IS NOT NULL)::INTEGER + (promises.channel IS NOT NULL)::INTEGER,
                (promises.priority IS NOT NULL)::INTEGER,
                promises.valid_from,
                promises.promise
            )
        ) AS level
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
