-- name: run_insert
-- Name, namespace, uid and labels are the Workflow's.
INSERT INTO run (namespace, name, uid, labels, workflow_id, machine_id,
	machine_name, template_name, rack, boot, toggle, await_os, uefi,
	global_timeout_s, phase, phase_at, deadline, created_at, queued_at)
SELECT o.namespace, o.name, o.uid,
	COALESCE(json_extract(o.document, '$.metadata.labels'), '{}'),
	:workflow, NULLIF(:machine, 0),
	COALESCE((SELECT m.name FROM object m WHERE m.id = :machine), ''),
	COALESCE(json_extract(o.document, '$.spec.templateRef'), ''),
	COALESCE((SELECT json_extract(m.document,
		'$.metadata.labels."tomte.dev/rack"')
		FROM object m WHERE m.id = :machine), ''),
	:boot, :toggle, :await_os, :uefi, :global_timeout, :phase, :now,
	NULLIF(:deadline, 0), :now, :now
FROM object o
WHERE o.id = :workflow;

-- name: run_rename
-- An earlier run of this name makes room for the newest.
UPDATE run SET name = name || '.' || id
WHERE namespace = (SELECT namespace FROM object WHERE id = :workflow)
	AND name = (SELECT name FROM object WHERE id = :workflow);

-- name: run_get
SELECT id, namespace, name, uid, COALESCE(workflow_id, 0),
	COALESCE(machine_id, 0), machine_name, template_name, rack, boot,
	toggle, await_os, uefi, global_timeout_s, phase, phase_at,
	COALESCE(deadline, 0), outcome, cause, part, slot, waits, waits_at,
	waits_why, cancel, pause, paused_at, paused_ms, resumed_at, created_at,
	queued_at, started_at, ended_at, dhcp_at, script_at, hello_at, os_at
FROM run
WHERE id = :id;

-- name: run_labels
SELECT labels FROM run WHERE id = :id;

-- name: run_by_workflow
SELECT id FROM run WHERE workflow_id = :id;

-- name: run_by_name
SELECT id FROM run WHERE namespace = :namespace AND name = :name;

-- name: run_list
-- SCAN: asked for by people only, and one after another.
SELECT id FROM run
WHERE namespace = :namespace OR :namespace = ''
ORDER BY namespace, name;

-- name: run_open
-- SCAN: of those that are open, once after a start.
SELECT id FROM run WHERE ended_at = 0 ORDER BY id;

-- name: run_paced
-- SCAN: of those that are open, once after a start.
SELECT id, rack, slot, waits FROM run
WHERE ended_at = 0 AND (slot != '' OR waits != '')
ORDER BY waits_at, id;

-- name: run_starting
-- SCAN: of those that are open, and only where consoles are listened to.
SELECT id, machine_id, phase IN ('restart-on', 'first-boot') FROM run
WHERE ended_at = 0 AND machine_id > 0 AND phase IN ('power-on', 'firmware',
	'loading', 'restart-on', 'first-boot')
ORDER BY phase_at, id
LIMIT 4096;

-- name: run_of_machine
SELECT id FROM run
WHERE machine_id = :machine AND ended_at = 0
ORDER BY queued_at, id
LIMIT 1;

-- name: run_update
UPDATE run
SET phase = :phase, phase_at = :phase_at,
	deadline = NULLIF(:deadline, 0), outcome = :outcome, cause = :cause,
	part = :part, slot = :slot, waits = :waits, waits_at = :waits_at,
	waits_why = :waits_why, cancel = :cancel, pause = :pause,
	paused_at = :paused_at, paused_ms = :paused_ms,
	resumed_at = :resumed_at, queued_at = :queued_at,
	started_at = :started_at, ended_at = :ended_at, dhcp_at = :dhcp_at,
	script_at = :script_at, hello_at = :hello_at, os_at = :os_at
WHERE id = :id;

-- name: run_relabel
UPDATE run
SET labels = (SELECT COALESCE(json_extract(document, '$.metadata.labels'),
	'{}') FROM object WHERE id = :workflow)
WHERE workflow_id = :workflow;

-- name: run_saw_dhcp
UPDATE run SET dhcp_at = :now WHERE id = :id;

-- name: run_saw_script
UPDATE run SET script_at = :now WHERE id = :id;

-- name: run_saw_hello
UPDATE run SET hello_at = :now WHERE id = :id;

-- name: run_saw_os
UPDATE run SET os_at = :now WHERE id = :id;

-- name: run_prune_old
DELETE FROM run
WHERE id IN (SELECT id FROM run
	WHERE ended_at > 0 AND ended_at < :before
	ORDER BY ended_at LIMIT :limit);

-- name: run_crowded
-- SCAN: of an index, some times an hour. Machines with too many runs.
SELECT machine_id FROM run
WHERE machine_id > 0
GROUP BY machine_id HAVING COUNT(*) > :most
LIMIT :limit;

-- name: run_prune_machine
DELETE FROM run
WHERE id IN (SELECT id FROM run
	WHERE machine_id = :machine
	ORDER BY created_at DESC, id DESC LIMIT -1 OFFSET :most)
	AND ended_at > 0;

-- name: run_input_put
INSERT INTO run_input (run_id, template, snapshot)
VALUES (:run, :template, :snapshot);

-- name: run_input_get
SELECT template, snapshot FROM run_input WHERE run_id = :run;

-- name: action_insert
INSERT INTO action (run_id, position, action_id, task, task_name, agent,
	machine_id, name, image, document, secret, timeout_s, delivery,
	background, retries, backoff_s, on_failure, on_timeout, state, imaging,
	leaves)
VALUES (:run, :position, :action, :task, :task_name, :agent,
	NULLIF(:machine, 0), :name, :image, :document, :secret, :timeout,
	:delivery, :background, :retries, :backoff, :on_failure, :on_timeout,
	:state, :imaging, :leaves);

-- name: action_list
SELECT run_id, position, action_id, task, task_name, agent,
	COALESCE(machine_id, 0), name, image, secret, timeout_s, delivery,
	background, retries, backoff_s, on_failure, on_timeout, state,
	offered_at, not_before, attempt, n_failed, n_interrupted, handler,
	ended_as, cause, boot_id, started_at, ended_at, message, result, phase,
	bytes_done, bytes_total, progress_at, imaging, leaves
FROM action
WHERE run_id = :run
ORDER BY position;

-- name: action_document
SELECT document FROM action WHERE run_id = :run AND position = :position;

-- name: action_update
UPDATE action
SET state = :state, offered_at = :offered_at, not_before = :not_before,
	attempt = :attempt, n_failed = :n_failed,
	n_interrupted = :n_interrupted, handler = :handler,
	ended_as = :ended_as, cause = :cause, boot_id = :boot,
	started_at = :started_at, ended_at = :ended_at, message = :message,
	result = :result
WHERE run_id = :run AND position = :position;

-- name: action_progress
UPDATE action
SET phase = :phase, bytes_done = :done, bytes_total = :total,
	progress_at = :now
WHERE run_id = :run AND position = :position;

-- name: action_for_machine
-- What its worker should do now: what runs, before what is new.
SELECT a.run_id, a.position
FROM action a JOIN run r ON r.id = a.run_id
WHERE a.machine_id = :machine AND a.offered_at > 0
	AND a.state IN ('PENDING', 'RUNNING') AND r.phase = 'working'
	AND ((a.state = 'RUNNING' AND a.background = '')
		OR (a.state = 'PENDING' AND r.paused_at = 0))
ORDER BY a.state = 'PENDING', r.queued_at, a.run_id, a.position
LIMIT 1;

-- name: action_begun
-- What the machine had begun before this boot.
SELECT a.run_id, a.position
FROM action a
WHERE a.machine_id = :machine AND a.offered_at > 0
	AND a.state IN ('PENDING', 'RUNNING') AND a.state = 'RUNNING'
	AND a.boot_id != :boot
ORDER BY a.run_id, a.position;

-- name: step_insert
INSERT INTO step (run_id, position, stage, kind, args, action)
VALUES (:run, :position, :stage, :kind, :args, :action);

-- name: step_list
SELECT s.run_id, s.position, s.stage, s.kind, s.args, s.action, s.given_up,
	COALESCE(s.intent_id, 0), COALESCE(i.state, ''),
	COALESCE(i.created_at, 0), COALESCE(i.ended_at, 0),
	COALESCE(i.error_code, ''), COALESCE(i.error, '')
FROM step s LEFT JOIN intent i ON i.id = s.intent_id
WHERE s.run_id = :run
ORDER BY s.position;

-- name: step_update
UPDATE step SET intent_id = NULLIF(:intent, 0), given_up = :given_up
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

-- name: intent_waiting
-- SCAN: of an index of those that were not sent yet.
SELECT id, COALESCE(run_id, 0), COALESCE(job_id, 0), machine_id, kind, state,
	args, created_at, sent_at, ended_at, error_code, error
FROM intent
WHERE state = 'intent'
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

-- name: intent_jobs_of_machine
SELECT job_id FROM intent
WHERE machine_id = :machine AND ended_at = 0 AND job_id IS NOT NULL;

-- name: run_missing
-- Workflows that were not taken up, or were refused.
SELECT o.id FROM object o
WHERE o.api_group = 'tinkerbell.org' AND o.kind = 'Workflow'
	AND NOT EXISTS (SELECT 1 FROM run r WHERE r.workflow_id = o.id);
