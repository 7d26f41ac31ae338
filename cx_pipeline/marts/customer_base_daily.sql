-- One row: a day of the business, and how many customers came, stayed and went. What a customer does counts, not what is sent.
-- key: day
-- reads: marts.customer_timeline, marts.rules_in_force, quality.runs
-- columns:
--   day DATE: Day in the business's zone.
--   active BIGINT: Customers who did something within active_days, at the day's end. [customers]
--   new BIGINT: Customers who did something for the first time. [customers]
--   returned BIGINT: Customers who did something after having lapsed. [customers]
--   lapsed BIGINT: Customers whose active_days ran out on that day. [customers]
--   churned BIGINT: Customers whose churned_days ran out on that day. [customers]
--   net_change BIGINT: new + returned - lapsed: what active changed by. [customers]
--   gone BIGINT: Customers who have churned and not come back, at the day's end. [customers]
-- holds:
--   change_adds_up: net_change = new + returned - lapsed
--   nobody_less_than_nobody: least(active, new, returned, lapsed, churned, gone) >= 0
WITH rules AS (
    SELECT
        CAST(rules.active_days AS INTEGER) AS active_days,
        CAST(rules.churned_days AS INTEGER) AS churned_days,
        rules.timezone,
        CAST(timezone(rules.timezone, timezone('UTC', runs.now)) AS DATE) AS today
    FROM marts.rules_in_force AS rules CROSS JOIN quality.runs AS runs
),
act_days AS (
    SELECT DISTINCT customer_id, CAST(timezone(rules.timezone, timezone('UTC', happened_at)) AS DATE) AS day
    FROM marts.customer_timeline CROSS JOIN rules
    WHERE is_own_act
),
acts AS (
    SELECT act_days.*, lag(day) OVER mine AS day_before, lead(day) OVER mine AS day_after, rules.*
    FROM act_days CROSS JOIN rules
    WHERE day <= today
    WINDOW mine AS (PARTITION BY customer_id ORDER BY day)
),
-- Who comes back on the very day on which the time runs out was never away at a day's end.
moves AS (
    SELECT day, 'new' AS what FROM acts WHERE day_before IS NULL
    UNION ALL
    SELECT day, 'returned' FROM acts WHERE day - day_before > active_days + 1
    UNION ALL
    SELECT day + active_days + 1, 'lapsed' FROM acts WHERE coalesce(day_after, today + 1) > day + active_days + 1
    UNION ALL
    SELECT day + churned_days + 1, 'churned' FROM acts WHERE coalesce(day_after, today + 1) > day + churned_days + 1
    UNION ALL
    SELECT day, 'regained' FROM acts WHERE day - day_before > churned_days + 1
),
counted AS (
    SELECT
        moves.day,
        count(*) FILTER (what = 'new') AS new,
        count(*) FILTER (what = 'returned') AS returned,
        count(*) FILTER (what = 'lapsed') AS lapsed,
        count(*) FILTER (what = 'churned') AS churned,
        count(*) FILTER (what = 'regained') AS regained
    FROM moves CROSS JOIN rules
    WHERE moves.day <= rules.today
    GROUP BY ALL
),
so_far AS (
    SELECT *, sum(new + returned - lapsed) OVER up_to AS active, sum(churned - regained) OVER up_to AS gone
    FROM counted
    WINDOW up_to AS (ORDER BY day)
),
-- Three years at most, however old the oldest touch is.
days AS (
    SELECT CAST(unnest(generate_series(greatest(first_day, today - INTERVAL 3 YEAR), CAST(today AS TIMESTAMP), INTERVAL 1 DAY)) AS DATE) AS day
    FROM (SELECT min(day) AS first_day FROM act_days) CROSS JOIN rules
)
SELECT
    days.day,
    CAST(coalesce(so_far.active, 0) AS BIGINT) AS active,
    coalesce(counted.new, 0) AS new,
    coalesce(counted.returned, 0) AS returned,
    coalesce(counted.lapsed, 0) AS lapsed,
    coalesce(counted.churned, 0) AS churned,
    coalesce(counted.new + counted.returned - counted.lapsed, 0) AS net_change,
    CAST(coalesce(so_far.gone, 0) AS BIGINT) AS gone
FROM days
ASOF LEFT JOIN so_far ON days.day >= so_far.day
LEFT JOIN counted ON counted.day = days.day
