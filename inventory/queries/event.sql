-- name: event_insert
INSERT INTO event (at, machine_id, run_id, source, kind, message, last_at)
VALUES (:now, NULLIF(:machine, 0), NULLIF(:run, 0), :source, :kind, :message,
	:now);

-- name: event_repeat
UPDATE event SET n = n + 1, last_at = :now WHERE id = :id;

-- name: event_last_of_machine
SELECT id, at, COALESCE(machine_id, 0), COALESCE(run_id, 0), source, kind,
	message, n, last_at
FROM event
WHERE machine_id IS NULLIF(:machine, 0)
ORDER BY id DESC
LIMIT 1;

-- name: event_let_go
UPDATE event SET machine_id = NULL
WHERE machine_id = :machine AND run_id IS NOT NULL;

-- name: event_of_run
SELECT id, at, COALESCE(machine_id, 0), COALESCE(run_id, 0), source, kind,
	message, n, last_at
FROM event
WHERE run_id = :run
ORDER BY id;

-- name: event_brief_of_run
-- SCAN: of its own two lists, which are bounded.
SELECT id, at, COALESCE(machine_id, 0), COALESCE(run_id, 0), source, kind,
	message, n, last_at
FROM event
WHERE id IN (
	SELECT id FROM (
		SELECT id FROM event
		WHERE run_id = :run AND kind NOT IN ('log', 'console')
		ORDER BY id DESC
		LIMIT :told)
	UNION
	SELECT id FROM (
		SELECT id FROM event
		WHERE run_id = :run
		ORDER BY id DESC
		LIMIT :newest))
ORDER BY id;

-- name: event_of_machine
SELECT id, at, COALESCE(machine_id, 0), COALESCE(run_id, 0), source, kind,
	message, n, last_at
FROM event
WHERE machine_id = :machine
ORDER BY id;

-- name: event_all
-- SCAN: newest first by key, bounded.
SELECT id, at, COALESCE(machine_id, 0), COALESCE(run_id, 0), source, kind,
	message, n, last_at
FROM event
ORDER BY id DESC
LIMIT :limit;

-- name: event_oldest
SELECT COALESCE(MIN(last_at), 9223372036854775807) FROM event;

-- name: event_prune
-- Of runs that are open, all are kept.
DELETE FROM event
WHERE id IN (SELECT e.id FROM event e
	WHERE e.last_at < :before AND (e.run_id IS NULL
		OR EXISTS (SELECT 1 FROM run r
			WHERE r.id = e.run_id AND r.ended_at > 0))
	LIMIT :limit);

-- name: event_strangers
-- By the machine, of which there is none: these are few, and the newest first.
SELECT id, at, COALESCE(machine_id, 0), COALESCE(run_id, 0), source, kind,
	message, n, last_at
FROM event
WHERE machine_id IS NULL AND run_id IS NULL AND kind = 'stranger'
	AND +last_at BETWEEN :since AND :until
ORDER BY id DESC
LIMIT :limit;

-- name: event_others
SELECT 1 FROM event
WHERE last_at BETWEEN :since AND :until AND source = 'dhcp'
	AND machine_id > 0 AND machine_id != :machine
LIMIT 1;

-- name: event_stranger_limit
SELECT id FROM event
WHERE machine_id IS NULL AND run_id IS NULL AND kind = 'stranger'
ORDER BY id DESC
LIMIT 1 OFFSET :n;

-- name: event_prune_strangers
DELETE FROM event
WHERE machine_id IS NULL AND run_id IS NULL AND kind = 'stranger'
	AND id <= :id;
