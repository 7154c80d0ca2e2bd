/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

/*
 * Options by table. Two tables are in force: those of the command and those
 * that every command has. Options and words may stand in any order; "--"
 * ends the options; "-" is a word.
 *
 *	static const struct option options[] = {
 *		{ "output", 'o', "FORMAT", "table, json, yaml or name" },
 *		{ "watch", 'w', NULL, "go on with what changes" },
 *		{ 0 },
 *	};
 */
#define ARGS_OPTIONS_MAX 12

struct option {
	const char *name;
	char letter;         /* 0: has none */
	const char *metavar; /* what its value is; NULL: a flag */
	const char *help;
};

struct args {
	char **words; /* inside argv, which is rearranged */
	size_t n_words;
	/* Private. */
	const struct option *tables[2];
	const char *values[2][ARGS_OPTIONS_MAX];
};

/* argv without the program's and the command's name; a NULL follows it. */
int args_parse(struct args *args, const struct option *const tables[2],
	       int argc, char **argv, struct err *err) NODISCARD;

/* The value of an option, NULL: not given. A flag's value is "". */
const char *args_value(const struct args *args, const char *name);
bool args_flag(const struct args *args, const char *name);

#endif
