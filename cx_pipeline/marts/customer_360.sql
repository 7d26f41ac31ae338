-- One row: a customer, with what all tools together know of the relation.
-- key: customer_id
-- reads: main.customers, main.customer_attributes, main.consents, main.orders, main.survey_responses, marts.reply_times,
--   marts.customer_timeline, quality.runs
-- columns:
--   customer_id VARCHAR: The customer.
--   country VARCHAR: Country, ISO 3166.
--   language VARCHAR: Language, BCP 47 tag.
--   first_touch_at TIMESTAMP: First touch. [UTC]
--   last_touch_at TIMESTAMP: Last touch of any kind. [UTC]
--   last_own_act_at TIMESTAMP: Last time that the customer did something. [UTC]
--   touches BIGINT: Touches of all kinds. [touches]
--   offline_touches BIGINT: Of these in shops and on the telephone. [touches]
--   contacts BIGINT: Interactions that count. [interactions]
--   contacts_by_channel STRUCT(channel VARCHAR, contacts BIGINT)[]: The same by channel, in the order of the alphabet.
--   open_cases BIGINT: Interactions that are open now. [interactions]
--   last_contact_at TIMESTAMP: When the last interaction was opened. [UTC]
--   last_contact_channel VARCHAR: Its channel.
--   answers BIGINT: Answers to surveys. [answers]
--   last_nps_group VARCHAR: promoter, passive or detractor by the last answer that says it.
--   satisfied_share DOUBLE: Share of satisfaction scores in the best quarter of their scale. [0 to 1]
--   orders BIGINT: Orders that were not cancelled. [orders]
--   last_order_at TIMESTAMP: When the last of them was placed. [UTC]
--   order_value STRUCT(currency VARCHAR, amount DECIMAL(38,4))[]: Sum of their totals, by currency.
--   consents_granted BIGINT: Channels and purposes that are permitted now. [consents]
--   consents_refused BIGINT: Channels and purposes that are denied or withdrawn now. [consents]
--   source_count BIGINT: Source systems that know the customer. [systems]
--   profile_updated_at TIMESTAMP: When the profile last changed anywhere. [UTC]
--   profile_age_days BIGINT: Days from then to the run. [days]
--   conflicting_attributes BIGINT: Attributes on which the sources disagree. [attributes]
--   stale_attributes BIGINT: Attributes that nobody confirmed for too long. [attributes]
-- holds:
--   parts_within_whole: offline_touches <= touches AND open_cases <= contacts
WITH touched AS (
    SELECT
        customer_id,
        min(happened_at) AS first_touch_at,
        max(happened_at) AS last_touch_at,
        max(happened_at) FILTER (is_own_act) AS last_own_act_at,
        count(*) AS touches,
        count(*) FILTER (place = 'offline') AS offline_touches
    FROM marts.customer_timeline
    GROUP BY ALL
),
by_channel AS (
    SELECT customer_id, channel, count(*) AS contacts FROM marts.reply_times WHERE customer_id IS NOT NULL GROUP BY ALL
),
channels AS (
    SELECT customer_id, list_sort(list({'channel': channel, 'contacts': contacts})) AS contacts_by_channel FROM by_channel GROUP BY ALL
),
cases AS (
    SELECT
        customer_id,
        count(*) AS contacts,
        count(*) FILTER (is_resolved IS FALSE) AS open_cases,
        max(opened_at) AS last_contact_at,
        arg_max(channel, (opened_at, interaction_id)) AS last_contact_channel
    FROM marts.reply_times
    GROUP BY ALL
),
answered AS (
    SELECT
        customer_id,
        count(*) AS answers,
        arg_max(nps_group, (coalesce(submitted_at, recorded_at), response_id)) FILTER (nps_group IS NOT NULL) AS last_nps_group,
        count(*) FILTER (metric = 'csat' AND (score - scale_min) / nullif(scale_max - scale_min, 0) >= 0.75)
        / nullif(count(*) FILTER (metric = 'csat' AND score IS NOT NULL), 0) AS satisfied_share
    FROM main.survey_responses
    WHERE NOT is_deleted AND NOT is_test AND NOT coalesce(is_preview, FALSE) AND duplicate_of IS NULL AND score_original IS NOT NULL
      AND (score IS NOT NULL OR completion IS NOT NULL OR submitted_at IS NOT NULL)
    GROUP BY ALL
),
bought AS (
    SELECT customer_id, currency, count(*) AS orders, max(ordered_at) AS last_order_at, sum(total) AS amount
    FROM main.orders
    WHERE NOT is_deleted AND NOT is_test AND cancelled_at IS NULL
    GROUP BY ALL
),
bought_in_all AS (
    SELECT
        customer_id,
        CAST(sum(orders) AS BIGINT) AS orders,
        max(last_order_at) AS last_order_at,
        list({'currency': currency, 'amount': amount} ORDER BY currency) FILTER (amount IS NOT NULL) AS order_value
    FROM bought
    GROUP BY ALL
),
permitted AS (
    SELECT
        customer_id,
        count(*) FILTER (state = 'granted') AS consents_granted,
        count(*) FILTER (state IN ('denied', 'withdrawn')) AS consents_refused
    FROM main.consents
    GROUP BY ALL
),
told AS (
    SELECT
        customer_id,
        count(*) FILTER (is_conflicting) AS conflicting_attributes,
        count(*) FILTER (is_stale) AS stale_attributes
    FROM main.customer_attributes
    GROUP BY ALL
)
SELECT
    customers.customer_id,
    customers.country,
    customers.language,
    touched.first_touch_at,
    touched.last_touch_at,
    touched.last_own_act_at,
    coalesce(touched.touches, 0) AS touches,
    coalesce(touched.offline_touches, 0) AS offline_touches,
    coalesce(cases.contacts, 0) AS contacts,
    channels.contacts_by_channel,
    coalesce(cases.open_cases, 0) AS open_cases,
    cases.last_contact_at,
    cases.last_contact_channel,
    coalesce(answered.answers, 0) AS answers,
    answered.last_nps_group,
    answered.satisfied_share,
    coalesce(bought_in_all.orders, 0) AS orders,
    bought_in_all.last_order_at,
    bought_in_all.order_value,
    coalesce(permitted.consents_granted, 0) AS consents_granted,
    coalesce(permitted.consents_refused, 0) AS consents_refused,
    customers.source_count,
    customers.profile_updated_at,
    date_diff('day', customers.profile_updated_at, runs.now) AS profile_age_days,
    coalesce(told.conflicting_attributes, 0) AS conflicting_attributes,
    coalesce(told.stale_attributes, 0) AS stale_attributes
FROM main.customers AS customers
CROSS JOIN quality.runs AS runs
LEFT JOIN touched USING (customer_id)
LEFT JOIN cases USING (customer_id)
LEFT JOIN channels USING (customer_id)
LEFT JOIN answered USING (customer_id)
LEFT JOIN bought_in_all USING (customer_id)
LEFT JOIN permitted USING (customer_id)
LEFT JOIN told USING (customer_id)
