/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_CERT_H
#define BASE_CERT_H

#include "base/clock.h"
#include "base/err.h"

/*
 * What a client's certificate says: who (CN), of which groups (O), its
 * number and its time. Whether it may be believed is the handshake's to say.
 */
#define CERT_TEXT   65
#define CERT_GROUPS 16
#define CERT_SERIAL 41

struct x509_st;

struct cert {
	char name[CERT_TEXT];
	char groups[CERT_GROUPS][CERT_TEXT];
	size_t n_groups;
	char serial[CERT_SERIAL]; /* lower-case hex, no zeros before it */
	wall_ms from;
	wall_ms until;
};

/*
 * ERR_INVALID: no name or several, a name with a NUL, a control byte or over
 * 64 bytes, too many groups: one that could be read in two ways is not read.
 */
int cert_read(const struct x509_st *certificate, struct cert *cert,
	      struct err *err) NODISCARD;

#endif
