/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/map.h"
#include "base/str.h"
#include "redfish_bmc.h"
#include "redfish_tls.h"

/*
 * Plays Redfish BMCs over HTTPS.
 *
 *	redfish_emulator [OPTION...] --listen ADDR:PORT ...
 *
 *	--user NAME --password-file FILE   who may log in (admin, "secret")
 *	--control "CMD DIR"  where the machine is; none: in memory
 *	--record FILE        one line for each login and each write
 *	--delay-ms N         before each answer
 *	--slots N            sessions at a time (8)
 *	--face NAME          whose ways it has (plain), see redfish_faces.c
 *	--fleet 1            each address that it is reached at is a BMC
 *	--on 1               the machine is on
 *	--late 1             the fault begins behind the first command
 *	--fault NAME         503-once, boot-ignored, power-ignored, reset-mute,
 *			     reset-500, no-sessions, need-etag, no-basic,
 *			     login-refused, stall, truncated, big, deep,
 *			     redirect, tls, task-vanishes, media-stale,
 *			     bmc-restarts, password-ignored, hangs-up
 *
 * Each --listen is a BMC of its own with the options that stand before it;
 * --control "" goes back to memory, --fault none to health. Port 0 takes a
 * free one. It prints "pin sha256//...", "listen ADDR:PORT" for each, and
 * then "ready".
 *
 * The control command is that of ipmi_sim: CMD DIR get power prints
 * "power:0" or "power:1"; CMD DIR set power 0|1, set reset 1, set shutdown 1,
 * set boot none|pxe|disk|cdrom|bios[,uefi|,legacy][,persistent], set media
 * URL; get boot prints "boot:..." in the same words.
 */
#define MAX_LISTENERS 64
#define BODY_BYTES    (64 * 1024)
#define JSON_TYPE     "application/json"
#define STALL_MS      5000
#define BIG_BYTES     (10 * 1024 * 1024)
#define DEPTH         20000

struct listener {
	struct emulator *emulator;
	struct options options;
	struct http_server *server;
	struct bmc *bmc;   /* NULL: a fleet */
	struct map *fleet; /* by address */
};

struct emulator {
	struct loop *loop;
	SSL_CTX *tls;
	SSL_CTX *bad_tls;
	struct listener *listeners[MAX_LISTENERS];
	size_t n;
};

/* An answer that is held back. */
struct delayed {
	struct http_request *req;
	struct loop_timer *timer;
	int status;
	char *body;
};

bool has_way(const struct bmc *bmc, unsigned way)
{
	return bmc->options.face->ways & way;
}

bool has_fault(const struct bmc *bmc, const char *name)
{
	return str_eq(bmc->options.fault, name) &&
	       (bmc->commanded || !bmc->options.late);
}

void bmc_record(const struct bmc *bmc, const char *what, const char *detail)
{
	char at[CLOCK_TEXT];
	FILE *file;

	if (!bmc->options.record)
		return;
	file = fopen(bmc->options.record, "ae");
	if (!file) {
		perror(bmc->options.record);
		return;
	}
	clock_text(clock_wall(), at);
	fprintf(file, "%s %s %s %s\n", at, bmc->name, what, detail);
	fclose(file);
}

/* Puts the face's ids for @S, @M, @C and @L. */
void bmc_path(const struct bmc *bmc, char *out, size_t size,
	      const char *template)
{
	const struct face *face = bmc->options.face;
	size_t used = 0;

	out[0] = '\0';
	for (; *template && used + 1 < size; template ++) {
		const char *prefix = "";
		const char *id = NULL;

		if (template[0] == '@' && template[1] == 'S') {
			prefix = REDFISH_ROOT "/Systems/";
			id = face->system;
		} else if (template[0] == '@' && template[1] == 'M') {
			prefix = REDFISH_ROOT "/Managers/";
			id = face->manager;
		} else if (template[0] == '@' && template[1] == 'C') {
			prefix = REDFISH_ROOT "/Chassis/";
			id = "1";
		} else if (template[0] == '@' && template[1] == 'L') {
			id = face->log;
		}
		/* "@odata.id" and "Members@odata" are not ours. */
		if (id) {
			used += (size_t)snprintf(out + used, size - used,
						 "%s%s", prefix, id);
			template ++;
		} else {
			out[used++] = *template;
			out[used] = '\0';
		}
	}
}

/* ---- answers ---- */

static void delayed_free(struct delayed *delayed)
{
	loop_timer_free(delayed->timer);
	free(delayed->body);
	free(delayed);
}

static void on_gone(void *arg)
{
	delayed_free(arg);
}

static void on_delay(void *arg)
{
	struct delayed *delayed = arg;

	http_on_gone(delayed->req, NULL, NULL);
	http_reply(delayed->req, delayed->status, JSON_TYPE, delayed->body,
		   strlen(delayed->body));
	delayed_free(delayed);
}

void bmc_reply_later(struct bmc *bmc, struct http_request *req, int status,
		     const char *body, int64_t delay_ms)
{
	struct delayed *delayed = xcalloc(1, sizeof(*delayed));

	delayed->req = req;
	delayed->status = status;
	delayed->body = xstrdup(body);
	delayed->timer = loop_timer_new(bmc->loop, on_delay, delayed);
	loop_timer_at(delayed->timer, clock_mono() + delay_ms);
	http_on_gone(req, on_gone, delayed);
}

void bmc_reply(struct bmc *bmc, struct http_request *req, int status,
	       const char *body)
{
	uint32_t delay_ms = bmc->options.delay_ms;

	if (has_fault(bmc, "stall"))
		delay_ms = STALL_MS;
	if (delay_ms)
		bmc_reply_later(bmc, req, status, body, delay_ms);
	else
		http_reply(req, status, JSON_TYPE, body, strlen(body));
}

void bmc_refuse(struct bmc *bmc, struct http_request *req, int status,
		const char *id, const char *message)
{
	AUTO_FREE char *body = xasprintf(
		"{\"error\":{\"code\":\"Base.1.0.GeneralError\","
		"\"message\":\"%s\",\"@Message.ExtendedInfo\":[{"
		"\"MessageId\":\"Base.1.0.%s\",\"Message\":\"%s\"}]}}",
		message, id, message);

	bmc_reply(bmc, req, status, body);
}

/* ---- who may ---- */

void bmc_drop_sessions(struct bmc *bmc)
{
	memset(bmc->tokens, 0, sizeof(bmc->tokens));
}

static bool is_login(const struct bmc *bmc, const char *user,
		     const char *password)
{
	bool good = str_eq(user, bmc->options.user) &&
		    secret_equal(password, bmc->password) &&
		    !has_fault(bmc, "login-refused");

	bmc_record(bmc, "login", good ? "good" : "refused");
	return good;
}

static bool basic_login(const struct bmc *bmc, const char *header)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(512);
	char *colon;

	if (!str_starts(header, "Basic ") || has_fault(bmc, "no-basic") ||
	    !str_unbase64(&text, header + 6, strlen(header + 6)))
		return false;
	colon = strchr(text.base, ':');
	if (!colon)
		return false;
	*colon = '\0';
	return is_login(bmc, text.base, colon + 1);
}

static int slot_of(const struct bmc *bmc, const char *token)
{
	for (uint32_t i = 0; token && *token && i < bmc->options.slots; i++)
		if (secret_equal(bmc->tokens[i], token))
			return (int)i;
	return -1;
}

static bool may(const struct bmc *bmc, const struct http_request *req)
{
	const char *basic = http_header(req, "Authorization");

	if (slot_of(bmc, http_header(req, "X-Auth-Token")) >= 0)
		return true;
	return basic && basic_login(bmc, basic);
}

static void log_in(struct bmc *bmc, struct http_request *req,
		   const json_t *body)
{
	const char *user = json_str_at(body, "UserName");
	const char *password = json_str_at(body, "Password");
	char path[64];
	uint32_t slot = 0;

	if (has_fault(bmc, "no-sessions")) {
		bmc_refuse(bmc, req, 501, "", "no sessions");
		return;
	}
	while (slot < bmc->options.slots && *bmc->tokens[slot])
		slot++;
	if (slot == bmc->options.slots) {
		http_set_header(req, "Retry-After", "1");
		bmc_refuse(bmc, req, 503,
			   has_way(bmc, FACE_RAC) ? "RAC0218"
						  : "SessionLimitExceeded",
			   "all sessions are taken");
		return;
	}
	if (!user || !password || !is_login(bmc, user, password)) {
		bmc_refuse(bmc, req, 401, "", "invalid credentials");
		return;
	}
	secret_token(bmc->tokens[slot]);
	snprintf(path, sizeof(path), REDFISH_SESSIONS "/%u", slot);
	http_set_header(req, "X-Auth-Token", bmc->tokens[slot]);
	http_set_header(req, "Location", path);
	bmc_reply(bmc, req, 201, "{}");
}

static void log_out(struct bmc *bmc, struct http_request *req, const char *path)
{
	uint32_t slot;

	if (!str_parse_u32(path + strlen(REDFISH_SESSIONS "/"),
			   REDFISH_MAX_SLOTS - 1, &slot) ||
	    !*bmc->tokens[slot]) {
		bmc_refuse(bmc, req, 404, "", "no such session");
		return;
	}
	secret_wipe(bmc->tokens[slot], sizeof(bmc->tokens[slot]));
	bmc_record(bmc, "logout", "");
	bmc_reply(bmc, req, 204, "");
}

/* ---- reading ---- */

static void get_task(struct bmc *bmc, struct http_request *req)
{
	if (has_fault(bmc, "task-vanishes")) {
		bmc_refuse(bmc, req, 404, "", "no such task");
	} else if (clock_mono() < bmc->task_done) {
		http_set_header(req, "Retry-After", "1");
		bmc_reply(bmc, req, 202, "{\"TaskState\":\"Running\"}");
	} else {
		bmc_reply(bmc, req, 200, "{\"TaskState\":\"Completed\"}");
	}
}

static bool is_listed(const char *name, const char *names)
{
	size_t n = strlen(name);

	for (; *names; names += strspn(names, ",")) {
		size_t len = strcspn(names, ",");

		if (len == n && !strncmp(names, name, n))
			return true;
		names += len;
	}
	return false;
}

/* Only the members that were asked for. */
static void select_members(json_t *value, const char *names)
{
	AUTO_JSON json_t *all = json_copy(value);
	const char *key;
	json_t *member;

	json_object_foreach (all, key, member) {
		(void)member;
		if (!is_listed(key, names))
			json_object_del(value, key);
	}
}

/* Each member in full where there was a link to it. */
static void expand_members(struct bmc *bmc, json_t *value)
{
	json_t *list = json_object_get(value, "Members");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *path = json_string_value(
			json_object_get(json_array_get(list, i), "@odata.id"));
		json_t *page = path ? page_get(bmc, path) : NULL;

		if (!page)
			continue;
		json_object_set_new(page, "@odata.id", json_string(path));
		json_array_set_new(list, i, page);
	}
}

static void get(struct bmc *bmc, struct http_request *req, const char *path)
{
	const char *none_match = http_header(req, "If-None-Match");
	const char *select = http_query(req, "$select");
	AUTO_JSON json_t *page = NULL;
	AUTO_FREE char *text = NULL;
	char etag[32];

	machine_refresh(bmc);
	page = page_get(bmc, path);
	if (!page) {
		bmc_refuse(bmc, req, 404, "", "no such resource");
		return;
	}
	page_etag(bmc, etag);
	http_set_header(req, "ETag", etag);
	if (none_match && str_eq(none_match, etag) &&
	    has_way(bmc, FACE_CONDITIONAL)) {
		bmc_reply(bmc, req, 304, "");
		return;
	}
	if (select && has_way(bmc, FACE_SELECT))
		select_members(page, select);
	if (http_query(req, "$expand") && has_way(bmc, FACE_EXPAND))
		expand_members(bmc, page);
	text = json_text(page);
	bmc_reply(bmc, req, 200, text);
}

/* ---- faults of any answer ---- */

static char *bad_body(const struct bmc *bmc)
{
	size_t n = has_fault(bmc, "big") ? BIG_BYTES : DEPTH;
	char *text;

	if (has_fault(bmc, "truncated"))
		return xstrdup("{\"PowerState\":\"On\",\"Boot\":{\"BootSou");
	if (!has_fault(bmc, "big") && !has_fault(bmc, "deep"))
		return NULL;
	text = xmalloc(n + 1);
	memset(text, has_fault(bmc, "big") ? ' ' : '[', n);
	text[n] = '\0';
	return text;
}

static void command(struct bmc *bmc, struct http_request *req, const char *path,
		    const json_t *body)
{
	change(bmc, req, path, body);
	bmc->commanded = true;
	if (bmc->options.late && has_fault(bmc, "login-refused"))
		bmc_drop_sessions(bmc);
}

/* True: it has been answered. */
static bool play_fault(struct bmc *bmc, struct http_request *req)
{
	AUTO_FREE char *body = NULL;
	bool reads = str_eq(http_method(req), "GET");

	if (has_fault(bmc, "hangs-up"))
		http_set_header(req, "Connection", "close");
	if (has_fault(bmc, "503-once") && !bmc->was_busy) {
		bmc->was_busy = true;
		http_set_header(req, "Retry-After", "1");
		bmc_refuse(bmc, req, 503, "", "not yet");
		return true;
	}
	if (has_fault(bmc, "redirect")) {
		http_set_header(req, "Location", "https://127.0.0.2:9/stolen");
		bmc_refuse(bmc, req, 302, "", "elsewhere");
		return true;
	}
	body = reads ? bad_body(bmc) : NULL;
	if (body)
		http_reply(req, 200, JSON_TYPE, body, strlen(body));
	return body;
}

/* The BMC itself starts anew: it forgets, and is away for a while. */
static bool is_away(struct bmc *bmc)
{
	if (bmc->until_restart && --bmc->until_restart == 0) {
		bmc_record(bmc, "bmc-reset", "by itself");
		bmc_drop_sessions(bmc);
		str_copy(bmc->boot, sizeof(bmc->boot), "none");
		machine_set(bmc, "boot", "none");
		bmc->until_restart = UINT32_MAX; /* once */
		bmc->back_at = clock_mono() + 1000;
	}
	return clock_mono() < bmc->back_at;
}

static bool asks_for_identity(const struct http_request *req)
{
	const char *encoding = http_header(req, "Accept-Encoding");

	return encoding && str_eq(encoding, "identity");
}

static void serve(struct bmc *bmc, struct http_request *req, const char *path,
		  const json_t *body)
{
	const char *method = http_method(req);
	bool reads = str_eq(method, "GET");

	if (is_away(bmc)) {
		http_set_header(req, "Retry-After", "1");
		bmc_refuse(bmc, req, 503, "", "starting");
	} else if (has_way(bmc, FACE_NO_IDENTITY) && asks_for_identity(req)) {
		bmc_refuse(bmc, req, 406, "", "not this encoding");
	} else if (str_eq(path, REDFISH_ROOT) && reads) {
		get(bmc, req, path);
	} else if (str_eq(path, REDFISH_SESSIONS) && str_eq(method, "POST")) {
		log_in(bmc, req, body);
	} else if (!may(bmc, req)) {
		bmc_refuse(bmc, req, 401, "", "log in first");
	} else if (str_starts(path, REDFISH_SESSIONS "/") &&
		   str_eq(method, "DELETE")) {
		log_out(bmc, req, path);
	} else if (play_fault(bmc, req)) {
		return;
	} else if (str_starts(path, REDFISH_TASKS "/")) {
		get_task(bmc, req);
	} else if (reads) {
		get(bmc, req, path);
	} else {
		command(bmc, req, path, body);
	}
}

/* ---- which BMC ---- */

static struct bmc *bmc_new(struct listener *listener, const char *name)
{
	struct bmc *bmc = xcalloc(1, sizeof(*bmc));

	bmc->options = listener->options;
	bmc->loop = listener->emulator->loop;
	str_copy(bmc->name, sizeof(bmc->name), name);
	machine_init(bmc);
	return bmc;
}

static struct bmc *bmc_of(struct listener *listener, struct http_request *req)
{
	ipv4 address = http_local_address(req);
	char name[IPV4_TEXT];
	struct bmc *bmc;

	if (listener->bmc)
		return listener->bmc;
	bmc = map_get(listener->fleet, &address, sizeof(address));
	if (bmc)
		return bmc;
	net_ipv4_text(address, name);
	bmc = bmc_new(listener, name);
	map_put(listener->fleet, &address, sizeof(address), bmc);
	return bmc;
}

static void handle(void *arg, struct http_request *req)
{
	struct bmc *bmc = bmc_of(arg, req);
	AUTO_FREE char *path = xstrdup(http_path(req));
	AUTO_JSON json_t *body = NULL;
	struct err ignored;
	const char *text;
	size_t len = strlen(path);
	bool list = str_starts(path, REDFISH_ROOT "/Systems") &&
		    len == strlen(REDFISH_ROOT "/Systems");

	if (has_way(bmc, FACE_SLASH) && list) {
		bmc_refuse(bmc, req, 404, "", "with a / at its end");
		return;
	}
	if (len > 1 && path[len - 1] == '/')
		path[len - 1] = '\0';
	text = http_body(req, &len);
	body = json_parse(text, len, &ignored);
	serve(bmc, req, path, body);
}

/* ---- the program ---- */

static int die(const char *what, const char *which)
{
	fprintf(stderr, "redfish_emulator: %s: %s\n", what, which);
	return 2;
}

static int read_password(struct options *options, const char *path)
{
	FILE *file = fopen(path, "re");

	if (!file || !fgets(options->password, sizeof(options->password), file))
		return die(path, file ? "empty" : strerror(errno));
	options->password[strcspn(options->password, "\r\n")] = '\0';
	fclose(file);
	return 0;
}

static int listen_at(struct emulator *emulator, const struct options *options,
		     const char *where)
{
	static const struct http_limits limits = { .body_bytes = BODY_BYTES,
						   .stream_bytes = BODY_BYTES,
						   .connections = 16384,
						   .idle_s = 600 };
	const char *colon = strrchr(where, ':');
	AUTO_FREE char *address = NULL;
	AUTO_FREE char *name = NULL;
	struct listener *listener;
	struct err err;
	uint32_t port;

	if (emulator->n == MAX_LISTENERS || !colon ||
	    !str_parse_u32(colon + 1, 65535, &port))
		return die(where, "expected ADDR:PORT");
	address = xstrndup(where, (size_t)(colon - where));
	listener = xcalloc(1, sizeof(*listener));
	emulator->listeners[emulator->n++] = listener;
	listener->emulator = emulator;
	listener->options = *options;
	listener->server =
		http_server_new(emulator->loop, &limits, handle, listener);
	if (http_server_listen(listener->server, address, (uint16_t)port,
			       str_eq(options->fault, "tls") ? emulator->bad_tls
							     : emulator->tls,
			       &err))
		return die(where, err.message);
	name = xasprintf("%.50s:%u", address,
			 http_server_port(listener->server));
	if (options->fleet)
		listener->fleet = map_new();
	else
		listener->bmc = bmc_new(listener, name);
	printf("listen %s\n", name);
	return 0;
}

static int set_number(const char *name, const char *value, uint32_t max,
		      uint32_t *out)
{
	return str_parse_u32(value, max, out) ? 0 : die(name, value);
}

static int set_option(struct emulator *emulator, struct options *options,
		      const char *name, const char *value)
{
	if (str_eq(name, "--listen"))
		return listen_at(emulator, options, value);
	if (str_eq(name, "--password-file"))
		return read_password(options, value);
	if (str_eq(name, "--delay-ms"))
		return set_number(name, value, 600000, &options->delay_ms);
	if (str_eq(name, "--slots"))
		return set_number(name, value, REDFISH_MAX_SLOTS,
				  &options->slots);
	if (str_eq(name, "--user")) {
		options->user = value;
	} else if (str_eq(name, "--control")) {
		options->control = *value ? value : NULL;
	} else if (str_eq(name, "--record")) {
		options->record = value;
	} else if (str_eq(name, "--fault")) {
		options->fault = value;
	} else if (str_eq(name, "--fleet")) {
		options->fleet = str_eq(value, "1");
	} else if (str_eq(name, "--on")) {
		options->on = str_eq(value, "1");
	} else if (str_eq(name, "--late")) {
		options->late = str_eq(value, "1");
	} else if (str_eq(name, "--face")) {
		options->face = face_find(value);
		if (!options->face)
			return die(value, face_names());
	} else {
		return die("unknown option", name);
	}
	return 0;
}

static void on_term(void *arg)
{
	loop_stop(arg);
}

static void listener_free(struct listener *listener)
{
	size_t at = 0;
	void *bmc;

	http_server_free(listener->server);
	free(listener->bmc);
	while (listener->fleet && map_next(listener->fleet, &at, &bmc))
		free(bmc);
	map_free(listener->fleet);
	free(listener);
}

int main(int argc, char **argv)
{
	struct options options = { .user = "admin",
				   .password = "secret",
				   .fault = "none",
				   .face = face_find("plain"),
				   .slots = 8 };
	struct emulator emulator = { .n = 0 };
	AUTO_FREE char *pin = NULL;

	signal(SIGPIPE, SIG_IGN);
	emulator.loop = loop_new();
	emulator.tls = redfish_tls_new();
	emulator.bad_tls = redfish_tls_new_bad();
	pin = redfish_tls_pin(emulator.tls);
	printf("pin %s\n", pin);
	for (int i = 1; i < argc; i += 2) {
		int status = i + 1 < argc ? set_option(&emulator, &options,
						       argv[i], argv[i + 1])
					  : die(argv[i], "needs a value");

		if (status)
			return status;
	}
	if (!emulator.n)
		return die("usage", "[OPTION...] --listen ADDR:PORT ...");
	loop_on_signal(emulator.loop, SIGTERM, on_term, emulator.loop);
	loop_on_signal(emulator.loop, SIGINT, on_term, emulator.loop);
	puts("ready");
	fflush(stdout);
	loop_run(emulator.loop);
	for (size_t i = 0; i < emulator.n; i++)
		listener_free(emulator.listeners[i]);
	SSL_CTX_free(emulator.tls);
	SSL_CTX_free(emulator.bad_tls);
	loop_free(emulator.loop);
	return 0;
}
