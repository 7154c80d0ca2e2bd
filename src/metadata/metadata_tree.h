/* SPDX-License-Identifier: Apache-2.0 */
#ifndef METADATA_METADATA_TREE_H
#define METADATA_METADATA_TREE_H

#include "base/buf.h"
#include "base/json.h"

/*
 * What an installed OS is told of itself, from its Hardware object. Pure.
 *
 * EC2 style (2009-04-04, as Tinkerbell's Tootles serves it) is a tree of
 * small texts; NoCloud is four documents. `home` is the URL of the machine's
 * NoCloud folder with a slash at its end, "" when it is not known: from it
 * the phone-home address is made.
 */

/* `path` is what follows "/2009-04-04/". False: no such leaf (404). */
bool metadata_ec2(const json_t *hardware, const char *path, struct buf *out);

/* "meta-data", "user-data", "vendor-data", "network-config". */
bool metadata_nocloud(const json_t *hardware, const char *home,
		      const char *name, struct buf *out);

#endif
