-- One row: a page on a kind of device on a day, or all pages, or all devices: how fast it came, how often it did not, and how many
-- customers got in touch soon after that. What bots measured is left out.
-- key: day, page_path, device
-- reads: main.web_events, main.customer_identities, main.interactions, marts.reply_times, marts.loop_rules
-- columns:
--   day DATE: Day in the business's zone.
--   page_path VARCHAR: The page; all for all of them, unknown where nobody knows.
--   device VARCHAR: mobile, tablet, desktop, other, unknown, or all.
--   views BIGINT: Views that web analytics counted. [views]
--   loads BIGINT: Page loads that were measured. [loads]
--   timeouts BIGINT: Those that timed out. [loads]
--   cut_offs BIGINT: Those that were left before they were there. [loads]
--   failed_share DOUBLE: Share of them that timed out or was cut off. [0 to 1]
--   lcp_p50_ms DOUBLE: Largest contentful paint: half came no later. [ms]
--   lcp_p75_ms DOUBLE: Three quarters came no later; 2500 is good. [ms]
--   lcp_p95_ms DOUBLE: 19 of 20 came no later. [ms]
--   inp_p75_ms DOUBLE: Interaction to next paint, three quarters; 200 is good. [ms]
--   cls_p75 DOUBLE: Cumulative layout shift, three quarters; 0.1 is good.
--   fcp_p75_ms DOUBLE: First contentful paint, three quarters. [ms]
--   ttfb_p75_ms DOUBLE: Time to first byte, three quarters. [ms]
--   contacts BIGINT: Contacts of a customer within failure_minutes of a load of hers that failed, each with the last such load. [interactions]
--   contacted_share DOUBLE: Failed loads of known customers that a contact of theirs followed so soon. [0 to 1]
WITH rules AS (
    SELECT timezone, failure_minutes FROM marts.loop_rules
),
events AS (
    SELECT
        user_token,
        web_session_id,
        customer_id,
        event_name,
        occurred_at,
        coalesce(page_path, 'unknown') AS page_path,
        CASE
            WHEN device_kind IS NULL THEN 'unknown'
            WHEN regexp_matches(lower(device_kind), 'mobile|phone|android|ios') THEN 'mobile'
            WHEN lower(device_kind) = 'tablet' OR lower(device_kind) = 'ipad' THEN 'tablet'
            WHEN regexp_matches(lower(device_kind), 'desktop|laptop|^pc$|computer') THEN 'desktop'
            ELSE 'other'
        END AS device,
        metric_name,
        metric_id,
        metric_value,
        coalesce(is_timeout, FALSE) AS is_timeout,
        coalesce(is_cut_off, FALSE) AS is_cut_off,
        -- Ids of the library hold the moment at which it began to measure; metrics of one load differ in it by little.
        CAST(nullif(regexp_extract(metric_id, '^v[0-9]+-([0-9]{13})-', 1), '') AS BIGINT) AS began_ms
    FROM main.web_events
    WHERE NOT is_deleted AND NOT is_test AND occurred_at IS NOT NULL AND coalesce(is_final, TRUE)
      AND NOT coalesce(list_contains(dq_flags, 'taken_for_bot'), FALSE)
),
owners AS (
    SELECT value_token AS user_token, min(customer_id) AS owner_id
    FROM main.customer_identities
    WHERE kind = 'cookie' AND customer_id IS NOT NULL AND NOT coalesce(is_shared, FALSE) AND NOT is_deleted AND NOT is_test
    GROUP BY ALL
    HAVING count(DISTINCT customer_id) = 1
),
-- One load reports several metrics, whose ids begin within the same second; without a visitor, at the same moment.
moments AS (
    SELECT
        user_token,
        web_session_id,
        page_path,
        device,
        began_ms,
        CASE WHEN began_ms IS NULL THEN metric_id END AS load_id,
        min(occurred_at) AS happened_at,
        max(customer_id) AS customer_id,
        bool_or(is_timeout) AS is_timeout,
        bool_or(is_cut_off) AS is_cut_off,
        max(metric_value) FILTER (metric_name = 'LCP') AS lcp,
        max(metric_value) FILTER (metric_name = 'INP') AS inp,
        max(metric_value) FILTER (metric_name = 'CLS') AS cls,
        max(metric_value) FILTER (metric_name = 'FCP') AS fcp,
        max(metric_value) FILTER (metric_name = 'TTFB') AS ttfb
    FROM events
    WHERE metric_name IS NOT NULL
    GROUP BY ALL
),
gaps AS (
    SELECT
        *,
        began_ms - lag(began_ms) OVER (PARTITION BY user_token, web_session_id, page_path, device ORDER BY began_ms)
        > CASE WHEN coalesce(user_token, web_session_id) IS NULL THEN 0 ELSE 1000 END AS is_later
    FROM moments
),
numbered AS (
    SELECT
        *,
        count(*) FILTER (is_later) OVER (PARTITION BY user_token, web_session_id, page_path, device ORDER BY began_ms) AS load_number
    FROM gaps
),
loads AS (
    SELECT
        user_token,
        page_path,
        device,
        min(happened_at) AS happened_at,
        max(customer_id) AS customer_id,
        bool_or(is_timeout) AS is_timeout,
        bool_or(is_cut_off) AS is_cut_off,
        max(lcp) AS lcp,
        max(inp) AS inp,
        max(cls) AS cls,
        max(fcp) AS fcp,
        max(ttfb) AS ttfb
    FROM numbered
    GROUP BY user_token, web_session_id, page_path, device, load_id, load_number
),
failed AS (
    SELECT
        row_number() OVER (ORDER BY loads.happened_at, loads.user_token, loads.page_path) AS failure,
        loads.page_path,
        loads.device,
        loads.happened_at,
        coalesce(loads.customer_id, owners.owner_id) AS who
    FROM loads LEFT JOIN owners USING (user_token)
    WHERE (loads.is_timeout OR loads.is_cut_off) AND coalesce(loads.customer_id, owners.owner_id) IS NOT NULL
),
contacts AS (
    SELECT one.interaction_id, one.customer_id AS who, one.opened_at
    FROM marts.reply_times AS one
    SEMI JOIN failed ON failed.who = one.customer_id
    SEMI JOIN main.interactions AS inbound
        ON inbound.interaction_id = one.interaction_id AND coalesce(inbound.direction, 'inbound') = 'inbound'
    WHERE one.opened_at IS NOT NULL
),
blamed AS (
    SELECT failed.failure, count(*) AS contacts
    FROM contacts
    ASOF JOIN failed ON failed.who = contacts.who AND contacts.opened_at >= failed.happened_at
    CROSS JOIN rules
    WHERE contacts.opened_at <= failed.happened_at + to_minutes(rules.failure_minutes)
    GROUP BY ALL
),
followed AS (
    SELECT failed.failure
    FROM failed
    ASOF JOIN contacts ON contacts.who = failed.who AND failed.happened_at <= contacts.opened_at
    CROSS JOIN rules
    WHERE contacts.opened_at <= failed.happened_at + to_minutes(rules.failure_minutes)
),
facts AS (
    SELECT page_path, device, happened_at, TRUE AS is_load, is_timeout, is_cut_off, lcp, inp, cls, fcp, ttfb, 0 AS contacts, NULL AS is_followed
    FROM loads
    UNION ALL
    SELECT page_path, device, occurred_at, FALSE, FALSE, FALSE, NULL, NULL, NULL, NULL, NULL, 0, NULL
    FROM events WHERE metric_name IS NULL AND event_name IN ('page_view', 'screen_view')
    UNION ALL
    SELECT
        failed.page_path, failed.device, failed.happened_at, NULL, FALSE, FALSE, NULL, NULL, NULL, NULL, NULL, coalesce(blamed.contacts, 0),
        followed.failure IS NOT NULL
    FROM failed
    LEFT JOIN blamed USING (failure)
    LEFT JOIN followed USING (failure)
)
SELECT
    CAST(timezone(rules.timezone, timezone('UTC', facts.happened_at)) AS DATE) AS day,
    CASE WHEN grouping(facts.page_path) = 1 THEN 'all' ELSE facts.page_path END AS page_path,
    CASE WHEN grouping(facts.device) = 1 THEN 'all' ELSE facts.device END AS device,
    count(*) FILTER (NOT is_load) AS views,
    count(*) FILTER (is_load) AS loads,
    count(*) FILTER (is_timeout) AS timeouts,
    count(*) FILTER (is_cut_off) AS cut_offs,
    count(*) FILTER (is_timeout OR is_cut_off) / nullif(count(*) FILTER (is_load), 0) AS failed_share,
    quantile_disc(lcp, 0.5) AS lcp_p50_ms,
    quantile_disc(lcp, 0.75) AS lcp_p75_ms,
    quantile_disc(lcp, 0.95) AS lcp_p95_ms,
    quantile_disc(inp, 0.75) AS inp_p75_ms,
    quantile_disc(cls, 0.75) AS cls_p75,
    quantile_disc(fcp, 0.75) AS fcp_p75_ms,
    quantile_disc(ttfb, 0.75) AS ttfb_p75_ms,
    CAST(sum(contacts) AS BIGINT) AS contacts,
    count(*) FILTER (is_followed) / nullif(count(is_followed), 0) AS contacted_share
FROM facts
CROSS JOIN rules
GROUP BY GROUPING SETS ((day, facts.page_path, facts.device), (day, facts.page_path), (day, facts.device), (day))
