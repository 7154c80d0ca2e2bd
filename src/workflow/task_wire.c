/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/task_wire.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/str.h"

static const char *const state_names[] = {
	[TASK_RUNNING] = "running", [TASK_SUCCESS] = "success",
	[TASK_FAILED] = "failed",   [TASK_TIMEOUT] = "timeout",
	[TASK_TIMEOUT + 1] = NULL,
};

static const char *const type_names[] = {
	[TASK_EVENT_STATE] = "state", [TASK_EVENT_PROGRESS] = "progress",
	[TASK_EVENT_LOG] = "log",     [TASK_EVENT_GAP] = "gap",
	[TASK_EVENT_GAP + 1] = NULL,
};

const char *task_state_name(enum task_state state)
{
	return state_names[state];
}

bool task_key_eq(const struct task_key *a, const struct task_key *b)
{
	return a->run == b->run && a->attempt == b->attempt &&
	       str_eq(a->action_id, b->action_id);
}

void task_list_add(struct task_list *list, const char *item)
{
	list->items =
		xrealloc(list->items, (list->n + 1) * sizeof(list->items[0]));
	list->items[list->n++] = xstrdup(item);
}

void task_list_release(struct task_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		free(list->items[i]);
	free(list->items);
	memset(list, 0, sizeof(*list));
}

/* Encoding */

/* What a program writes need not be UTF-8; what JSON carries must be. */
static json_t *text_value(const char *text)
{
	json_t *value = json_string(text);
	AUTO_FREE char *plain = NULL;

	if (value)
		return value;
	plain = xstrdup(text);
	for (char *at = plain; *at; at++)
		if ((unsigned char)*at >= 0x80)
			*at = '?';
	return json_string(plain);
}

static void set_text(json_t *object, const char *name, const char *text)
{
	json_object_set_new(object, name, text_value(text));
}

static void set_number(json_t *object, const char *name, int64_t number)
{
	json_object_set_new(object, name, json_integer(number));
}

static void set_list(json_t *object, const char *name,
		     const struct task_list *list)
{
	json_t *array = json_array();

	for (size_t i = 0; i < list->n; i++)
		json_array_append_new(array, text_value(list->items[i]));
	json_object_set_new(object, name, array);
}

/* A document inside ours, made by ourselves or by an action; {} if not. */
static void set_object(json_t *object, const char *name, const char *text)
{
	struct err ignored = { 0 };
	json_t *value = text ? json_parse(text, strlen(text), &ignored) : NULL;

	if (!json_is_object(value)) {
		json_decref(value);
		value = json_object();
	}
	json_object_set_new(object, name, value);
}

static void add_text(struct buf *out, const json_t *value)
{
	AUTO_FREE char *text = json_text(value);

	buf_adds(out, text);
}

void task_hello_encode(const struct task_hello *hello, struct buf *out)
{
	AUTO_JSON json_t *object = json_object();
	json_t *resume = json_null();

	set_text(object, "boot_id", hello->boot_id);
	set_text(object, "machine", hello->machine);
	set_text(object, "mac", hello->mac);
	set_text(object, "hook_version", hello->hook_version);
	set_number(object, "uptime_ms", hello->uptime_ms);
	set_object(object, "attributes", hello->attributes);
	if (hello->has_resume) {
		resume = json_object();
		set_number(resume, "run", hello->resume.run);
		set_text(resume, "action", hello->resume.action_id);
		set_number(resume, "attempt", hello->resume.attempt);
		set_text(resume, "state", state_names[hello->resume_state]);
	}
	json_object_set_new(object, "resume", resume);
	add_text(out, object);
}

void task_welcome_encode(const struct task_welcome *welcome, struct buf *out)
{
	AUTO_JSON json_t *object = json_object();

	set_text(object, "session", welcome->session);
	set_number(object, "poll_s", welcome->poll_s);
	set_text(object, "log_level", welcome->log_level);
	add_text(out, object);
}

static json_t *env_object(const struct task_list *env)
{
	json_t *object = json_object();

	for (size_t i = 0; i < env->n; i++) {
		const char *equals = strchr(env->items[i], '=');
		AUTO_FREE char *name = NULL;

		if (!equals)
			continue;
		name = xstrndup(env->items[i],
				(size_t)(equals - env->items[i]));
		set_text(object, name, equals + 1);
	}
	return object;
}

void task_encode(const struct task *task, struct buf *out)
{
	AUTO_JSON json_t *object = json_object();

	set_number(object, "run", task->key.run);
	set_text(object, "action_id", task->key.action_id);
	set_number(object, "index", task->index);
	set_number(object, "attempt", task->key.attempt);
	set_text(object, "name", task->name);
	set_text(object, "image", task->image);
	set_list(object, "args", &task->args);
	json_object_set_new(object, "env", env_object(&task->env));
	set_number(object, "timeout_s", task->timeout_s);
	set_list(object, "volumes", &task->volumes);
	set_text(object, "pid", task->pid);
	set_text(object, "network", task->network);
	if (task->background)
		json_object_set_new(object, "background", json_true());
	add_text(out, object);
}

static void encode_state(const struct task_event *event, json_t *object)
{
	set_text(object, "state", state_names[event->state]);
	if (event->message)
		set_text(object, "message", event->message);
	json_object_set_new(object, "terminal", json_boolean(event->terminal));
	set_object(object, "result", event->result);
}

static void encode_progress(const struct task_event *event, json_t *object)
{
	set_text(object, "phase", event->phase);
	set_number(object, "bytes_done", (int64_t)event->bytes_done);
	set_number(object, "bytes_total", (int64_t)event->bytes_total);
	set_number(object, "rate", (int64_t)event->rate);
}

void task_event_encode(const struct task_event *event, struct buf *out)
{
	AUTO_JSON json_t *object = json_object();

	set_number(object, "seq", (int64_t)event->seq);
	set_number(object, "at_ms", event->at_ms);
	if (event->key.run) {
		set_number(object, "run", event->key.run);
		set_text(object, "action_id", event->key.action_id);
		set_number(object, "attempt", event->key.attempt);
	}
	set_text(object, "type", type_names[event->type]);
	switch (event->type) {
	case TASK_EVENT_STATE:
		encode_state(event, object);
		break;
	case TASK_EVENT_PROGRESS:
		encode_progress(event, object);
		break;
	case TASK_EVENT_LOG:
		set_text(object, "line", event->line ? event->line : "");
		set_text(object, "stream", event->stream);
		break;
	case TASK_EVENT_GAP:
		set_number(object, "lost", (int64_t)event->lost);
		break;
	}
	add_text(out, object);
}

static json_t *key_object(const struct task_key *key)
{
	json_t *object = json_object();

	set_number(object, "run", key->run);
	set_text(object, "action_id", key->action_id);
	set_number(object, "attempt", key->attempt);
	return object;
}

void task_key_text(const struct task_key *key, char text[TASK_KEY_TEXT])
{
	snprintf(text, TASK_KEY_TEXT, "%lld/%s/%u", (long long)key->run,
		 key->action_id, key->attempt);
}

void task_events_encode(const char *const *texts, size_t n,
			const struct task_busy *busy, struct buf *out)
{
	buf_adds(out, "{\"events\":[");
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_addc(out, ',');
		buf_adds(out, texts[i]);
	}
	buf_addc(out, ']');
	if (busy && busy->has_running) {
		AUTO_JSON json_t *object = key_object(&busy->running);

		buf_adds(out, ",\"running\":");
		add_text(out, object);
	}
	if (busy && busy->n_beside) {
		AUTO_JSON json_t *list = json_array();

		for (size_t i = 0; i < busy->n_beside; i++)
			json_array_append_new(list,
					      key_object(&busy->beside[i]));
		buf_adds(out, ",\"beside\":");
		add_text(out, list);
	}
	buf_addc(out, '}');
}

void task_ack_encode(const struct task_ack *ack, struct buf *out)
{
	AUTO_JSON json_t *object = json_object();

	set_number(object, "acked", (int64_t)ack->acked);
	set_list(object, "cancel", &ack->cancel);
	add_text(out, object);
}

/* Decoding */

static json_t *parse_object(const char *text, size_t len, const char *what,
			    struct err *err)
{
	json_t *object;

	if (len > TASK_BODY_MAX) {
		err_set(err, ERR_TOO_BIG, "%s: over %d bytes", what,
			TASK_BODY_MAX);
		return NULL;
	}
	object = json_parse(text, len, err);
	if (object && !json_is_object(object)) {
		json_decref(object);
		err_set(err, ERR_INVALID, "expected an object");
		object = NULL;
	}
	if (!object)
		err_wrap(err, "%s", what);
	return object;
}

/* Non-negative; an absent one is 0 unless it is required. */
static int get_number(const json_t *object, const char *name, bool required,
		      int64_t *out, struct err *err)
{
	const json_t *value = json_object_get(object, name);

	*out = 0;
	if (!value && !required)
		return 0;
	if (!json_is_integer(value) || json_integer_value(value) < 0)
		return err_set(err, ERR_INVALID,
			       "%s: expected a number from 0 on", name);
	*out = json_integer_value(value);
	return 0;
}

static int get_u64(const json_t *object, const char *name, bool required,
		   uint64_t *out, struct err *err)
{
	int64_t number;

	if (get_number(object, name, required, &number, err))
		return -1;
	*out = (uint64_t)number;
	return 0;
}

static int get_list(const json_t *object, const char *name,
		    struct task_list *list, struct err *err)
{
	const json_t *array = json_object_get(object, name);
	const json_t *value;
	size_t i;

	if (!array || json_is_null(array))
		return 0;
	if (!json_is_array(array))
		return err_set(err, ERR_INVALID, "%s: expected a list", name);
	if (json_array_size(array) > TASK_LIST_MAX)
		return err_set(err, ERR_TOO_BIG, "%s: over %d entries", name,
			       TASK_LIST_MAX);
	json_array_foreach (array, i, value) {
		if (!json_is_string(value))
			return err_set(err, ERR_INVALID,
				       "%s[%zu]: expected a string", name, i);
		task_list_add(list, json_string_value(value));
	}
	return 0;
}

static int get_env(const json_t *object, struct task_list *list,
		   struct err *err)
{
	json_t *env = json_object_get(object, "env");
	const char *name;
	json_t *value;

	if (!env || json_is_null(env))
		return 0;
	if (!json_is_object(env))
		return err_set(err, ERR_INVALID, "env: expected an object");
	if (json_object_size(env) > TASK_LIST_MAX)
		return err_set(err, ERR_TOO_BIG, "env: over %d entries",
			       TASK_LIST_MAX);
	json_object_foreach (env, name, value) {
		AUTO_FREE char *item = NULL;

		if (!json_is_string(value) || !*name || strchr(name, '='))
			return err_set(err, ERR_INVALID,
				       "env.%s: expected a name and a string",
				       name);
		item = xasprintf("%s=%s", name, json_string_value(value));
		task_list_add(list, item);
	}
	return 0;
}

/* A required or optional document, as text. */
static int get_object(const json_t *object, const char *name, char **text,
		      struct err *err)
{
	const json_t *value = json_object_get(object, name);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_object(value))
		return err_set(err, ERR_INVALID, "%s: expected an object",
			       name);
	*text = json_text(value);
	return 0;
}

static int get_text(const json_t *object, const char *name, char **text,
		    struct err *err)
{
	const json_t *value = json_object_get(object, name);

	if (!value || json_is_null(value))
		return 0;
	if (!json_is_string(value))
		return err_set(err, ERR_INVALID, "%s: expected a string", name);
	*text = xstrdup(json_string_value(value));
	return 0;
}

static int decode_resume(const json_t *object, struct task_hello *hello,
			 struct err *err)
{
	struct resume {
		char action[TASK_ID_SIZE];
		uint32_t attempt;
		unsigned state;
	} resume = { 0 };
	static const struct json_field fields[] = {
		JSON_STR(struct resume, action, "action", JSON_REQUIRED),
		JSON_U32(struct resume, attempt, "attempt", JSON_REQUIRED, 0,
			 UINT32_MAX),
		JSON_ENUM(struct resume, state, "state", JSON_REQUIRED,
			  state_names),
	};

	if (!object || json_is_null(object))
		return 0;
	if (!json_is_object(object))
		return err_set(err, ERR_INVALID, "resume: expected an object");
	if (json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX,
			"resume", &resume, err) ||
	    get_number(object, "run", true, &hello->resume.run, err))
		return -1;
	hello->has_resume = true;
	str_copy(hello->resume.action_id, sizeof(hello->resume.action_id),
		 resume.action);
	hello->resume.attempt = resume.attempt;
	hello->resume_state = (enum task_state)resume.state;
	return 0;
}

int task_hello_decode(const char *text, size_t len, struct task_hello *hello,
		      struct err *err)
{
	static const struct json_field fields[] = {
		JSON_STR(struct task_hello, boot_id, "boot_id", JSON_REQUIRED),
		JSON_STR(struct task_hello, machine, "machine", JSON_REQUIRED),
		JSON_STR(struct task_hello, mac, "mac", 0),
		JSON_STR(struct task_hello, hook_version, "hook_version", 0),
	};
	AUTO_JSON json_t *object = parse_object(text, len, "hello", err);

	memset(hello, 0, sizeof(*hello));
	if (!object)
		return -1;
	if (json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX,
			"hello", hello, err))
		return -1;
	if (!*hello->boot_id)
		return err_set(err, ERR_INVALID, "hello.boot_id: empty");
	if (get_number(object, "uptime_ms", false, &hello->uptime_ms, err) ||
	    decode_resume(json_object_get(object, "resume"), hello, err) ||
	    get_object(object, "attributes", &hello->attributes, err))
		return err_wrap(err, "hello");
	return 0;
}

void task_hello_release(struct task_hello *hello)
{
	free(hello->attributes);
	hello->attributes = NULL;
}

int task_welcome_decode(const char *text, size_t len,
			struct task_welcome *welcome, struct err *err)
{
	static const struct json_field fields[] = {
		JSON_STR(struct task_welcome, session, "session",
			 JSON_REQUIRED),
		JSON_U32(struct task_welcome, poll_s, "poll_s", 0, 1, 600),
		JSON_STR(struct task_welcome, log_level, "log_level", 0),
	};
	AUTO_JSON json_t *object = parse_object(text, len, "welcome", err);

	memset(welcome, 0, sizeof(*welcome));
	welcome->poll_s = 20;
	if (!object)
		return -1;
	return json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX,
			   "welcome", welcome, err);
}

static int decode_task(const json_t *object, struct task *task, struct err *err)
{
	static const struct json_field fields[] = {
		JSON_STR(struct task, key.action_id, "action_id",
			 JSON_REQUIRED),
		JSON_U32(struct task, key.attempt, "attempt", JSON_REQUIRED, 0,
			 UINT32_MAX),
		JSON_U32(struct task, index, "index", 0, 0, UINT32_MAX),
		JSON_STR(struct task, name, "name", 0),
		JSON_STR(struct task, image, "image", JSON_REQUIRED),
		JSON_U32(struct task, timeout_s, "timeout_s", 0, 0, UINT32_MAX),
		JSON_STR(struct task, pid, "pid", 0),
		JSON_STR(struct task, network, "network", 0),
		JSON_BOOL(struct task, background, "background", 0),
	};

	if (json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX,
			"task", task, err))
		return -1;
	if (get_number(object, "run", true, &task->key.run, err) ||
	    get_list(object, "args", &task->args, err) ||
	    get_env(object, &task->env, err) ||
	    get_list(object, "volumes", &task->volumes, err))
		return err_wrap(err, "task");
	return 0;
}

int task_decode(const char *text, size_t len, struct task *task,
		struct err *err)
{
	AUTO_JSON json_t *object = parse_object(text, len, "task", err);

	memset(task, 0, sizeof(*task));
	if (!object)
		return -1;
	if (decode_task(object, task, err)) {
		task_release(task);
		return -1;
	}
	return 0;
}

void task_release(struct task *task)
{
	task_list_release(&task->args);
	task_list_release(&task->env);
	task_list_release(&task->volumes);
}

const char *task_env(const struct task *task, const char *name)
{
	size_t len = strlen(name);

	for (size_t i = 0; i < task->env.n; i++)
		if (strncmp(task->env.items[i], name, len) == 0 &&
		    task->env.items[i][len] == '=')
			return task->env.items[i] + len + 1;
	return NULL;
}

static int decode_state(const json_t *object, struct task_event *event,
			struct err *err)
{
	struct state {
		unsigned state;
		bool terminal;
	} state = { 0 };
	static const struct json_field fields[] = {
		JSON_ENUM(struct state, state, "state", JSON_REQUIRED,
			  state_names),
		JSON_BOOL(struct state, terminal, "terminal", 0),
	};

	if (json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX,
			"event", &state, err))
		return -1;
	event->state = (enum task_state)state.state;
	event->terminal = state.terminal;
	if (get_text(object, "message", &event->message, err))
		return -1;
	return get_object(object, "result", &event->result, err);
}

static int decode_progress(const json_t *object, struct task_event *event,
			   struct err *err)
{
	static const struct json_field fields[] = {
		JSON_STR(struct task_event, phase, "phase", 0),
	};

	if (json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX,
			"event", event, err) ||
	    get_u64(object, "bytes_done", true, &event->bytes_done, err) ||
	    get_u64(object, "bytes_total", false, &event->bytes_total, err))
		return -1;
	return get_u64(object, "rate", false, &event->rate, err);
}

static int decode_log(const json_t *object, struct task_event *event,
		      struct err *err)
{
	static const struct json_field fields[] = {
		JSON_STR(struct task_event, stream, "stream", 0),
	};

	if (json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX,
			"event", event, err) ||
	    get_text(object, "line", &event->line, err))
		return -1;
	if (!event->line)
		return err_set(err, ERR_INVALID, "line: missing");
	return 0;
}

static int decode_event(const json_t *object, struct task_event *event,
			struct err *err)
{
	struct head {
		char action_id[TASK_ID_SIZE];
		uint32_t attempt;
		unsigned type;
	} head = { 0 };
	static const struct json_field fields[] = {
		JSON_STR(struct head, action_id, "action_id", 0),
		JSON_U32(struct head, attempt, "attempt", 0, 0, UINT32_MAX),
		JSON_ENUM(struct head, type, "type", JSON_REQUIRED, type_names),
	};

	if (!json_is_object(object))
		return err_set(err, ERR_INVALID, "expected an object");
	if (json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX,
			"event", &head, err) ||
	    get_u64(object, "seq", true, &event->seq, err) ||
	    get_number(object, "at_ms", false, &event->at_ms, err) ||
	    get_number(object, "run", false, &event->key.run, err))
		return -1;
	str_copy(event->key.action_id, sizeof(event->key.action_id),
		 head.action_id);
	event->key.attempt = head.attempt;
	event->type = (enum task_event_type)head.type;
	switch (event->type) {
	case TASK_EVENT_STATE:
		return decode_state(object, event, err);
	case TASK_EVENT_PROGRESS:
		return decode_progress(object, event, err);
	case TASK_EVENT_LOG:
		return decode_log(object, event, err);
	case TASK_EVENT_GAP:
		break;
	}
	return get_u64(object, "lost", true, &event->lost, err);
}

void task_event_release(struct task_event *event)
{
	free(event->message);
	free(event->result);
	free(event->line);
	memset(event, 0, sizeof(*event));
}

static int decode_key(const json_t *object, const char *path,
		      struct task_key *key, struct err *err)
{
	static const struct json_field fields[] = {
		JSON_STR(struct task_key, action_id, "action_id",
			 JSON_REQUIRED),
		JSON_U32(struct task_key, attempt, "attempt", JSON_REQUIRED, 0,
			 UINT32_MAX),
	};

	if (json_decode(object, fields, ARRAY_LEN(fields), JSON_KEYS_LAX, path,
			key, err))
		return -1;
	return get_number(object, "run", true, &key->run, err);
}

static int decode_busy(const json_t *object, struct task_busy *busy,
		       struct err *err)
{
	const json_t *running = json_object_get(object, "running");
	const json_t *beside = json_object_get(object, "beside");

	if (running && !json_is_null(running)) {
		if (decode_key(running, "running", &busy->running, err))
			return -1;
		busy->has_running = true;
	}
	if (json_array_size(beside) > TASK_BESIDE_MAX)
		return err_set(err, ERR_TOO_BIG, "beside: over %d entries",
			       TASK_BESIDE_MAX);
	for (size_t i = 0; i < json_array_size(beside); i++)
		if (decode_key(json_array_get(beside, i), "beside",
			       &busy->beside[busy->n_beside++], err))
			return -1;
	return 0;
}

int task_events_decode(const char *text, size_t len, struct task_events *events,
		       struct err *err)
{
	AUTO_JSON json_t *object = parse_object(text, len, "events", err);
	const json_t *list;
	size_t n;

	memset(events, 0, sizeof(*events));
	if (!object)
		return -1;
	if (decode_busy(object, &events->busy, err))
		return err_wrap(err, "events");
	list = json_object_get(object, "events");
	if (!json_is_array(list))
		return err_set(err, ERR_INVALID, "events: expected a list");
	n = json_array_size(list);
	if (n > TASK_EVENTS_MAX)
		return err_set(err, ERR_TOO_BIG, "events: over %d entries",
			       TASK_EVENTS_MAX);
	events->items = xcalloc(n + 1, sizeof(events->items[0]));
	events->n = n;
	for (size_t i = 0; i < n; i++) {
		if (decode_event(json_array_get(list, i), &events->items[i],
				 err)) {
			task_events_release(events);
			return err_wrap(err, "events[%zu]", i);
		}
	}
	return 0;
}

void task_events_release(struct task_events *events)
{
	for (size_t i = 0; i < events->n; i++)
		task_event_release(&events->items[i]);
	free(events->items);
	memset(events, 0, sizeof(*events));
}

int task_ack_decode(const char *text, size_t len, struct task_ack *ack,
		    struct err *err)
{
	AUTO_JSON json_t *object = parse_object(text, len, "ack", err);

	memset(ack, 0, sizeof(*ack));
	if (!object)
		return -1;
	if (get_u64(object, "acked", true, &ack->acked, err) ||
	    get_list(object, "cancel", &ack->cancel, err)) {
		task_ack_release(ack);
		return err_wrap(err, "ack");
	}
	return 0;
}

void task_ack_release(struct task_ack *ack)
{
	task_list_release(&ack->cancel);
}
