/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CLI_TEMPLATE_REPAIR_PLAN_H
#define CLI_TEMPLATE_REPAIR_PLAN_H

#include <stdbool.h>

#include "template/template.h"

/*
 * A template's parser stops at the first error. So that all of them can be
 * shown at once, what is wrong is written over with something that is not,
 * in place, and the parser asked again.
 *
 *	{{ if formatpartition .d 1 }}	->	{{ if 1                     }}
 *
 * False: it cannot go on, as when a block has no end.
 */
bool template_repair(char *text, const struct template_fault *fault);

/* Where the place is in the text; its length: behind the end. */
size_t template_offset(const char *text, const struct template_fault *fault);

#endif
