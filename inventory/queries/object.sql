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

-- name: object_page
-- Behind a key, what has not changed since a version.
SELECT id, uid, api_group, kind, namespace, name, version, generation,
	created_at, document, status, labels
FROM object
WHERE api_group = :group AND kind = :kind
	AND (namespace, name) > (:after_namespace, :after_name)
	AND version <= :version
ORDER BY namespace, name;

-- name: object_named
SELECT id, uid, api_group, kind, namespace, name, version, generation,
	created_at, document, status, labels
FROM object
WHERE api_group = :group AND kind = :kind AND namespace = :namespace
	AND name = :name AND version <= :version;

-- name: object_labelled
-- For a label that few have: from it to the objects, and then in order.
SELECT o.id, o.uid, o.api_group, o.kind, o.namespace, o.name, o.version,
	o.generation, o.created_at, o.document, o.status, o.labels
FROM label l CROSS JOIN object o ON o.id = l.object_id
WHERE l.key = :key AND l.value = :value
	AND o.api_group = :group AND o.kind = :kind
	AND (o.namespace, o.name) > (:after_namespace, :after_name)
	AND o.version <= :version
ORDER BY o.namespace, o.name;

-- name: label_few
-- Whether it is on that few objects, of whatever kind.
-- SCAN: of what was found, and that is bounded.
SELECT COUNT(*) <= :most
FROM (SELECT 1 FROM label WHERE key = :key AND value = :value
	LIMIT :most + 1);

-- name: label_count
SELECT COUNT(*) FROM label WHERE key = :key AND value = :value;

-- name: label_clear
-- Before the object has its new ones.
DELETE FROM label
WHERE object_id = :id
	AND (SELECT labels FROM object WHERE id = :id) <> :labels;

-- name: label_insert
-- SCAN: of the labels of one object.
INSERT OR IGNORE INTO label (object_id, key, value)
SELECT :id, pair.key, pair.value FROM json_each(:labels) AS pair;

-- name: object_count
SELECT COUNT(*)
FROM object
WHERE api_group = :group AND kind = :kind
	AND (namespace, name) > (:after_namespace, :after_name)
	AND (:namespace = '' OR namespace = :namespace);

-- name: object_by_uid
SELECT id, uid, api_group, kind, namespace, name, version, generation,
	created_at, document, status
FROM object
WHERE uid = :uid;

-- name: object_in_namespace
-- SCAN: once for each Namespace that is deleted. The kinds are few, and the
-- key begins with them.
SELECT id FROM object WHERE namespace = :namespace ORDER BY id;

-- name: object_insert
INSERT INTO object (uid, api_group, kind, namespace, name, version,
	generation, created_at, document, status, labels)
VALUES (:uid, :group, :kind, :namespace, :name, :version, 1, :now,
	:document, :status, :labels);

-- name: object_update
UPDATE object
SET version = :version, generation = :generation, document = :document,
	status = :status, labels = :labels
WHERE id = :id;

-- name: object_delete
DELETE FROM object WHERE id = :id;

-- name: object_older
SELECT namespace, name
FROM object
WHERE api_group = :group AND kind = :kind AND created_at < :before
LIMIT :limit;

-- name: owner_clear
DELETE FROM owner WHERE object_id = :id;

-- name: owner_insert
INSERT OR REPLACE INTO owner (object_id, uid, blocks)
VALUES (:id, :uid, :blocks);

-- name: owner_dependents
SELECT object_id, blocks FROM owner WHERE uid = :uid ORDER BY object_id;

-- name: owner_others
-- Owners of an object that are there, beside one.
SELECT COUNT(*)
FROM owner w JOIN object o ON o.uid = w.uid
WHERE w.object_id = :id AND w.uid <> :uid;

-- name: change_insert
INSERT INTO change (version, type, api_group, kind, namespace, name, object,
	labels_before, at, prior, before, total)
VALUES (:version, :type, :group, :kind, :namespace, :name, :object,
	COALESCE((SELECT NULLIF(labels, '') FROM object WHERE id = :id), '{}'),
	:now, :prior, :before,
	COALESCE((SELECT total FROM change WHERE version = :version - 1), 0)
		+ :bytes);

-- name: change_exists
SELECT 1 FROM change WHERE version = :version;

-- name: change_since
SELECT version, type, object, namespace, name, labels_before, api_group, kind
FROM change
WHERE api_group = :group AND kind = :kind AND version > :version
ORDER BY version
LIMIT :limit;

-- name: change_all_since
SELECT version, type, object, namespace, name, labels_before, api_group, kind
FROM change
WHERE version > :version
ORDER BY version
LIMIT :limit;

-- name: change_before
-- What each object that changed after a version was at that version; '' if
-- there was none. The columns are those of the row with the least version.
SELECT c.namespace, c.name, MIN(c.version),
	CASE WHEN c.prior = 0 THEN '' WHEN c.before <> '' THEN c.before
	ELSE (SELECT p.object FROM change p WHERE p.version = c.prior) END
FROM change c
WHERE c.api_group = :group AND c.kind = :kind AND c.version > :version
GROUP BY c.namespace, c.name
ORDER BY c.namespace, c.name;

-- name: change_newest
-- SCAN: sqlite_sequence has one row for each counting table.
SELECT COALESCE(MAX(seq), 0) FROM sqlite_sequence WHERE name = 'change';

-- name: change_oldest
SELECT COALESCE(MIN(version), 0) FROM change;

-- name: change_total
SELECT total FROM change WHERE version = :version;

-- name: change_before_time
SELECT COALESCE(MAX(version), 0) FROM change WHERE at < :at;

-- name: change_before_total
SELECT COALESCE(MAX(version), 0) FROM change WHERE total <= :total;

-- name: change_keep_before
UPDATE change
SET before = (SELECT p.object FROM change p WHERE p.version = change.prior)
WHERE prior >= :oldest AND prior <= :version AND version > :version
	AND before = '';

-- name: change_prune
DELETE FROM change WHERE version <= :version;

-- name: secret_put
INSERT INTO secret (object_id, sealed) VALUES (:id, :sealed)
ON CONFLICT (object_id) DO UPDATE SET sealed = excluded.sealed;

-- name: secret_get
SELECT sealed FROM secret WHERE object_id = :id;
