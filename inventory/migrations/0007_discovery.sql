-- Addresses lent to machines that nobody knows: one row for each address of
-- the range at most, so that they are kept over a restart.
CREATE TABLE lease (
	ip TEXT PRIMARY KEY,
	mac TEXT NOT NULL,
	until INTEGER NOT NULL
) STRICT;

-- Derived from Hardware: the serial number, in capitals, that it has by its
-- label or annotation tomte.dev/serial or by what its worker reported. By it a
-- machine is known again that boots by a network card of which nobody wrote.
ALTER TABLE machine ADD COLUMN serial TEXT;

UPDATE machine SET serial = (SELECT NULLIF(upper(trim(COALESCE(
	json_extract(o.document, '$.metadata.annotations."tomte.dev/serial"'),
	json_extract(o.document, '$.metadata.labels."tomte.dev/serial"'),
	''))), '') FROM object o WHERE o.id = machine.id);

CREATE INDEX machine_by_serial ON machine (serial) WHERE serial IS NOT NULL;
