-- One row: a metric of cx_metrics_daily, what it counts, and what its bounds assume.
-- key: metric
-- reads: marts.metric_targets
-- columns:
--   metric VARCHAR: Its name.
--   unit VARCHAR: Unit of its value and bounds.
--   kind VARCHAR: mean (of its facts), count (of its facts), stock (what is there at the day's end), or rate (per 100 customers).
--   table_name VARCHAR: Canonical table whose rows it counts; records of it that were kept back widen the bounds.
--   least DOUBLE: Least that one fact can be; null where nothing is known.
--   most DOUBLE: Most that one fact can be; null where there is no most.
--   reach BIGINT: Facts that one missing record can change besides being missed itself. [facts]
--   is_high_good BOOLEAN: True where more is better.
--   target DOUBLE: Target of the settings; null where none was declared.
--   description VARCHAR: What it says.
SELECT
    one.metric,
    one.unit,
    one.kind,
    one.table_name,
    CAST(one.least AS DOUBLE) AS least,
    CAST(one.most AS DOUBLE) AS most,
    CAST(one.reach AS BIGINT) AS reach,
    one.is_high_good,
    metric_targets.target,
    one.description
FROM (
    VALUES
    ('csat', '%', 'mean', 'survey_responses', 0, 100, 0, TRUE, 'Satisfied answers: in the best quarter of the scale, so 4 and 5 of 5.'),
    ('nps', 'points', 'mean', 'survey_responses', -100, 100, 0, TRUE, 'Promoters less detractors, per 100 answers of customers.'),
    ('employee_nps', 'points', 'mean', 'survey_responses', -100, 100, 0, TRUE, 'Promoters less detractors, per 100 answers of employees.'),
    ('ces', '1 to 7', 'mean', 'survey_responses', 1, 7, 0, TRUE, 'Mean ease, whatever the scale was, as if of 1 to 7; 7 is easy.'),
    ('case_volume', 'cases', 'count', 'interactions', NULL, NULL, 0, FALSE, 'Interactions of customers that were opened.'),
    ('contact_rate', 'per 100 customers', 'rate', 'interactions', NULL, NULL, 0, FALSE, 'The same per 100 customers known by then.'),
    ('repeat_contact', '%', 'mean', 'interactions', 0, 100, 1, FALSE, 'Interactions that another one of the customer followed soon.'),
    ('first_contact_resolution', '%', 'mean', 'interactions', 0, 100, 1, TRUE, 'Resolved interactions, never reopened, with no repeat.'),
    ('first_reply_ms', 'ms', 'mean', 'messages', NULL, NULL, 1, FALSE, 'Mean wait for the first reply.'),
    ('first_reply_kept', '%', 'mean', 'messages', 0, 100, 1, TRUE, 'First replies within the service level.'),
    ('full_resolution_ms', 'ms', 'mean', 'interaction_events', NULL, NULL, 1, FALSE, 'Mean time from the opening to the last resolution.'),
    ('touches_per_case', 'touches', 'mean', 'messages', NULL, NULL, 1, FALSE, 'Public messages and call legs: how complex a case is.'),
    ('backlog', 'cases', 'stock', 'interactions', NULL, NULL, 1, FALSE, 'Interactions that are open at the end of the business''s day.'),
    ('abandonment', '%', 'mean', 'call_legs', 0, 100, 0, FALSE, 'Inbound legs that ended before an agent was connected.'),
    ('queue_ms', 'ms', 'mean', 'call_legs', 0, NULL, 0, FALSE, 'Mean time in a queue.'),
    ('hold_ms', 'ms', 'mean', 'call_legs', 0, NULL, 0, FALSE, 'Mean time on hold.'),
    ('ivr_ms', 'ms', 'mean', 'call_legs', 0, NULL, 0, FALSE, 'Mean time in the voice menu.'),
    ('ivr_containment', '%', 'mean', 'call_legs', 0, 100, 1, TRUE, 'Calls that the voice menu served: no queue given up, no agent.'),
    ('bot_containment', '%', 'mean', 'messages', 0, 100, 1, TRUE, 'Conversations with a bot that were resolved without an agent.'),
    ('sentiment', '-1 to 1', 'mean', 'messages', -1, 1, 0, TRUE, 'How the customer''s English words sound; their limits are in DECISIONS.'),
    ('conversion', '%', 'mean', 'opportunities', 0, 100, 0, TRUE, 'Opportunities that were won, of those that were closed.'),
    ('retention', '%', 'mean', 'orders', 0, 100, 1, TRUE, 'Orders that another one of the customer followed before churn.')
) AS one (metric, unit, kind, table_name, least, most, reach, is_high_good, description)
LEFT JOIN marts.metric_targets AS metric_targets ON metric_targets.metric = one.metric
