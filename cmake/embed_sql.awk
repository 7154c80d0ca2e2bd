# Makes store/sql.h of the files in inventory/: an enum of the named queries
# and their texts, and the migrations in the order of their numbers.
#
#	awk -f embed_sql.awk migrations/*.sql queries/*.sql > sql.h

function quoted(line) {
	gsub(/\\/, "&&", line)
	gsub(/"/, "\\\"", line)
	return "\t\"" line "\\n\"\n"
}

BEGIN { n_migrations = 0; n_queries = 0 }

FNR == 1 {
	in_migration = FILENAME ~ /migrations\//
	if (in_migration)
		n_migrations++
	current = ""
}

/^-- name: / {
	current = $3
	names[n_queries++] = current
	next
}

{
	if (in_migration)
		migrations[n_migrations] = migrations[n_migrations] quoted($0)
	else if (current != "")
		texts[current] = texts[current] quoted($0)
}

END {
	print "/* Made from inventory/ by cmake/embed_sql.awk. */"
	print "#ifndef STORE_SQL_H\n#define STORE_SQL_H\n"
	print "enum sql_query {"
	for (i = 0; i < n_queries; i++)
		print "\tSQL_" toupper(names[i]) ","
	print "\tSQL_N_QUERIES,\n};\n"
	print "#ifdef STORE_SQL_TEXTS"
	print "static const char *const sql_names[] = {"
	for (i = 0; i < n_queries; i++)
		print "\t\"" names[i] "\","
	print "};\n"
	print "static const char *const sql_queries[] = {"
	for (i = 0; i < n_queries; i++)
		print texts[names[i]] "\t,"
	print "};\n"
	print "static const char *const sql_migrations[] = {"
	for (i = 1; i <= n_migrations; i++)
		print migrations[i] "\t,"
	print "};\n#endif\n\n#endif"
}
