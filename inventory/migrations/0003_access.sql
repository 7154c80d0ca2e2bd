-- Who may speak to the API, and a record of what they asked of it.

ALTER TABLE token RENAME TO old_token;

-- Bearer tokens, of which only the digest is kept, and client certificates
-- that were signed here. `namespaces` is "a,b"; '' is all.
CREATE TABLE token (
	id INTEGER PRIMARY KEY,
	uid TEXT NOT NULL UNIQUE,
	name TEXT NOT NULL UNIQUE,
	type TEXT NOT NULL CHECK (type IN ('Bearer', 'Certificate')),
	user TEXT NOT NULL,
	role TEXT NOT NULL CHECK (role IN ('admin', 'operator', 'viewer')),
	namespaces TEXT NOT NULL DEFAULT '',
	digest TEXT UNIQUE,
	serial TEXT UNIQUE,
	created_at INTEGER NOT NULL,
	created_by TEXT NOT NULL DEFAULT '',
	expires_at INTEGER NOT NULL DEFAULT 0,
	used_at INTEGER NOT NULL DEFAULT 0,
	CHECK ((type = 'Bearer') = (digest IS NOT NULL)),
	CHECK ((type = 'Certificate') = (serial IS NOT NULL))
) STRICT;

CREATE INDEX token_by_user ON token (user);

INSERT INTO token (uid, name, type, user, role, digest, created_at)
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4'
		|| substr(hex(randomblob(2)), 2) || '-a'
		|| substr(hex(randomblob(2)), 2) || '-'
		|| hex(randomblob(6))),
	name, 'Bearer', name, role, digest, created_at
FROM old_token
WHERE role IN ('admin', 'operator', 'viewer');

DROP TABLE old_token;

-- Certificates that are good no longer: one by its serial number, or all of a
-- user that were issued up to then.
CREATE TABLE revocation (
	serial TEXT NOT NULL,
	user TEXT NOT NULL,
	at INTEGER NOT NULL,
	PRIMARY KEY (serial, user)
) STRICT;

-- One row for each request that would write, and for each that was refused:
-- numbers without gaps, and each row's hash is made over the row and the hash
-- of the one before it. AUTOINCREMENT remembers the highest number.
CREATE TABLE audit (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	at INTEGER NOT NULL,
	user TEXT NOT NULL,
	role TEXT NOT NULL,
	source TEXT NOT NULL,
	verb TEXT NOT NULL,
	api_group TEXT NOT NULL,
	resource TEXT NOT NULL,
	namespace TEXT NOT NULL,
	name TEXT NOT NULL,
	decision TEXT NOT NULL CHECK (decision IN ('allow', 'forbid', 'deny')),
	status INTEGER NOT NULL,
	dry INTEGER NOT NULL,
	digest TEXT NOT NULL,
	hash TEXT NOT NULL
) STRICT;

CREATE INDEX audit_by_user ON audit (user, id);

-- What is left of rows that were pruned: up to which number, the hash of that
-- one, and a seal over this row and the stub before it, which the row of the
-- pruning itself has as its digest.
CREATE TABLE audit_stub (
	up_to INTEGER PRIMARY KEY,
	hash TEXT NOT NULL,
	rows INTEGER NOT NULL,
	first_at INTEGER NOT NULL,
	last_at INTEGER NOT NULL,
	at INTEGER NOT NULL,
	user TEXT NOT NULL,
	seal TEXT NOT NULL
) STRICT;

CREATE TRIGGER audit_stays BEFORE UPDATE ON audit
BEGIN
	SELECT RAISE(ABORT, 'the audit is only added to');
END;

CREATE TRIGGER audit_goes_by_stub BEFORE DELETE ON audit
WHEN OLD.id > (SELECT COALESCE(MAX(up_to), 0) FROM audit_stub)
BEGIN
	SELECT RAISE(ABORT, 'the audit is only pruned');
END;
