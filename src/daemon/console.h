/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_CONSOLE_H
#define DAEMON_CONSOLE_H

#include "api/api.h"
#include "daemon/exec.h"
#include "daemon/overhear.h"

/*
 * Consoles of machines, from their BMCs to the API: for api_ops. That
 * somebody has one is an event of the machine. One that is listened to is
 * shared with who listens.
 */
struct console_desk {
	struct store *store;
	struct exec *exec;
	struct overhear *overhear;
};

void *console_open(const struct console_desk *desk, const struct api_ask *ask,
		   bool take, struct api_console *console,
		   struct err *err) NODISCARD;
size_t console_write(void *handle, const void *bytes, size_t n);
void console_close(void *handle);

#endif
