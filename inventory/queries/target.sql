-- name: target_list
-- What monitoring wants to know of all machines, without their documents.
SELECT h.namespace, h.name, h.labels,
	json_extract(h.document, '$.spec.interfaces[0].dhcp.mac'),
	json_extract(h.document, '$.spec.interfaces[0].dhcp.arch'),
	json_extract(h.document, '$.spec.interfaces[0].dhcp.ip.address'),
	m.name,
	json_extract(m.document, '$.spec.connection.host'),
	json_extract(m.document,
		'$.spec.connection.providerOptions.preferredOrder[0]'),
	json_extract(NULLIF(m.status, ''), '$.powerState')
FROM object h LEFT JOIN object m
	ON m.api_group = 'bmc.tinkerbell.org' AND m.kind = 'Machine'
	AND m.namespace = h.namespace
	AND m.name = json_extract(h.document, '$.spec.bmcRef.name')
WHERE h.api_group = 'tinkerbell.org' AND h.kind = 'Hardware'
ORDER BY h.namespace, h.name;
