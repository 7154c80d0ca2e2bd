-- name: lease_put
INSERT INTO lease (ip, mac, until) VALUES (:ip, :mac, :until)
ON CONFLICT (ip) DO UPDATE SET mac = excluded.mac, until = excluded.until;

-- name: lease_drop
DELETE FROM lease WHERE ip = :ip;

-- name: lease_prune
-- SCAN: of at most as many as a range has addresses.
DELETE FROM lease WHERE until <= :now;

-- name: lease_list
-- SCAN: of at most as many as a range has addresses.
SELECT ip, mac, until FROM lease ORDER BY until;
