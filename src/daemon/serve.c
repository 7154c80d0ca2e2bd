/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/serve.h"

#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "api/api.h"
#include "base/str.h"
#include "bmc/bmc.h"
#include "boot/boot_http.h"
#include "boot/dhcp.h"
#include "boot/tftp.h"
#include "daemon/access.h"
#include "daemon/ask.h"
#include "daemon/console.h"
#include "daemon/discovery.h"
#include "daemon/exec.h"
#include "daemon/facts.h"
#include "daemon/metrics.h"
#include "daemon/options.h"
#include "daemon/overhear.h"
#include "daemon/pki.h"
#include "daemon/poll.h"
#include "daemon/process.h"
#include "daemon/rotate.h"
#include "store/audit.h"
#include "store/event.h"
#include "store/object.h"
#include "store/run.h"
#include "workflow/engine.h"
#include "workflow/event_view.h"
#include "workflow/run_view.h"
#include "workflow/worker_http.h"

#define LOG_MODULE "serve"
#include "base/log.h"

#define TFTP_PORT 69

/* Rows that exec writes are committed in the same turn, which may make it
 * write again; this many times is more than enough. */
#define MAX_ROUNDS 4

#define HOUSEKEEPING_MS (10 * 60 * 1000)

/* A key that is in memory for years is a key that leaks once. */
#define RENEW_MS (30ll * 24 * 3600 * 1000)

/* With less room the next commit may be the one that ends us. */
#define LEAST_DISK_BYTES (64 * 1024 * 1024)

#define MAX_TLS_NAMES 32
#define MORE_SOON_MS  200
#define HANG_UP_MS    2000
/* Whatever the settings say: what the engine and watches read next. */
#define KEPT_CHANGES 1000
/* Events that clients wrote, as long as Kubernetes keeps them. */
#define KEPT_EVENTS_MS (60 * 60 * 1000)
#define DAY_MS         (INT64_C(24) * 60 * 60 * 1000)

/* All of the daemon, in the order in which it is made. */
struct daemon {
	struct options options;
	struct loop *loop;
	struct store *store;
	struct facts facts;
	struct discovery *discovery; /* NULL: it is off */
	struct pki *pki;
	mono_ms renew_at; /* the server's certificate */
	int64_t told;     /* the audit's head that was logged last */
	char url[64];     /* of the API by HTTPS */
	struct bmc_known *known;
	struct exec *exec;
	struct poll *poll;
	struct overhear *overhear;
	struct asks *asks;
	struct rotates *rotates;
	struct reference_rules *rules;
	struct plan_limits limits;
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
	struct loop_timer *hanging_up;
	mono_ms hang_up_by; /* consoles, before we stop */
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

static void tls_failed(void *arg, const char *peer, const char *why)
{
	struct daemon *daemon = arg;

	facts_tls_failed(&daemon->facts, peer, why);
}

/* On both listeners clients of the API come first. */
static void refuse(void *arg, struct http_request *req, int status,
		   const char *reason)
{
	(void)arg;
	api_refuse(req, status, reason);
}

static void handle_plain(void *arg, struct http_request *req)
{
	struct daemon *daemon = arg;

	if (boot_http_handle(daemon->boot, req) ||
	    metadata_http_handle(&daemon->metadata, req))
		return;
	if (daemon->options.metrics_open && api_handle_open(daemon->api, req))
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
		poll_published(daemon->poll);
		asks_published(daemon->asks);
		rotates_published(daemon->rotates);
	}
	overhear_published(daemon->overhear);
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
	return event_view_list(daemon->store, namespace, name, err);
}

static size_t check_health(void *arg, struct health_check *checks, size_t max)
{
	struct daemon *daemon = arg;
	const struct {
		const char *name;
		const struct http_server *server;
	} listeners[] = {
		{ "socket", daemon->local },
		{ "https", daemon->secure },
		{ "http", daemon->plain },
	};
	size_t n = 0;

	assert(max >= ARRAY_LEN(listeners) + 2);
	checks[n].name = "disk";
	if (!process_check_folder(daemon->options.state, LEAST_DISK_BYTES,
				  &checks[n].err))
		checks[n].err.code = ERR_NONE;
	n++;
	for (size_t i = 0; i < ARRAY_LEN(listeners); i++, n++) {
		checks[n].name = listeners[i].name;
		if (!http_server_check(listeners[i].server, &checks[n].err))
			checks[n].err.code = ERR_NONE;
	}
	checks[n].name = "network";
	if (!process_check_address(daemon->facts.address, &checks[n].err))
		checks[n].err.code = ERR_NONE;
	return n + 1;
}

static void write_metrics(void *arg, struct buf *out)
{
	const struct daemon *daemon = arg;
	const struct metrics metrics = {
		.loop = daemon->loop,
		.store = daemon->store,
		.state = daemon->options.state,
		.facts = &daemon->facts,
		.engine = daemon->engine,
		.exec = daemon->exec,
		.workers = daemon->workers,
		.overhear = daemon->overhear,
		.boot = daemon->boot,
		.discovery = daemon->discovery,
		.dhcp = daemon->dhcp,
		.tftp = daemon->tftp,
		.listeners = { { "socket", daemon->local },
			       { "https", daemon->secure },
			       { "http", daemon->plain } },
	};

	metrics_render(&metrics, out);
}

static char *sign_client(void *arg, const char *request,
			 const struct api_subject *subject, char serial[41],
			 struct err *err)
{
	const struct daemon *daemon = arg;

	return access_sign(daemon->pki, request, subject, serial, err);
}

static int ask_bmc(void *arg, const struct api_ask *ask, struct api_wait *wait,
		   struct err *err)
{
	struct daemon *daemon = arg;

	if (str_eq(ask->ask, "rotate-password"))
		return rotates_add(daemon->rotates, ask, wait, err);
	return asks_add(daemon->asks, ask, wait, err);
}

static void *open_console(void *arg, const struct api_ask *ask, bool take,
			  struct api_console *console, struct err *err)
{
	struct daemon *daemon = arg;
	const struct console_desk desk = { .store = daemon->store,
					   .exec = daemon->exec,
					   .overhear = daemon->overhear };

	return console_open(&desk, ask, take, console, err);
}

static size_t write_console(void *arg, void *handle, const void *bytes,
			    size_t n)
{
	(void)arg;
	return console_write(handle, bytes, n);
}

static void close_console(void *arg, void *handle)
{
	(void)arg;
	console_close(handle);
}

static void show_door(void *arg, const char **url, const char **ca_pem)
{
	const struct daemon *daemon = arg;

	*url = daemon->url;
	*ca_pem = pki_ca_pem(daemon->pki);
}

static void renew(void *arg)
{
	struct daemon *daemon = arg;
	struct err err;

	daemon->renew_at = clock_mono() + RENEW_MS;
	if (pki_renew(daemon->pki, &err))
		log_error("%s", err.message);
	else
		log_info("the server has a new certificate");
}

/* The journal is a place where whoever rewrites the inventory does not get:
 * what the audit ended with can be read there. */
static void tell_head(struct daemon *daemon)
{
	struct audit_mark head;

	audit_head(daemon->store, &head);
	if (head.id && head.id != daemon->told)
		log_info("audit head=%lld:%s", (long long)head.id, head.hash);
	daemon->told = head.id;
}

static int resume_audit(struct daemon *daemon, struct err *err)
{
	struct audit_mark lost;

	if (audit_resume(daemon->store, &lost, err))
		return -1;
	if (lost.id)
		log_error("the audit does not go on from where it was (row "
			  "%lld, %s): somebody took rows away or put back an "
			  "older inventory; a row tells of it, and so does "
			  "`tomte audit verify`",
			  (long long)lost.id, lost.hash);
	return 0;
}

static int prune(struct daemon *daemon, bool *more, struct err *err)
{
	const struct options *options = &daemon->options;
	const struct change_limits limits = {
		.bytes = (int64_t)options->history_mb * 1024 * 1024,
		.age = (wall_ms)options->history_hours * 3600 * 1000,
		.floor = KEPT_CHANGES,
	};
	const struct run_limits runs = {
		.age_ms = (int64_t)options->history_days * DAY_MS,
		.n = options->history_runs,
	};
	wall_ms now = store_now(daemon->store);
	bool more_runs = false;

	if (change_prune(daemon->store, &limits, more, err) ||
	    event_prune(daemon->store, now - options->event_days * DAY_MS,
			err) ||
	    event_prune_strangers(daemon->store, FACTS_STRANGERS, err))
		return -1;
	if (run_prune(daemon->store, &runs, &more_runs, err) ||
	    (daemon->discovery && discovery_prune(daemon->discovery, err)))
		return -1;
	*more = *more || more_runs;
	return object_expire(daemon->store, kind_find("", "Event"),
			     now - KEPT_EVENTS_MS, err);
}

static void keep_house(void *arg)
{
	struct daemon *daemon = arg;
	bool more = false;
	struct err err;

	if (prune(daemon, &more, &err))
		log_error("pruning: %s", err.message);
	if (clock_mono() >= daemon->renew_at)
		renew(daemon);
	tell_head(daemon);
	loop_timer_at(daemon->housekeeping,
		      clock_mono() + (more ? MORE_SOON_MS : HOUSEKEEPING_MS));
}

static void hang_up(void *arg)
{
	struct daemon *daemon = arg;

	if (clock_mono() >= daemon->hang_up_by ||
	    bmc_idle(exec_bmc(daemon->exec)))
		loop_stop(daemon->loop);
	else
		loop_timer_at(daemon->hanging_up, clock_mono() + MORE_SOON_MS);
}

/* A console that is not given back is in use for a while. */
static void on_stop(void *arg)
{
	struct daemon *daemon = arg;

	log_info("stopping");
	tell_head(daemon);
	if (overhear_stop(daemon->overhear))
		daemon->hang_up_by = clock_mono() + HANG_UP_MS;
	hang_up(daemon);
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

/* Our address, and what --tls-name has: "a,b". */
static int open_pki(struct daemon *daemon, struct err *err)
{
	const struct options *options = &daemon->options;
	AUTO_FREE char *text = xstrdup(options->tls_name);
	const char *names[MAX_TLS_NAMES + 2] = { NULL };
	char address[IPV4_TEXT];
	size_t n = 1;

	net_ipv4_text(daemon->facts.address, address);
	names[0] = address;
	for (char *at = text; *at;) {
		size_t len = strcspn(at, ", ");
		char *next = at + len + (at[len] != '\0');

		at[len] = '\0';
		if (len && n > MAX_TLS_NAMES)
			return err_set(err, ERR_INVALID,
				       "--tls-name: over %d names",
				       MAX_TLS_NAMES);
		if (len)
			names[n++] = at;
		at = next;
	}
	daemon->pki = pki_open(options->state, names, err);
	if (!daemon->pki)
		return -1;
	daemon->renew_at = clock_mono() + RENEW_MS;
	snprintf(daemon->url, sizeof(daemon->url), "https://%s:%u", address,
		 options->https_port);
	return 0;
}

/* Where the interface does not say how large its network is, it is taken for
 * one of the usual size. */
static int open_discovery(struct daemon *daemon, struct err *err)
{
	const struct options *options = &daemon->options;
	ipv4 mask = net_mask(24);
	struct err ignored;

	if (!options->auto_discovery)
		return 0;
	if (*options->interface &&
	    dhcp_interface_mask(options->interface, &mask, &ignored))
		log_warn("%s", ignored.message);
	daemon->discovery = discovery_new(daemon->store, options,
					  daemon->facts.address, mask, err);
	daemon->facts.discovery = daemon->discovery;
	if (!daemon->discovery)
		return -1;
	if (*options->interface && !options->no_dhcp &&
	    !*options->discovery_pool)
		log_warn("auto-discovery without discovery-pool: machines "
			 "that nobody knows get no address here");
	return 0;
}

static int open_state(struct daemon *daemon, struct err *err)
{
	const struct options *options = &daemon->options;

	daemon->store = store_open(options->state, err);
	if (!daemon->store || find_address(daemon, err) ||
	    open_pki(daemon, err) || resume_audit(daemon, err))
		return -1;
	daemon->known = bmc_known_new(daemon->store, options->bmc_quirks, err);
	if (!daemon->known)
		return -1;
	facts_init(&daemon->facts, daemon->store);
	daemon->facts.http_port = (uint16_t)options->http_port;
	daemon->facts.https_port = (uint16_t)options->https_port;
	daemon->facts.ca_pem = pki_ca_pem(daemon->pki);
	return open_discovery(daemon, err);
}

static void make_exec(struct daemon *daemon)
{
	const struct options *options = &daemon->options;
	const struct bmc_limits limits = {
		.most = options->bmc_max,
		.most_per_rack = options->bmc_max_per_rack,
		.power_on_per_s = options->power_on_per_second,
		.power_on_per_s_per_rack =
			options->power_on_per_second_per_rack,
	};

	daemon->exec = exec_new(daemon->loop, daemon->store, daemon->known,
				str_eq(options->ipmi_driver, "ipmitool"));
	bmc_set_limits(exec_bmc(daemon->exec), &limits);
	daemon->poll = poll_new(daemon->loop, daemon->store, daemon->exec,
				options->bmc_poll);
	daemon->overhear = overhear_new(daemon->loop, daemon->store,
					daemon->exec, options->watch_consoles);
}

static int read_rules(struct daemon *daemon, struct err *err)
{
	const struct options *options = &daemon->options;
	AUTO_JSON json_t *allow = json_string(options->reference_allow);
	AUTO_JSON json_t *deny = json_string(options->reference_deny);

	daemon->rules = reference_rules_new(
		*options->reference_allow ? allow : NULL,
		*options->reference_deny ? deny : NULL, err);
	if (!daemon->rules)
		return -1;
	if (plan_limits_parse(options->phase_limits, &daemon->limits, err))
		return err_wrap(err, "--phase-limits");
	return 0;
}

static void make_engine(struct daemon *daemon)
{
	const struct options *options = &daemon->options;
	const struct engine_ops ops = {
		.render = facts_render,
		.facts = facts_for_template,
		.caps.most = { [PACER_STARTING] = options->max_starting,
			       [PACER_IMAGING] = options->max_imaging },
		.caps.most_per_rack = { [PACER_STARTING] =
						options->max_starting_per_rack,
					[PACER_IMAGING] =
						options->max_imaging_per_rack },
		.limits = daemon->limits,
		.enrol = options->auto_enrollment,
		.rules = daemon->rules,
	};

	daemon->engine =
		engine_new(daemon->loop, daemon->store, &ops, &daemon->facts);
	daemon->workers = worker_http_new(daemon->loop, daemon->store, &ops,
					  &daemon->facts);
	if (daemon->discovery)
		worker_http_discover(daemon->workers,
				     discovery_ops(daemon->discovery));
}

static void make_parts(struct daemon *daemon)
{
	static const struct api_ops api_ops = {
		.list = list_virtual,
		.checks = check_health,
		.metrics = write_metrics,
		.sign = sign_client,
		.ask = ask_bmc,
		.console_open = open_console,
		.console_write = write_console,
		.console_close = close_console,
		.door = show_door,
	};
	const struct options *options = &daemon->options;
	struct boot_ops ops = facts_boot_ops(&daemon->facts);
	struct boot_http_config boot = {
		.kernel_args = options->kernel_args,
		.http_port = (uint16_t)options->http_port,
		.worker_config = facts_worker_config,
		.arg = &daemon->facts,
	};

	make_exec(daemon);
	daemon->asks = asks_new(daemon->store, daemon->exec);
	daemon->rotates = rotates_new(daemon->store, daemon->exec);
	make_engine(daemon);
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
		.connections = 16384, /* thousands of them idle watches */
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
	http_server_on_refusal(daemon->local, refuse);
	http_server_on_refusal(daemon->secure, refuse);
	http_server_on_tls_failed(daemon->secure, tls_failed);
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
	return access_write(daemon->store, daemon->options.state, daemon->url,
			    pki_ca_pem(daemon->pki), err);
}

static int start(struct daemon *daemon, struct err *err)
{
	struct store *store;

	if (read_rules(daemon, err) || open_state(daemon, err))
		return -1;
	make_parts(daemon);
	store = daemon->store;
	if (engine_start(daemon->engine, err) ||
	    poll_start(daemon->poll, err) ||
	    rotates_start(daemon->rotates, err) || write_access(daemon, err) ||
	    store_commit(store, err))
		return -1;
	/* Only now may anybody see or change anything. */
	return listen_http(daemon, err) || listen_boot(daemon, err) ? -1 : 0;
}

static void stop(struct daemon *daemon)
{
	loop_timer_free(daemon->hanging_up);
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
	reference_rules_free(daemon->rules);
	overhear_free(daemon->overhear);
	exec_free(daemon->exec);
	poll_free(daemon->poll);
	bmc_known_free(daemon->known);
	asks_free(daemon->asks);
	rotates_free(daemon->rotates);
	discovery_free(daemon->discovery);
	facts_release(&daemon->facts);
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
	loop_on_signal(daemon->loop, SIGHUP, renew, daemon);
	daemon->housekeeping = loop_timer_new(daemon->loop, keep_house, daemon);
	daemon->hanging_up = loop_timer_new(daemon->loop, hang_up, daemon);
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
	/* With its settings it is too large for a stack. */
	AUTO_FREE struct daemon *daemon = xcalloc(1, sizeof(*daemon));
	enum log_level level;
	struct err err;

	if (argc > 0 && (str_eq(argv[0], "--help") || str_eq(argv[0], "-h"))) {
		CLEANUP(buf_release) struct buf page = BUF_INIT(64 * 1024);

		options_help(&page);
		fputs(page.base, stdout);
		return 0;
	}
	if (options_parse(&daemon->options, argc, argv, &err)) {
		fprintf(stderr, "tomte serve: %s\n", err.message);
		return 2;
	}
	if (log_level_parse(daemon->options.log_level, &level)) {
		fprintf(stderr,
			"tomte serve: --log-level %s: expected error, warn, "
			"info or debug\n",
			daemon->options.log_level);
		return 2;
	}
	log_set_level(level);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	take_descriptors();
	daemon->loop = loop_new();
	if (start(daemon, &err)) {
		log_error("cannot start: %s", err.message);
		daemon->exit_code = 1;
	} else {
		run(daemon);
	}
	stop(daemon);
	return daemon->exit_code;
}
