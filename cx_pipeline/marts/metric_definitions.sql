-- One row: a metric of cx_metrics_daily, what it counts, and what its bounds assume.
-- key: metric
-- reads: marts.metric_targets, marts.rules_in_force
-- columns:
--   metric VARCHAR: Its name.
--   unit VARCHAR: Unit of its value and bounds.
--   kind VARCHAR: mean (of its facts), count (of its facts), stock (what is there at the day's end), or rate (per 100 customers).
--   table_name VARCHAR: Canonical table whose rows it counts; each record of it that was kept back may be a fact that is missing.
--   also VARCHAR[]: Further tables that tell of its facts; a record of them that was kept back may change or add one.
--   least DOUBLE: Least that one fact can be; null where nothing is known.
--   most DOUBLE: Most that one fact can be; null where there is no most.
--   raises BIGINT: Facts that one missing record may have kept from being higher, besides being missed itself. [facts]
--   lowers BIGINT: Facts that one missing record may have kept from being lower. [facts]
--   reach_days BIGINT: Days before its own on which a missing record of table_name can change a fact. [days]
--   is_high_good BOOLEAN: True where more is better.
--   target DOUBLE: Target of the settings; null where none was declared.
--   description VARCHAR: What it says.
-- holds:
--   least_below_most: coalesce(least < most, TRUE)
SELECT
    one.metric,
    one.unit,
    one.kind,
    one.table_name,
    list_filter(string_split(one.also, ' '), lambda name: name <> '') AS also,
    CAST(one.least AS DOUBLE) AS least,
    CAST(one.most AS DOUBLE) AS most,
    CAST(one.raises AS BIGINT) AS raises,
    CAST(one.lowers AS BIGINT) AS lowers,
    CASE one.metric
        WHEN 'repeat_contact' THEN rules.repeat_days
        WHEN 'first_contact_resolution' THEN rules.repeat_days
        WHEN 'retention' THEN rules.churned_days
        ELSE 0
    END AS reach_days,
    one.is_high_good,
    metric_targets.target,
    one.description
FROM (
    VALUES
    ('csat', '%', 'mean', 'survey_responses', '', 0, 100, 0, 0, TRUE,
     'Satisfied answers: in the best quarter of the scale, so 4 and 5 of 5.'),
    ('nps', 'points', 'mean', 'survey_responses', '', -100, 100, 0, 0, TRUE, 'Promoters less detractors, per 100 answers of customers.'),
    ('employee_nps', 'points', 'mean', 'survey_responses', '', -100, 100, 0, 0, TRUE,
     'Promoters less detractors, per 100 answers of employees.'),
    ('ces', '1 to 7', 'mean', 'survey_responses', '', 1, 7, 0, 0, TRUE, 'Mean ease, whatever the scale was, as if of 1 to 7; 7 is easy.'),
    ('case_volume', 'cases', 'count', 'interactions', '', NULL, NULL, 0, 0, FALSE, 'Interactions of customers that were opened.'),
    ('contact_rate', 'per 100 customers', 'rate', 'interactions', '', NULL, NULL, 0, 0, FALSE, 'The same per 100 customers known by then.'),
    ('repeat_contact', '%', 'mean', 'interactions', '', 0, 100, 1, 0, FALSE, 'Interactions that another one of the customer followed soon.'),
    ('first_contact_resolution', '%', 'mean', 'interactions', 'interaction_events', 0, 100, 1, 1, TRUE,
     'Resolved interactions, never reopened, with no repeat.'),
    ('first_reply_ms', 'ms', 'mean', 'interactions', 'messages', 0, NULL, 1, 1, FALSE, 'Mean wait for the first reply.'),
    ('first_reply_kept', '%', 'mean', 'interactions', 'messages', 0, 100, 1, 1, TRUE, 'First replies within the service level.'),
    ('full_resolution_ms', 'ms', 'mean', 'interactions', 'interaction_events', 0, NULL, 1, 1, FALSE,
     'Mean time from the opening to the last resolution.'),
    ('touches_per_case', 'touches', 'mean', 'interactions', 'messages call_legs', 1, NULL, 1, 0, FALSE,
     'Public messages and call legs: how complex a case is.'),
    ('backlog', 'cases', 'stock', 'interactions', 'interaction_events', NULL, NULL, 1, 1, FALSE,
     'Interactions that are open at the end of the business''s day.'),
    ('abandonment', '%', 'mean', 'call_legs', '', 0, 100, 0, 0, FALSE, 'Inbound legs that ended before an agent was connected.'),
    ('queue_ms', 'ms', 'mean', 'call_legs', '', 0, NULL, 0, 0, FALSE, 'Mean time in a queue.'),
    ('hold_ms', 'ms', 'mean', 'call_legs', '', 0, NULL, 0, 0, FALSE, 'Mean time on hold.'),
    ('ivr_ms', 'ms', 'mean', 'call_legs', '', 0, NULL, 0, 0, FALSE, 'Mean time in the voice menu.'),
    ('ivr_containment', '%', 'mean', 'interactions', 'call_legs', 0, 100, 1, 1, TRUE,
     'Calls that the voice menu served: no queue given up, no agent.'),
    ('bot_containment', '%', 'mean', 'interactions', 'messages interaction_events', 0, 100, 1, 1, TRUE,
     'Conversations with a bot that were resolved without an agent.'),
    ('self_service', '%', 'mean', 'interactions', 'call_legs messages interaction_events', 0, 100, 1, 1, TRUE,
     'Calls with a voice menu and conversations with a bot that needed no agent.'),
    ('sentiment', '-1 to 1', 'mean', 'messages', 'survey_responses', -1, 1, 0, 0, TRUE,
     'How the customer''s English words sound, by the lexicon of VADER; its limits stand in the decisions.'),
    ('conversion', '%', 'mean', 'opportunities', '', 0, 100, 0, 0, TRUE, 'Opportunities that were won, of those that were closed.'),
    ('retention', '%', 'mean', 'orders', '', 0, 100, 1, 0, TRUE, 'Orders that another one of the customer followed before churn.')
) AS one (metric, unit, kind, table_name, also, least, most, raises, lowers, is_high_good, description)
CROSS JOIN marts.rules_in_force AS rules
LEFT JOIN marts.metric_targets AS metric_targets ON metric_targets.metric = one.metric
