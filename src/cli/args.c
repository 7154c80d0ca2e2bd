/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/args.h"

#include <assert.h>
#include <string.h>

#include "base/str.h"
#include "cli/suggest.h"

static size_t count(const struct option *table)
{
	size_t n = 0;

	while (table && table[n].name)
		n++;
	assert(n <= ARGS_OPTIONS_MAX);
	return n;
}

static const struct option *find(const struct args *args, const char *name,
				 size_t len, char letter)
{
	for (size_t t = 0; t < 2; t++) {
		for (size_t i = 0; i < count(args->tables[t]); i++) {
			const struct option *option = &args->tables[t][i];
			bool same =
				name ? strncmp(option->name, name, len) == 0 &&
						!option->name[len]
				     : option->letter == letter;

			if (same)
				return option;
		}
	}
	return NULL;
}

static int unknown(const struct args *args, const char *word, size_t len,
		   struct err *err)
{
	AUTO_FREE char *name = xstrndup(word, len);
	const char *names[2 * ARGS_OPTIONS_MAX];
	const char *guess;
	size_t n = 0;

	for (size_t t = 0; t < 2; t++)
		for (size_t i = 0; i < count(args->tables[t]); i++)
			names[n++] = args->tables[t][i].name;
	guess = suggest(name, names, n);
	return err_set(err, ERR_INVALID, "unknown option --%s%s%s%s", name,
		       guess ? "; did you mean --" : "", guess ? guess : "",
		       guess ? "?" : "");
}

/* `attached` is what stands in the same word; *next the word after. */
static int take(struct args *args, const struct option *option,
		const char *attached, char **next, int *used, struct err *err)
{
	struct args_given *given = &args->given[args->n_given];

	if (args->n_given == ARGS_GIVEN_MAX)
		return err_set(err, ERR_TOO_BIG, "more than %d options",
			       ARGS_GIVEN_MAX);
	args->n_given++;
	given->option = option;
	given->value = "";
	if (!option->metavar) {
		if (attached)
			return err_set(err, ERR_INVALID, "--%s takes no value",
				       option->name);
		return 0;
	}
	if (!attached && !*next)
		return err_set(err, ERR_INVALID, "--%s needs a value: %s",
			       option->name, option->metavar);
	if (!attached)
		++*used;
	given->value = attached ? attached : *next;
	return 0;
}

/* A word that begins with '-'. Sets how many words it took. */
static int parse_option(struct args *args, char **argv, int *used,
			struct err *err)
{
	const char *word = argv[0];
	const char *attached = NULL;
	const struct option *option;
	size_t len;

	*used = 1;
	if (word[1] == '-') {
		len = strcspn(word + 2, "=");
		option = find(args, word + 2, len, 0);
		if (!option)
			return unknown(args, word + 2, len, err);
		if (word[2 + len] == '=')
			attached = word + 2 + len + 1;
		return take(args, option, attached, argv + 1, used, err);
	}
	option = find(args, NULL, 0, word[1]);
	if (!option)
		return err_set(err, ERR_INVALID, "unknown option -%c", word[1]);
	if (word[2])
		attached = word + 2;
	return take(args, option, attached, argv + 1, used, err);
}

int args_parse(struct args *args, const struct option *const tables[2],
	       int argc, char **argv, struct err *err)
{
	bool over = false;
	int used;

	memset(args, 0, sizeof(*args));
	args->tables[0] = tables[0];
	args->tables[1] = tables[1];
	args->words = argv;
	for (int i = 0; i < argc; i += used) {
		used = 1;
		if (!over && str_eq(argv[i], "--")) {
			over = true;
		} else if (!over && argv[i][0] == '-' && argv[i][1]) {
			if (parse_option(args, argv + i, &used, err))
				return -1;
		} else {
			args->words[args->n_words++] = argv[i];
		}
	}
	return 0;
}

static bool is_known(const struct args *args, const char *name)
{
	return find(args, name, strlen(name), 0) != NULL;
}

const char *args_nth(const struct args *args, const char *name, size_t n)
{
	assert(is_known(args, name));
	for (size_t i = 0; i < args->n_given; i++)
		if (str_eq(args->given[i].option->name, name) && n-- == 0)
			return args->given[i].value;
	return NULL;
}

const char *args_value(const struct args *args, const char *name)
{
	const char *last = NULL;

	assert(is_known(args, name));
	for (size_t i = 0; i < args->n_given; i++)
		if (str_eq(args->given[i].option->name, name))
			last = args->given[i].value;
	return last;
}

bool args_flag(const struct args *args, const char *name)
{
	return args_value(args, name) != NULL;
}
