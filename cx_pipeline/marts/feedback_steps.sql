-- One row: a tag on a piece of feedback or an action that was opened for it, with the feedback that it is for.
-- kind: view
-- key: action_id
-- reads: main.feedback_actions, main.survey_responses, main.reviews, main.messages, main.interactions
-- columns:
--   action_id VARCHAR: The tag or action, as in main.feedback_actions.
--   feedback_table VARCHAR: Table of the feedback; feedback_actions where none is named.
--   feedback_id VARCHAR: Its id: of what it was merged into or repeats, where that is so; the action's where none is named.
--   source_system VARCHAR: Tool that it comes from.
--   tag VARCHAR: The tag.
--   department VARCHAR: Department that is to act.
--   opened_at TIMESTAMP: When the action was opened. [UTC]
--   done_at TIMESTAMP: When it was done. [UTC]
--   notified_at TIMESTAMP: When the customer was told. [UTC]
--   is_action BOOLEAN: True for an action; false for a mere tag.
WITH acted AS (
    SELECT
        *,
        CASE WHEN feedback_id IS NULL OR feedback_table IS NULL THEN 'feedback_actions' ELSE feedback_table END AS named_table,
        CASE WHEN feedback_id IS NULL OR feedback_table IS NULL THEN action_id ELSE feedback_id END AS named_id
    FROM main.feedback_actions
    WHERE NOT is_deleted AND NOT is_test
),
-- Records that an action may name and that do not stand for themselves: what does instead, or null for nothing.
instead AS (
    SELECT 'survey_responses' AS named_table, response_id AS named_id, CASE WHEN NOT is_deleted AND NOT is_test THEN duplicate_of END AS for_id
    FROM main.survey_responses
    WHERE is_deleted OR is_test OR coalesce(is_preview, FALSE) OR audience = 'employee' OR duplicate_of IS NOT NULL
    UNION ALL
    SELECT 'reviews', review_id, NULL FROM main.reviews GROUP BY ALL HAVING bool_and(is_deleted OR is_test)
    UNION ALL
    SELECT 'messages', message_id, NULL FROM main.messages WHERE is_deleted OR is_test
    UNION ALL
    SELECT 'interactions', gone.interaction_id, survivor.interaction_id
    FROM main.interactions AS gone
    LEFT JOIN main.interactions AS survivor
        ON survivor.interaction_id = gone.merged_into_interaction_id
        AND survivor.merged_into_interaction_id IS DISTINCT FROM gone.interaction_id
        AND NOT survivor.is_deleted AND NOT survivor.is_test AND NOT gone.is_test
    WHERE gone.is_deleted OR gone.is_test OR survivor.interaction_id IS NOT NULL
)
SELECT
    acted.action_id,
    acted.named_table AS feedback_table,
    coalesce(instead.for_id, acted.named_id) AS feedback_id,
    acted.source_system,
    acted.tag,
    acted.department,
    acted.opened_at,
    acted.done_at,
    acted.notified_at,
    coalesce(acted.opened_at, acted.done_at, acted.notified_at) IS NOT NULL OR acted.status IS NOT NULL AS is_action
FROM acted
LEFT JOIN instead ON instead.named_table = acted.named_table AND instead.named_id = acted.named_id
WHERE instead.named_id IS NULL OR instead.for_id IS NOT NULL
