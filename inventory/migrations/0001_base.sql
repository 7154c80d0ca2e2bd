-- The first schema: objects as people write them, and what machines did.
--
-- An object's document is stored once, as JSON. What is searched for (MAC,
-- IP, BMC) stands in rows derived from it in the same transaction. Times
-- are milliseconds since 1970 UTC.

CREATE TABLE object (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	api_group TEXT NOT NULL,
	kind TEXT NOT NULL,
	namespace TEXT NOT NULL,
	name TEXT NOT NULL,
	version INTEGER NOT NULL,
	generation INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	document TEXT NOT NULL,
	status TEXT NOT NULL,
	UNIQUE (api_group, kind, namespace, name)
) STRICT;

-- Every change of every object; its key is the global resourceVersion. The
-- labels before it tell a watch whether the object enters or leaves its
-- selection.
CREATE TABLE change (
	version INTEGER PRIMARY KEY AUTOINCREMENT,
	type TEXT NOT NULL CHECK (type IN ('ADDED', 'MODIFIED', 'DELETED')),
	api_group TEXT NOT NULL,
	kind TEXT NOT NULL,
	namespace TEXT NOT NULL,
	name TEXT NOT NULL,
	object TEXT NOT NULL,
	labels_before TEXT NOT NULL,
	at INTEGER NOT NULL
) STRICT;

CREATE INDEX change_by_kind ON change (api_group, kind, version);

-- A Secret's values, sealed; the object's document holds none of them.
CREATE TABLE secret (
	object_id INTEGER PRIMARY KEY REFERENCES object (id) ON DELETE CASCADE,
	sealed BLOB NOT NULL
) STRICT;

-- Derived from Hardware: one row for each network interface.
CREATE TABLE nic (
	mac TEXT PRIMARY KEY,
	machine_id INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	ip TEXT UNIQUE
) STRICT;

CREATE INDEX nic_by_machine ON nic (machine_id);

-- What is known of a machine beside what people wrote of it.
CREATE TABLE machine (
	id INTEGER PRIMARY KEY REFERENCES object (id) ON DELETE CASCADE,
	power TEXT NOT NULL DEFAULT 'unknown'
		CHECK (power IN ('unknown', 'on', 'off')),
	power_at INTEGER NOT NULL DEFAULT 0,
	metadata_token TEXT NOT NULL UNIQUE,
	worker_token TEXT UNIQUE,
	worker_boot TEXT,
	worker_at INTEGER NOT NULL DEFAULT 0
) STRICT;

-- A run is what becomes of one Workflow object.
CREATE TABLE run (
	id INTEGER PRIMARY KEY,
	workflow_id INTEGER NOT NULL UNIQUE
		REFERENCES object (id) ON DELETE CASCADE,
	machine_id INTEGER REFERENCES object (id) ON DELETE SET NULL,
	phase TEXT NOT NULL,
	phase_at INTEGER NOT NULL,
	deadline INTEGER,
	outcome TEXT NOT NULL DEFAULT '',
	cause TEXT NOT NULL DEFAULT '',
	netboot INTEGER NOT NULL,
	toggle INTEGER NOT NULL,
	await_os INTEGER NOT NULL,
	uefi INTEGER NOT NULL,
	global_timeout_s INTEGER NOT NULL,
	created_at INTEGER NOT NULL,
	started_at INTEGER NOT NULL DEFAULT 0,
	ended_at INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX run_open ON run (ended_at, machine_id);
CREATE INDEX run_by_machine ON run (machine_id, created_at);

CREATE TABLE action (
	run_id INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	position INTEGER NOT NULL,
	action_id TEXT NOT NULL,
	name TEXT NOT NULL,
	image TEXT NOT NULL,
	document TEXT NOT NULL,
	timeout_s INTEGER NOT NULL,
	state TEXT NOT NULL CHECK (state IN
		('PENDING', 'RUNNING', 'SUCCESS', 'FAILED', 'TIMEOUT')),
	attempt INTEGER NOT NULL DEFAULT 1,
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

-- A side effect: committed before a byte leaves, read back before a repeat.
CREATE TABLE intent (
	id INTEGER PRIMARY KEY,
	run_id INTEGER REFERENCES run (id) ON DELETE CASCADE,
	job_id INTEGER REFERENCES object (id) ON DELETE CASCADE,
	machine_id INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
	kind TEXT NOT NULL,
	state TEXT NOT NULL CHECK (state IN
		('intent', 'sent', 'observed', 'failed')),
	args TEXT NOT NULL DEFAULT '',
	created_at INTEGER NOT NULL,
	sent_at INTEGER NOT NULL DEFAULT 0,
	ended_at INTEGER NOT NULL DEFAULT 0,
	error_code TEXT NOT NULL DEFAULT '',
	error TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE INDEX intent_open ON intent (ended_at);
CREATE INDEX intent_by_run ON intent (run_id, id);
CREATE INDEX intent_by_job ON intent (job_id, id);
CREATE INDEX intent_by_machine ON intent (machine_id);

-- What happened, with evidence: all that why and report ever read.
CREATE TABLE event (
	id INTEGER PRIMARY KEY,
	at INTEGER NOT NULL,
	machine_id INTEGER REFERENCES object (id) ON DELETE CASCADE,
	run_id INTEGER REFERENCES run (id) ON DELETE CASCADE,
	source TEXT NOT NULL,
	kind TEXT NOT NULL,
	message TEXT NOT NULL,
	n INTEGER NOT NULL DEFAULT 1,
	last_at INTEGER NOT NULL
) STRICT;

CREATE INDEX event_by_run ON event (run_id, id);
CREATE INDEX event_by_machine ON event (machine_id, id);

-- Who may speak to the API: only the token's digest is kept.
CREATE TABLE token (
	digest TEXT PRIMARY KEY,
	name TEXT NOT NULL UNIQUE,
	role TEXT NOT NULL,
	created_at INTEGER NOT NULL
) STRICT;
