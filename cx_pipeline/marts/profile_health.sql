-- One row: a customer, and which attributes of the profile are missing, stale or disputed.
-- key: customer_id
-- reads: main.customers, main.customer_attributes
-- columns:
--   customer_id VARCHAR: The customer.
--   attributes BIGINT: Attributes that are known. [attributes]
--   missing VARCHAR[]: Which of name, email, phone, country and language nobody knows.
--   stale VARCHAR[]: Attributes that no source confirmed for too long.
--   conflicting VARCHAR[]: Attributes on which sources disagree.
--   oldest_confirmed_at TIMESTAMP: When the attribute that was confirmed longest ago was. [UTC]
--   completeness DOUBLE: Share of the five that is known. [0 to 1]
--   health VARCHAR: good; fair where something is missing, stale or disputed; poor where that is half of it or more.
-- holds:
--   completeness_is_a_share: completeness BETWEEN 0 AND 1
WITH wanted AS (
    SELECT unnest(['country', 'email', 'language', 'name', 'phone']) AS attribute
),
known AS (
    SELECT
        customer_id,
        count(*) AS attributes,
        list(attribute ORDER BY attribute) AS names,
        coalesce(list(attribute ORDER BY attribute) FILTER (is_stale), []) AS stale,
        coalesce(list(attribute ORDER BY attribute) FILTER (is_conflicting), []) AS conflicting,
        min(confirmed_at) AS oldest_confirmed_at
    FROM main.customer_attributes
    GROUP BY ALL
),
compared AS (
    SELECT
        customers.customer_id,
        coalesce(known.attributes, 0) AS attributes,
        list_filter((SELECT list(attribute ORDER BY attribute) FROM wanted), lambda name: NOT list_contains(coalesce(known.names, []), name)) AS missing,
        coalesce(known.stale, []) AS stale,
        coalesce(known.conflicting, []) AS conflicting,
        known.oldest_confirmed_at
    FROM main.customers AS customers
    LEFT JOIN known USING (customer_id)
)
SELECT
    customer_id,
    attributes,
    missing,
    stale,
    conflicting,
    oldest_confirmed_at,
    (5 - len(missing)) / 5 AS completeness,
    CASE
        WHEN len(missing) + len(stale) + len(conflicting) = 0 THEN 'good'
        WHEN 2 * (len(missing) + len(list_distinct(list_concat(stale, conflicting)))) < attributes + len(missing) THEN 'fair'
        ELSE 'poor'
    END AS health
FROM compared
