-- What the API's core asks of the store: states of the past for lists in
-- pages, a log of changes with bounds, owners, and namespaces as objects.

-- `prior` is the version that the object had before the change, 0 if there
-- was none. `before` is what it was then, where the log no longer has the
-- change that made it so: written when that is pruned. `total` counts the
-- bytes of all objects in the log so far.
ALTER TABLE change ADD COLUMN prior INTEGER NOT NULL DEFAULT 0;
ALTER TABLE change ADD COLUMN before TEXT NOT NULL DEFAULT '';
ALTER TABLE change ADD COLUMN total INTEGER NOT NULL DEFAULT 0;

CREATE INDEX change_by_time ON change (at);
CREATE INDEX change_by_total ON change (total);
CREATE INDEX change_by_prior ON change (prior);

-- What was logged so far does not tell what was before.
DELETE FROM change;

-- What is too old to be kept is found by its time.
CREATE INDEX event_by_time ON event (last_at);

-- metadata.labels, '' if there are none: whoever selects by them need not read
-- the document of what is not selected.
ALTER TABLE object ADD COLUMN labels TEXT NOT NULL DEFAULT '';

UPDATE object
SET labels = COALESCE(json_extract(document, '$.metadata.labels'), '');

-- The same to be found by: a label that few objects have leads to them.
CREATE TABLE label (
	object_id INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
	key TEXT NOT NULL,
	value TEXT NOT NULL,
	PRIMARY KEY (object_id, key)
) STRICT;

CREATE INDEX label_by_value ON label (key, value, object_id);

INSERT INTO label (object_id, key, value)
SELECT object.id, pair.key, pair.value
FROM object, json_each(object.labels) AS pair
WHERE object.labels <> '';

-- Derived from metadata.ownerReferences: an object goes with its owners.
CREATE TABLE owner (
	object_id INTEGER NOT NULL REFERENCES object (id) ON DELETE CASCADE,
	uid TEXT NOT NULL,
	blocks INTEGER NOT NULL,
	PRIMARY KEY (object_id, uid)
) STRICT;

CREATE INDEX owner_by_uid ON owner (uid, object_id);

INSERT OR IGNORE INTO owner (object_id, uid, blocks)
SELECT object.id, json_extract(ref.value, '$.uid'),
	COALESCE(json_extract(ref.value, '$.blockOwnerDeletion'), 0)
FROM object, json_each(object.document, '$.metadata.ownerReferences') AS ref
WHERE json_extract(ref.value, '$.uid') IS NOT NULL;

-- A Namespace is an object like others; it is in no namespace itself.
INSERT INTO object (uid, api_group, kind, namespace, name, version,
	generation, created_at, document, status, labels)
SELECT lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4'
		|| substr(hex(randomblob(2)), 2) || '-a'
		|| substr(hex(randomblob(2)), 2) || '-'
		|| hex(randomblob(6))),
	'', 'Namespace', '', name,
	COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'change'), 0),
	1, CAST(strftime('%s', 'now') AS INTEGER) * 1000,
	json_object('metadata', json_object('labels',
		json_object('kubernetes.io/metadata.name', name))),
	json_object('phase', 'Active'),
	json_object('kubernetes.io/metadata.name', name)
FROM (SELECT namespace AS name FROM object UNION SELECT 'default');

INSERT INTO label (object_id, key, value)
SELECT id, 'kubernetes.io/metadata.name', name
FROM object
WHERE kind = 'Namespace';
