# SPDX-License-Identifier: Apache-2.0
#
# awk -f modules.awk modules.LIST modules.dep: prints the modules that the list
# asks for and all that they depend on. Globs that meet nothing are named on
# stderr: a kernel may have the driver built in, or the list a typing error.

function regex_of(glob) {
	gsub(/[.+]/, "[&]", glob)
	gsub(/\*/, ".*", glob)
	gsub(/\?/, ".", glob)
	return "^kernel/" glob "[.]ko$"
}

function take(module,    i, n, needs) {
	if (module in taken)
		return
	taken[module] = 1
	print module
	n = split(depends[module], needs, " ")
	for (i = 1; i <= n; i++)
		take(needs[i])
}

/^[ \t]*(#|$)/ { next }

FNR == NR { globs[++n_globs] = $1; next }

{
	module = $1
	sub(/:$/, "", module)
	$1 = ""
	depends[module] = $0
	modules[++n_modules] = module
}

END {
	for (g = 1; g <= n_globs; g++) {
		wanted = regex_of(globs[g])
		met = 0
		for (m = 1; m <= n_modules; m++) {
			if (modules[m] ~ wanted) {
				take(modules[m])
				met = 1
			}
		}
		if (!met)
			print "hook: no module " globs[g] > "/dev/stderr"
	}
}
