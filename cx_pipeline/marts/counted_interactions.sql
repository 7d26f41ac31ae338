-- One row: an interaction that counts: no tombstone, no test record, and not merged into another one that was delivered.
-- key: interaction_id
-- order: opened_at, interaction_id
-- reads: main.interactions, main.agents, marts.rules_in_force, marts.schedule_teams
-- columns:
--   interaction_id VARCHAR: The interaction, as in main.interactions.
--   source_system VARCHAR: Tool that it comes from.
--   kind VARCHAR: What kind of matter it is.
--   channel VARCHAR: How it reached the company; unknown where nobody knows.
--   department VARCHAR: Department that owns it, else that of its agent when it was opened; unknown where nobody knows.
--   schedule VARCHAR: Working hours of its team, queue or department, as in marts.business_hours.
--   customer_id VARCHAR: The customer.
--   agent_id VARCHAR: The agent who owns it now.
--   direction VARCHAR: Who started it: inbound is the customer.
--   category VARCHAR: Reason for contact, as the source names it.
--   status VARCHAR: Where it stands now.
--   priority VARCHAR: Urgency now.
--   opened_at TIMESTAMP: When it was opened. [UTC]
--   opened_on DATE: The business's day on which it was opened.
--   solved_at TIMESTAMP: When it was last solved, as its source says. [UTC]
--   closed_at TIMESTAMP: When it was closed for good, as its source says. [UTC]
--   reopen_count BIGINT: Times it was reopened, as its source says. [count]
--   first_reply_at TIMESTAMP: First answer as its source says, by a person or a bot. [UTC]
--   first_reply_ms BIGINT: The source's own first reply time. [ms]
--   resolution_ms BIGINT: The source's own resolution time. [ms]
--   merged_count BIGINT: Interactions that were merged into it. [interactions]
-- holds:
--   has_a_day: (opened_at IS NULL) = (opened_on IS NULL)
--   counts_merged: merged_count >= 0
WITH kept AS NOT MATERIALIZED (
    -- Read twice, the second time for two columns: to hold it would take more time and much more room.
    SELECT * FROM main.interactions WHERE NOT is_deleted AND NOT is_test AND status IS DISTINCT FROM 'deleted'
),
-- What was merged into one that is not there, or into each other, counts itself: or it would vanish.
merged AS MATERIALIZED (
    SELECT gone.interaction_id, gone.merged_into_interaction_id AS into_id
    FROM main.interactions AS gone
    JOIN kept AS survivor ON survivor.interaction_id = gone.merged_into_interaction_id
    WHERE gone.merged_into_interaction_id IS NOT NULL AND NOT gone.is_test
      AND survivor.merged_into_interaction_id IS DISTINCT FROM gone.interaction_id
),
merged_counts AS (
    SELECT into_id, count(*) AS merged_count FROM merged GROUP BY ALL
),
-- From when until when an agent was of a department.
terms AS (
    SELECT agent_id, department, since, coalesce(lead(since) OVER (PARTITION BY agent_id ORDER BY since), TIMESTAMP 'infinity') AS until
    FROM (SELECT agent_id, department, coalesce(valid_from, TIMESTAMP '1900-01-01') AS since FROM main.agents)
)
SELECT
    one.interaction_id,
    one.source_system,
    one.kind,
    coalesce(one.channel, 'unknown') AS channel,
    coalesce(one.department, terms.department, 'unknown') AS department,
    coalesce(by_team.schedule, by_queue.schedule, by_owner.schedule, 'default') AS schedule,
    one.customer_id,
    one.agent_id,
    one.direction,
    one.category,
    one.status,
    one.priority,
    one.opened_at,
    CAST(timezone(rules.timezone, timezone('UTC', one.opened_at)) AS DATE) AS opened_on,
    one.solved_at,
    one.closed_at,
    one.reopen_count,
    one.first_reply_at,
    one.first_reply_ms,
    one.resolution_ms,
    coalesce(merged_counts.merged_count, 0) AS merged_count
FROM kept AS one
CROSS JOIN marts.rules_in_force AS rules
LEFT JOIN merged_counts ON merged_counts.into_id = one.interaction_id
-- Only what names no department of its own asks for its agent's.
LEFT JOIN terms
    ON terms.agent_id = CASE WHEN one.department IS NULL THEN one.agent_id END
    AND terms.since <= coalesce(one.opened_at, TIMESTAMP '2100-01-01')
    AND terms.until > coalesce(one.opened_at, TIMESTAMP '2100-01-01')
LEFT JOIN marts.schedule_teams AS by_team ON by_team.team = one.team
LEFT JOIN marts.schedule_teams AS by_queue ON by_queue.team = one.queue
LEFT JOIN marts.schedule_teams AS by_owner ON by_owner.team = coalesce(one.department, terms.department)
-- Not as an ANTI JOIN, for which all interactions would be held.
WHERE one.interaction_id NOT IN (SELECT interaction_id FROM merged)
