/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_TFTP_H
#define BOOT_TFTP_H

#include "base/loop.h"
#include "boot/artifact.h"
#include "boot/types.h"

/*
 * The TFTP server: the shell around tftp_session, all transfers on one port.
 *
 * It serves only what the artifact table has under "ipxe": there is no
 * directory to walk. The number of transfers is bounded, for each address
 * and in all.
 */
struct tftp;

struct tftp *tftp_new(struct loop *loop, ipv4 address, uint16_t port,
		      struct artifacts *artifacts, const struct boot_ops *ops,
		      struct err *err) NODISCARD;
void tftp_free(struct tftp *tftp);

/* Requests that firmware makes only for the size of a file are none of
 * these. */
struct tftp_stats {
	uint64_t done; /* transfers */
	uint64_t failed;
	uint64_t refused;
	uint64_t bytes; /* acknowledged */
};

const struct tftp_stats *tftp_stats(const struct tftp *tftp);
/* Transfers that go on now. */
size_t tftp_transfers(const struct tftp *tftp);

#endif
