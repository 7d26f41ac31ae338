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
-- Who is known by one system only is no pair. Rows are told apart by their place, which is cheaper to hold than their key.
disputable AS (
    SELECT rowid AS place, customer_id, attribute, source_values
    FROM main.customer_attributes
    -- Ids of a system's own cannot be compared with another's.
    WHERE len(list_distinct(list_transform(source_values, lambda said: said.source))) > 1
      AND attribute NOT IN ('organization_id', 'handle')
),
opinions AS (
    SELECT place, customer_id, attribute, unnest(source_values, recursive := TRUE) FROM disputable
),
by_system AS (
    SELECT
        place,
        source AS system,
        any_value(customer_id) AS customer_id,
        any_value(attribute) AS attribute,
        list(value) AS said,
        max(updated_at) AS updated_at
    FROM opinions
    WHERE value IS NOT NULL
    GROUP BY place, source
)
SELECT
    one.customer_id,
    one.attribute,
    one.system AS left_system,
    other.system AS right_system,
    coalesce(left_silo.silo, 'other') AS left_silo,
    coalesce(right_silo.silo, 'other') AS right_silo,
    list_has_any(one.said, other.said) AS is_agreed,
    one.updated_at AS left_updated_at,
    other.updated_at AS right_updated_at
FROM by_system AS one
JOIN by_system AS other ON other.place = one.place AND one.system < other.system
LEFT JOIN silos AS left_silo ON left_silo.system = one.system
LEFT JOIN silos AS right_silo ON right_silo.system = other.system
