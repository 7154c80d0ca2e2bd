/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKFLOW_INPUT_TREE_H
#define WORKFLOW_INPUT_TREE_H

#include "base/json.h"

/*
 * What a template sees: every key of hardwareMap at the top, .hardware (the
 * object by its JSON names, its numbers float64 as Go's JSON has them: a
 * million prints as 1e+06), .Hardware (by Go field names: Disks, Interfaces,
 * Metadata, UserData, VendorData), .references (the objects that the Hardware
 * refers to and may see, by the names that it gives them), and ours under
 * .tomte: name, server, imageURL, metadataURL.
 *
 * Hardware, references NULL: none. A new object.
 */
json_t *input_tree(const json_t *workflow, const json_t *hardware,
		   const json_t *facts, const json_t *references);

/* What the mediaURL of a customboot action sees: .Hardware alone. */
json_t *input_boot_tree(const json_t *hardware);

#endif
