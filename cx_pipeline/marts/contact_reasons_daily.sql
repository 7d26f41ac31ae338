-- One row: a reason for contact on a day of the business. Reasons are those that the settings declare for the sources' words.
-- key: day, reason
-- reads: marts.counted_interactions, marts.reason_words
-- columns:
--   day DATE: Day in the business's zone.
--   reason VARCHAR: Reason; unmatched where no reason is declared for the word, none where the source names none.
--   contacts BIGINT: Interactions of customers. [interactions]
--   share DOUBLE: Their share of the day's. [0 to 1]
--   unmatched_share DOUBLE: Share of the day's interactions with a word that no reason is declared for. [0 to 1]
--   usual DOUBLE: Mean of the 28 days before, days without any included; null in the first 28 days. [interactions a day]
--   is_sudden BOOLEAN: True where there are 5 or more, and more than usual by three times the spread that chance gives such counts.
-- holds:
--   shares_are_shares: share > 0 AND share <= 1 AND unmatched_share BETWEEN 0 AND 1
WITH contacts AS (
    SELECT opened_on AS day, category
    FROM marts.counted_interactions
    WHERE opened_on IS NOT NULL AND coalesce(direction, 'inbound') = 'inbound'
),
-- Each word once; the whole word goes before a beginning of it, a longer beginning before a shorter one.
words AS (
    SELECT said.category, arg_max(declared.reason, (declared.category NOT LIKE '%*', length(declared.category), declared.category)) AS reason
    FROM (SELECT DISTINCT category FROM contacts WHERE category IS NOT NULL) AS said
    JOIN marts.reason_words AS declared
        ON lower(trim(said.category)) = declared.category
        OR (declared.category LIKE '%*' AND starts_with(lower(trim(said.category)), rtrim(declared.category, '*')))
    GROUP BY ALL
),
counted AS (
    SELECT
        contacts.day,
        CASE WHEN contacts.category IS NULL THEN 'none' ELSE coalesce(words.reason, 'unmatched') END AS reason,
        count(*) AS contacts
    FROM contacts
    LEFT JOIN words USING (category)
    GROUP BY ALL
),
compared AS (
    SELECT
        *,
        sum(contacts) OVER (PARTITION BY day) AS all_contacts,
        coalesce(sum(contacts) FILTER (reason = 'unmatched') OVER (PARTITION BY day), 0) AS unmatched,
        coalesce(
            sum(contacts) OVER (
                PARTITION BY reason ORDER BY day RANGE BETWEEN INTERVAL 28 DAY PRECEDING AND INTERVAL 1 DAY PRECEDING
            ), 0
        ) AS before,
        min(day) OVER () AS first_day
    FROM counted
)
SELECT
    day,
    reason,
    contacts,
    contacts / all_contacts AS share,
    unmatched / all_contacts AS unmatched_share,
    CASE WHEN day - first_day >= 28 THEN before / 28 END AS usual,
    -- Counts of independent contacts spread by the square root of their mean (Poisson).
    CASE WHEN day - first_day >= 28 THEN contacts >= 5 AND contacts > before / 28 + 3 * sqrt(before / 28) END AS is_sudden
FROM compared
