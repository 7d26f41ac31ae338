-- One row: a piece of feedback, the department that it belongs to by the declared rules, and whether it got there. It is where its
-- actions are asked for, and where its interaction lies: department, team, queue, and those of the agent.
-- key: feedback_table, feedback_id
-- order: said_at, feedback_table, feedback_id
-- reads: main.interactions, main.interaction_events, main.call_legs, main.agents, main.messages, main.survey_responses,
--   main.survey_answers, main.reviews, marts.feedback_loop, marts.feedback_steps, marts.routing_rules, marts.department_names
-- columns:
--   feedback_table VARCHAR: Table that holds it, as in marts.feedback_loop.
--   feedback_id VARCHAR: Its id in that table.
--   kind VARCHAR: response, review, complaint, contact, message or unknown.
--   source_system VARCHAR: Tool that it comes from.
--   said_at TIMESTAMP: When the customer said it. [UTC]
--   said_on DATE: The business's day of it.
--   department VARCHAR: Department that it belongs to; null where no rule says so.
--   decided_by VARCHAR: tag, category or words: what told so.
--   rule BIGINT: The rule, as in marts.routing_rules.
--   places VARCHAR[]: Departments where it was, each once, in order; of names that no department has, the name itself.
--   moves BIGINT: Changes of department, team, queue or owner, and transfers of its calls. [moves]
--   reached_at TIMESTAMP: When it first was with its department; null where that was not noted. [UTC]
--   routing_ms BIGINT: From said_at to reached_at. [ms]
--   state VARCHAR: reached, elsewhere (with others only), unnamed (with names that no department has), nowhere (with nobody), or
--     no_rule.
--   is_reached BOOLEAN: True where it reached its department; null for unnamed and no_rule, where nobody knows.
WITH pieces AS MATERIALIZED (
    SELECT
        row_number() OVER () AS piece, feedback_table, feedback_id, kind, source_system, interaction_id, said_at, said_on, tags
    FROM marts.feedback_loop
),
cases AS (
    SELECT one.interaction_id, one.department, one.team, one.queue, one.agent_id, one.category, one.text_subject
    FROM main.interactions AS one
    SEMI JOIN pieces ON pieces.interaction_id = one.interaction_id
),
-- Which department: tags, then categories, then words; of each the first rule that fits.
tagged AS (
    SELECT piece, unnest(tags) AS said FROM pieces WHERE tags IS NOT NULL
),
categorised AS (
    SELECT pieces.piece, cases.category AS said
    FROM pieces JOIN cases USING (interaction_id)
    WHERE cases.category IS NOT NULL
),
plain_rules AS (
    SELECT one.kind, one.said, min(rules.rule) AS rule
    FROM (SELECT 'tag' AS kind, said FROM tagged UNION SELECT 'category', said FROM categorised) AS one
    JOIN marts.routing_rules AS rules
        ON rules.kind = one.kind
        AND (
            lower(trim(one.said)) = rules.word
            OR (rules.word LIKE '%*' AND starts_with(lower(trim(one.said)), rtrim(rules.word, '*')))
        )
    GROUP BY ALL
),
by_tag AS (
    SELECT tagged.piece, min(plain_rules.rule) AS rule
    FROM tagged JOIN plain_rules ON plain_rules.kind = 'tag' AND plain_rules.said = tagged.said
    GROUP BY ALL
),
by_category AS (
    SELECT categorised.piece, min(plain_rules.rule) AS rule
    FROM categorised JOIN plain_rules ON plain_rules.kind = 'category' AND plain_rules.said = categorised.said
    GROUP BY ALL
),
undecided AS (
    SELECT pieces.piece, pieces.feedback_table, pieces.feedback_id
    FROM pieces
    ANTI JOIN by_tag ON by_tag.piece = pieces.piece
    ANTI JOIN by_category ON by_category.piece = pieces.piece
),
texts AS (
    SELECT undecided.piece, said.text_comment AS text
    FROM undecided JOIN main.survey_responses AS said
        ON undecided.feedback_table = 'survey_responses' AND said.response_id = undecided.feedback_id
    UNION ALL
    SELECT undecided.piece, said.text_answer
    FROM undecided JOIN main.survey_answers AS said
        ON undecided.feedback_table = 'survey_responses' AND said.response_id = undecided.feedback_id
    WHERE NOT said.is_deleted AND NOT said.is_test AND (contains(said.text_answer, ' ') OR strlen(said.text_answer) > length(said.text_answer))
    UNION ALL
    SELECT undecided.piece, concat_ws(' ', said.text_title, said.text_body)
    FROM undecided JOIN main.reviews AS said
        ON undecided.feedback_table = 'reviews' AND said.review_id = undecided.feedback_id AND said.is_current
    UNION ALL
    SELECT undecided.piece, cases.text_subject
    FROM undecided JOIN cases ON undecided.feedback_table = 'interactions' AND cases.interaction_id = undecided.feedback_id
    UNION ALL
    SELECT undecided.piece, said.text_masked
    FROM undecided JOIN main.messages AS said
        ON (undecided.feedback_table = 'interactions' AND said.interaction_id = undecided.feedback_id AND said.author_kind = 'customer')
    WHERE NOT said.is_deleted AND NOT said.is_test
    UNION ALL
    SELECT undecided.piece, said.text_masked
    FROM undecided JOIN main.messages AS said ON undecided.feedback_table = 'messages' AND said.message_id = undecided.feedback_id
),
-- Words with one space on each side, so that a whole word is found wherever it stands.
spaced AS (
    SELECT
        piece,
        row_number() OVER () AS text_id,
        ' ' || trim(regexp_replace(lower(text), ' *[^\p{L}\p{N}\p{M} ][^\p{L}\p{N}\p{M}]*| {2,}', ' ', 'g')) || ' ' AS text
    FROM texts
    WHERE text IS NOT NULL
),
words AS (
    SELECT
        rule,
        said,
        CASE WHEN starts_with(word, '*') THEN '' ELSE ' ' END || said || CASE WHEN ends_with(word, '*') THEN '' ELSE ' ' END AS wanted,
        split_part(said, ' ', 1) AS head,
        starts_with(word, '*') AS is_inside,
        ends_with(word, '*') AND NOT contains(said, ' ') AS is_beginning
    FROM (
        SELECT rule, word, trim(regexp_replace(word, ' *[^\p{L}\p{N}\p{M} ][^\p{L}\p{N}\p{M}]*| {2,}', ' ', 'g')) AS said
        FROM marts.routing_rules WHERE kind = 'words'
    )
),
-- A text is looked at closer only where a word of it is the first of a rule: each different word is compared but once.
tokens AS NOT MATERIALIZED (
    SELECT text_id, unnest(string_split(text, ' ')) AS token FROM spaced
),
heads AS (
    SELECT one.token, words.rule, words.wanted
    FROM (SELECT DISTINCT token FROM tokens) AS one
    JOIN words
        ON CASE
            WHEN words.is_inside THEN contains(one.token, words.head)
            WHEN words.is_beginning THEN starts_with(one.token, words.head)
            ELSE one.token = words.head
        END
),
candidates AS (
    SELECT DISTINCT found.text_id, heads.rule, heads.wanted
    FROM (SELECT * FROM tokens WHERE token IN (SELECT token FROM heads)) AS found
    JOIN heads USING (token)
),
by_words AS (
    SELECT spaced.piece, min(candidates.rule) AS rule
    FROM candidates JOIN spaced USING (text_id)
    WHERE contains(spaced.text, candidates.wanted)
    GROUP BY ALL
),
decided AS (
    SELECT piece, rule, 'tag' AS decided_by FROM by_tag
    UNION ALL
    SELECT by_category.piece, by_category.rule, 'category'
    FROM by_category
    ANTI JOIN by_tag ON by_tag.piece = by_category.piece
    UNION ALL
    SELECT piece, rule, 'words' FROM by_words
),
-- Where it was: since when and until when, as far as anybody noted it.
staff AS (
    SELECT agent_id, department, team, coalesce(valid_from, TIMESTAMP '1900-01-01') AS since FROM main.agents
),
changes AS (
    SELECT
        one.interaction_id, one.field, one.old_value, one.new_value, one.occurred_at,
        lead(one.occurred_at) OVER same AS until,
        row_number() OVER same = 1 AS is_first
    FROM main.interaction_events AS one
    SEMI JOIN cases ON cases.interaction_id = one.interaction_id
    WHERE one.field IN ('department', 'team', 'queue', 'agent_id') AND NOT one.is_deleted AND NOT one.is_test
    WINDOW same AS (PARTITION BY one.interaction_id, one.field ORDER BY one.occurred_at, one.event_id)
),
fields AS (
    UNPIVOT (SELECT interaction_id, department, team, queue, agent_id FROM cases)
    ON department, team, queue, agent_id INTO NAME field VALUE value
),
legs AS (
    SELECT one.interaction_id, one.queue, one.agent_id, coalesce(one.enqueued_at, one.connected_at) AS since, one.connected_at, one.disconnected_at, one.is_transferred
    FROM main.call_legs AS one
    SEMI JOIN cases ON cases.interaction_id = one.interaction_id
    WHERE NOT one.is_deleted AND NOT one.is_test
),
held AS (
    SELECT interaction_id, field, new_value AS value, occurred_at AS since, until FROM changes
    UNION ALL
    SELECT interaction_id, field, old_value, TIMESTAMP '1900-01-01', occurred_at FROM changes WHERE is_first
    UNION ALL
    -- Of what never changed nobody knows since when it is so.
    SELECT fields.interaction_id, fields.field, fields.value, NULL, NULL
    FROM fields ANTI JOIN changes ON changes.interaction_id = fields.interaction_id AND changes.field = fields.field
    UNION ALL
    SELECT interaction_id, 'queue', queue, since, coalesce(disconnected_at, since) FROM legs
    UNION ALL
    SELECT interaction_id, 'agent_id', agent_id, coalesce(connected_at, since), coalesce(disconnected_at, since) FROM legs
),
named AS (
    SELECT interaction_id, value AS name, since, until FROM held WHERE field <> 'agent_id' AND value IS NOT NULL
    UNION ALL
    SELECT held.interaction_id, unnest([staff.department, staff.team]), held.since, held.until
    FROM held
    ASOF JOIN staff ON staff.agent_id = held.value AND coalesce(held.since, held.until, TIMESTAMP '2100-01-01') >= staff.since
    WHERE held.field = 'agent_id'
),
stays AS (
    SELECT pieces.piece, named.name, CASE WHEN named.since IS NOT NULL THEN greatest(named.since, pieces.said_at) END AS since
    FROM pieces
    JOIN named ON named.interaction_id = pieces.interaction_id
    WHERE named.name IS NOT NULL AND (named.until IS NULL OR pieces.said_at IS NULL OR named.until >= pieces.said_at)
    UNION ALL
    SELECT pieces.piece, steps.department, steps.opened_at
    FROM marts.feedback_steps AS steps
    JOIN pieces ON pieces.feedback_id = steps.feedback_id AND pieces.feedback_table = steps.feedback_table
    WHERE steps.department IS NOT NULL
),
departments AS (
    SELECT one.name, declared.department
    FROM (SELECT DISTINCT name FROM stays) AS one
    JOIN marts.department_names AS declared
        ON lower(trim(one.name)) = declared.name
        OR (declared.name LIKE '%*' AND starts_with(lower(trim(one.name)), rtrim(declared.name, '*')))
),
placed AS (
    SELECT stays.piece, stays.since, departments.department, coalesce(departments.department, stays.name) AS place
    FROM stays LEFT JOIN departments USING (name)
),
went AS (
    SELECT piece, list_transform(list_sort(list({'since': since, 'place': place})), lambda stay: stay.place) AS places
    FROM (SELECT piece, place, coalesce(min(since), TIMESTAMP '2999-01-01') AS since FROM placed GROUP BY ALL)
    GROUP BY ALL
),
routed AS (
    SELECT pieces.piece, decided.decided_by, decided.rule, rules.department
    FROM pieces
    LEFT JOIN decided ON decided.piece = pieces.piece
    LEFT JOIN marts.routing_rules AS rules ON rules.rule = decided.rule
),
arrived AS (
    SELECT
        placed.piece,
        bool_or(coalesce(placed.department = routed.department, FALSE)) AS is_there,
        bool_or(placed.department IS NULL) AS is_unnamed,
        min(placed.since) FILTER (placed.department = routed.department) AS reached_at
    FROM placed
    JOIN routed ON routed.piece = placed.piece
    GROUP BY ALL
),
moved AS (
    SELECT interaction_id, count(*) AS moves
    FROM (SELECT interaction_id FROM changes UNION ALL SELECT interaction_id FROM legs WHERE is_transferred)
    GROUP BY ALL
)
SELECT
    pieces.feedback_table,
    pieces.feedback_id,
    pieces.kind,
    pieces.source_system,
    pieces.said_at,
    pieces.said_on,
    routed.department,
    routed.decided_by,
    routed.rule,
    went.places,
    coalesce(moved.moves, 0) AS moves,
    arrived.reached_at,
    CAST(epoch_ms(arrived.reached_at) - epoch_ms(pieces.said_at) AS BIGINT) AS routing_ms,
    CASE
        WHEN routed.department IS NULL THEN 'no_rule'
        WHEN arrived.is_there THEN 'reached'
        WHEN arrived.is_unnamed THEN 'unnamed'
        WHEN arrived.piece IS NOT NULL THEN 'elsewhere'
        ELSE 'nowhere'
    END AS state,
    CASE
        WHEN routed.department IS NULL OR (arrived.is_unnamed AND NOT arrived.is_there) THEN NULL
        ELSE coalesce(arrived.is_there, FALSE)
    END AS is_reached
FROM pieces
JOIN routed ON routed.piece = pieces.piece
LEFT JOIN went ON went.piece = pieces.piece
LEFT JOIN arrived ON arrived.piece = pieces.piece
LEFT JOIN moved ON moved.interaction_id = pieces.interaction_id
