-- name: token_insert
INSERT INTO token (uid, name, type, user, role, namespaces, digest, serial,
	created_at, created_by, expires_at)
VALUES (lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4'
		|| substr(hex(randomblob(2)), 2) || '-a'
		|| substr(hex(randomblob(2)), 2) || '-'
		|| hex(randomblob(6))),
	:name, :type, :user, :role, :namespaces, NULLIF(:digest, ''),
	NULLIF(:serial, ''), :now, :by, :expires);

-- name: token_by_digest
SELECT id, uid, name, type, user, role, namespaces, serial, created_at,
	created_by, expires_at, used_at, digest
FROM token
WHERE digest = :digest;

-- name: token_by_name
SELECT id, uid, name, type, user, role, namespaces, serial, created_at,
	created_by, expires_at, used_at, digest
FROM token
WHERE name = :name;

-- name: token_by_serial
SELECT id, uid, name, type, user, role, namespaces, serial, created_at,
	created_by, expires_at, used_at, digest
FROM token
WHERE serial = :serial;

-- name: token_list
-- SCAN: asked for by people only.
SELECT id, uid, name, type, user, role, namespaces, serial, created_at,
	created_by, expires_at, used_at, digest
FROM token
ORDER BY name;

-- name: token_used
UPDATE token SET used_at = :now WHERE id = :id;

-- name: token_delete
DELETE FROM token WHERE id = :id;

-- name: revocation_put
INSERT INTO revocation (serial, user, at) VALUES (:serial, :user, :now)
ON CONFLICT (serial, user) DO UPDATE SET at = excluded.at;

-- name: revocation_find
SELECT COUNT(*)
FROM revocation
WHERE (serial = :serial AND user = '')
	OR (serial = '' AND user = :user AND at >= :issued);

-- name: audit_insert
INSERT INTO audit (id, at, user, role, source, verb, api_group, resource,
	namespace, name, decision, status, dry, digest, hash)
VALUES (:id, :at, :user, :role, :source, :verb, :group, :resource,
	:namespace, :name, :decision, :status, :dry, :digest, :hash);

-- name: audit_after
SELECT id, at, user, role, source, verb, api_group, resource, namespace,
	name, decision, status, dry, digest, hash
FROM audit
WHERE id > :after AND at >= :since
ORDER BY id
LIMIT :limit;

-- name: audit_of_user
SELECT id, at, user, role, source, verb, api_group, resource, namespace,
	name, decision, status, dry, digest, hash
FROM audit
WHERE user = :user AND id > :after AND at >= :since
ORDER BY id
LIMIT :limit;

-- name: audit_last
SELECT id, hash FROM audit WHERE id = (SELECT MAX(id) FROM audit);

-- name: audit_seen
-- SCAN: sqlite_sequence has one row for each counting table.
SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'audit';

-- name: audit_before
-- SCAN: once for each time that somebody prunes.
SELECT COALESCE(MAX(id), 0) FROM audit WHERE at < :at;

-- name: audit_count
SELECT COUNT(*), COALESCE(MIN(at), 0), COALESCE(MAX(at), 0)
FROM audit
WHERE id <= :id;

-- name: audit_prune
DELETE FROM audit WHERE id <= :id;

-- name: audit_stub_put
INSERT INTO audit_stub (up_to, hash, rows, first_at, last_at, at, user, seal)
VALUES (:up_to, :hash, :rows, :first_at, :last_at, :at, :user, :seal);

-- name: audit_stub_last
SELECT up_to, hash, rows, first_at, last_at, at, user, seal
FROM audit_stub
WHERE up_to = (SELECT MAX(up_to) FROM audit_stub);

-- name: audit_stub_list
-- SCAN: one row for each time that somebody pruned.
SELECT up_to, hash, rows, first_at, last_at, at, user, seal
FROM audit_stub
ORDER BY up_to;
