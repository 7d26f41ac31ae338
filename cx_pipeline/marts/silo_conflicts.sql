-- One row: an attribute and two systems, and how often they disagree about the same customer. marts.silo_pairs names which.
-- key: attribute, left_system, right_system
-- reads: marts.silo_pairs
-- columns:
--   attribute VARCHAR: The attribute.
--   left_system VARCHAR: One system, the first by the alphabet.
--   right_system VARCHAR: The other.
--   left_silo VARCHAR: What the one is for: sales, service, marketing, shop, survey or other.
--   right_silo VARCHAR: What the other is for.
--   customers BIGINT: Customers of whom both have an opinion. [customers]
--   disagreeing BIGINT: Of these, customers of whom they have no value in common. [customers]
--   disagreeing_share DOUBLE: Their share. [0 to 1]
--   left_is_newer BIGINT: Disagreements in which the one spoke last. [customers]
--   right_is_newer BIGINT: Disagreements in which the other did. [customers]
-- holds:
--   parts_within_whole: disagreeing <= customers AND left_is_newer + right_is_newer <= disagreeing
SELECT
    attribute,
    left_system,
    right_system,
    left_silo,
    right_silo,
    count(*) AS customers,
    count(*) FILTER (NOT is_agreed) AS disagreeing,
    count(*) FILTER (NOT is_agreed) / count(*) AS disagreeing_share,
    count(*) FILTER (NOT is_agreed AND left_updated_at > right_updated_at) AS left_is_newer,
    count(*) FILTER (NOT is_agreed AND left_updated_at < right_updated_at) AS right_is_newer
FROM marts.silo_pairs
GROUP BY ALL
