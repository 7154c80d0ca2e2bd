-- name: nic_insert
INSERT INTO nic (mac, machine_id, position, ip)
VALUES (:mac, :id, :position, NULLIF(:ip, ''));

-- name: nic_clear
DELETE FROM nic WHERE machine_id = :id;

-- name: nic_by_mac
SELECT n.machine_id, n.position, o.namespace, o.name
FROM nic n JOIN object o ON o.id = n.machine_id
WHERE n.mac = :mac;

-- name: nic_by_ip
SELECT n.machine_id, n.position, o.namespace, o.name
FROM nic n JOIN object o ON o.id = n.machine_id
WHERE n.ip = :ip;

-- name: machine_insert
INSERT INTO machine (id, metadata_token, bmc, agent_id, instance_id, serial)
VALUES (:id, :token, NULLIF(:bmc, ''), NULLIF(:agent, ''),
	NULLIF(:instance, ''), NULLIF(:serial, ''))
ON CONFLICT (id) DO UPDATE SET bmc = excluded.bmc,
	agent_id = excluded.agent_id, instance_id = excluded.instance_id,
	serial = excluded.serial;

-- name: machine_get
SELECT m.id, o.namespace, o.name, m.power, m.power_at, m.metadata_token,
	m.worker_boot, m.worker_at, m.worker_seq, m.heard_at
FROM machine m JOIN object o ON o.id = m.id
WHERE m.id = :id;

-- name: machine_power
UPDATE machine SET power = :power, power_at = :now WHERE id = :id;

-- name: machine_by_metadata
SELECT id FROM machine WHERE metadata_token = :token;

-- name: machine_by_worker
SELECT id FROM machine WHERE worker_token = :token;

-- name: machine_worker_token
UPDATE machine SET worker_token = :token WHERE id = :id;

-- name: machine_worker_seen
UPDATE machine
SET worker_seq = CASE WHEN worker_boot IS :boot THEN worker_seq ELSE 0 END,
	worker_boot = :boot, worker_at = :now, heard_at = :now
WHERE id = :id;

-- name: machine_worker_heard
UPDATE machine SET worker_seq = max(worker_seq, :seq) WHERE id = :id;

-- name: machine_worker_alive
UPDATE machine SET heard_at = :now WHERE id = :id;

-- name: machine_by_bmc
SELECT m.id
FROM machine m JOIN object o ON o.id = m.id
WHERE m.bmc = :bmc AND o.namespace = :namespace
ORDER BY o.name
LIMIT 1;

-- name: machine_by_identity
-- A worker is meant by a MAC, the agent's or the instance's id, or the name.
SELECT o.id
FROM object o
WHERE o.namespace = :namespace AND o.kind = 'Hardware'
	AND o.api_group = 'tinkerbell.org'
	AND o.id IN (SELECT machine_id FROM nic WHERE mac = :mac
		UNION SELECT id FROM machine WHERE agent_id = :identity
		UNION SELECT id FROM machine WHERE instance_id = :identity
		UNION SELECT id FROM object WHERE api_group = 'tinkerbell.org'
			AND kind = 'Hardware' AND namespace = :namespace
			AND name = :identity)
LIMIT 2;

-- name: machine_by_serial
SELECT id FROM machine WHERE serial = :serial AND serial IS NOT NULL
UNION SELECT id FROM machine
WHERE seen_serial = :serial AND seen_serial IS NOT NULL
ORDER BY id LIMIT 1;

-- name: machine_seen_serial
UPDATE machine SET seen_serial = :serial
WHERE id = :id AND seen_serial IS NOT :serial;

-- name: machine_by_agent
-- In whatever namespace.
SELECT id FROM machine WHERE agent_id = :agent
UNION SELECT id FROM machine WHERE instance_id = :agent
LIMIT 1;
