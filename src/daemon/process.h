/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/net.h"

/*
 * What the system says of this process and its files.
 */
struct process {
	int64_t cpu_us;
	uint64_t resident_bytes;
	uint64_t open_fds;
	uint64_t max_fds;
	wall_ms started_ms;
};

/* What cannot be found out is 0. */
void process_read(struct process *process);

/* 0: there is no such file. */
uint64_t process_file_bytes(const char *folder, const char *name);

/* Whether the folder can be written to, and has room. */
int process_check_folder(const char *folder, uint64_t least_bytes,
			 struct err *err) NODISCARD;

/* Whether the address is still one of this host's. */
int process_check_address(ipv4 address, struct err *err) NODISCARD;

#endif
