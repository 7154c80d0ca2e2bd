-- name: object_get
SELECT id, uid, api_group, kind, namespace, name, version, generation,
	created_at, document, status
FROM object
WHERE api_group = :group AND kind = :kind AND namespace = :namespace
	AND name = :name;

-- name: object_by_id
SELECT id, uid, api_group, kind, namespace, name, version, generation,
	created_at, document, status
FROM object
WHERE id = :id;

-- name: object_list
SELECT id, uid, api_group, kind, namespace, name, version, generation,
	created_at, document, status
FROM object
WHERE api_group = :group AND kind = :kind
	AND (:namespace = '' OR namespace = :namespace)
ORDER BY namespace, name;

-- name: object_insert
INSERT INTO object (uid, api_group, kind, namespace, name, version,
	generation, created_at, document, status)
VALUES (:uid, :group, :kind, :namespace, :name, :version, 1, :now,
	:document, :status);

-- name: object_update
UPDATE object
SET version = :version, generation = :generation, document = :document,
	status = :status
WHERE id = :id;

-- name: object_delete
DELETE FROM object WHERE id = :id;

-- name: object_namespaces
-- SCAN: asked for by people only.
SELECT namespace FROM object UNION SELECT 'default' ORDER BY 1;

-- name: change_insert
INSERT INTO change (version, type, api_group, kind, namespace, name, object,
	labels_before, at)
VALUES (:version, :type, :group, :kind, :namespace, :name, :object,
	COALESCE((SELECT json_extract(document, '$.metadata.labels')
		FROM object WHERE id = :id), '{}'),
	:now);

-- name: change_since
SELECT version, type, object, namespace, name, labels_before
FROM change
WHERE api_group = :group AND kind = :kind AND version > :version
ORDER BY version
LIMIT :limit;

-- name: change_newest
-- SCAN: sqlite_sequence has one row for each counting table.
SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'change';

-- name: change_oldest
SELECT COALESCE(MIN(version), 0) FROM change;

-- name: change_prune
DELETE FROM change WHERE version <= :version;

-- name: secret_put
INSERT INTO secret (object_id, sealed) VALUES (:id, :sealed)
ON CONFLICT (object_id) DO UPDATE SET sealed = excluded.sealed;

-- name: secret_get
SELECT sealed FROM secret WHERE object_id = :id;

-- name: token_put
INSERT INTO token (digest, name, role, created_at)
VALUES (:digest, :name, :role, :now)
ON CONFLICT (name) DO UPDATE SET digest = excluded.digest,
	role = excluded.role, created_at = excluded.created_at;

-- name: token_role
SELECT role FROM token WHERE digest = :digest;
