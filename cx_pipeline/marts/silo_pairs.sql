-- One row: an attribute of a customer of which two systems have an opinion, and whether they have a value in common.
-- kind: view
-- key: customer_id, attribute, left_system, right_system
-- reads: main.customer_attributes
-- columns:
--   customer_id VARCHAR: The customer.
--   attribute VARCHAR: The attribute.
--   left_system VARCHAR: One system, the first by the alphabet.
--   right_system VARCHAR: The other.
--   left_silo VARCHAR: What the one is for: sales, service, marketing, shop, survey or other.
--   right_silo VARCHAR: What the other is for.
--   is_agreed BOOLEAN: True where the two have a value in common.
--   left_updated_at TIMESTAMP: When the one last said so. [UTC]
--   right_updated_at TIMESTAMP: When the other last said so. [UTC]
-- holds:
--   pairs_are_told_once: left_system < right_system
WITH silos (system, silo) AS (
    VALUES ('salesforce', 'sales'),
    ('zendesk', 'service'), ('intercom', 'service'), ('servicenow', 'service'), ('genesys', 'service'), ('amazon_connect', 'service'),
    ('twilio', 'service'), ('twitter', 'service'), ('city_311', 'service'), ('cfpb', 'service'),
    ('hubspot', 'marketing'), ('klaviyo', 'marketing'), ('mailchimp', 'marketing'), ('onetrust', 'marketing'),
    ('shopify', 'shop'), ('store', 'shop'),
    ('qualtrics', 'survey'), ('typeform', 'survey'), ('delighted', 'survey')
),
-- Every two values of an attribute that are of different systems. Ids of a system's own cannot be compared with another's.
told AS NOT MATERIALIZED (
    SELECT
        rowid AS place,
        customer_id,
        attribute,
        source_values,
        unnest(source_values) AS one,
        generate_subscripts(source_values, 1) AS one_at
    FROM main.customer_attributes
    WHERE len(source_values) > 1 AND attribute NOT IN ('organization_id', 'handle')
),
compared AS NOT MATERIALIZED (
    SELECT place, customer_id, attribute, one, one_at, unnest(source_values) AS other, generate_subscripts(source_values, 1) AS other_at
    FROM told
    WHERE one.value IS NOT NULL
),
-- Where a system has several values of one attribute.
manifold AS (
    SELECT DISTINCT place FROM compared WHERE one_at < other_at AND one.source = other.source
),
by_value AS NOT MATERIALIZED (
    SELECT
        place,
        customer_id,
        attribute,
        one.source AS left_system,
        other.source AS right_system,
        one.value = other.value AS is_agreed,
        one.updated_at AS left_updated_at,
        other.updated_at AS right_updated_at
    FROM compared
    WHERE other.value IS NOT NULL AND one.source < other.source
),
-- Only there is anything to put together; rows are told apart by their place.
by_system AS (
    SELECT by_value.* EXCLUDE (place) FROM by_value ANTI JOIN manifold USING (place)
    UNION ALL
    SELECT
        any_value(customer_id), any_value(attribute), left_system, right_system, bool_or(is_agreed), max(left_updated_at),
        max(right_updated_at)
    FROM by_value
    SEMI JOIN manifold USING (place)
    GROUP BY place, left_system, right_system
)
SELECT
    pairs.customer_id,
    pairs.attribute,
    pairs.left_system,
    pairs.right_system,
    coalesce(left_silo.silo, 'other') AS left_silo,
    coalesce(right_silo.silo, 'other') AS right_silo,
    pairs.is_agreed,
    pairs.left_updated_at,
    pairs.right_updated_at
FROM by_system AS pairs
LEFT JOIN silos AS left_silo ON left_silo.system = pairs.left_system
LEFT JOIN silos AS right_silo ON right_silo.system = pairs.right_system
