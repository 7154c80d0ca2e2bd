/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/escape_plan.h"

static enum escape_action after_tilde(struct escape *escape, char key,
				      char out[2], size_t *n)
{
	escape->tilde = false;
	if (key == '.')
		return ESCAPE_LEAVE;
	if (key == '?')
		return ESCAPE_HELP;
	out[(*n)++] = '~';
	if (key != '~')
		out[(*n)++] = key;
	escape->begun = key != '\r' && key != '\n';
	return ESCAPE_SEND;
}

enum escape_action escape_key(struct escape *escape, char key, char out[2],
			      size_t *n)
{
	*n = 0;
	if (escape->tilde)
		return after_tilde(escape, key, out, n);
	if (key == '~' && !escape->begun) {
		escape->tilde = true;
		return ESCAPE_SEND;
	}
	escape->begun = key != '\r' && key != '\n';
	out[(*n)++] = key;
	return ESCAPE_SEND;
}
