-- One row: a department, or all, on a day: how much of the feedback that belongs to it reached it.
-- key: day, department
-- reads: marts.feedback_routing
-- columns:
--   day DATE: The business's day on which it was said.
--   department VARCHAR: Department that it belongs to; all for all feedback, none where no rule says where it belongs.
--   pieces BIGINT: Pieces of feedback. [pieces]
--   reached BIGINT: Those that reached it. [pieces]
--   elsewhere BIGINT: Those that were with others only. [pieces]
--   unnamed BIGINT: Those that were with names that no department has. [pieces]
--   nowhere BIGINT: Those that were with nobody. [pieces]
--   no_rule BIGINT: Those of which no rule says where they belong; in no share. [pieces]
--   reached_share DOUBLE: Reached, of those of which it is known. [0 to 1]
--   low_share DOUBLE: The same if nothing unnamed had reached it. [0 to 1]
--   high_share DOUBLE: The same if all of it had. [0 to 1]
--   routing_median_ms BIGINT: Half of those that reached it were there within this time, where it was noted. [ms]
SELECT
    said_on AS day,
    CASE WHEN grouping(department) = 1 THEN 'all' ELSE coalesce(department, 'none') END AS department,
    count(*) AS pieces,
    count(*) FILTER (state = 'reached') AS reached,
    count(*) FILTER (state = 'elsewhere') AS elsewhere,
    count(*) FILTER (state = 'unnamed') AS unnamed,
    count(*) FILTER (state = 'nowhere') AS nowhere,
    count(*) FILTER (state = 'no_rule') AS no_rule,
    count(*) FILTER (is_reached) / nullif(count(is_reached), 0) AS reached_share,
    count(*) FILTER (state = 'reached') / nullif(count(*) FILTER (state <> 'no_rule'), 0) AS low_share,
    count(*) FILTER (state IN ('reached', 'unnamed')) / nullif(count(*) FILTER (state <> 'no_rule'), 0) AS high_share,
    CAST(quantile_disc(routing_ms, 0.5) FILTER (state = 'reached') AS BIGINT) AS routing_median_ms
FROM marts.feedback_routing
WHERE said_on IS NOT NULL
GROUP BY GROUPING SETS ((said_on, department), (said_on))
