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
	struct boot_http_stats stats;
};

/* A file on its way out, until it is told how much of it left. */
struct transfer {
	struct boot_http *http;
	enum boot_file file;
	ipv4 peer;
	mono_ms began;
	bool part; /* a range of the file */
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

const struct boot_http_stats *boot_http_stats(const struct boot_http *http)
{
	return &http->stats;
}

const char *boot_file_name(enum boot_file file)
{
	static const char *const names[BOOT_N_FILES] = {
		[BOOT_FILE_HOOK] = "hook",
		[BOOT_FILE_IMAGES] = "images",
		[BOOT_FILE_IPXE] = "ipxe",
	};

	return names[file];
}

static ipv4 peer_of(const struct http_request *req)
{
	ipv4 address = 0;

	if (!net_parse_ipv4(http_peer(req), &address))
		return 0;
	return address;
}

/* What a machine did; that of whoever asks in its stead is no fact. */
static void report(struct boot_http *http, const struct http_request *req,
		   enum boot_saw saw, const struct boot_machine *machine,
		   const char *text)
{
	struct boot_event event = { .saw = saw,
				    .mac = machine->mac,
				    .ip = machine->ip };

	if (peer_of(req) == machine->ip)
		boot_tell(&http->ops, &event, "%s", text);
	else
		log_info("machine=%s peer=%s %s", machine->name, http_peer(req),
			 text);
}

/* A machine waits for what it does not get. */
static void refuse(struct boot_http *http, struct http_request *req,
		   enum boot_saw saw, const struct boot_machine *machine,
		   int status, const char *why)
{
	struct boot_event event = { .saw = saw,
				    .mac = machine->mac,
				    .ip = machine->ip };
	const char *what = saw == BOOT_SAW_SCRIPT_FAILED
				   ? "boot script"
				   : "worker configuration";

	boot_tell(&http->ops, &event, "HTTP %s for %s: %d, %s", what,
		  http_peer(req), status, why);
	http_reply_text(req, status, why);
}

/* False: answered with what is allowed. */
static bool allow(struct http_request *req, bool head)
{
	const char *method = http_method(req);

	if (str_eq(method, "GET") || (head && str_eq(method, "HEAD")))
		return true;
	http_reply_allow(req, head ? "GET, HEAD" : "GET");
	return false;
}

/* What iPXE calls them. */
static void read_arch(const struct http_request *req,
		      struct boot_machine *machine)
{
	const char *arch = http_query(req, "arch");
	const char *platform = http_query(req, "platform");

	machine->uefi = platform && str_eq(platform, "efi");
	if (arch && str_eq(arch, "arm64"))
		str_copy(machine->arch, sizeof(machine->arch), "aarch64");
}

static void read_identity(const struct http_request *req,
			  struct boot_identity *identity)
{
	const char *serial = http_query(req, "serial");

	memset(identity, 0, sizeof(*identity));
	if (serial &&
	    !str_copy(identity->serial, sizeof(identity->serial), serial))
		identity->serial[0] = '\0';
	for (int i = 0; i < BOOT_MAX_CARDS; i++) {
		char name[8];
		const char *mac;

		snprintf(name, sizeof(name), "mac%d", i);
		mac = http_query(req, name);
		if (mac &&
		    net_parse_mac(mac, &identity->cards[identity->n_cards]))
			identity->n_cards++;
	}
}

/* Its script: to say what it is (`named` is false), and then what becomes of
 * that. */
static void plan_stranger(struct boot_http *http,
			  const struct http_request *req, bool named,
			  struct boot_machine *machine)
{
	const struct boot_strangers *strangers = http->ops.strangers;
	struct boot_identity identity;

	if (!named)
		return;
	read_arch(req, machine);
	read_identity(req, &identity);
	machine->allow_netboot =
		strangers->admit(strangers->arg, machine, &identity);
}

static void handle_script(struct boot_http *http, struct http_request *req,
			  struct boot_machine *machine, bool named)
{
	CLEANUP(buf_release) struct buf script = BUF_INIT(SCRIPT_LIMIT);
	char server[64];
	char address[IPV4_TEXT];
	struct ipxe_boot boot = { .server = server,
				  .kernel_args = http->kernel_args };
	const char *what = "iPXE fetched its script: boot from the disk";
	struct err err;

	if (!allow(req, true))
		return;
	net_ipv4_text(http_local_address(req), address);
	snprintf(server, sizeof(server), "http://%s:%u", address,
		 http->config.http_port);
	if (machine->stranger)
		plan_stranger(http, req, named, machine);
	if (machine->stranger && !named) {
		ipxe_script_ask(machine, &boot, &script);
		what = "iPXE fetched its script: say what it is";
	} else if (!machine->allow_netboot) {
		ipxe_script_local(machine, &script);
	} else if (ipxe_script_hook(machine, &boot, &script, &err)) {
		log_error("machine=%s script: %s", machine->name, err.message);
		refuse(http, req, BOOT_SAW_SCRIPT_FAILED, machine, 500,
		       err.message);
		return;
	} else {
		what = "iPXE fetched its script: boot the in-memory OS";
	}
	if (str_eq(http_method(req), "GET")) {
		http->stats.scripts++;
		report(http, req, BOOT_SAW_SCRIPT, machine, what);
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
		refuse(http, req, BOOT_SAW_CONFIG_FAILED, machine, 403,
		       "this machine is not to boot from the network");
		return;
	}
	if (peer_of(req) != machine->ip) {
		log_warn("machine=%s configuration asked for by %s",
			 machine->name, http_peer(req));
		refuse(http, req, BOOT_SAW_CONFIG_FAILED, machine, 403,
		       "only for the machine itself");
		return;
	}
	/* A HEAD must not make the token before worthless. */
	if (!allow(req, false))
		return;
	json = http->config.worker_config(http->config.arg, machine,
					  http_local_address(req), &err);
	if (!json) {
		log_error("machine=%s configuration: %s", machine->name,
			  err.message);
		refuse(http, req, BOOT_SAW_CONFIG_FAILED, machine, 503,
		       err.message);
		return;
	}
	cpio_add_directory(&archive, "cfg");
	cpio_add_file(&archive, "cfg/config.json", json, strlen(json));
	cpio_end(&archive);
	secret_wipe(json, strlen(json));
	free(json);
	if (archive.overflow) {
		log_error("machine=%s configuration over %zu bytes",
			  machine->name, archive.limit);
		refuse(http, req, BOOT_SAW_CONFIG_FAILED, machine, 500,
		       "configuration too big");
		return;
	}
	http->stats.configs++;
	report(http, req, BOOT_SAW_CONFIG, machine,
	       "kernel and initramfs fetched, worker configuration handed "
	       "out");
	http_reply(req, 200, "application/octet-stream", archive.base,
		   archive.len);
}

static bool find_machine(struct boot_http *http, const struct http_request *req,
			 const struct mac *mac, struct boot_machine *machine)
{
	const struct boot_strangers *strangers = http->ops.strangers;

	if (http->ops.find_mac(http->ops.arg, mac, machine))
		return true;
	return strangers &&
	       strangers->find(strangers->arg, mac, peer_of(req), machine);
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
	    !find_machine(http, req, &mac, &machine)) {
		http_reply_text(req, 404, "no machine has this MAC address\n");
		return;
	}
	if (str_eq(slash + 1, "auto.ipxe") || str_eq(slash + 1, "hook.ipxe"))
		handle_script(http, req, &machine, slash[1] == 'h');
	else if (str_eq(slash + 1, "cfg.cpio"))
		handle_config(http, req, &machine);
	else
		http_reply_text(req, 404, "no such file of a machine\n");
}

static void tell_sent(const struct transfer *transfer,
		      const struct boot_machine *machine, int64_t sent,
		      int64_t total)
{
	const struct boot_ops *ops = &transfer->http->ops;
	mono_ms took = clock_mono() - transfer->began;
	struct boot_event event = { .saw = BOOT_SAW_FILE_DONE,
				    .mac = machine->mac,
				    .ip = machine->ip };

	if (sent < total) {
		event.saw = BOOT_SAW_FILE_CUT;
		boot_tell(ops, &event,
			  "HTTP %s broke off at %" PRId64 " %% (%" PRId64
			  " of %" PRId64 " bytes)",
			  transfer->name, sent * 100 / total, sent, total);
	} else if (transfer->part) {
		/* A disk image may be read in thousands: each tells the same,
		 * which becomes one row with a number. */
		boot_tell(ops, &event, "HTTP %s: parts of it", transfer->name);
	} else {
		boot_tell(ops, &event,
			  "HTTP %s: %" PRId64 " bytes in %" PRId64 ".%03" PRId64
			  "s",
			  transfer->name, total, took / 1000, took % 1000);
	}
}

static void on_sent(void *arg, int64_t sent, int64_t total)
{
	struct transfer *transfer = arg;
	const struct boot_ops *ops = &transfer->http->ops;
	struct boot_http_stats *stats = &transfer->http->stats;
	struct boot_machine machine;

	stats->files[transfer->file].bytes += (uint64_t)sent;
	if (sent < total)
		stats->files[transfer->file].cut++;
	else
		stats->files[transfer->file].done++;
	/* No total: an answer without a body, as to "not modified". */
	if (total && ops->find_ip(ops->arg, transfer->peer, &machine))
		tell_sent(transfer, &machine, sent, total);
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

/* A machine may be waiting for the file: that it did not get it is told. */
static void refuse_file(struct boot_http *http, struct http_request *req,
			enum boot_file file, const char *name,
			const struct err *why)
{
	const char *class = boot_file_name(file);
	int status = why->code == ERR_NOT_FOUND ? 404 : 503;
	struct boot_event event = { .saw = BOOT_SAW_FILE_CUT };
	struct boot_machine machine;

	http->stats.files[file].missing++;
	if (status == 503)
		log_error("a file of /%s/: %s", class, why->message);
	if (http->ops.find_ip(http->ops.arg, peer_of(req), &machine)) {
		event.mac = machine.mac;
		event.ip = machine.ip;
		boot_tell(&http->ops, &event, "HTTP /%s/%.150s: %d, %s", class,
			  name, status, why->message);
	}
	http_reply_text(req, status, why->message);
}

static void handle_file(struct boot_http *http, struct http_request *req,
			enum boot_file file, const char *name)
{
	const char *class = boot_file_name(file);
	struct transfer *transfer;
	struct err err;
	char etag[80];
	int fd;

	if (!allow(req, true))
		return;
	fd = artifact_open(http->artifacts, class, name, &err);
	if (fd < 0) {
		refuse_file(http, req, file, name, &err);
		return;
	}
	if (str_eq(http_method(req), "GET")) {
		transfer = xcalloc(1, sizeof(*transfer));
		transfer->http = http;
		transfer->file = file;
		transfer->peer = peer_of(req);
		transfer->began = clock_mono();
		transfer->part = http_header(req, "Range") != NULL;
		snprintf(transfer->name, sizeof(transfer->name), "/%s/%.150s",
			 class, name);
		http_on_sent(req, on_sent, transfer);
	}
	etag_of(fd, etag, sizeof(etag));
	http_reply_file(req, fd, artifact_type(name), *etag ? etag : NULL);
}

bool boot_http_handle(struct boot_http *http, struct http_request *req)
{
	const char *path = http_path(req);

	if (str_starts(path, "/boot/")) {
		handle_machine(http, req, path + strlen("/boot/"));
		return true;
	}
	for (int i = 0; i < BOOT_N_FILES; i++) {
		const char *class = boot_file_name((enum boot_file)i);
		size_t n = strlen(class);

		if (path[0] == '/' && !strncmp(path + 1, class, n) &&
		    path[1 + n] == '/') {
			handle_file(http, req, (enum boot_file)i, path + n + 2);
			return true;
		}
	}
	return false;
}
