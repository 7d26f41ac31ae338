-- One row: a metric on one day of the business, for one channel and department or for all, with its trust envelope: how far the
-- value could be off because of what was kept back or is not known. The truth lies between low and high, provided that what was
-- kept back of a file is of the days that the file tells of, and of a metric that its export has given before. What belongs to an
-- interaction that was kept back is in unknown, not in its channel.
-- key: metric, day, channel, department
-- order: day, metric, channel, department
-- reads: main.customers, main.survey_responses, marts.metric_facts, marts.metric_definitions, marts.counted_interactions,
--   marts.resolutions, marts.rules_in_force, marts.feeds, quality.ledger, quality.deliveries, quality.runs
-- columns:
--   metric VARCHAR: The metric, as in marts.metric_definitions.
--   day DATE: Day in the business's zone.
--   channel VARCHAR: Channel; all for the day as a whole, unknown where nobody knows.
--   department VARCHAR: Department; all for the day as a whole, unknown where nobody knows.
--   value DOUBLE: The metric; null where nothing counts. [as the metric]
--   unit VARCHAR: Its unit.
--   n BIGINT: Facts that count. [facts]
--   n_excluded BIGINT: Facts that are none by definition: previews, double submits, ratings not given. [facts]
--   n_uncertain BIGINT: Facts of which it is not known what they would add. [facts]
--   n_quarantined BIGINT: Records kept back that may belong here, counted in every cell they may belong to. [records]
--   low DOUBLE: Worst case of what is uncertain or was kept back; null where nothing bounds it. [as the metric]
--   high DOUBLE: Best case in numbers, the highest; null where nothing bounds it. [as the metric]
--   interval_low DOUBLE: Lower end of the 95 % interval by the size of the sample alone; null where none is made. [as the metric]
--   interval_high DOUBLE: Upper end of it. [as the metric]
--   unclear_share DOUBLE: Share that is uncertain, or expected to be among what was kept back. [0 to 1]
--   trust VARCHAR: green, amber (few facts, or some unclear) or red (much unclear, or nothing counts).
--   guarded_by VARCHAR: Table whose checks guard it, as in quality.checks.
--   target DOUBLE: Target of the settings. [as the metric]
--   target_distance DOUBLE: value less target; what is good about it depends on is_high_good of the definition. [as the metric]
-- holds:
--   value_within_bounds: coalesce(value - low >= -1e-6 * (1 + abs(low)), TRUE)
--     AND coalesce(high - value >= -1e-6 * (1 + abs(high)), TRUE)
--   shares_are_shares: unclear_share BETWEEN 0 AND 1
--   counts_are_counts: least(n, n_excluded, n_uncertain, n_quarantined) >= 0
WITH rules AS (
    SELECT rules.*, CAST(timezone(rules.timezone, timezone('UTC', runs.now)) AS DATE) AS today
    FROM marts.rules_in_force AS rules CROSS JOIN quality.runs AS runs
),
cells_by_place AS (
    SELECT
        metric,
        day,
        channel,
        department,
        count(*) FILTER (state = 'counted') AS n,
        count(*) FILTER (state = 'excluded') AS n_excluded,
        count(*) FILTER (state = 'uncertain') AS n_uncertain,
        coalesce(sum(value), 0) AS total,
        count(*) FILTER (value > 0) AS above,
        count(*) FILTER (value < 0) AS below
    FROM marts.metric_facts
    GROUP BY metric, day, channel, department
),
cells AS (
    SELECT * REPLACE (CAST(total AS DOUBLE) AS total) FROM cells_by_place
    UNION ALL
    SELECT
        metric, day, 'all', 'all', CAST(sum(n) AS BIGINT), CAST(sum(n_excluded) AS BIGINT), CAST(sum(n_uncertain) AS BIGINT),
        CAST(sum(total) AS DOUBLE), CAST(sum(above) AS BIGINT), CAST(sum(below) AS BIGINT)
    FROM cells_by_place
    GROUP BY metric, day
),
first_seen AS (
    SELECT CAST(timezone(rules.timezone, timezone('UTC', first_seen_at)) AS DATE) AS first_day
    FROM main.customers CROSS JOIN rules
    WHERE first_seen_at IS NOT NULL
),
known AS (
    SELECT first_day, sum(customers) OVER (ORDER BY first_day) AS customers
    FROM (SELECT first_day, count(*) AS customers FROM first_seen GROUP BY first_day)
),
rates AS (
    SELECT cells.* REPLACE ('contact_rate' AS metric, 100.0 * cells.n / known.customers AS total), known.customers
    FROM cells
    ASOF JOIN known ON cells.day >= known.first_day
    WHERE cells.metric = 'case_volume'
),
-- What opens and what closes, by day; what nobody knows the end of is uncertain until the run.
moves AS (
    SELECT one.channel, one.department, one.opened_on AS day, 1 AS opened, CAST(ended.is_resolved IS NULL OR (ended.is_resolved AND ended.fully_resolved_at IS NULL) AS INTEGER) AS unclear
    FROM marts.counted_interactions AS one JOIN marts.resolutions AS ended USING (interaction_id) WHERE one.opened_on IS NOT NULL
    UNION ALL
    SELECT one.channel, one.department, greatest(one.opened_on, CAST(timezone(rules.timezone, timezone('UTC', ended.fully_resolved_at)) AS DATE)), -1, 0
    FROM marts.counted_interactions AS one JOIN marts.resolutions AS ended USING (interaction_id) CROSS JOIN rules
    WHERE one.opened_on IS NOT NULL AND ended.fully_resolved_at IS NOT NULL
    UNION ALL
    SELECT one.channel, one.department, greatest(one.opened_on, rules.today), -1, -1
    FROM marts.counted_interactions AS one JOIN marts.resolutions AS ended USING (interaction_id) CROSS JOIN rules
    WHERE one.opened_on IS NOT NULL AND ended.is_resolved AND ended.fully_resolved_at IS NULL
),
by_day AS (
    SELECT
        CASE GROUPING(channel) WHEN 1 THEN 'all' ELSE channel END AS channel,
        CASE GROUPING(department) WHEN 1 THEN 'all' ELSE department END AS department,
        day,
        sum(opened) AS opened,
        sum(unclear) AS unclear
    FROM moves
    GROUP BY GROUPING SETS ((channel, department, day), (day))
),
moved AS (
    SELECT channel, department, day, sum(opened) OVER so_far AS open, sum(unclear) OVER so_far AS unclear
    FROM by_day
    WINDOW so_far AS (PARTITION BY channel, department ORDER BY day)
),
-- Three years at most, however old the oldest date is.
days AS (
    SELECT CAST(unnest(generate_series(greatest(first_day, today - INTERVAL 3 YEAR), CAST(today AS TIMESTAMP), INTERVAL 1 DAY)) AS DATE) AS day
    FROM (SELECT min(opened_on) AS first_day FROM marts.counted_interactions) CROSS JOIN rules
),
stocks AS (
    SELECT
        'backlog' AS metric, days.day, places.channel, places.department,
        CAST(moved.open - moved.unclear AS BIGINT) AS n, 0 AS n_excluded, CAST(moved.unclear AS BIGINT) AS n_uncertain,
        CAST(moved.open - moved.unclear AS DOUBLE) AS total, 0 AS above, 0 AS below, NULL AS customers
    FROM days
    CROSS JOIN (SELECT DISTINCT channel, department FROM moved) AS places
    ASOF JOIN moved ON moved.channel = places.channel AND moved.department = places.department AND days.day >= moved.day
),
all_cells AS (
    SELECT *, NULL AS customers FROM cells
    UNION ALL BY NAME
    SELECT * FROM rates
    UNION ALL BY NAME
    SELECT * FROM stocks
),
-- An export that never gave a metric's answers hides none; one that gave nothing at all may hide any.
asked AS (
    SELECT DISTINCT
        source_system,
        source_entity,
        CASE WHEN metric = 'nps' AND audience = 'employee' THEN 'employee_nps' WHEN metric = 'thumbs' THEN 'csat' ELSE metric END AS metric
    FROM main.survey_responses
),
-- A tool that has no messages, or no calls, hides no interaction that is told by them.
tools AS (
    SELECT source_system, list(DISTINCT table_name) AS fed FROM marts.feeds GROUP BY ALL
),
feeding AS (
    SELECT
        definitions.metric,
        feeds.source_system,
        feeds.source_entity,
        bool_or(feeds.table_name = definitions.table_name) AS is_own,
        -- As many facts as rows; null where it may be any number.
        max(coalesce(feeds.most_rows, 1_000_000_000)) FILTER (feeds.table_name = definitions.table_name) AS most_rows
    FROM marts.metric_definitions AS definitions
    JOIN marts.feeds AS feeds ON feeds.table_name = definitions.table_name OR list_contains(definitions.also, feeds.table_name)
    LEFT JOIN (SELECT source_system, source_entity, list(metric) AS metrics FROM asked GROUP BY ALL) AS told
        ON told.source_system = feeds.source_system AND told.source_entity = feeds.source_entity
    JOIN tools ON tools.source_system = feeds.source_system
    WHERE (definitions.table_name <> 'survey_responses' OR told.metrics IS NULL OR list_contains(told.metrics, definitions.metric))
      AND (
          NOT list_has_any(definitions.also, ['messages', 'call_legs'])
          OR list_has_any(tools.fed, list_intersect(definitions.also, ['messages', 'call_legs']))
      )
    GROUP BY ALL
),
-- What was kept back of each file. A record that tells of a fact without being one may be about any day before.
kept_back AS (
    SELECT
        feeding.metric,
        files.delivery_id,
        CASE WHEN feeding.is_own THEN CAST(timezone(any_value(rules.timezone), timezone('UTC', files.window_start)) AS DATE) END AS first_day,
        CAST(timezone(any_value(rules.timezone), timezone('UTC', files.window_end)) AS DATE) AS last_day,
        sum(lines.quarantined) AS records,
        sum(lines.quarantined) * CASE WHEN feeding.is_own THEN feeding.most_rows ELSE 1 END AS rows_at_most,
        max(lines.rows_in) FILTER (lines.stage <> 'map') AS read,
        feeding.is_own AND feeding.most_rows = 1_000_000_000 AS gives_any_number
    FROM quality.ledger AS lines
    JOIN quality.deliveries AS files USING (delivery_id)
    JOIN feeding ON feeding.source_system = files.source_system AND feeding.source_entity = files.source_entity
    JOIN marts.metric_definitions AS definitions ON definitions.metric = feeding.metric
    CROSS JOIN rules
    WHERE lines.stage <> 'map' OR lines.table_name = definitions.table_name OR list_contains(definitions.also, lines.table_name)
    GROUP BY feeding.metric, feeding.is_own, feeding.most_rows, files.delivery_id, files.window_start, files.window_end
),
missing AS (
    SELECT
        wanted.metric,
        wanted.day,
        CAST(coalesce(sum(kept_back.records), 0) AS BIGINT) AS n_quarantined,
        CAST(coalesce(
            sum(kept_back.rows_at_most) FILTER (kept_back.first_day IS NULL OR wanted.day >= kept_back.first_day), 0
        ) AS BIGINT) AS addable,
        coalesce(sum(kept_back.records) / nullif(sum(kept_back.read), 0), 0) AS kept_back_share,
        coalesce(
            bool_or(
                kept_back.gives_any_number AND kept_back.records > 0
                AND (kept_back.first_day IS NULL OR wanted.day >= kept_back.first_day)
            ), FALSE
        ) AS any_number
    FROM (SELECT DISTINCT metric, day FROM all_cells) AS wanted
    JOIN marts.metric_definitions AS definitions USING (metric)
    LEFT JOIN kept_back
        ON kept_back.metric = wanted.metric
        AND (kept_back.first_day IS NULL OR wanted.day >= kept_back.first_day - CAST(definitions.reach_days AS INTEGER))
        AND (kept_back.last_day IS NULL OR wanted.day <= kept_back.last_day OR definitions.kind = 'stock')
    GROUP BY ALL
),
weighed AS (
    SELECT
        all_cells.*,
        definitions.* EXCLUDE (metric, description),
        missing.n_quarantined,
        missing.any_number,
        all_cells.n_uncertain + missing.addable AS unknown,
        -- Of 0 and 100 only what is above can fall and what is not can rise; of other figures, any can.
        definitions.lowers * least(missing.n_quarantined, CASE WHEN definitions.most = 100 THEN all_cells.above ELSE all_cells.n END) AS lowered,
        definitions.raises
        * least(missing.n_quarantined, CASE WHEN definitions.most = 100 THEN all_cells.n - all_cells.above ELSE all_cells.n END) AS raised,
        1 - (1 - missing.kept_back_share) * coalesce(all_cells.n / nullif(all_cells.n + all_cells.n_uncertain, 0), 0) AS unclear_share,
        all_cells.n + 3.0 AS n_score,
        (all_cells.above + 0.75) / (all_cells.n + 3.0) AS p_above,
        (all_cells.below + 0.75) / (all_cells.n + 3.0) AS p_below,
        all_cells.above / nullif(all_cells.n, 0) AS p
    FROM all_cells
    JOIN marts.metric_definitions AS definitions USING (metric)
    JOIN missing USING (metric, day)
),
bounded AS (
    SELECT
        *,
        CASE kind
            WHEN 'mean' THEN total / nullif(n, 0)
            ELSE total
        END AS value,
        CASE
            WHEN kind = 'count' THEN n
            WHEN kind = 'stock' THEN greatest(0, n - lowered)
            WHEN kind = 'rate' THEN total
            WHEN unknown = 0 AND lowered = 0 THEN total / nullif(n, 0)
            WHEN any_number OR (most IS NULL AND lowered > 0) THEN least
            ELSE greatest(least, (total + unknown * least - coalesce(lowered * (most - least), 0)) / nullif(n + unknown, 0))
        END AS low_value,
        CASE
            WHEN kind IN ('count', 'stock') THEN CASE WHEN NOT any_number THEN n + unknown END
            WHEN kind = 'rate' THEN CASE WHEN NOT any_number THEN 100.0 * (n + unknown) / customers END
            WHEN unknown = 0 AND raised = 0 THEN total / nullif(n, 0)
            WHEN any_number OR most IS NULL THEN most
            ELSE least(most, (total + unknown * most + raised * (most - least)) / nullif(n + unknown, 0))
        END AS high_value
    FROM weighed
)
SELECT
    metric,
    day,
    channel,
    department,
    value,
    unit,
    CAST(n AS BIGINT) AS n,
    CAST(n_excluded AS BIGINT) AS n_excluded,
    CAST(n_uncertain AS BIGINT) AS n_uncertain,
    n_quarantined,
    CAST(low_value AS DOUBLE) AS low,
    CAST(high_value AS DOUBLE) AS high,
    -- NPS: adjusted Wald with three answers added (Rocks, "Interval Estimation for the Net Promoter Score", 2016).
    -- Shares: Wilson's score interval, which holds for small samples too.
    CASE
        WHEN n = 0 THEN NULL
        WHEN unit = 'points' THEN greatest(-100, 100 * (p_above - p_below - 1.96 * sqrt((p_above + p_below - (p_above - p_below) ** 2) / n_score)))
        WHEN unit = '%' THEN 100 * (p + 1.9208 / n - 1.96 * sqrt(p * (1 - p) / n + 0.9604 / n ** 2)) / (1 + 3.8416 / n)
    END AS interval_low,
    CASE
        WHEN n = 0 THEN NULL
        WHEN unit = 'points' THEN least(100, 100 * (p_above - p_below + 1.96 * sqrt((p_above + p_below - (p_above - p_below) ** 2) / n_score)))
        WHEN unit = '%' THEN 100 * (p + 1.9208 / n + 1.96 * sqrt(p * (1 - p) / n + 0.9604 / n ** 2)) / (1 + 3.8416 / n)
    END AS interval_high,
    CASE WHEN kind = 'stock' AND n = 0 AND n_uncertain = 0 THEN 0 ELSE unclear_share END AS unclear_share,
    CASE
        WHEN (n = 0 AND kind = 'mean') OR unclear_share >= red_share THEN 'red'
        WHEN unclear_share >= amber_share OR (n < least_rows AND kind = 'mean') THEN 'amber'
        ELSE 'green'
    END AS trust,
    'main.' || table_name AS guarded_by,
    target,
    value - target AS target_distance
FROM bounded
CROSS JOIN (SELECT amber_share, red_share, least_rows FROM rules)
