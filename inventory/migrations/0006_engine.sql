-- What the workflow engine's core needs: boot modes as lists of steps, tasks
-- with workers of their own, retries, verbs, pacing, and runs that outlive
-- their Workflow.

-- A run is what becomes of one Workflow object. It keeps its own name: the
-- newest of a name has it plainly, those before it with their id behind.
CREATE TABLE run_new (
	id INTEGER PRIMARY KEY,
	namespace TEXT NOT NULL,
	name TEXT NOT NULL,
	uid TEXT NOT NULL,
	labels TEXT NOT NULL DEFAULT '{}',
	workflow_id INTEGER UNIQUE REFERENCES object (id) ON DELETE SET NULL,
	machine_id INTEGER REFERENCES object (id) ON DELETE SET NULL,
	machine_name TEXT NOT NULL DEFAULT '',
	template_name TEXT NOT NULL DEFAULT '',
	rack TEXT NOT NULL DEFAULT '',
	boot TEXT NOT NULL DEFAULT '' CHECK (boot IN
		('', 'netboot', 'isoboot', 'customboot')),
	toggle INTEGER NOT NULL,
	await_os INTEGER NOT NULL,
	uefi INTEGER NOT NULL,
	global_timeout_s INTEGER NOT NULL,
	phase TEXT NOT NULL,
	phase_at INTEGER NOT NULL,
	deadline INTEGER,
	outcome TEXT NOT NULL DEFAULT '',
	cause TEXT NOT NULL DEFAULT '',
	-- Grows by one with each rerun.
	part INTEGER NOT NULL DEFAULT 1,
	-- What of the pacer it holds, and what it waits for.
	slot TEXT NOT NULL DEFAULT '' CHECK (slot IN
		('', 'starting', 'imaging')),
	waits TEXT NOT NULL DEFAULT '' CHECK (waits IN
		('', 'starting', 'imaging')),
	waits_at INTEGER NOT NULL DEFAULT 0,
	waits_why TEXT NOT NULL DEFAULT '',
	-- What people want of it.
	cancel TEXT NOT NULL DEFAULT '',
	pause INTEGER NOT NULL DEFAULT 0,
	paused_at INTEGER NOT NULL DEFAULT 0,
	paused_ms INTEGER NOT NULL DEFAULT 0,
	resumed_at INTEGER NOT NULL DEFAULT 0,
	created_at INTEGER NOT NULL,
	queued_at INTEGER NOT NULL,
	started_at INTEGER NOT NULL DEFAULT 0,
	ended_at INTEGER NOT NULL DEFAULT 0,
	-- When its machine was seen last doing so.
	dhcp_at INTEGER NOT NULL DEFAULT 0,
	script_at INTEGER NOT NULL DEFAULT 0,
	hello_at INTEGER NOT NULL DEFAULT 0,
	os_at INTEGER NOT NULL DEFAULT 0,
	UNIQUE (namespace, name)
) STRICT;

INSERT INTO run_new (id, namespace, name, uid, labels, workflow_id,
	machine_id, machine_name, template_name, rack, boot, toggle, await_os,
	uefi, global_timeout_s, phase, phase_at, deadline, outcome, cause,
	created_at, queued_at, started_at, ended_at, dhcp_at, script_at,
	hello_at, os_at)
SELECT r.id, w.namespace, w.name, w.uid,
	COALESCE(json_extract(w.document, '$.metadata.labels'), '{}'),
	r.workflow_id, r.machine_id,
	COALESCE(h.name, json_extract(w.document, '$.spec.hardwareRef'), ''),
	COALESCE(json_extract(w.document, '$.spec.templateRef'), ''),
	COALESCE(json_extract(h.document,
		'$.metadata.labels."tomte.dev/rack"'), ''),
	CASE r.netboot WHEN 0 THEN '' ELSE 'netboot' END,
	r.toggle, r.await_os, r.uefi, r.global_timeout_s, r.phase, r.phase_at,
	r.deadline, r.outcome, r.cause, r.created_at, r.created_at,
	r.started_at, r.ended_at,
	COALESCE((SELECT MAX(last_at) FROM event e
		WHERE e.run_id = r.id AND e.source = 'dhcp'), 0),
	COALESCE((SELECT MAX(last_at) FROM event e
		WHERE e.run_id = r.id AND e.kind = 'script'), 0),
	COALESCE((SELECT MAX(last_at) FROM event e
		WHERE e.run_id = r.id AND e.kind = 'hello'), 0),
	COALESCE((SELECT MAX(last_at) FROM event e
		WHERE e.run_id = r.id AND e.kind = 'phone-home'), 0)
FROM run r
JOIN object w ON w.id = r.workflow_id
LEFT JOIN object h ON h.id = r.machine_id;

CREATE TABLE action_new (
	run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	action_id TEXT NOT NULL,
	task INTEGER NOT NULL DEFAULT 0,
	task_name TEXT NOT NULL DEFAULT '',
	-- Who is to do it: as the template names it, and the machine that is.
	agent TEXT NOT NULL DEFAULT '',
	machine_id INTEGER REFERENCES object (id) ON DELETE SET NULL,
	name TEXT NOT NULL,
	image TEXT NOT NULL,
	document TEXT NOT NULL,
	-- Values of Secrets stand in the document as marks.
	secret INTEGER NOT NULL DEFAULT 0,
	timeout_s INTEGER NOT NULL,
	delivery TEXT NOT NULL DEFAULT 'exactly-once' CHECK (delivery IN
		('exactly-once', 'at-least-once')),
	background TEXT NOT NULL DEFAULT '' CHECK (background IN
		('', 'true', 'required')),
	-- Whether it writes an image, and how the machine goes away by it.
	imaging INTEGER NOT NULL DEFAULT 0,
	leaves TEXT NOT NULL DEFAULT '' CHECK (leaves IN
		('', 'reboot', 'poweroff', 'kexec')),
	retries INTEGER NOT NULL DEFAULT 0,
	backoff_s INTEGER NOT NULL DEFAULT 5,
	on_failure INTEGER NOT NULL DEFAULT 0,
	on_timeout INTEGER NOT NULL DEFAULT 0,
	state TEXT NOT NULL CHECK (state IN
		('PENDING', 'RUNNING', 'SUCCESS', 'FAILED', 'TIMEOUT',
		'SKIPPED', 'INTERRUPTED', 'CANCELLED')),
	-- From when on it may be handed out; 0: not yet.
	offered_at INTEGER NOT NULL DEFAULT 0,
	not_before INTEGER NOT NULL DEFAULT 0,
	attempt INTEGER NOT NULL DEFAULT 1,
	n_failed INTEGER NOT NULL DEFAULT 0,
	n_interrupted INTEGER NOT NULL DEFAULT 0,
	-- It has failed, and now runs with the command for that, or has done.
	handler TEXT NOT NULL DEFAULT '' CHECK (handler IN
		('', 'on-failure', 'on-timeout', 'done')),
	ended_as TEXT NOT NULL DEFAULT '',
	cause TEXT NOT NULL DEFAULT '',
	boot_id TEXT NOT NULL DEFAULT '',
	started_at INTEGER NOT NULL DEFAULT 0,
	ended_at INTEGER NOT NULL DEFAULT 0,
	message TEXT NOT NULL DEFAULT '',
	result TEXT NOT NULL DEFAULT '',
	phase TEXT NOT NULL DEFAULT '',
	bytes_done INTEGER NOT NULL DEFAULT 0,
	bytes_total INTEGER NOT NULL DEFAULT 0,
	progress_at INTEGER NOT NULL DEFAULT 0,
	PRIMARY KEY (run_id, position)
) STRICT;

INSERT INTO action_new (run_id, position, action_id, machine_id, name, image,
	document, timeout_s, delivery, state, offered_at, attempt, boot_id,
	started_at, ended_at, message, result, phase, bytes_done, bytes_total,
	progress_at)
SELECT a.run_id, a.position, a.action_id, r.machine_id, a.name, a.image,
	a.document, a.timeout_s, 'at-least-once', a.state, a.started_at,
	a.attempt, a.boot_id, a.started_at, a.ended_at, a.message, a.result,
	a.phase, a.bytes_done, a.bytes_total, a.progress_at
FROM action a JOIN run_new r ON r.id = a.run_id;

DROP TABLE action;
DROP TABLE run;
ALTER TABLE run_new RENAME TO run;
ALTER TABLE action_new RENAME TO action;

CREATE INDEX run_open ON run (machine_id, queued_at, id) WHERE ended_at = 0;
CREATE INDEX run_by_machine ON run (machine_id, created_at);
CREATE INDEX run_ended ON run (ended_at) WHERE ended_at > 0;
CREATE INDEX action_by_machine ON action (machine_id);
CREATE INDEX action_offered ON action (machine_id, run_id, position)
WHERE offered_at > 0 AND state IN ('PENDING', 'RUNNING');
CREATE INDEX intent_waiting ON intent (id) WHERE state = 'intent';

-- What a run wants of the BMC, in order: before the work, again before an
-- action that restarts the machine, to start the installed OS, and at the end.
-- Each becomes an intent when it is its turn.
CREATE TABLE step (
	run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	stage TEXT NOT NULL CHECK (stage IN
		('prepare', 'again', 'restart', 'post', 'close')),
	kind TEXT NOT NULL,
	args TEXT NOT NULL DEFAULT '',
	-- Of 'again': the action before which.
	action INTEGER NOT NULL DEFAULT 0,
	given_up INTEGER NOT NULL DEFAULT 0,
	intent_id INTEGER REFERENCES intent (id) ON DELETE SET NULL,
	PRIMARY KEY (run_id, position)
) STRICT;

CREATE INDEX step_by_intent ON step (intent_id);

-- Runs that are under way go on where they are.
INSERT INTO step (run_id, position, stage, kind, args, intent_id)
SELECT r.id, s.position, s.stage, s.kind,
	CASE WHEN r.uefi AND s.kind != 'boot-none' THEN 'uefi' ELSE '' END,
	CASE WHEN s.stage = 'prepare' OR r.phase IN
			('restart-off', 'restart-on', 'closing', 'first-boot')
		THEN (SELECT i.id FROM intent i
			WHERE i.run_id = r.id AND i.kind = s.kind
			AND (s.stage = 'prepare'
				OR i.created_at >= (SELECT MAX(e.at)
					FROM event e WHERE e.run_id = r.id
					AND e.kind = 'phase'
					AND e.message = 'closing'))
			ORDER BY i.id LIMIT 1)
	END
FROM run r JOIN (
	SELECT 0 AS position, 'prepare' AS stage, 'power-off' AS kind
	UNION ALL SELECT 1, 'prepare', 'boot-pxe'
	UNION ALL SELECT 2, 'prepare', 'power-on'
	UNION ALL SELECT 3, 'restart', 'power-off'
	UNION ALL SELECT 4, 'restart', 'power-on'
	UNION ALL SELECT 5, 'close', 'boot-none') s
WHERE r.boot = 'netboot' AND r.ended_at = 0;

-- For actions that need values of Secrets: rendered again from this, with
-- fresh values, when they are handed out. No such value is in it.
CREATE TABLE run_input (
	run_id INTEGER PRIMARY KEY REFERENCES run (id) ON DELETE CASCADE,
	template TEXT NOT NULL,
	snapshot TEXT NOT NULL
) STRICT;

-- Derived from Hardware: names that a worker goes by beside the MACs of its
-- machine, and its bmc Machine. And when the worker was heard of last.
ALTER TABLE machine ADD COLUMN bmc TEXT;
ALTER TABLE machine ADD COLUMN agent_id TEXT;
ALTER TABLE machine ADD COLUMN instance_id TEXT;
ALTER TABLE machine ADD COLUMN heard_at INTEGER NOT NULL DEFAULT 0;

UPDATE machine SET
	bmc = (SELECT NULLIF(json_extract(o.document, '$.spec.bmcRef.name'),
		'') FROM object o WHERE o.id = machine.id),
	agent_id = (SELECT NULLIF(json_extract(o.document, '$.spec.agentID'),
		'') FROM object o WHERE o.id = machine.id),
	instance_id = (SELECT NULLIF(json_extract(o.document,
		'$.spec.metadata.instance.id'), '')
		FROM object o WHERE o.id = machine.id),
	heard_at = worker_at;

CREATE INDEX machine_by_bmc ON machine (bmc);
CREATE INDEX machine_by_agent ON machine (agent_id);
CREATE INDEX machine_by_instance ON machine (instance_id);
