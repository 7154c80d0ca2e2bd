-- name: tally_power
-- SCAN: of all machines, as often as somebody measures.
SELECT power, COUNT(*) FROM machine GROUP BY power ORDER BY power;

-- name: tally_phases
-- SCAN: of all runs that go on, as often as somebody measures.
SELECT phase, COUNT(*) FROM run WHERE ended_at = 0 GROUP BY phase
ORDER BY phase;
