/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/http_server.h"
#include "base/json.h"
#include "base/list.h"
#include "base/loop.h"
#include "base/secret.h"
#include "base/str.h"
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
 *	--fault NAME         503-once, boot-ignored, power-ignored,
 *			     no-sessions, need-etag, reset-mute
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
#define MAX_BMCS   64
#define MAX_SLOTS  64
#define BODY_BYTES (64 * 1024)
#define SYSTEM     "/redfish/v1/Systems/1"
#define RESET      SYSTEM "/Actions/ComputerSystem.Reset"
#define SESSIONS   "/redfish/v1/SessionService/Sessions"
#define MANAGER    "/redfish/v1/Managers/1"
#define CD         MANAGER "/VirtualMedia/Cd"
#define JSON_TYPE  "application/json"
#define HANG_UP_MS (3600 * 1000)

struct options {
	const char *user;
	char password[128];
	const char *control;
	const char *record;
	const char *fault;
	uint32_t delay_ms;
	uint32_t slots;
};

struct bmc {
	struct options options;
	struct loop *loop;
	struct http_server *server;
	char name[64];
	char tokens[MAX_SLOTS][SECRET_TOKEN_TEXT]; /* "": free */
	bool on;
	char boot[32]; /* as the control command says it */
	char media[1024];
	unsigned version; /* for the ETag */
	bool was_busy;
};

struct emulator {
	struct loop *loop;
	SSL_CTX *tls;
	struct bmc *bmcs[MAX_BMCS];
	size_t n;
};

/* An answer that is held back. */
struct delayed {
	struct http_request *req;
	struct loop_timer *timer;
	int status;
	char *body;
};

static bool fault(const struct bmc *bmc, const char *name)
{
	return str_eq(bmc->options.fault, name);
}

static void record(const struct bmc *bmc, const char *what, const char *detail)
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

/* ---- the machine ---- */

static void quote(struct buf *out, const char *text)
{
	buf_addc(out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *text);
	buf_addc(out, '\'');
}

/* Run the control command; its first line goes to `line`. */
static bool control(const struct bmc *bmc, const char *verb, const char *name,
		    const char *value, char *line, int size)
{
	CLEANUP(buf_release) struct buf command = BUF_INIT(4096);
	FILE *pipe;

	buf_printf(&command, "%s %s %s ", bmc->options.control, verb, name);
	quote(&command, value);
	pipe = popen(command.base, "re");
	*line = '\0';
	if (!pipe)
		return false;
	if (!fgets(line, size, pipe))
		*line = '\0';
	line[strcspn(line, "\n")] = '\0';
	return pclose(pipe) == 0;
}

static void set(struct bmc *bmc, const char *name, const char *value)
{
	char line[128];

	bmc->version++;
	if (bmc->options.control &&
	    !control(bmc, "set", name, value, line, sizeof(line)))
		fprintf(stderr, "%s: set %s %s failed\n", bmc->options.control,
			name, value);
}

static void refresh(struct bmc *bmc)
{
	char line[128];

	if (!bmc->options.control)
		return;
	if (control(bmc, "get", "power", "", line, sizeof(line)) &&
	    str_starts(line, "power:"))
		bmc->on = line[6] == '1';
	if (control(bmc, "get", "boot", "", line, sizeof(line)) &&
	    str_starts(line, "boot:") && !str_eq(line + 5, bmc->boot)) {
		str_copy(bmc->boot, sizeof(bmc->boot), line + 5);
		bmc->version++;
	}
}

/* A start uses up what holds for one boot. */
static void started(struct bmc *bmc)
{
	if (!bmc->options.control && !strstr(bmc->boot, ",persistent"))
		str_copy(bmc->boot, sizeof(bmc->boot), "none");
}

static void set_power(struct bmc *bmc, bool on)
{
	if (on && !bmc->on)
		started(bmc);
	bmc->on = on;
	set(bmc, "power", on ? "1" : "0");
}

static bool do_reset(struct bmc *bmc, const char *type)
{
	if (str_eq(type, "On")) {
		set_power(bmc, true);
	} else if (str_eq(type, "ForceOff")) {
		set_power(bmc, false);
	} else if (str_eq(type, "GracefulShutdown")) {
		if (!bmc->options.control)
			bmc->on = false;
		set(bmc, "shutdown", "1");
	} else if (str_eq(type, "ForceRestart")) {
		if (!bmc->on)
			return false;
		started(bmc);
		set(bmc, "reset", "1");
	} else if (str_eq(type, "PowerCycle")) {
		if (!bmc->on)
			return false;
		set_power(bmc, false);
		set_power(bmc, true);
	} else {
		return false;
	}
	return true;
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

static void reply_later(struct bmc *bmc, struct http_request *req, int status,
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

static void reply(struct bmc *bmc, struct http_request *req, int status,
		  const char *body)
{
	if (bmc->options.delay_ms)
		reply_later(bmc, req, status, body, bmc->options.delay_ms);
	else
		http_reply(req, status, JSON_TYPE, body, strlen(body));
}

static void reply_json(struct bmc *bmc, struct http_request *req, json_t *value)
{
	AUTO_FREE char *text = json_text(value);

	json_decref(value);
	reply(bmc, req, 200, text);
}

static void refuse(struct bmc *bmc, struct http_request *req, int status,
		   const char *message)
{
	AUTO_FREE char *body =
		xasprintf("{\"error\":{\"code\":\"Base.1.0.GeneralError\","
			  "\"message\":\"%s\"}}",
			  message);

	reply(bmc, req, status, body);
}

/* ---- who may ---- */

static bool is_login(const struct bmc *bmc, const char *user,
		     const char *password)
{
	bool good = str_eq(user, bmc->options.user) &&
		    secret_equal(password, bmc->options.password);

	record(bmc, "login", good ? "good" : "refused");
	return good;
}

static bool basic_login(const struct bmc *bmc, const char *header)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(512);
	char *colon;

	if (!str_starts(header, "Basic ") ||
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

	if (fault(bmc, "no-sessions")) {
		refuse(bmc, req, 501, "no sessions");
		return;
	}
	if (!user || !password || !is_login(bmc, user, password)) {
		refuse(bmc, req, 401, "invalid credentials");
		return;
	}
	while (slot < bmc->options.slots && *bmc->tokens[slot])
		slot++;
	if (slot == bmc->options.slots) {
		http_set_header(req, "Retry-After", "1");
		refuse(bmc, req, 503, "all sessions are taken");
		return;
	}
	secret_token(bmc->tokens[slot]);
	snprintf(path, sizeof(path), SESSIONS "/%u", slot);
	http_set_header(req, "X-Auth-Token", bmc->tokens[slot]);
	http_set_header(req, "Location", path);
	reply(bmc, req, 201, "{}");
}

static void log_out(struct bmc *bmc, struct http_request *req)
{
	uint32_t slot;

	if (!str_parse_u32(http_path(req) + strlen(SESSIONS "/"), MAX_SLOTS - 1,
			   &slot) ||
	    !*bmc->tokens[slot]) {
		refuse(bmc, req, 404, "no such session");
		return;
	}
	secret_wipe(bmc->tokens[slot], sizeof(bmc->tokens[slot]));
	record(bmc, "logout", "");
	reply(bmc, req, 204, "");
}

/* ---- resources ---- */

static const char *const targets[][2] = {
	{ "none", "None" }, { "pxe", "Pxe" },        { "disk", "Hdd" },
	{ "cdrom", "Cd" },  { "bios", "BiosSetup" }, { "default", "Hdd" },
};

static const char *target_of_boot(const char *boot)
{
	size_t n = strcspn(boot, ",");

	for (size_t i = 0; i < ARRAY_LEN(targets); i++)
		if (strlen(targets[i][0]) == n &&
		    !strncmp(boot, targets[i][0], n))
			return targets[i][1];
	return "None";
}

static void show_system(struct bmc *bmc, struct http_request *req)
{
	const char *target;
	const char *enabled = "Once";
	char etag[32];

	refresh(bmc);
	target = target_of_boot(bmc->boot);
	if (strstr(bmc->boot, ",persistent"))
		enabled = "Continuous";
	if (str_eq(target, "None"))
		enabled = "Disabled";
	snprintf(etag, sizeof(etag), "\"%u\"", bmc->version);
	http_set_header(req, "ETag", etag);
	reply_json(
		bmc, req,
		json_pack("{s:s, s:s, s:s, s:s, s:{s:s, s:s, s:s, s:[sssss],"
			  "s:[sss]}, s:{s:{s:s, s:[sssss]}}}",
			  "@odata.id", SYSTEM, "@odata.etag", etag, "Id", "1",
			  "PowerState", bmc->on ? "On" : "Off", "Boot",
			  "BootSourceOverrideEnabled", enabled,
			  "BootSourceOverrideTarget", target,
			  "BootSourceOverrideMode",
			  strstr(bmc->boot, ",uefi") ? "UEFI" : "Legacy",
			  "BootSourceOverrideTarget@Redfish.AllowableValues",
			  "None", "Pxe", "Hdd", "Cd", "BiosSetup",
			  "BootSourceOverrideEnabled@Redfish.AllowableValues",
			  "Disabled", "Once", "Continuous", "Actions",
			  "#ComputerSystem.Reset", "target", RESET,
			  "ResetType@Redfish.AllowableValues", "On", "ForceOff",
			  "GracefulShutdown", "ForceRestart", "PowerCycle"));
}

static void show_cd(struct bmc *bmc, struct http_request *req)
{
	bool in = *bmc->media;

	reply_json(bmc, req,
		   json_pack("{s:s, s:[ss], s:b, s:o, s:{s:{s:s}, s:{s:s}}}",
			     "@odata.id", CD, "MediaTypes", "CD", "DVD",
			     "Inserted", in, "Image",
			     in ? json_string(bmc->media) : json_null(),
			     "Actions", "#VirtualMedia.InsertMedia", "target",
			     CD "/Actions/VirtualMedia.InsertMedia",
			     "#VirtualMedia.EjectMedia", "target",
			     CD "/Actions/VirtualMedia.EjectMedia"));
}

/* Fixed resources: path and body. */
static const char *const pages[][2] = {
	{ "/redfish/v1",
	  "{\"RedfishVersion\":\"1.11.0\",\"Systems\":{\"@odata.id\":"
	  "\"/redfish/v1/Systems\"},\"Managers\":{\"@odata.id\":"
	  "\"/redfish/v1/Managers\"},\"Links\":{\"Sessions\":{\"@odata.id\":"
	  "\"" SESSIONS "\"}}}" },
	{ "/redfish/v1/Systems",
	  "{\"Members\":[{\"@odata.id\":\"" SYSTEM "\"}]}" },
	{ "/redfish/v1/Managers",
	  "{\"Members\":[{\"@odata.id\":\"" MANAGER "\"}]}" },
	{ MANAGER,
	  "{\"VirtualMedia\":{\"@odata.id\":\"" MANAGER "/VirtualMedia\"}}" },
	{ MANAGER "/VirtualMedia",
	  "{\"Members\":[{\"@odata.id\":\"" CD "\"}]}" },
};

static void get(struct bmc *bmc, struct http_request *req, const char *path)
{
	if (str_eq(path, SYSTEM)) {
		show_system(bmc, req);
		return;
	}
	if (str_eq(path, CD)) {
		show_cd(bmc, req);
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(pages); i++)
		if (str_eq(path, pages[i][0])) {
			reply(bmc, req, 200, pages[i][1]);
			return;
		}
	refuse(bmc, req, 404, "no such resource");
}

static void reset(struct bmc *bmc, struct http_request *req, const json_t *body)
{
	const char *type = json_str_at(body, "ResetType");

	refresh(bmc);
	record(bmc, "reset", type ? type : "?");
	if (!type) {
		refuse(bmc, req, 400, "ResetType is missing");
		return;
	}
	if (!fault(bmc, "power-ignored") && !do_reset(bmc, type)) {
		refuse(bmc, req, 409, "not in this state");
		return;
	}
	if (fault(bmc, "reset-mute"))
		reply_later(bmc, req, 204, "", HANG_UP_MS);
	else
		reply(bmc, req, 204, "");
}

/* False: it has been answered. */
static bool etag_fits(struct bmc *bmc, struct http_request *req)
{
	const char *match = http_header(req, "If-Match");
	char etag[32];

	snprintf(etag, sizeof(etag), "\"%u\"", bmc->version);
	if (!match && fault(bmc, "need-etag")) {
		refuse(bmc, req, 428, "If-Match is needed");
		return false;
	}
	if (match && !str_eq(match, "*") && !str_eq(match, etag)) {
		refuse(bmc, req, 412, "somebody was here before");
		return false;
	}
	return true;
}

static void patch_system(struct bmc *bmc, struct http_request *req,
			 const json_t *body)
{
	const char *enabled =
		json_str_at(body, "Boot.BootSourceOverrideEnabled");
	const char *target = json_str_at(body, "Boot.BootSourceOverrideTarget");
	const char *mode = json_str_at(body, "Boot.BootSourceOverrideMode");
	const char *name = NULL;
	char boot[32];

	if (!etag_fits(bmc, req))
		return;
	for (size_t i = 0; target && i < ARRAY_LEN(targets) && !name; i++)
		if (str_eq(target, targets[i][1]))
			name = targets[i][0];
	if (!enabled || !name) {
		refuse(bmc, req, 400, "Boot: target and enabled are needed");
		return;
	}
	if (str_eq(enabled, "Disabled"))
		name = "none";
	snprintf(boot, sizeof(boot), "%s%s%s", name,
		 !mode || str_eq(name, "none") ? ""
		 : str_eq(mode, "UEFI")        ? ",uefi"
					       : ",legacy",
		 str_eq(enabled, "Continuous") ? ",persistent" : "");
	record(bmc, "boot", boot);
	if (!fault(bmc, "boot-ignored")) {
		str_copy(bmc->boot, sizeof(bmc->boot), boot);
		set(bmc, "boot", boot);
	}
	reply(bmc, req, 200, "{}");
}

static void set_media(struct bmc *bmc, struct http_request *req,
		      const char *url)
{
	if (!url || (*url && *bmc->media) ||
	    !str_copy(bmc->media, sizeof(bmc->media), url)) {
		refuse(bmc, req, 400, "no image, or one is in already");
		return;
	}
	record(bmc, "media", url);
	set(bmc, "media", url);
	reply(bmc, req, 204, "");
}

static void change(struct bmc *bmc, struct http_request *req, const char *path,
		   const json_t *body)
{
	const char *method = http_method(req);

	if (str_eq(method, "DELETE") && str_starts(path, SESSIONS "/"))
		log_out(bmc, req);
	else if (str_eq(method, "POST") && str_eq(path, RESET))
		reset(bmc, req, body);
	else if (str_eq(method, "PATCH") && str_eq(path, SYSTEM))
		patch_system(bmc, req, body);
	else if (str_eq(path, CD "/Actions/VirtualMedia.InsertMedia"))
		set_media(bmc, req, json_str_at(body, "Image"));
	else if (str_eq(path, CD "/Actions/VirtualMedia.EjectMedia"))
		set_media(bmc, req, "");
	else
		refuse(bmc, req, 405, "not here");
}

static void handle(void *arg, struct http_request *req)
{
	struct bmc *bmc = arg;
	AUTO_FREE char *path = xstrdup(http_path(req));
	AUTO_JSON json_t *body = NULL;
	struct err ignored;
	const char *text;
	size_t len = strlen(path);

	if (len > 1 && path[len - 1] == '/')
		path[len - 1] = '\0';
	text = http_body(req, &len);
	body = json_parse(text, len, &ignored);
	if (str_eq(path, "/redfish/v1") && str_eq(http_method(req), "GET")) {
		get(bmc, req, path);
	} else if (str_eq(path, SESSIONS) && str_eq(http_method(req), "POST")) {
		log_in(bmc, req, body);
	} else if (!may(bmc, req)) {
		refuse(bmc, req, 401, "log in first");
	} else if (fault(bmc, "503-once") && !bmc->was_busy) {
		bmc->was_busy = true;
		http_set_header(req, "Retry-After", "1");
		refuse(bmc, req, 503, "not yet");
	} else if (str_eq(http_method(req), "GET")) {
		get(bmc, req, path);
	} else {
		change(bmc, req, path, body);
	}
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
						   .idle_s = 600 };
	const char *colon = strrchr(where, ':');
	AUTO_FREE char *address = NULL;
	struct bmc *bmc;
	struct err err;
	uint32_t port;

	if (emulator->n == MAX_BMCS || !colon ||
	    !str_parse_u32(colon + 1, 65535, &port))
		return die(where, "expected ADDR:PORT");
	address = xstrndup(where, (size_t)(colon - where));
	bmc = xcalloc(1, sizeof(*bmc));
	emulator->bmcs[emulator->n++] = bmc;
	bmc->options = *options;
	bmc->loop = emulator->loop;
	str_copy(bmc->boot, sizeof(bmc->boot), "none");
	bmc->server = http_server_new(emulator->loop, &limits, handle, bmc);
	if (http_server_listen(bmc->server, address, (uint16_t)port,
			       emulator->tls, &err))
		return die(where, err.message);
	snprintf(bmc->name, sizeof(bmc->name), "%.50s:%u", address,
		 http_server_port(bmc->server));
	printf("listen %s\n", bmc->name);
	return 0;
}

static int set_option(struct emulator *emulator, struct options *options,
		      const char *name, const char *value)
{
	if (str_eq(name, "--listen"))
		return listen_at(emulator, options, value);
	if (str_eq(name, "--password-file"))
		return read_password(options, value);
	if (str_eq(name, "--user"))
		options->user = value;
	else if (str_eq(name, "--control"))
		options->control = *value ? value : NULL;
	else if (str_eq(name, "--record"))
		options->record = value;
	else if (str_eq(name, "--fault"))
		options->fault = value;
	else if (str_eq(name, "--delay-ms"))
		return str_parse_u32(value, 600000, &options->delay_ms)
			       ? 0
			       : die(name, value);
	else if (str_eq(name, "--slots"))
		return str_parse_u32(value, MAX_SLOTS, &options->slots)
			       ? 0
			       : die(name, value);
	else
		return die("unknown option", name);
	return 0;
}

static void on_term(void *arg)
{
	loop_stop(arg);
}

int main(int argc, char **argv)
{
	struct options options = { .user = "admin",
				   .password = "secret",
				   .fault = "none",
				   .slots = 8 };
	struct emulator emulator = { .n = 0 };
	AUTO_FREE char *pin = NULL;

	signal(SIGPIPE, SIG_IGN);
	emulator.loop = loop_new();
	emulator.tls = redfish_tls_new();
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
	for (size_t i = 0; i < emulator.n; i++) {
		http_server_free(emulator.bmcs[i]->server);
		free(emulator.bmcs[i]);
	}
	SSL_CTX_free(emulator.tls);
	loop_free(emulator.loop);
	return 0;
}
