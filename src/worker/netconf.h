/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_NETCONF_H
#define WORKER_NETCONF_H

#include "worker/config.h"

/*
 * Brings the network up as the configuration says: the address that the
 * server gave along, or else one by DHCP (busybox's udhcpc). Waits for the
 * interface to be there and to have a link, for a bounded time.
 */
int netconf_up(const struct config *config, struct err *err) NODISCARD;

#endif
