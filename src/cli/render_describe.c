/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_describe.h"

#include <inttypes.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "base/yaml.h"
#include "cli/render_run.h"
#include "cli/render_text.h"

#define LAST_APPLIED "kubectl.kubernetes.io/last-applied-configuration"
#define MAX_EVENTS   40
#define MAX_LINE     (64 * 1024)
#define MAX_SECRET   (2 * 1024 * 1024)
#define WORD_WIDTH   14
#define MAX_NOTE     500 /* of an annotation: more is for programs */

static bool is_kind(const struct describe *describe, const char *kind)
{
	return str_eq(json_text_at(describe->object, "kind"), kind);
}

static void add_heading(struct buf *out, const char *text, bool colour)
{
	buf_printf(out, "\n%s%s%s\n", colour ? "\033[1m" : "", text,
		   colour ? "\033[0m" : "");
}

static void add_word(struct buf *out, const char *word)
{
	size_t used;

	buf_adds(out, "  ");
	used = render_cut(out, word, 60);
	buf_printf(out, "%*s ",
		   used < WORD_WIDTH ? (int)(WORD_WIDTH - used) : 0, "");
}

static void add_fact(struct buf *out, const char *word, const char *text)
{
	if (!text || !*text)
		return;
	add_word(out, word);
	render_clean(out, text);
	buf_addc(out, '\n');
}

static void add_fact_at(struct buf *out, const char *word, const json_t *object,
			const char *path)
{
	add_fact(out, word, json_str_at(object, path));
}

/* What went well in green, what did not in red. */
static void add_state(struct buf *out, const char *word, const char *text,
		      bool colour)
{
	const char *paint = colour ? render_state_colour(text) : "";

	if (!*text)
		return;
	add_word(out, word);
	buf_adds(out, paint);
	render_clean(out, text);
	buf_printf(out, "%s\n", *paint ? "\033[0m" : "");
}

static void add_moment(struct buf *out, const char *text, wall_ms now)
{
	char age[CLOCK_TEXT];
	wall_ms at;

	render_clean(out, text);
	if (!render_parse_time(text, &at))
		return;
	clock_age(at > now ? at - now : now - at, age);
	buf_printf(out, " (%s%s%s)", at > now ? "in " : "", age,
		   at > now ? "" : " ago");
}

static void add_time(struct buf *out, const char *word, const json_t *object,
		     const char *path, wall_ms now)
{
	const char *text = json_text_at(object, path);

	if (!*text)
		return;
	add_word(out, word);
	add_moment(out, text, now);
	buf_addc(out, '\n');
}

/* Labels, annotations: one a line. */
static void add_pairs(struct buf *out, const char *word, const json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		CLEANUP(buf_release) struct buf line = BUF_INIT(MAX_LINE);

		if (!json_is_string(value) || str_eq(key, LAST_APPLIED))
			continue;
		if (json_string_length(value) > MAX_NOTE)
			buf_printf(&line, "%s: %zu characters", key,
				   json_string_length(value));
		else
			buf_printf(&line, "%s=%s", key,
				   json_string_value(value));
		add_fact(out, word, line.base);
		word = "";
	}
}

static void add_names(struct buf *out, const char *word, const json_t *list)
{
	CLEANUP(buf_release) struct buf line = BUF_INIT(MAX_LINE);
	size_t i;
	json_t *name;

	json_array_foreach ((json_t *)(uintptr_t)list, i, name)
		if (json_is_string(name))
			buf_printf(&line, "%s%s", i ? ", " : "",
				   json_string_value(name));
	add_fact(out, word, line.base);
}

static void add_head(struct buf *out, const struct describe *describe)
{
	const json_t *object = describe->object;
	const json_t *metadata = json_at(object, "metadata");

	buf_adds(out, describe->colour ? "\033[1m" : "");
	render_clean(out, json_text_at(object, "kind"));
	buf_addc(out, ' ');
	render_clean(out, json_text_at(metadata, "name"));
	buf_printf(out, "%s\n", describe->colour ? "\033[0m" : "");
	add_fact_at(out, "namespace", metadata, "namespace");
	add_time(out, "created", metadata, "creationTimestamp", describe->now);
	add_time(out, "being deleted", metadata, "deletionTimestamp",
		 describe->now);
	add_names(out, "waits for", json_at(metadata, "finalizers"));
	add_pairs(out, "labels", json_at(metadata, "labels"));
	add_pairs(out, "annotations", json_at(metadata, "annotations"));
}

/* All of it, as YAML. */
static void add_tree(struct buf *out, const char *heading, const json_t *value,
		     bool colour)
{
	AUTO_FREE char *text = NULL;

	if (!value || (json_is_object(value) && !json_object_size(value)))
		return;
	add_heading(out, heading, colour);
	text = yaml_text(value);
	for (char *line = text; *line;) {
		size_t len = strcspn(line, "\n");
		bool last = !line[len];

		line[len] = '\0';
		buf_adds(out, len ? "  " : "");
		render_clean(out, line);
		buf_addc(out, '\n');
		line += len + !last;
	}
}

/* "mac 3c:..., 10.0.12.11/255.255.255.0 by 10.0.12.1" */
static void add_interface(struct buf *out, const json_t *interface)
{
	const json_t *dhcp = json_object_get(interface, "dhcp");
	const char *address = json_text_at(dhcp, "ip.address");
	const char *mask = json_text_at(dhcp, "ip.netmask");
	const char *gateway = json_text_at(dhcp, "ip.gateway");
	int64_t seconds = json_int_at(dhcp, "lease_time", 0);
	CLEANUP(buf_release) struct buf line = BUF_INIT(MAX_LINE);

	add_fact_at(out, "interface", dhcp, "mac");
	if (*address) {
		buf_printf(&line, "%s%s%s%s%s", address, *mask ? "/" : "", mask,
			   *gateway ? ", gateway " : "", gateway);
		add_fact(out, "address", line.base);
	}
	add_fact_at(out, "hostname", dhcp, "hostname");
	add_names(out, "name servers", json_at(dhcp, "name_servers"));
	add_fact(out, "boots by",
		 json_bool_at(dhcp, "uefi", false) ? "UEFI" : "BIOS");
	add_fact(out, "network boot",
		 json_bool_at(interface, "netboot.allowPXE", false)
			 ? "allowed"
			 : "not allowed");
	if (seconds > 0) {
		buf_clear(&line);
		render_duration(&line, seconds * 1000);
		add_fact(out, "lease for", line.base);
	}
}

/* What the DHCP server saw of it last. */
static void add_lease(struct buf *out, const struct describe *describe)
{
	size_t i;
	json_t *event;

	json_array_foreach ((json_t *)(uintptr_t)describe->events, i, event) {
		if (!str_eq(json_text_at(event, "source.component"), "dhcp"))
			continue;
		add_time(out, "DHCP last", event, "lastTimestamp",
			 describe->now);
		add_fact_at(out, "", event, "message");
		return;
	}
	if (describe->events)
		add_fact(out, "DHCP last", "nothing is known of it");
}

static void add_contact(struct buf *out, const struct describe *describe)
{
	size_t i;
	json_t *condition;

	json_array_foreach (json_at(describe->bmc, "status.conditions"), i,
			    condition) {
		bool bad = !str_eq(json_text_at(condition, "status"), "True");

		if (!str_eq(json_text_at(condition, "type"), "Contactable"))
			continue;
		add_state(out, "answers", bad ? "no" : "yes", describe->colour);
		add_time(out, "as of", condition, "lastUpdateTime",
			 describe->now);
		add_fact_at(out, "it said", condition, "message");
	}
}

static void add_bmc(struct buf *out, const struct describe *describe)
{
	const char *name = json_text_at(describe->object, "spec.bmcRef.name");
	const char *host = json_text_at(describe->bmc, "spec.connection.host");

	add_heading(out, "BMC", describe->colour);
	if (!*name) {
		add_fact(out, "machine", "none: it is started by hand");
		return;
	}
	add_fact(out, "machine", name);
	if (!describe->bmc) {
		add_fact(out, "", "there is no such Machine");
		return;
	}
	add_fact(out, "host", host);
	add_names(out, "spoken to by",
		  json_at(describe->bmc,
			  "spec.connection.providerOptions.preferredOrder"));
	add_state(out, "power",
		  json_text_at(describe->bmc, "status.powerState"),
		  describe->colour);
	add_contact(out, describe);
}

static void add_hardware(struct buf *out, const struct describe *describe)
{
	const json_t *spec = json_at(describe->object, "spec");
	size_t i;
	json_t *item;

	add_state(out, "state", json_text_at(describe->object, "status.state"),
		  describe->colour);
	add_heading(out, "network", describe->colour);
	json_array_foreach (json_object_get(spec, "interfaces"), i, item)
		add_interface(out, item);
	add_lease(out, describe);
	if (json_array_size(json_object_get(spec, "disks"))) {
		add_heading(out, "disks", describe->colour);
		json_array_foreach (json_object_get(spec, "disks"), i, item)
			add_fact_at(out, "disk", item, "device");
	}
	add_bmc(out, describe);
}

/* Phases, or actions: name, state, how long. */
static void add_steps(struct buf *out, const char *heading, const json_t *steps,
		      bool colour)
{
	AUTO_JSON json_t *rows = json_array();
	struct render_widths widths = { .indent = 2, .colour = colour };
	size_t i;
	json_t *step;

	if (!json_array_size(steps))
		return;
	add_heading(out, heading, colour);
	json_array_foreach ((json_t *)(uintptr_t)steps, i, step) {
		int64_t ms = json_int_at(step, "durationMs", -1);
		CLEANUP(buf_release) struct buf time = BUF_INIT(64);

		if (ms >= 0)
			render_duration(&time, ms);
		json_array_append_new(
			rows,
			json_pack("[s,s,s]", json_text_at(step, "name"),
				  json_text_at(step, "state"), time.base));
	}
	render_rows(out, rows, &widths);
}

static void add_run(struct buf *out, const struct describe *describe)
{
	const json_t *run = describe->run;
	const char *outcome = json_text_at(run, "status.outcome");
	bool hardware = is_kind(describe, "Hardware");

	if (!run) {
		if (hardware) {
			add_heading(out, "last run", describe->colour);
			add_fact(out, "name", "none yet");
		}
		return;
	}
	add_heading(out, hardware ? "last run" : "run", describe->colour);
	add_fact_at(out, "name", run, "metadata.name");
	if (!hardware)
		add_fact(out, "machine", render_run_machine(run));
	add_fact_at(out, "template", run, "spec.template");
	add_state(out, "outcome", *outcome ? outcome : "not over",
		  describe->colour);
	add_fact_at(out, "phase", run, "status.phase");
	add_fact_at(out, "failed in", run, "status.failedIn");
	add_time(out, "started", run, "status.startedAt", describe->now);
	add_time(out, *outcome ? "ended" : "deadline", run,
		 *outcome ? "status.endedAt" : "status.deadline",
		 describe->now);
	add_fact_at(out, "image", run, "status.digest");
	add_fact_at(out, "last seen", run, "status.lastSeen");
	if (!*outcome)
		add_fact_at(out, "expected", run, "status.expectedNext");
	add_fact_at(out, "cause", run, "status.cause");
	add_fact_at(out, "try", run, "status.advice");
	if (hardware)
		return;
	add_steps(out, "phases", json_at(run, "status.phases"),
		  describe->colour);
	add_steps(out, "actions", json_at(run, "status.actions"),
		  describe->colour);
}

/* Keys and sizes: what a Secret holds stays there. */
static void add_secret(struct buf *out, const struct describe *describe)
{
	const char *key;
	json_t *value;

	add_heading(out, "data", describe->colour);
	json_object_foreach (json_object_get(describe->object, "data"), key,
			     value) {
		const char *text = json_string_value(value);
		CLEANUP(secret_release) struct buf plain = BUF_INIT(MAX_SECRET);
		CLEANUP(buf_release) struct buf size = BUF_INIT(64);

		/* They are empty for whom they are not for. */
		if (!text || !*text ||
		    !str_unbase64(&plain, text, strlen(text)))
			buf_adds(&size, "empty, or not shown to you");
		else
			buf_printf(&size, "%zu bytes", plain.len);
		add_fact(out, key, size.base);
	}
}

static json_t *row_of(const json_t *event)
{
	bool object = json_object_get(event, "reason") != NULL;
	int64_t count = json_int_at(event, "count", 1);
	CLEANUP(buf_release) struct buf text = BUF_INIT(8192);

	buf_adds(&text, json_text_at(event, "message"));
	if (count > 1)
		buf_printf(&text, " (%" PRId64 " times)", count);
	return json_pack(
		"[s,s,s,s]",
		json_text_at(event, object ? "lastTimestamp" : "at"),
		json_text_at(event, object ? "source.component" : "source"),
		json_text_at(event, object ? "reason" : "kind"), text.base);
}

/* Oldest first; of many the newest. */
static void add_events(struct buf *out, const struct describe *describe)
{
	const json_t *own = json_at(describe->run, "status.events");
	bool of_run = !is_kind(describe, "Hardware") && json_array_size(own);
	const json_t *events = of_run ? own : describe->events;
	size_t n = json_array_size(events);
	size_t shown = n < MAX_EVENTS ? n : MAX_EVENTS;
	AUTO_JSON json_t *rows = json_array();
	struct render_widths widths = { .indent = 2,
					.colour = describe->colour };

	if (!n)
		return;
	add_heading(out, "events", describe->colour);
	for (size_t i = 0; i < shown; i++)
		json_array_append_new(
			rows,
			row_of(json_array_get(events, of_run ? n - shown + i
							     : shown - 1 - i)));
	if (shown < n)
		buf_printf(out, "  %zu older ones are not shown\n", n - shown);
	render_rows(out, rows, &widths);
}

/* What has no section of its own. */
static void add_rest(struct buf *out, const struct describe *describe)
{
	const char *key;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)describe->object, key, value)
		if (!str_eq(key, "apiVersion") && !str_eq(key, "kind") &&
		    !str_eq(key, "metadata"))
			add_tree(out, key, value, describe->colour);
}

void render_describe(struct buf *out, const struct describe *describe)
{
	add_head(out, describe);
	if (is_kind(describe, "Hardware"))
		add_hardware(out, describe);
	else if (is_kind(describe, "Secret"))
		add_secret(out, describe);
	else if (is_kind(describe, "Workflow"))
		add_tree(out, "spec", json_at(describe->object, "spec"),
			 describe->colour);
	else if (!is_kind(describe, "Run"))
		add_rest(out, describe);
	add_run(out, describe);
	add_events(out, describe);
}
