-- One row: a piece of feedback and what became of it: said, tagged, taken up as an action, done, told to the customer. Feedback is
-- what a customer answered with words or with a low score, a review with either, a complaint, and whatever else an action was
-- opened for. An action that names no feedback has a row of its own.
-- key: feedback_table, feedback_id
-- order: said_at, feedback_table, feedback_id
-- reads: main.survey_responses, main.survey_answers, main.reviews, main.messages, main.interactions, marts.feedback_steps,
--   marts.reply_times, marts.loop_rules, quality.runs
-- columns:
--   feedback_table VARCHAR: Table that holds it; feedback_actions where an action names no feedback.
--   feedback_id VARCHAR: Its id in that table.
--   kind VARCHAR: response, review, complaint, contact (any other interaction), message, or unknown (not delivered, or not named).
--   source_system VARCHAR: Tool that it comes from.
--   channel VARCHAR: How it reached the company.
--   customer_id VARCHAR: The customer.
--   interaction_id VARCHAR: The interaction that it is, or is about.
--   said_at TIMESTAMP: When the customer said it; null where it was not delivered. [UTC]
--   said_on DATE: The business's day of it; of the action where it was not delivered.
--   has_words BOOLEAN: True where it is more than a score; null where it was not delivered.
--   is_low BOOLEAN: True for a low score; null where there is none.
--   tags VARCHAR[]: Its tags, each once, in order; null for none.
--   actions BIGINT: Actions that were opened for it; a mere tag is none. [actions]
--   opened_at TIMESTAMP: When the first of them was opened. [UTC]
--   done_at TIMESTAMP: When the last was done; null while one is open. [UTC]
--   notified_at TIMESTAMP: When the customer was told last. [UTC]
--   answered_at TIMESTAMP: When the company first answered it in public, or settled it without a word: reviews and interactions. [UTC]
--   taken_up_ms BIGINT: From said_at to opened_at; negative where the action was there before. [ms]
--   doing_ms BIGINT: From opened_at to done_at. [ms]
--   telling_ms BIGINT: From done_at to notified_at; negative where the customer was told before. [ms]
--   loop_ms BIGINT: From said_at to notified_at of a closed loop. [ms]
--   state VARCHAR: closed (all done, and told after it), done (all done), open (an action is not done), tagged, answered (without an
--     action), or untouched.
--   is_notified_before_done BOOLEAN: True where the customer was told of something that was not done yet, or still is not.
--   is_never_closed BOOLEAN: True where an action is not done open_days after it was opened.
--   is_closed_without_notice BOOLEAN: True where the customer was not told notice_days after it was done.
WITH rules AS (
    SELECT rules.*, runs.now FROM marts.loop_rules AS rules CROSS JOIN quality.runs AS runs
),
-- Answers that are words, and no code, number or language: they have a space, or letters beyond ASCII.
worded AS (
    SELECT DISTINCT response_id
    FROM main.survey_answers
    WHERE NOT is_deleted AND NOT is_test AND (contains(trim(text_answer), ' ') OR strlen(text_answer) > length(text_answer))
),
responses AS (
    SELECT
        said.*,
        coalesce(trim(said.text_comment) <> '', FALSE) OR worded.response_id IS NOT NULL AS has_words,
        (said.score - said.scale_min) / nullif(said.scale_max - said.scale_min, 0) AS place  -- 0 the worst, 1 the best
    FROM main.survey_responses AS said
    LEFT JOIN worded USING (response_id)
    WHERE NOT said.is_deleted AND NOT said.is_test AND NOT coalesce(said.is_preview, FALSE)
      AND said.audience IS DISTINCT FROM 'employee'
),
reviewed AS (
    SELECT *, coalesce(trim(text_body) <> '', FALSE) OR coalesce(trim(text_title) <> '', FALSE) AS has_words, (rating - 1) / 4 AS place
    FROM main.reviews
    WHERE is_current AND NOT is_deleted AND NOT is_test
    QUALIFY row_number() OVER (PARTITION BY review_id ORDER BY version_number DESC) = 1
),
aimed AS (
    SELECT DISTINCT feedback_table, feedback_id FROM marts.feedback_steps
),
complaint_words AS (
    SELECT DISTINCT one.category
    FROM (SELECT DISTINCT category FROM main.interactions) AS one
    JOIN (SELECT unnest(complaints) AS word FROM rules) AS declared
        ON lower(trim(one.category)) = declared.word
        OR (declared.word LIKE '%*' AND starts_with(lower(trim(one.category)), rtrim(declared.word, '*')))
),
matters AS (
    SELECT
        one.interaction_id,
        one.source_system,
        one.customer_id,
        one.opened_at,
        times.channel,
        coalesce(times.first_reply_at, one.first_reply_at, one.solved_at, one.closed_at) AS answered_at,
        coalesce(one.kind = 'complaint', FALSE) OR complaint_words.category IS NOT NULL AS is_complaint
    FROM main.interactions AS one
    JOIN marts.reply_times AS times USING (interaction_id)  -- those that count
    LEFT JOIN complaint_words ON complaint_words.category = one.category
    LEFT JOIN aimed ON aimed.feedback_table = 'interactions' AND aimed.feedback_id = one.interaction_id
    WHERE one.kind = 'complaint' OR complaint_words.category IS NOT NULL OR aimed.feedback_id IS NOT NULL
),
told AS (
    SELECT
        'survey_responses' AS feedback_table, response_id AS feedback_id, 'response' AS kind, source_system,
        distribution_channel AS channel, customer_id, interaction_id, coalesce(submitted_at, recorded_at, started_at) AS said_at,
        has_words, place <= low_score + 1e-9 AS is_low, CAST(NULL AS TIMESTAMP) AS answered_at
    FROM responses CROSS JOIN rules
    WHERE duplicate_of IS NULL
    UNION ALL
    SELECT
        'reviews', review_id, 'review', source_system, platform, NULL, NULL, coalesce(updated_at, created_at), has_words,
        place <= low_score + 1e-9, replied_at
    FROM reviewed CROSS JOIN rules
    UNION ALL
    SELECT
        'messages', message_id, 'message', source_system, NULL, NULL, interaction_id, sent_at, TRUE, NULL, NULL
    FROM main.messages AS messages SEMI JOIN aimed ON aimed.feedback_table = 'messages' AND aimed.feedback_id = messages.message_id
    UNION ALL
    SELECT
        'interactions', interaction_id, CASE WHEN is_complaint THEN 'complaint' ELSE 'contact' END, source_system, channel, customer_id,
        interaction_id, opened_at, TRUE, NULL, answered_at
    FROM matters
),
judged AS (
    SELECT
        feedback_table,
        feedback_id,
        min(source_system) AS source_system,
        list_sort(list(DISTINCT tag) FILTER (tag IS NOT NULL)) AS tags,
        count(*) FILTER (is_action) AS actions,
        min(opened_at) AS opened_at,
        CASE WHEN bool_and(done_at IS NOT NULL) FILTER (is_action) THEN max(done_at) END AS done_at,
        max(notified_at) AS notified_at,
        coalesce(bool_or(notified_at < done_at OR (notified_at IS NOT NULL AND done_at IS NULL)), FALSE) AS is_notified_before_done,
        coalesce(bool_or(is_action AND done_at IS NULL AND opened_at + to_days(CAST(open_days AS INTEGER)) < now), FALSE)
            AS is_never_closed,
        coalesce(bool_or(notified_at IS NULL AND done_at + to_days(CAST(notice_days AS INTEGER)) < now), FALSE)
            AS is_closed_without_notice,
        coalesce(bool_and(coalesce(notified_at >= done_at, FALSE)) FILTER (is_action), FALSE) AS is_closed
    FROM marts.feedback_steps CROSS JOIN rules
    GROUP BY ALL
),
pieces AS (
    SELECT
        coalesce(told.feedback_table, judged.feedback_table) AS feedback_table,
        coalesce(told.feedback_id, judged.feedback_id) AS feedback_id,
        coalesce(told.kind, 'unknown') AS kind,
        coalesce(told.source_system, judged.source_system) AS source_system,
        told.* EXCLUDE (feedback_table, feedback_id, kind, source_system),
        judged.* EXCLUDE (feedback_table, feedback_id, source_system)
    FROM told
    FULL JOIN judged ON judged.feedback_table = told.feedback_table AND judged.feedback_id = told.feedback_id
    WHERE judged.feedback_id IS NOT NULL OR told.has_words OR told.is_low
)
SELECT
    pieces.feedback_table,
    pieces.feedback_id,
    pieces.kind,
    pieces.source_system,
    pieces.channel,
    pieces.customer_id,
    pieces.interaction_id,
    pieces.said_at,
    CAST(timezone(rules.timezone, timezone('UTC', coalesce(pieces.said_at, pieces.opened_at))) AS DATE) AS said_on,
    pieces.has_words,
    pieces.is_low,
    pieces.tags,
    coalesce(pieces.actions, 0) AS actions,
    pieces.opened_at,
    pieces.done_at,
    pieces.notified_at,
    pieces.answered_at,
    CAST(epoch_ms(pieces.opened_at) - epoch_ms(pieces.said_at) AS BIGINT) AS taken_up_ms,
    CAST(epoch_ms(pieces.done_at) - epoch_ms(pieces.opened_at) AS BIGINT) AS doing_ms,
    CAST(epoch_ms(pieces.notified_at) - epoch_ms(pieces.done_at) AS BIGINT) AS telling_ms,
    CASE WHEN pieces.is_closed THEN CAST(epoch_ms(pieces.notified_at) - epoch_ms(pieces.said_at) AS BIGINT) END AS loop_ms,
    CASE
        WHEN pieces.actions > 0 AND pieces.is_closed THEN 'closed'
        WHEN pieces.actions > 0 AND pieces.done_at IS NOT NULL THEN 'done'
        WHEN pieces.actions > 0 THEN 'open'
        WHEN pieces.tags IS NOT NULL THEN 'tagged'
        WHEN pieces.answered_at IS NOT NULL THEN 'answered'
        ELSE 'untouched'
    END AS state,
    coalesce(pieces.is_notified_before_done, FALSE) AS is_notified_before_done,
    coalesce(pieces.is_never_closed, FALSE) AS is_never_closed,
    coalesce(pieces.is_closed_without_notice, FALSE) AS is_closed_without_notice
FROM pieces
CROSS JOIN rules
