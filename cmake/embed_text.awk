# Makes a C header of a text file: its lines as one string.
#
#	awk -v name=quirks_yaml -v guard=BMC_QUIRKS_H -f embed_text.awk FILE

BEGIN {
	print "/* Made by cmake/embed_text.awk. */"
	print "#ifndef " guard "\n#define " guard "\n"
	print "static const char " name "[] ="
}

{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	print "\t\"" $0 "\\n\""
}

END { print "\t\"\";\n\n#endif" }
