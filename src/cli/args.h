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
#define ARGS_GIVEN_MAX   64 /* options of one command line */

struct option {
	const char *name;
	char letter;         /* 0: has none */
	const char *metavar; /* what its value is; NULL: a flag */
	const char *help;
};

struct args_given {
	const struct option *option;
	const char *value;
};

struct args {
	char **words; /* inside argv, which is rearranged */
	size_t n_words;
	/* Private. */
	const struct option *tables[2];
	struct args_given given[ARGS_GIVEN_MAX]; /* in their order */
	size_t n_given;
};

/* argv without the program's and the command's name; a NULL follows it. */
int args_parse(struct args *args, const struct option *const tables[2],
	       int argc, char **argv, struct err *err) NODISCARD;

/* The value of an option, NULL: not given. A flag's value is "". Of one that
 * is given more than once the last counts. */
const char *args_value(const struct args *args, const char *name);
/* Each of its values, from 0, for an option that may be repeated; NULL behind
 * the last. */
const char *args_nth(const struct args *args, const char *name, size_t n);
bool args_flag(const struct args *args, const char *name);

#endif
