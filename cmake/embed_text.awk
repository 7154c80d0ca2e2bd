# Makes a header of text files, each one string, in the order given.
#
#	awk -v name=schema_texts -f embed_text.awk a.yaml b.yaml > schemas.h

function quoted(line) {
	gsub(/\\/, "&&", line)
	gsub(/"/, "\\\"", line)
	return "\t\"" line "\\n\"\n"
}

FNR == 1 { n++ }

{ texts[n] = texts[n] quoted($0) }

END {
	print "/* Made by cmake/embed_text.awk. */"
	print "static const char *const " name "[] = {"
	for (i = 1; i <= n; i++)
		print texts[i] "\t,"
	print "};"
}
