-- One row: a team in a week of the business, and what its agents bore. Of people in tables of several tools, one is counted who has
--   the name of one person of the roster; bots are left out. Teams of fewer agents than smallest_team of marts.load_rules stand
--   together in one row, with the next smallest team where they are still too few; so no subtraction leads to one of them.
-- key: week, team
-- reads: main.agents, main.shifts, main.call_legs, main.messages, main.survey_responses, main.survey_answers,
--   marts.counted_interactions, marts.difficult_contacts, marts.rules_in_force, marts.load_rules, marts.schedule_teams,
--   marts.business_days, quality.runs
-- columns:
--   week DATE: Monday of the week, in the business's zone.
--   team VARCHAR: Team by the roster on that day, else by the agent's own tool; unknown in that tool where nobody knows;
--     (several teams) for those that stand together.
--   teams BIGINT: Teams in the row; more than 1 where they stand together. [teams]
--   agents BIGINT: People who took part in a case or worked a shift. [agents]
--   cases BIGINT: Interactions that they answered, or owned when these were opened; null where fewer than smallest_team did.
--     [interactions]
--   cases_per_agent DOUBLE: Mean number of an agent's cases; null as cases. [interactions]
--   acts BIGINT: Calls taken and messages written; null where fewer than smallest_team agents had any. [acts]
--   after_hours_share DOUBLE: Share of the acts outside the team's working hours; null as acts. [0 to 1]
--   weekend_share DOUBLE: Share of the acts on Saturdays and Sundays; null as acts. [0 to 1]
--   difficult_share DOUBLE: Share of the cases that are in marts.difficult_contacts; null as cases. [0 to 1]
--   legs BIGINT: Legs of calls that they answered; null where fewer than smallest_team agents did. [legs]
--   transferred_share DOUBLE: Share of the legs that ended in a transfer; null as legs. [0 to 1]
--   wrap_up_mean_ms DOUBLE: Mean after-call work, where it is known; null as legs. [ms]
--   busy_ms BIGINT: Time with at least one call or chat, overlapping ones counted once; null where fewer had any. [ms]
--   concurrency DOUBLE: Mean number of calls and chats at once, while there is one; null as busy_ms. [contacts]
--   several_share DOUBLE: Share of the busy time with more than one at once; null as busy_ms. [0 to 1]
--   shift_ms BIGINT: Time of shifts without breaks, overlapping ones counted once; null where fewer had one. [ms]
--   shifts_without_end BIGINT: Shifts nobody signed off, or not within longest_shift_ms: they end as planned; null as shift_ms. [shifts]
--   occupancy DOUBLE: Busy time within shifts over shift_ms; above 1 where breaks were worked through; null as either. [share]
--   outside_shift_share DOUBLE: Share of the busy time of people with shifts that lies outside them; null as either. [0 to 1]
--   survey_answers BIGINT: Scores that employees of the team gave; null where fewer than smallest_team did. [answers]
--   survey_score DOUBLE: Their mean, whatever the scales were; null as survey_answers. [0 to 100]
--   risks VARCHAR[]: Measures beyond their limits in marts.load_rules, in the order of the alphabet; empty for none.
WITH rules AS (
    SELECT load_rules.*, rules_in_force.timezone, runs.now
    FROM marts.load_rules AS load_rules CROSS JOIN marts.rules_in_force AS rules_in_force CROSS JOIN quality.runs AS runs
),
known AS (
    SELECT agent_id, source_system, name_token, team, is_bot, coalesce(valid_from, TIMESTAMP '1900-01-01') AS since
    FROM main.agents
    WHERE NOT is_deleted AND NOT is_test
),
bots AS (SELECT DISTINCT agent_id FROM known WHERE is_bot),
-- A name that two people of one tool share is nobody's.
namesakes AS (
    SELECT source_system, name_token, min(agent_id) AS agent_id
    FROM known
    WHERE name_token IS NOT NULL
    GROUP BY ALL
    HAVING count(DISTINCT agent_id) = 1
),
staff AS (
    SELECT other.agent_id, roster.agent_id AS staff_id
    FROM namesakes AS other
    JOIN namesakes AS roster ON roster.source_system = 'workforce' AND roster.name_token = other.name_token
    WHERE other.source_system <> 'workforce'
),
-- From when until when somebody was of a team.
membership AS (
    SELECT *, coalesce(lead(since) OVER (PARTITION BY staff_id ORDER BY since), TIMESTAMP 'infinity') AS until
    FROM (SELECT agent_id AS staff_id, since, max(team) AS team FROM known WHERE team IS NOT NULL GROUP BY ALL)
),
-- What agents did: calls taken, messages written, and cases that they owned when these were opened.
done AS (
    SELECT agent_id, connected_at AS happened_at, interaction_id, 'leg' AS what, coalesce(is_transferred, FALSE) AS is_transferred, wrap_up_ms
    FROM main.call_legs
    WHERE NOT is_deleted AND NOT is_test AND connected_at IS NOT NULL
    UNION ALL
    SELECT author_id, sent_at, interaction_id, 'message', FALSE, NULL
    FROM main.messages
    WHERE NOT is_deleted AND NOT is_test AND author_kind = 'agent' AND NOT coalesce(is_auto_reply, FALSE) AND sent_at IS NOT NULL
    UNION ALL
    SELECT agent_id, opened_at, interaction_id, 'owned', FALSE, NULL FROM marts.counted_interactions WHERE opened_at IS NOT NULL
),
-- Chats and messengers are work from an agent's message to the next, unless there is a longer pause between them.
chat_lines AS (
    SELECT
        said.author_id AS agent_id,
        said.interaction_id,
        said.sent_at,
        lag(said.sent_at) OVER (PARTITION BY said.author_id, said.interaction_id ORDER BY said.sent_at) AS before
    FROM main.messages AS said
    JOIN marts.counted_interactions AS one USING (interaction_id)
    WHERE said.author_kind = 'agent' AND NOT said.is_deleted AND NOT said.is_test AND NOT coalesce(said.is_auto_reply, FALSE)
        AND one.channel IN ('chat', 'messenger') AND said.sent_at IS NOT NULL
),
stretches AS (
    SELECT agent_id, 'busy' AS what, connected_at AS begins_at, disconnected_at + coalesce(wrap_up_ms, 0) * INTERVAL 1 MILLISECOND AS ends_at, 0 AS break_ms, FALSE AS is_endless
    FROM main.call_legs
    WHERE NOT is_deleted AND NOT is_test
    UNION ALL
    SELECT agent_id, 'busy', before, sent_at, 0, FALSE FROM chat_lines CROSS JOIN rules
    WHERE epoch_ms(sent_at) - epoch_ms(before) <= rules.longest_pause_ms
    UNION ALL
    SELECT
        agent_id,
        CASE WHEN list_contains(rules.away_activities, lower(trim(activity))) THEN 'away' ELSE 'shift' END,
        begins_at,
        least(CASE WHEN is_endless THEN planned_end_at ELSE coalesce(ended_at, planned_end_at) END, rules.now),
        coalesce(break_ms, 0),
        is_endless
    FROM (
        SELECT
            *,
            -- A tool that keeps no times as worked tells them by the plan, once that is over.
            coalesce(started_at, CASE WHEN ended_at IS NOT NULL OR (NOT keeps_times AND planned_end_at <= now) THEN planned_start_at END) AS begins_at,
            keeps_times AND coalesce(epoch_ms(ended_at) - epoch_ms(coalesce(started_at, planned_start_at)) > longest_shift_ms, TRUE) AS is_endless
        FROM (
            SELECT *, bool_or(started_at IS NOT NULL) OVER (PARTITION BY source_system) AS keeps_times
            FROM main.shifts
            WHERE NOT is_deleted AND NOT is_test
        ) CROSS JOIN rules
    ) AS shifts CROSS JOIN rules
),
-- Each stretch of somebody, cut at the ends of weeks; a break belongs to the week in which its shift began.
weekly AS (
    SELECT
        coalesce(staff.staff_id, one.agent_id) AS staff_id,
        one.what,
        CAST(weeks.week AS DATE) AS week,
        greatest(one.begins_at, timezone('UTC', timezone(rules.timezone, weeks.week))) AS begins_at,
        least(one.ends_at, timezone('UTC', timezone(rules.timezone, weeks.week + INTERVAL 7 DAY))) AS ends_at,
        CASE WHEN weeks.week = date_trunc('week', timezone(rules.timezone, timezone('UTC', one.begins_at))) THEN one.break_ms ELSE 0 END AS break_ms,
        one.is_endless AND weeks.week = date_trunc('week', timezone(rules.timezone, timezone('UTC', one.begins_at))) AS is_endless
    FROM stretches AS one
    CROSS JOIN rules
    LEFT JOIN staff ON staff.agent_id = one.agent_id
    ANTI JOIN bots ON bots.agent_id = one.agent_id
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(
            date_trunc('week', timezone(rules.timezone, timezone('UTC', one.begins_at))),
            date_trunc('week', timezone(rules.timezone, timezone('UTC', one.ends_at - INTERVAL 1 MICROSECOND))),
            INTERVAL 7 DAY
        )) AS week
    ) AS weeks
    WHERE one.agent_id IS NOT NULL AND one.ends_at > one.begins_at
        AND epoch_ms(one.ends_at) - epoch_ms(one.begins_at) <= rules.longest_shift_ms
),
placed AS (
    SELECT weekly.*, coalesce(membership.team, 'unknown in ' || split_part(weekly.staff_id, '.', 1)) AS team
    FROM weekly
    LEFT JOIN membership
        ON membership.staff_id = weekly.staff_id AND membership.since <= weekly.begins_at AND membership.until > weekly.begins_at
),
acts AS (
    SELECT
        coalesce(staff.staff_id, done.agent_id) AS staff_id,
        done.* EXCLUDE (agent_id),
        timezone(rules.timezone, timezone('UTC', done.happened_at)) AS local_at
    FROM done CROSS JOIN rules
    LEFT JOIN staff ON staff.agent_id = done.agent_id
    ANTI JOIN bots ON bots.agent_id = done.agent_id
    WHERE done.agent_id IS NOT NULL
),
placed_acts AS (
    SELECT acts.*, CAST(date_trunc('week', local_at) AS DATE) AS week, coalesce(membership.team, 'unknown in ' || split_part(acts.staff_id, '.', 1)) AS team
    FROM acts
    LEFT JOIN membership
        ON membership.staff_id = acts.staff_id AND membership.since <= acts.happened_at AND membership.until > acts.happened_at
),
employees AS (
    SELECT
        CAST(date_trunc('week', timezone(rules.timezone, timezone('UTC', coalesce(answers.submitted_at, answers.recorded_at)))) AS DATE) AS week,
        coalesce(teams.team, said.team) AS team,
        100 * (answers.score - answers.scale_min) / nullif(answers.scale_max - answers.scale_min, 0) AS score
    FROM main.survey_responses AS answers
    CROSS JOIN rules
    JOIN (
        SELECT response_id, min(trim(coalesce(text_answer, answer_code))) AS team
        FROM main.survey_answers CROSS JOIN rules
        WHERE NOT is_deleted AND NOT is_test AND answer_state = 'answered'
            AND (list_contains(rules.team_questions, lower(trim(question_key))) OR list_contains(rules.team_questions, lower(trim(question_label))))
        GROUP BY ALL
    ) AS said USING (response_id)
    LEFT JOIN (SELECT lower(trim(team)) AS word, min(team) AS team FROM membership GROUP BY ALL) AS teams ON teams.word = lower(said.team)
    WHERE answers.audience = 'employee' AND NOT answers.is_deleted AND NOT answers.is_test AND NOT coalesce(answers.is_preview, FALSE)
        AND answers.duplicate_of IS NULL AND answers.score IS NOT NULL AND coalesce(answers.submitted_at, answers.recorded_at) IS NOT NULL
),
-- Teams that are too small stand together, with the next smallest where they are still too few. Ids of two tools may be one person,
-- so a team is as large as it is in the tool that knows most of it; who belongs to no team stands with nobody.
there AS (
    SELECT week, team, staff_id FROM placed WHERE what <> 'away'
    UNION
    SELECT week, team, staff_id FROM placed_acts
),
sizes AS (
    SELECT week, team, max(people) AS size
    FROM (
        SELECT week, team, count(DISTINCT staff_id) AS people FROM there GROUP BY week, team, split_part(staff_id, '.', 1)
        UNION ALL
        SELECT week, team, count(*) FROM employees GROUP BY ALL
    )
    GROUP BY ALL
),
grouped AS (
    SELECT
        sizes.week,
        sizes.team,
        CASE
            WHEN is_nobodys THEN sizes.team
            WHEN size < rules.smallest_team OR (smaller > 0 AND smaller < rules.smallest_team) THEN '(several teams)'
            ELSE sizes.team
        END AS shown
    FROM (
        SELECT
            *,
            team LIKE 'unknown in %' AS is_nobodys,
            sum(size) OVER (PARTITION BY week, team LIKE 'unknown in %' ORDER BY size, team ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS smaller
        FROM sizes
    ) AS sizes CROSS JOIN rules
),
-- Overlaps are counted once: a stretch that begins after all before it have ended begins a new piece.
pieces AS (
    SELECT week, shown, staff_id, kind, min(begins_at) AS begins_at, max(ends_at) AS ends_at
    FROM (
        SELECT *, sum(is_new::INTEGER) OVER (PARTITION BY week, shown, staff_id, kind ORDER BY begins_at, ends_at ROWS UNBOUNDED PRECEDING) AS piece
        FROM (
            SELECT
                *,
                coalesce(begins_at > max(ends_at) OVER (
                    PARTITION BY week, shown, staff_id, kind ORDER BY begins_at, ends_at ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ), TRUE) AS is_new
            FROM (
                SELECT week, shown, staff_id, begins_at, ends_at, what AS kind FROM placed JOIN grouped USING (week, team)
                UNION ALL
                -- Shifts and what is away of them together: less the latter alone, it is the time at work.
                SELECT week, shown, staff_id, begins_at, ends_at, 'there' FROM placed JOIN grouped USING (week, team) WHERE what IN ('shift', 'away')
            )
        )
    )
    GROUP BY week, shown, staff_id, kind, piece
),
lengths AS (
    SELECT
        week,
        shown,
        staff_id,
        coalesce(sum(epoch_ms(ends_at) - epoch_ms(begins_at)) FILTER (kind = 'busy'), 0) AS busy_ms,
        coalesce(sum(epoch_ms(ends_at) - epoch_ms(begins_at)) FILTER (kind = 'there'), 0)
        - coalesce(sum(epoch_ms(ends_at) - epoch_ms(begins_at)) FILTER (kind = 'away'), 0) AS there_ms,
        bool_or(kind = 'shift') AS has_shift
    FROM pieces
    GROUP BY ALL
),
inside AS (
    SELECT busy.week, busy.shown, busy.staff_id, sum(epoch_ms(least(busy.ends_at, shift.ends_at)) - epoch_ms(greatest(busy.begins_at, shift.begins_at))) AS inside_ms
    FROM pieces AS busy
    JOIN pieces AS shift USING (week, shown, staff_id)
    WHERE busy.kind = 'busy' AND shift.kind = 'shift' AND busy.begins_at < shift.ends_at AND shift.begins_at < busy.ends_at
    GROUP BY ALL
),
-- How many at once: every beginning adds one, every end takes one away, until the next change.
changes AS (
    SELECT week, shown, staff_id, moment, sum(change) AS change
    FROM (
        SELECT week, shown, staff_id, unnest([begins_at, ends_at]) AS moment, unnest([1, -1]) AS change
        FROM placed JOIN grouped USING (week, team)
        WHERE what = 'busy'
    )
    GROUP BY ALL
),
several AS (
    SELECT week, shown, staff_id, sum(ms) FILTER (at_once > 1) AS several_ms, sum(ms * at_once) AS contact_ms
    FROM (
        SELECT
            week,
            shown,
            staff_id,
            sum(change) OVER (PARTITION BY week, shown, staff_id ORDER BY moment) AS at_once,
            epoch_ms(lead(moment) OVER (PARTITION BY week, shown, staff_id ORDER BY moment)) - epoch_ms(moment) AS ms
        FROM changes
    )
    GROUP BY ALL
),
breaks AS (
    SELECT week, shown, staff_id, sum(break_ms) AS break_ms, count(*) FILTER (is_endless) AS shifts_without_end
    FROM placed JOIN grouped USING (week, team)
    WHERE what = 'shift'
    GROUP BY ALL
),
timed AS (
    SELECT
        week,
        shown,
        count(*) FILTER (busy_ms > 0) AS busy_agents,
        sum(busy_ms) AS busy_ms,
        sum(contact_ms) AS contact_ms,
        coalesce(sum(several_ms), 0) AS several_ms,
        count(*) FILTER (shift_ms > 0) AS shift_agents,
        coalesce(sum(shift_ms), 0) AS shift_ms,
        coalesce(sum(shifts_without_end), 0) AS shifts_without_end,
        count(*) FILTER (shift_ms > 0 AND busy_ms > 0) AS both_agents,
        coalesce(sum(inside_ms), 0) AS inside_ms,
        coalesce(sum(busy_ms) FILTER (shift_ms > 0), 0) AS busy_with_shift_ms
    FROM (
        SELECT
            lengths.*,
            several.several_ms,
            several.contact_ms,
            breaks.shifts_without_end,
            inside.inside_ms,
            CASE WHEN has_shift THEN greatest(there_ms - coalesce(breaks.break_ms, 0), 0) ELSE 0 END AS shift_ms
        FROM lengths
        LEFT JOIN several USING (week, shown, staff_id)
        LEFT JOIN breaks USING (week, shown, staff_id)
        LEFT JOIN inside USING (week, shown, staff_id)
    )
    GROUP BY ALL
),
judged_acts AS (
    SELECT
        one.*,
        grouped.shown,
        len(list_filter(
            today.periods, lambda period: epoch_ms(one.happened_at) >= period.opens_ms AND epoch_ms(one.happened_at) < period.closes_ms
        )) > 0 AS is_in_hours,
        isodow(one.local_at) >= 6 AS is_weekend
    FROM placed_acts AS one
    JOIN grouped USING (week, team)
    LEFT JOIN marts.schedule_teams AS schedule_teams USING (team)
    -- Of cases that are owned, nobody asks at what hour.
    LEFT JOIN marts.business_days AS today
        ON today.schedule = CASE WHEN one.what <> 'owned' THEN coalesce(schedule_teams.schedule, 'default') END
        AND today.day = CAST(one.happened_at AS DATE)
),
acted AS (
    SELECT
        week,
        shown,
        count(*) FILTER (what <> 'owned') AS acts,
        count(DISTINCT staff_id) FILTER (what <> 'owned') AS acting_agents,
        count(*) FILTER (what <> 'owned' AND is_in_hours IS NOT TRUE) AS after_hours,
        count(*) FILTER (what <> 'owned' AND is_weekend) AS weekend,
        count(*) FILTER (what = 'leg') AS legs,
        count(DISTINCT staff_id) FILTER (what = 'leg') AS leg_agents,
        count(*) FILTER (is_transferred) AS transferred,
        sum(wrap_up_ms) AS wrap_up_ms,
        count(wrap_up_ms) AS wrapped,
        count(DISTINCT staff_id) FILTER (wrap_up_ms IS NOT NULL) AS wrapping_agents
    FROM judged_acts
    GROUP BY ALL
),
-- Cases by their place in the table, which is a number and no long text.
taken AS (
    SELECT DISTINCT week, shown, one.place, one.is_difficult, staff_id
    FROM judged_acts
    JOIN (
        SELECT cases.interaction_id, cases.rowid AS place, difficult.interaction_id IS NOT NULL AS is_difficult
        FROM marts.counted_interactions AS cases
        LEFT JOIN marts.difficult_contacts AS difficult USING (interaction_id)
    ) AS one USING (interaction_id)
),
cases AS (
    SELECT week, shown, count(*) AS cases, count(*) FILTER (is_difficult) AS difficult, sum(takers) AS agent_cases, any_value(case_agents) AS case_agents
    FROM (SELECT week, shown, place, is_difficult, count(*) AS takers FROM taken GROUP BY ALL)
    JOIN (SELECT week, shown, count(DISTINCT staff_id) AS case_agents FROM taken GROUP BY ALL) USING (week, shown)
    GROUP BY week, shown
),
everybody AS (
    SELECT week, shown, CAST(sum(ids) AS BIGINT) AS agents, max(ids) AS people
    FROM (
        SELECT week, shown, count(DISTINCT staff_id) AS ids FROM there JOIN grouped USING (week, team) GROUP BY week, shown, split_part(staff_id, '.', 1)
    )
    GROUP BY ALL
),
surveyed AS (
    SELECT week, shown, count(*) AS answers, sum(CAST(score AS DECIMAL(18, 6))) / count(*) AS score FROM employees JOIN grouped USING (week, team) WHERE score IS NOT NULL GROUP BY ALL
),
measured AS (
    SELECT
        groups.week,
        groups.shown AS team,
        groups.teams,
        coalesce(everybody.agents, 0) AS agents,
        CASE WHEN case_agents >= smallest_team THEN cases.cases END AS cases,
        CASE WHEN case_agents >= smallest_team THEN agent_cases / everybody.agents END AS cases_per_agent,
        CASE WHEN acting_agents >= smallest_team THEN acts END AS acts,
        CASE WHEN acting_agents >= smallest_team THEN after_hours / acts END AS after_hours_share,
        CASE WHEN acting_agents >= smallest_team THEN weekend / acts END AS weekend_share,
        CASE WHEN case_agents >= smallest_team THEN difficult / cases.cases END AS difficult_share,
        CASE WHEN leg_agents >= smallest_team THEN legs END AS legs,
        CASE WHEN leg_agents >= smallest_team THEN transferred / legs END AS transferred_share,
        CASE WHEN wrapping_agents >= smallest_team THEN wrap_up_ms / wrapped END AS wrap_up_mean_ms,
        CASE WHEN busy_agents >= smallest_team THEN busy_ms END AS busy_ms,
        CASE WHEN busy_agents >= smallest_team THEN contact_ms / busy_ms END AS concurrency,
        CASE WHEN busy_agents >= smallest_team THEN several_ms / busy_ms END AS several_share,
        CASE WHEN shift_agents >= smallest_team THEN shift_ms END AS shift_ms,
        CASE WHEN shift_agents >= smallest_team THEN shifts_without_end END AS shifts_without_end,
        CASE WHEN both_agents >= smallest_team THEN inside_ms / shift_ms END AS occupancy,
        CASE WHEN both_agents >= smallest_team THEN 1 - inside_ms / busy_with_shift_ms END AS outside_shift_share,
        CASE WHEN answers >= smallest_team THEN answers END AS survey_answers,
        CASE WHEN answers >= smallest_team THEN score END AS survey_score,
        rules.*
    FROM (SELECT week, shown, count(*) AS teams FROM grouped GROUP BY ALL) AS groups
    CROSS JOIN rules
    LEFT JOIN everybody USING (week, shown)
    LEFT JOIN acted USING (week, shown)
    LEFT JOIN cases USING (week, shown)
    LEFT JOIN timed USING (week, shown)
    LEFT JOIN surveyed USING (week, shown)
    WHERE greatest(coalesce(everybody.people, 0), coalesce(surveyed.answers, 0)) >= rules.smallest_team
)
SELECT
    week,
    team,
    teams,
    agents,
    cases,
    CAST(cases_per_agent AS DOUBLE) AS cases_per_agent,
    acts,
    after_hours_share,
    weekend_share,
    difficult_share,
    legs,
    transferred_share,
    wrap_up_mean_ms,
    CAST(busy_ms AS BIGINT) AS busy_ms,
    concurrency,
    several_share,
    CAST(shift_ms AS BIGINT) AS shift_ms,
    CAST(shifts_without_end AS BIGINT) AS shifts_without_end,
    occupancy,
    outside_shift_share,
    survey_answers,
    survey_score,
    list_filter(
        [
            CASE WHEN after_hours_share > max_after_hours THEN 'after_hours' END,
            CASE WHEN several_share > max_several THEN 'concurrency' END,
            CASE WHEN difficult_share > max_difficult THEN 'difficult' END,
            CASE WHEN occupancy > max_occupancy THEN 'occupancy' END,
            CASE WHEN outside_shift_share > max_outside_shift THEN 'outside_shift' END,
            CASE WHEN survey_score < min_survey_score THEN 'survey' END,
            CASE WHEN transferred_share > max_transferred THEN 'transfers' END,
            CASE WHEN weekend_share > max_weekend THEN 'weekend' END,
        ],
        lambda risk: risk IS NOT NULL
    ) AS risks
FROM measured
