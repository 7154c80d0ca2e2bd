/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BMC_ASK_WIRE_H
#define BMC_ASK_WIRE_H

#include "base/json.h"
#include "bmc/types.h"

/*
 * What people and programs ask of a BMC: a word, and a JSON object of what
 * belongs to it. The command line without a daemon and the API's
 * subresources have these in common. Pure.
 *
 *	power		{"action": "status|on|off|soft|cycle|reset"}
 *	boot		{"device": "pxe", "persistent": true, "efi": true,
 *			 "url": "http://..."}, or {} to ask
 *	media		{"url": "http://..."}, or {} to eject
 *	identify	{"seconds": 15}; 0 is off, -1 until told otherwise
 *	sel		{"from": 17, "log": ""}
 *	fru		{"number": 0}
 *	info sensors inventory lan users bios secure-boot	{}
 *	reset clear-sel nmi					{}
 *
 * Numbers may be texts, as they are in a query. Without "seconds" a machine
 * identifies itself for BMC_IDENTIFY_S.
 */

#define BMC_IDENTIFY_S 60

/* An unknown word or member, or a value out of bounds, is ERR_INVALID.
 * `arguments` may be NULL: {}. */
int bmc_ask_parse(const char *word, const json_t *arguments,
		  struct bmc_request *request, struct err *err) NODISCARD;

#endif
