-- name: run_insert
INSERT INTO run (workflow_id, machine_id, phase, phase_at, deadline, netboot,
	toggle, await_os, uefi, global_timeout_s, created_at)
VALUES (:workflow, NULLIF(:machine, 0), :phase, :now, NULLIF(:deadline, 0),
	:netboot, :toggle, :await_os, :uefi, :global_timeout, :now);

-- name: run_get
SELECT id, workflow_id, machine_id, phase, phase_at, deadline, outcome,
	cause, netboot, toggle, await_os, uefi, global_timeout_s, created_at,
	started_at, ended_at
FROM run
WHERE id = :id;

-- name: run_by_workflow
SELECT id, workflow_id, machine_id, phase, phase_at, deadline, outcome,
	cause, netboot, toggle, await_os, uefi, global_timeout_s, created_at,
	started_at, ended_at
FROM run
WHERE workflow_id = :id;

-- name: run_open
SELECT id FROM run WHERE ended_at = 0 ORDER BY id;

-- name: run_of_machine
SELECT id, workflow_id, machine_id, phase, phase_at, deadline, outcome,
	cause, netboot, toggle, await_os, uefi, global_timeout_s, created_at,
	started_at, ended_at
FROM run
WHERE machine_id = :machine AND ended_at = 0
ORDER BY id
LIMIT 1;

-- name: run_update
UPDATE run
SET phase = :phase, phase_at = :phase_at,
	deadline = NULLIF(:deadline, 0), outcome = :outcome, cause = :cause,
	started_at = :started_at, ended_at = :ended_at
WHERE id = :id;

-- name: action_insert
INSERT INTO action (run_id, position, action_id, name, image, document,
	timeout_s, state)
VALUES (:run, :position, :action, :name, :image, :document, :timeout,
	'PENDING');

-- name: action_list
SELECT run_id, position, action_id, name, image, document, timeout_s, state,
	attempt, boot_id, started_at, ended_at, message, result, phase,
	bytes_done, bytes_total, progress_at
FROM action
WHERE run_id = :run
ORDER BY position;

-- name: action_update
UPDATE action
SET state = :state, attempt = :attempt, boot_id = :boot,
	started_at = :started_at, ended_at = :ended_at, message = :message,
	result = :result
WHERE run_id = :run AND position = :position;

-- name: action_progress
UPDATE action
SET phase = :phase, bytes_done = :done, bytes_total = :total,
	progress_at = :now
WHERE run_id = :run AND position = :position;

-- name: intent_insert
INSERT INTO intent (run_id, job_id, machine_id, kind, state, args, created_at)
VALUES (NULLIF(:run, 0), NULLIF(:job, 0), :machine, :kind, 'intent', :args,
	:now);

-- name: intent_open
SELECT id, COALESCE(run_id, 0), COALESCE(job_id, 0), machine_id, kind, state,
	args, created_at, sent_at, ended_at, error_code, error
FROM intent
WHERE ended_at = 0
ORDER BY id;

-- name: intent_last
SELECT id, COALESCE(run_id, 0), COALESCE(job_id, 0), machine_id, kind, state,
	args, created_at, sent_at, ended_at, error_code, error
FROM intent
WHERE run_id = :run
ORDER BY id DESC
LIMIT 1;

-- name: intent_of_job
SELECT id, COALESCE(run_id, 0), COALESCE(job_id, 0), machine_id, kind, state,
	args, created_at, sent_at, ended_at, error_code, error
FROM intent
WHERE job_id = :job
ORDER BY id;

-- name: intent_sent
UPDATE intent SET state = 'sent', sent_at = :now
WHERE id = :id AND state = 'intent';

-- name: intent_end
UPDATE intent
SET state = :state, ended_at = :now, error_code = :code, error = :error
WHERE id = :id AND ended_at = 0;
