-- The serial number that a machine's worker reported last, in capitals: beside
-- the one that is derived from its Hardware, of which most say none.
ALTER TABLE machine ADD COLUMN seen_serial TEXT;

CREATE INDEX machine_by_seen_serial ON machine (seen_serial)
WHERE seen_serial IS NOT NULL;
