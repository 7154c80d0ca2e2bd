-- name: bmc_memory_get
SELECT sealed FROM bmc_memory WHERE object_id = :id;

-- name: bmc_memory_put
INSERT INTO bmc_memory (object_id, sealed) VALUES (:id, :sealed)
ON CONFLICT (object_id) DO UPDATE SET sealed = excluded.sealed;

-- name: bmc_memory_delete
DELETE FROM bmc_memory WHERE object_id = :id;
