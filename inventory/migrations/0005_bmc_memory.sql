-- What was learnt of a BMC (its session, what it takes), so that it need not
-- be learnt again after a restart: one JSON text with a token in it, sealed as
-- the values of Secrets are. It goes with its bmc Machine.
CREATE TABLE bmc_memory (
	object_id INTEGER PRIMARY KEY REFERENCES object (id) ON DELETE CASCADE,
	sealed BLOB NOT NULL
) STRICT;
