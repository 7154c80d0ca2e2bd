/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_BOOT_HTTP_H
#define BOOT_BOOT_HTTP_H

#include "base/http_server.h"
#include "boot/artifact.h"
#include "boot/types.h"

/*
 * What machines fetch by HTTP while they boot:
 *
 *	/boot/MAC/auto.ipxe	the machine's script
 *	/boot/MAC/hook.ipxe	the same of one that nobody knows, which says
 *				what it is
 *	/boot/MAC/cfg.cpio	its worker's configuration, with a token: only
 *				to the machine's own address, and only while
 *				it may boot from the network
 *	/hook/NAME /images/NAME /ipxe/NAME	files
 */
struct boot_http;

struct boot_http_config {
	const char *kernel_args;
	uint16_t http_port;
	/* The worker's configuration as JSON text; the caller frees. NULL:
	 * refused. It holds a secret and is never logged. */
	char *(*worker_config)(void *arg, const struct boot_machine *machine,
			       ipv4 server, struct err *err);
	void *arg;
};

struct boot_http *boot_http_new(const struct boot_http_config *config,
				struct artifacts *artifacts,
				const struct boot_ops *ops);
void boot_http_free(struct boot_http *http);

/* Only of whole requests that were for something; see artifacts. */
enum boot_file {
	BOOT_FILE_HOOK,
	BOOT_FILE_IMAGES,
	BOOT_FILE_IPXE,
	BOOT_N_FILES,
};

struct boot_http_stats {
	uint64_t scripts;
	uint64_t configs;
	struct {
		uint64_t done; /* that were sent to the end, parts as well */
		uint64_t cut;
		uint64_t missing;
		uint64_t bytes;
	} files[BOOT_N_FILES];
};

const struct boot_http_stats *boot_http_stats(const struct boot_http *http);
/* "hook", as it stands in the path. */
const char *boot_file_name(enum boot_file file);

/* False: the path is none of these. */
bool boot_http_handle(struct boot_http *http, struct http_request *req);

#endif
