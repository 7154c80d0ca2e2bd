/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_COMPLETE_PLAN_H
#define CLI_COMPLETE_PLAN_H

#include "base/buf.h"
#include "cli/command.h"

/*
 * What may stand where the cursor is. Pure, and made of the same tables as
 * the parser of options and the help, so that it cannot be out of date.
 *
 * A command's usage says what its words are. " | " stands between its forms;
 * in a form are options, which are passed over, words to type, and words in
 * capitals: a KIND, a NAME of the KIND before, a MACHINE, RUN, TEMPLATE,
 * NAMESPACE, TOKEN, COMMAND, TOPIC, a FILE; any other may be anything. One
 * with "..." repeats, "a|b" is one of both. An option's metavar is read
 * likewise.
 */
#define COMPLETE_MAX_KINDS 4

struct complete {
	struct buf words; /* "word\thelp\n" of what begins like the last word */
	bool files;
	/* Names of these, which only the server knows. */
	const struct resource *kinds[COMPLETE_MAX_KINDS];
	size_t n_kinds;
	bool runs;        /* of Runs the names that their machines share */
	const char *last; /* what is typed of it */
	size_t prefix;    /* of it, "--option=" */
};

void complete_init(struct complete *complete);
void complete_release(struct complete *complete);

/* `words` follow the program's name; the last one is being typed. */
void complete_plan(struct complete *complete, const struct command_list *list,
		   char *const *words, size_t n_words);

/* One more that may be meant, if it begins like the last word. */
void complete_add(struct complete *complete, const char *word,
		  const char *help);

#endif
