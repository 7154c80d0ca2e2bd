/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/serve.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "api/api.h"
#include "base/str.h"
#include "boot/boot_http.h"
#include "boot/dhcp.h"
#include "boot/tftp.h"
#include "daemon/access.h"
#include "daemon/exec.h"
#include "daemon/facts.h"
#include "daemon/options.h"
#include "daemon/pki.h"
#include "store/object.h"
#include "workflow/engine.h"
#include "workflow/run_view.h"
#include "workflow/worker_http.h"

#define LOG_MODULE "serve"
#include "base/log.h"

#define TFTP_PORT 69

/* Rows that exec writes are committed in the same turn, which may make it
 * write again; this many times is more than enough. */
#define MAX_ROUNDS 4

/* What a watch may resume from: hours of a busy fleet. */
#define KEPT_CHANGES    50000
#define HOUSEKEEPING_MS (10 * 60 * 1000)

/* All of the daemon, in the order in which it is made. */
struct daemon {
	struct options options;
	struct loop *loop;
	struct store *store;
	struct facts facts;
	struct pki *pki;
	struct exec *exec;
	struct engine *engine;
	struct worker_http *workers;
	struct api *api;
	struct artifacts *artifacts;
	struct boot_http *boot;
	struct metadata_ops metadata;
	struct dhcp *dhcp;
	struct tftp *tftp;
	struct http_server *local;
	struct http_server *secure;
	struct http_server *plain;
	struct loop_timer *housekeeping;
	int exit_code;
};

static void handle_local(void *arg, struct http_request *req)
{
	struct daemon *daemon = arg;

	if (!api_handle(daemon->api, req))
		http_reply_text(req, 404, "not found\n");
}

static void handle_secure(void *arg, struct http_request *req)
{
	struct daemon *daemon = arg;

	if (!worker_http_handle(daemon->workers, req))
		handle_local(daemon, req);
}

static void handle_plain(void *arg, struct http_request *req)
{
	struct daemon *daemon = arg;

	if (boot_http_handle(daemon->boot, req) ||
	    metadata_http_handle(&daemon->metadata, req))
		return;
	http_reply_text(req, 404, "not found; the API is on the HTTPS port\n");
}

/* Answers that wait for the loop's next turn say what is not true then. */
static void give_up(struct daemon *daemon, const struct err *err)
{
	log_error("%s: stopping, so that nothing is promised that is not on "
		  "disk; mend it and start again, all goes on where it was",
		  err->message);
	_Exit(1);
	(void)daemon;
}

/*
 * The end of each turn: decide, make it durable, and only then let it have
 * effects. What answers were written in this turn leave in the next one,
 * when all they tell of is on disk.
 */
static void end_turn(void *arg)
{
	struct daemon *daemon = arg;
	struct err err;

	for (int i = 0; i < MAX_ROUNDS; i++) {
		uint64_t before = store_n_commits(daemon->store);

		engine_turn(daemon->engine);
		if (store_commit(daemon->store, &err))
			give_up(daemon, &err);
		if (store_n_commits(daemon->store) == before && i)
			break;
		exec_published(daemon->exec);
	}
	worker_http_published(daemon->workers);
	api_published(daemon->api);
}

static json_t *list_virtual(void *arg, const struct kind *kind,
			    const char *namespace, const char *name,
			    struct err *err)
{
	struct daemon *daemon = arg;

	if (str_eq(kind->kind, "Run"))
		return run_view_list(daemon->store, namespace, name, err);
	return run_view_events(daemon->store, namespace, err);
}

static int check_ready(void *arg, struct err *err)
{
	struct daemon *daemon = arg;

	return store_check(daemon->store, err);
}

static void keep_house(void *arg)
{
	struct daemon *daemon = arg;
	struct err err;

	if (change_prune(daemon->store, KEPT_CHANGES, &err))
		log_error("pruning: %s", err.message);
	loop_timer_at(daemon->housekeeping, clock_mono() + HOUSEKEEPING_MS);
}

static void on_stop(void *arg)
{
	struct daemon *daemon = arg;

	log_info("stopping");
	loop_stop(daemon->loop);
}

static int find_address(struct daemon *daemon, struct err *err)
{
	const struct options *options = &daemon->options;

	if (*options->address) {
		if (!net_parse_ipv4(options->address, &daemon->facts.address))
			return err_set(err, ERR_INVALID,
				       "--address %s: expected an IPv4 address",
				       options->address);
		return 0;
	}
	if (*options->interface)
		return dhcp_interface_address(options->interface,
					      &daemon->facts.address, err);
	return net_parse_ipv4("127.0.0.1", &daemon->facts.address) ? 0 : -1;
}

static int open_state(struct daemon *daemon, struct err *err)
{
	const struct options *options = &daemon->options;
	char address[IPV4_TEXT];
	const char *const names[] = { address, NULL };

	daemon->store = store_open(options->state, err);
	if (!daemon->store || find_address(daemon, err))
		return -1;
	net_ipv4_text(daemon->facts.address, address);
	daemon->pki = pki_open(options->state, names, err);
	if (!daemon->pki)
		return -1;
	daemon->facts.store = daemon->store;
	daemon->facts.http_port = (uint16_t)options->http_port;
	daemon->facts.https_port = (uint16_t)options->https_port;
	daemon->facts.ca_pem = pki_ca_pem(daemon->pki);
	return 0;
}

static void make_parts(struct daemon *daemon)
{
	static const struct engine_ops engine_ops = {
		.render = facts_render,
		.facts = facts_for_template,
	};
	const struct api_ops api_ops = {
		.list = list_virtual,
		.ready = check_ready,
	};
	const struct options *options = &daemon->options;
	struct boot_ops ops = facts_boot_ops(&daemon->facts);
	struct boot_http_config boot = {
		.kernel_args = options->kernel_args,
		.http_port = (uint16_t)options->http_port,
		.worker_config = facts_worker_config,
		.arg = &daemon->facts,
	};

	daemon->exec = exec_new(daemon->loop, daemon->store,
				str_eq(options->ipmi_driver, "ipmitool"));
	daemon->engine = engine_new(daemon->loop, daemon->store, &engine_ops,
				    &daemon->facts);
	daemon->workers = worker_http_new(daemon->loop, daemon->store);
	daemon->api = api_new(daemon->loop, daemon->store, &api_ops, daemon);
	daemon->metadata = facts_metadata_ops(&daemon->facts);
	daemon->artifacts = artifacts_new();
	artifacts_add(daemon->artifacts, "ipxe", options->ipxe_dir);
	artifacts_add(daemon->artifacts, "ipxe", "/usr/lib/ipxe");
	artifacts_add(daemon->artifacts, "hook", options->hook_dir);
	artifacts_add(daemon->artifacts, "images", options->image_dir);
	daemon->boot = boot_http_new(&boot, daemon->artifacts, &ops);
}

static int listen_http(struct daemon *daemon, struct err *err)
{
	static const struct http_limits api_limits = {
		.body_bytes = 4 * 1024 * 1024,
		.stream_bytes = 8 * 1024 * 1024,
		.idle_s = 300,
	};
	static const struct http_limits plain_limits = {
		.body_bytes = 64 * 1024,
		.stream_bytes = 1024 * 1024,
		.idle_s = 120,
	};
	const struct options *options = &daemon->options;
	char address[IPV4_TEXT];

	net_ipv4_text(daemon->facts.address, address);
	daemon->local = http_server_new(daemon->loop, &api_limits, handle_local,
					daemon);
	daemon->secure = http_server_new(daemon->loop, &api_limits,
					 handle_secure, daemon);
	daemon->plain = http_server_new(daemon->loop, &plain_limits,
					handle_plain, daemon);
	if (http_server_listen_unix(daemon->local, options->socket, 0600, err))
		return -1;
	if (http_server_listen(daemon->secure, address,
			       (uint16_t)options->https_port,
			       pki_server(daemon->pki), err))
		return -1;
	return http_server_listen(daemon->plain, address,
				  (uint16_t)options->http_port, NULL, err);
}

static int listen_boot(struct daemon *daemon, struct err *err)
{
	const struct options *options = &daemon->options;
	struct boot_ops ops = facts_boot_ops(&daemon->facts);
	struct dhcp_config dhcp = {
		.interface = options->interface,
		.address = daemon->facts.address,
		.http_port = (uint16_t)options->http_port,
	};

	if (!*options->interface) {
		log_warn("no --interface: DHCP and TFTP are off");
		return 0;
	}
	if (!options->no_dhcp) {
		daemon->dhcp = dhcp_new(daemon->loop, &dhcp, &ops, err);
		if (!daemon->dhcp)
			return -1;
	}
	if (!options->no_tftp) {
		daemon->tftp =
			tftp_new(daemon->loop, daemon->facts.address, TFTP_PORT,
				 daemon->artifacts, &ops, err);
		if (!daemon->tftp)
			return -1;
	}
	return 0;
}

static int write_access(struct daemon *daemon, struct err *err)
{
	char address[IPV4_TEXT];
	char url[64];

	net_ipv4_text(daemon->facts.address, address);
	snprintf(url, sizeof(url), "https://%s:%u", address,
		 daemon->options.https_port);
	return access_write(daemon->store, daemon->options.state, url,
			    pki_ca_pem(daemon->pki), err);
}

static int start(struct daemon *daemon, struct err *err)
{
	struct store *store;

	if (open_state(daemon, err))
		return -1;
	make_parts(daemon);
	store = daemon->store;
	if (engine_start(daemon->engine, err) || write_access(daemon, err) ||
	    store_commit(store, err))
		return -1;
	/* Only now may anybody see or change anything. */
	return listen_http(daemon, err) || listen_boot(daemon, err) ? -1 : 0;
}

static void stop(struct daemon *daemon)
{
	loop_timer_free(daemon->housekeeping);
	tftp_free(daemon->tftp);
	dhcp_free(daemon->dhcp);
	http_server_free(daemon->plain);
	http_server_free(daemon->secure);
	http_server_free(daemon->local);
	boot_http_free(daemon->boot);
	artifacts_free(daemon->artifacts);
	api_free(daemon->api);
	worker_http_free(daemon->workers);
	engine_free(daemon->engine);
	exec_free(daemon->exec);
	pki_free(daemon->pki);
	store_close(daemon->store);
	loop_free(daemon->loop);
}

static void run(struct daemon *daemon)
{
	char address[IPV4_TEXT];

	net_ipv4_text(daemon->facts.address, address);
	loop_on_turn(daemon->loop, end_turn, daemon);
	loop_on_signal(daemon->loop, SIGINT, on_stop, daemon);
	loop_on_signal(daemon->loop, SIGTERM, on_stop, daemon);
	daemon->housekeeping = loop_timer_new(daemon->loop, keep_house, daemon);
	keep_house(daemon);
	end_turn(daemon);
	log_info(
		"ready address=%s http=%u https=%u interface=%s", address,
		daemon->options.http_port, daemon->options.https_port,
		*daemon->options.interface ? daemon->options.interface : "none");
	loop_run(daemon->loop);
}

/*
 * A rack that boots is a thousand connections at once. The soft limit is 1024
 * for the sake of programs that use select; nothing here does.
 */
static void take_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

int serve_main(int argc, char **argv)
{
	struct daemon daemon = { 0 };
	enum log_level level;
	struct err err;

	if (argc > 0 && (str_eq(argv[0], "--help") || str_eq(argv[0], "-h"))) {
		options_help();
		return 0;
	}
	if (options_parse(&daemon.options, argc, argv, &err)) {
		fprintf(stderr, "tomte serve: %s\n", err.message);
		return 2;
	}
	if (log_level_parse(daemon.options.log_level, &level)) {
		fprintf(stderr,
			"tomte serve: --log-level %s: expected error, warn, "
			"info or debug\n",
			daemon.options.log_level);
		return 2;
	}
	log_set_level(level);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	take_descriptors();
	daemon.loop = loop_new();
	if (start(&daemon, &err)) {
		log_error("cannot start: %s", err.message);
		daemon.exit_code = 1;
	} else {
		run(&daemon);
	}
	stop(&daemon);
	return daemon.exit_code;
}
