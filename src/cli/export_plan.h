/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_EXPORT_PLAN_H
#define CLI_EXPORT_PLAN_H

#include "base/buf.h"
#include "base/json.h"

/*
 * The inventory as files that `tomte import` reads again, with the same
 * objects as the outcome. Pure.
 *
 * Passwords are not in them: Tinkerbell's objects refer to Secrets, and a
 * rack says where the password was read from when it was imported.
 */
enum export_format { EXPORT_TINKERBELL, EXPORT_RACK, EXPORT_CSV };

struct export_input {
	const json_t *hardware; /* lists of objects of one namespace */
	const json_t *machines; /* of bmc */
	const json_t *secrets;
	/* Where passwords are whose Secret does not say it; NULL: nowhere. */
	const char *password_file;
	const char *password_env;
};

/*
 * `notes` gets strings for people: what of a machine the format cannot say.
 * ERR_INVALID: a machine that cannot be in such a file at all; nothing is to
 * be written then.
 */
int export_render(const struct export_input *input, enum export_format format,
		  struct buf *out, json_t *notes, struct err *err) NODISCARD;

#endif
