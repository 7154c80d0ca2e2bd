/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_BMC_WORDS_PLAN_H
#define CLI_BMC_WORDS_PLAN_H

#include "base/json.h"

/*
 * The words behind `tomte bmc`, up to the machines, as what is asked
 * (bmc/ask_wire.h). Pure.
 *
 *	identify 30 r1n[01-04]	-> "identify", {"seconds": 30}, 2 words used
 *	sel clear r1n01		-> "clear-sel", {}, 2 words used
 *	sensors r1n01		-> "sensors", {}, 1 word used
 */
struct bmc_words {
	const char *ask;
	const char *route; /* below the bmc Machine; NULL: not by the daemon */
	bool writes;
	json_t *arguments; /* owned */
	size_t used;
	const char *instead; /* what to do where there is no route */
};

void bmc_words_release(struct bmc_words *words);
int bmc_words_parse(char *const *words, size_t n, struct bmc_words *out,
		    struct err *err) NODISCARD;

#endif
