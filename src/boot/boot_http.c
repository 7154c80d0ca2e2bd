/* SPDX-License-Identifier: Apache-2.0 */
#include "boot/boot_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "base/str.h"
#include "boot/cpio_wire.h"
#include "boot/ipxe_script.h"

#define LOG_MODULE "boot"
#include "base/log.h"

#define SCRIPT_LIMIT (16 * 1024)
#define CONFIG_LIMIT (64 * 1024)

struct boot_http {
	struct artifacts *artifacts;
	struct boot_ops ops;
	struct boot_http_config config;
	char *kernel_args;
};

/* A file on its way out, until it is told how much of it left. */
struct transfer {
	struct boot_http *http;
	ipv4 peer;
	mono_ms began;
	char name[200];
};

struct boot_http *boot_http_new(const struct boot_http_config *config,
				struct artifacts *artifacts,
				const struct boot_ops *ops)
{
	struct boot_http *http = xcalloc(1, sizeof(*http));

	http->artifacts = artifacts;
	http->ops = *ops;
	http->config = *config;
	http->kernel_args = xstrdup(config->kernel_args);
	return http;
}

void boot_http_free(struct boot_http *http)
{
	if (!http)
		return;
	free(http->kernel_args);
	free(http);
}

static ipv4 peer_of(const struct http_request *req)
{
	ipv4 address = 0;

	if (!net_parse_ipv4(http_peer(req), &address))
		return 0;
	return address;
}

static void report(struct boot_http *http, enum boot_saw saw,
		   const struct boot_machine *machine, const char *text)
{
	struct boot_event event = {
		.saw = saw, .mac = machine->mac, .ip = machine->ip, .text = text
	};

	http->ops.saw(http->ops.arg, &event);
}

static void handle_script(struct boot_http *http, struct http_request *req,
			  const struct boot_machine *machine)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(SCRIPT_LIMIT);
	char server[64];
	char address[IPV4_TEXT];
	struct ipxe_boot boot = { .server = server,
				  .kernel_args = http->kernel_args };
	struct err err;

	net_ipv4_text(http_local_address(req), address);
	snprintf(server, sizeof(server), "http://%s:%u", address,
		 http->config.http_port);
	if (!machine->allow_netboot) {
		ipxe_script_local(machine, &script);
		report(http, BOOT_SAW_SCRIPT, machine,
		       "iPXE fetched its script: boot from the disk");
	} else if (ipxe_script_hook(machine, &boot, &script, &err)) {
		log_error("machine=%s script: %s", machine->name, err.message);
		http_reply_text(req, 500, err.message);
		return;
	} else {
		report(http, BOOT_SAW_SCRIPT, machine,
		       "iPXE fetched its script: boot the in-memory OS");
	}
	http_reply(req, 200, "text/plain", script.base, script.len);
}

static void handle_config(struct boot_http *http, struct http_request *req,
			  const struct boot_machine *machine)
{
	CLEANUP(secret_release) struct buf archive = BUF_INIT(CONFIG_LIMIT);
	struct err err;
	char *json;

	if (!machine->allow_netboot) {
		http_reply_text(req, 403,
				"this machine is not to boot from "
				"the network\n");
		return;
	}
	if (peer_of(req) != machine->ip) {
		log_warn("machine=%s configuration asked for by %s",
			 machine->name, http_peer(req));
		http_reply_text(req, 403, "only for the machine itself\n");
		return;
	}
	/* A HEAD must not make the token before worthless. */
	if (!str_eq(http_method(req), "GET")) {
		http_reply_allow(req, "GET");
		return;
	}
	json = http->config.worker_config(http->config.arg, machine,
					  http_local_address(req), &err);
	if (!json) {
		log_error("machine=%s configuration: %s", machine->name,
			  err.message);
		http_reply_text(req, 503, err.message);
		return;
	}
	cpio_add_directory(&archive, "cfg");
	cpio_add_file(&archive, "cfg/config.json", json, strlen(json));
	cpio_end(&archive);
	secret_wipe(json, strlen(json));
	free(json);
	http_reply(req, 200, "application/octet-stream", archive.base,
		   archive.len);
	report(http, BOOT_SAW_CONFIG, machine,
	       "kernel and initramfs fetched, worker configuration handed "
	       "out");
}

static void handle_machine(struct boot_http *http, struct http_request *req,
			   const char *rest)
{
	const char *slash = strchr(rest, '/');
	char text[MAC_TEXT];
	struct boot_machine machine;
	struct mac mac;

	if (!slash || (size_t)(slash - rest) >= sizeof(text)) {
		http_reply_text(req, 404, "expected /boot/MAC/auto.ipxe\n");
		return;
	}
	snprintf(text, sizeof(text), "%.*s", (int)(slash - rest), rest);
	if (!net_parse_mac(text, &mac) ||
	    !http->ops.find_mac(http->ops.arg, &mac, &machine)) {
		http_reply_text(req, 404, "no machine has this MAC address\n");
		return;
	}
	if (str_eq(slash + 1, "auto.ipxe"))
		handle_script(http, req, &machine);
	else if (str_eq(slash + 1, "cfg.cpio"))
		handle_config(http, req, &machine);
	else
		http_reply_text(req, 404, "no such file of a machine\n");
}

static void on_sent(void *arg, int64_t sent, int64_t total)
{
	struct transfer *transfer = arg;
	struct boot_machine machine;
	char text[400];
	mono_ms took = clock_mono() - transfer->began;

	if (transfer->http->ops.find_ip(transfer->http->ops.arg, transfer->peer,
					&machine)) {
		if (sent == total)
			snprintf(text, sizeof(text),
				 "HTTP %s: %" PRId64 " bytes in %" PRId64
				 ".%03" PRId64 "s",
				 transfer->name, total, took / 1000,
				 took % 1000);
		else
			snprintf(text, sizeof(text),
				 "HTTP %s broke off at %" PRId64 " %% (%" PRId64
				 " of %" PRId64 " bytes)",
				 transfer->name, sent * 100 / total, sent,
				 total);
		report(transfer->http,
		       sent == total ? BOOT_SAW_FILE_DONE : BOOT_SAW_FILE_CUT,
		       &machine, text);
	}
	free(transfer);
}

/* Published files are never changed in place, so this names the content. */
static void etag_of(int fd, char *out, size_t size)
{
	struct stat st;

	if (fstat(fd, &st)) {
		out[0] = '\0';
		return;
	}
	snprintf(out, size, "\"%jx-%jx-%jx%09lx\"", (uintmax_t)st.st_ino,
		 (uintmax_t)st.st_size, (uintmax_t)st.st_mtim.tv_sec,
		 (unsigned long)st.st_mtim.tv_nsec);
}

static void handle_file(struct boot_http *http, struct http_request *req,
			const char *class, const char *name)
{
	int fd = artifact_open(http->artifacts, class, name);
	struct transfer *transfer;
	char etag[80];

	if (fd < 0) {
		struct boot_machine machine;
		AUTO_FREE char *text = xasprintf(
			"HTTP /%s/%.150s: 404, no such file", class, name);

		if (http->ops.find_ip(http->ops.arg, peer_of(req), &machine))
			report(http, BOOT_SAW_FILE_CUT, &machine, text);
		http_reply_text(req, 404, "no such file\n");
		return;
	}
	if (str_eq(http_method(req), "GET")) {
		transfer = xcalloc(1, sizeof(*transfer));
		transfer->http = http;
		transfer->peer = peer_of(req);
		transfer->began = clock_mono();
		snprintf(transfer->name, sizeof(transfer->name), "/%s/%.150s",
			 class, name);
		http_on_sent(req, on_sent, transfer);
	}
	etag_of(fd, etag, sizeof(etag));
	http_reply_file(req, fd, artifact_type(name), *etag ? etag : NULL);
}

bool boot_http_handle(struct boot_http *http, struct http_request *req)
{
	static const char *const classes[] = { "hook", "images", "ipxe" };
	const char *path = http_path(req);

	if (str_starts(path, "/boot/")) {
		handle_machine(http, req, path + strlen("/boot/"));
		return true;
	}
	for (size_t i = 0; i < ARRAY_LEN(classes); i++) {
		size_t n = strlen(classes[i]);

		if (path[0] == '/' && !strncmp(path + 1, classes[i], n) &&
		    path[1 + n] == '/') {
			handle_file(http, req, classes[i], path + n + 2);
			return true;
		}
	}
	return false;
}
