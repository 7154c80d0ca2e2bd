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

-- name: event_of_run
SELECT id, at, COALESCE(machine_id, 0), COALESCE(run_id, 0), source, kind,
	message, n, last_at
FROM event
WHERE run_id = :run
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
