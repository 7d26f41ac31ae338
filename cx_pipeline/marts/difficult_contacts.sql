-- One row: a contact that was hard on whoever took it, by the limits of marts.load_rules, and why.
-- key: interaction_id
-- reads: main.messages, main.call_legs, main.survey_responses, marts.counted_interactions, marts.resolutions, marts.load_rules
-- columns:
--   interaction_id VARCHAR: The interaction.
--   touches BIGINT: Its public messages and legs of calls. [touches]
--   transfers BIGINT: Legs of it that ended in a transfer. [legs]
--   reopens BIGINT: Times it was reopened. [count]
--   is_unhappy BOOLEAN: True where the customer's score of it is in the worst quarter of its scale.
--   why VARCHAR[]: long, reopened, transferred or unhappy: what makes it difficult, in the order of the alphabet.
WITH touched AS (
    SELECT interaction_id, sum(touches) AS touches, sum(transfers) AS transfers
    FROM (
        SELECT interaction_id, count(*) AS touches, 0 AS transfers
        FROM main.messages
        WHERE NOT is_deleted AND NOT is_test AND is_public AND NOT coalesce(is_auto_reply, FALSE)
        GROUP BY ALL
        UNION ALL
        SELECT interaction_id, count(*), count(*) FILTER (is_transferred)
        FROM main.call_legs
        WHERE NOT is_deleted AND NOT is_test
        GROUP BY ALL
    )
    GROUP BY ALL
),
unhappy AS (
    SELECT DISTINCT interaction_id
    FROM main.survey_responses
    WHERE NOT is_deleted AND NOT is_test AND NOT coalesce(is_preview, FALSE) AND duplicate_of IS NULL AND interaction_id IS NOT NULL
        AND audience IS DISTINCT FROM 'employee' AND metric IN ('csat', 'nps', 'ces', 'stars', 'thumbs')
        AND (score - scale_min) / nullif(scale_max - scale_min, 0) <= 0.25
),
judged AS (
    SELECT
        one.interaction_id,
        CAST(coalesce(touched.touches, 0) AS BIGINT) AS touches,
        CAST(coalesce(touched.transfers, 0) AS BIGINT) AS transfers,
        resolutions.reopens,
        unhappy.interaction_id IS NOT NULL AS is_unhappy,
        rules.difficult_touches,
        rules.difficult_transfers
    FROM marts.counted_interactions AS one
    CROSS JOIN marts.load_rules AS rules
    JOIN marts.resolutions AS resolutions USING (interaction_id)
    LEFT JOIN touched ON touched.interaction_id = one.interaction_id
    LEFT JOIN unhappy ON unhappy.interaction_id = one.interaction_id
)
SELECT
    interaction_id,
    touches,
    transfers,
    reopens,
    is_unhappy,
    list_filter(
        [
            CASE WHEN touches >= difficult_touches THEN 'long' END,
            CASE WHEN reopens >= 1 THEN 'reopened' END,
            CASE WHEN transfers >= difficult_transfers THEN 'transferred' END,
            CASE WHEN is_unhappy THEN 'unhappy' END
        ],
        lambda reason: reason IS NOT NULL
    ) AS why
FROM judged
WHERE touches >= difficult_touches OR reopens >= 1 OR transfers >= difficult_transfers OR is_unhappy
