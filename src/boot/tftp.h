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

#endif
