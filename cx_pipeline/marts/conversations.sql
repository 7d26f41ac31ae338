-- One row: an interaction with messages, and who spoke in it.
-- key: interaction_id
-- reads: main.messages, main.interactions
-- columns:
--   interaction_id VARCHAR: The interaction.
--   public_messages BIGINT: Messages that the customer can read. [messages]
--   with_agent BOOLEAN: True where a person of the company wrote in public. Who owns interactions and was not delivered is one.
--   with_bot BOOLEAN: True where a bot wrote in public.
--   is_history_cut BOOLEAN: True where the source left out older messages.
-- holds:
--   speakers_were_heard: public_messages > 0 OR NOT (with_agent OR with_bot)
WITH owners AS (
    SELECT DISTINCT agent_id FROM main.interactions WHERE agent_id IS NOT NULL
)
SELECT
    messages.interaction_id,
    count(*) FILTER (messages.is_public) AS public_messages,
    coalesce(
        bool_or(messages.author_kind = 'agent' OR (messages.author_kind IS NULL AND owners.agent_id IS NOT NULL)) FILTER (messages.is_public),
        FALSE
    ) AS with_agent,
    coalesce(bool_or(messages.author_kind = 'bot') FILTER (messages.is_public), FALSE) AS with_bot,
    coalesce(bool_or(messages.is_truncated_history), FALSE) AS is_history_cut
FROM main.messages AS messages
LEFT JOIN owners ON owners.agent_id = messages.author_id
WHERE NOT messages.is_deleted AND NOT messages.is_test AND messages.interaction_id IS NOT NULL
GROUP BY messages.interaction_id
