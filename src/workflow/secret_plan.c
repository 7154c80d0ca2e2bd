/* SPDX-License-Identifier: Apache-2.0 */
#include "workflow/secret_plan.h"

#include <ctype.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"

#define MAX_VALUE (1024 * 1024)
#define MARK      "secret"

/* Shorter ones stand in every text by chance. */
#define HIDDEN_MIN 4

static bool is_secret(const json_t *object)
{
	const char *kind = json_str_at(object, "kind");
	const char *version = json_str_at(object, "apiVersion");

	return kind && version && str_eq(kind, "Secret") &&
	       str_eq(version, "v1");
}

bool secret_among(const json_t *references)
{
	const char *name;
	json_t *object;

	json_object_foreach ((json_t *)(uintptr_t)references, name, object)
		if (is_secret(object))
			return true;
	return false;
}

static bool in_class(unsigned char byte, int (*is_class)(int))
{
	return byte < 0x80 && is_class(byte);
}

/*
 * Another byte of the same class, that differs in its upper and in its lower
 * bits, so that every character of its base64 differs as well.
 */
static unsigned char other_of(unsigned char byte, int (*is_class)(int))
{
	for (unsigned at = 1; at < 0x80; at++) {
		unsigned char other = (unsigned char)((byte + at) & 0x7f);
		unsigned differ = byte ^ other;

		if (in_class(other, is_class) && (differ & 0x03) &&
		    (differ & 0x3c))
			return other;
	}
	return byte;
}

/* What neither YAML nor a template takes for a sign of its own. */
static int is_plain_sign(int byte)
{
	return byte == '-' || byte == '_' || byte == '.' || byte == '+' ||
	       byte == '/' || byte == '~' || byte == '=';
}

static unsigned char decoy_of(unsigned char byte)
{
	static int (*const classes[])(int) = { isdigit, islower, isupper,
					       is_plain_sign };

	for (size_t i = 0; i < ARRAY_LEN(classes); i++)
		if (in_class(byte, classes[i]))
			return other_of(byte, classes[i]);
	/* Inside of a character of UTF-8: still one afterwards. */
	if (byte >= 0x80 && byte < 0xc0)
		return byte ^ 0x05;
	return byte;
}

/* Signs alone: they are nowhere in a text but there. */
static bool has_changed(const char *before, const struct buf *after)
{
	return memcmp(before, after->base, after->len) != 0;
}

static json_t *decoy_value(const json_t *value)
{
	CLEANUP(secret_release) struct buf bytes = BUF_INIT(MAX_VALUE);
	CLEANUP(secret_release) struct buf text = BUF_INIT(2 * MAX_VALUE);
	AUTO_FREE char *before = NULL;

	if (!str_unbase64(&bytes, json_string_value(value),
			  json_string_length(value)))
		return json_string("");
	before = xmalloc(bytes.len + 1);
	memcpy(before, bytes.base, bytes.len);
	for (size_t i = 0; i < bytes.len; i++)
		bytes.base[i] = (char)decoy_of((unsigned char)bytes.base[i]);
	if (bytes.len && !has_changed(before, &bytes))
		memset(bytes.base, bytes.base[0] == 'x' ? 'y' : 'x', bytes.len);
	secret_wipe(before, bytes.len);
	str_base64(&text, bytes.base, bytes.len);
	return json_stringn(text.base, text.len);
}

static json_t *empty_value(const json_t *value)
{
	(void)value;
	return json_string("");
}

/* The references with each value of each Secret replaced. */
static json_t *with_values(const json_t *references,
			   json_t *(*replace)(const json_t *value))
{
	json_t *out = json_deep_copy(references);
	const char *name;
	json_t *object;

	json_object_foreach (out, name, object) {
		json_t *values = json_object_get(object, "data");
		const char *key;
		json_t *value;

		if (!is_secret(object))
			continue;
		json_object_foreach (values, key, value)
			json_object_set_new(values, key, replace(value));
	}
	return out;
}

json_t *secret_decoy(const json_t *references)
{
	return with_values(references, decoy_value);
}

json_t *secret_stripped(const json_t *references)
{
	return with_values(references, empty_value);
}

/* Marks */

static json_t *mark_new(void)
{
	json_t *mark = json_object();

	json_object_set_new(mark, MARK, json_true());
	return mark;
}

static bool is_mark(const json_t *value)
{
	return json_is_object(value) && json_object_size(value) == 1 &&
	       json_is_true(json_object_get(value, MARK));
}

static bool same_form(const json_t *a, const json_t *b)
{
	const char *key;
	json_t *value;

	if (json_typeof(a) != json_typeof(b))
		return false;
	if (json_is_array(a))
		return json_array_size(a) == json_array_size(b);
	if (!json_is_object(a))
		return true;
	json_object_foreach ((json_t *)(uintptr_t)a, key, value)
		if (!json_object_get(b, key))
			return false;
	return json_object_size(a) == json_object_size(b);
}

/* Members and items one level below: texts, which differ or not. */
static int mark_texts(json_t *part, const json_t *decoy, bool *marked)
{
	const char *key;
	json_t *value;
	size_t i;

	if (json_is_object(part))
		json_object_foreach (part, key, value)
			if (!json_equal(value, json_object_get(decoy, key))) {
				json_object_set_new(part, key, mark_new());
				*marked = true;
			}
	if (json_is_array(part))
		json_array_foreach (part, i, value)
			if (!json_equal(value, json_array_get(decoy, i))) {
				json_array_set_new(part, i, mark_new());
				*marked = true;
			}
	return 0;
}

static int mark_document(struct action *action, const struct action *decoy,
			 struct err *err)
{
	const char *key;
	json_t *part;

	if (!same_form(action->document, decoy->document))
		return err_set(err, ERR_INVALID,
			       "action \"%s\": what it has depends on a Secret",
			       action->name);
	json_object_foreach (action->document, key, part) {
		const json_t *other = json_object_get(decoy->document, key);

		if (!same_form(part, other))
			return err_set(err, ERR_INVALID,
				       "action \"%s\": which entries %s has "
				       "depends on a Secret",
				       action->name, key);
		if (json_is_string(part) && !json_equal(part, other))
			return err_set(err, ERR_INVALID,
				       "action \"%s\": %s depends on a Secret",
				       action->name, key);
		if (mark_texts(part, other, &action->secret))
			return -1;
	}
	return 0;
}

/* What people are shown of an action, and what the server goes by. */
static const char *shown_difference(const struct action *a,
				    const struct action *b)
{
	if (!str_eq(a->name, b->name))
		return "name";
	if (!str_eq(a->image, b->image))
		return "image";
	if (!str_eq(a->task_name, b->task_name) || a->task != b->task)
		return "the name of its task";
	if (!str_eq(a->agent, b->agent))
		return "worker";
	if (a->timeout_s != b->timeout_s)
		return "timeout";
	if (!str_eq(a->state, b->state))
		return "if";
	if (!str_eq(a->background, b->background))
		return "background";
	if (a->retries != b->retries || a->backoff_s != b->backoff_s)
		return "retries";
	if (a->repeatable != b->repeatable)
		return "idempotent";
	if (!str_eq(a->leaves, b->leaves))
		return "what it restarts";
	return NULL;
}

int secret_mark(struct workflow_plan *plan, const struct workflow_plan *decoy,
		struct err *err)
{
	if (plan->n_actions != decoy->n_actions ||
	    plan->global_timeout_s != decoy->global_timeout_s ||
	    !str_eq(plan->name, decoy->name))
		return err_set(err, ERR_INVALID,
			       "which actions there are depends on a Secret");
	for (size_t i = 0; i < plan->n_actions; i++) {
		const char *what =
			shown_difference(&plan->actions[i], &decoy->actions[i]);

		/* The decoy's name: the other could be a secret. */
		if (what)
			return err_set(err, ERR_INVALID,
				       "tasks[%d], action %zu: %s depends on a "
				       "Secret; environment, command and "
				       "volumes may",
				       decoy->actions[i].task, i, what);
		if (mark_document(&plan->actions[i], &decoy->actions[i], err))
			return -1;
	}
	return 0;
}

static int fill_texts(json_t *part, const json_t *fresh)
{
	const char *key;
	json_t *value;
	size_t i;

	if (!same_form(part, fresh))
		return -1;
	if (json_is_object(part))
		json_object_foreach (part, key, value)
			if (is_mark(value))
				json_object_set(part, key,
						json_object_get(fresh, key));
	if (json_is_array(part))
		json_array_foreach (part, i, value)
			if (is_mark(value))
				json_array_set(part, i,
					       json_array_get(fresh, i));
	return 0;
}

json_t *secret_fill(const json_t *marked, const json_t *fresh, struct err *err)
{
	AUTO_JSON json_t *out = json_deep_copy(marked);
	const char *key;
	json_t *part;

	json_object_foreach (out, key, part) {
		const json_t *other = json_object_get(fresh, key);

		if (other && fill_texts(part, other) == 0)
			continue;
		err_set(err, ERR_CONFLICT,
			"with the Secret as it is now, %s of the action has "
			"another form than before",
			key);
		return NULL;
	}
	return take_ptr(out);
}

/* What must not be shown */

static void hide(json_t *hidden, const char *text, size_t len)
{
	if (len >= HIDDEN_MIN && strlen(text) == len)
		json_array_append_new(hidden, json_stringn(text, len));
}

static void hide_value(json_t *hidden, const json_t *value)
{
	CLEANUP(secret_release) struct buf bytes = BUF_INIT(MAX_VALUE);
	const char *text = json_string_value(value);

	hide(hidden, text, json_string_length(value));
	if (!str_unbase64(&bytes, text, json_string_length(value)))
		return;
	while (bytes.len && isspace((unsigned char)bytes.base[bytes.len - 1]))
		bytes.base[--bytes.len] = '\0';
	hide(hidden, bytes.base, bytes.len);
}

static void hide_filled(json_t *hidden, const json_t *marked,
			const json_t *filled)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach ((json_t *)(uintptr_t)marked, key, value)
		if (is_mark(value)) {
			const json_t *text = json_object_get(filled, key);

			hide(hidden, json_string_value(text),
			     json_string_length(text));
		}
	json_array_foreach ((json_t *)(uintptr_t)marked, i, value)
		if (is_mark(value)) {
			const json_t *text = json_array_get(filled, i);

			hide(hidden, json_string_value(text),
			     json_string_length(text));
		}
}

void secret_hide(const json_t *references, const json_t *marked,
		 const json_t *filled, json_t *hidden)
{
	const char *name;
	json_t *object;

	/* The longest first: what stands in them is hidden with them. */
	json_object_foreach ((json_t *)(uintptr_t)marked, name, object)
		hide_filled(hidden, object, json_object_get(filled, name));
	json_object_foreach ((json_t *)(uintptr_t)references, name, object) {
		const char *key;
		json_t *value;

		if (!is_secret(object))
			continue;
		json_object_foreach (json_object_get(object, "data"), key,
				     value)
			hide_value(hidden, value);
	}
}

char *secret_masked(const char *text, const json_t *hidden)
{
	struct buf out = BUF_INIT(2 * MAX_VALUE);
	size_t i;
	json_t *item;

	while (*text) {
		size_t longest = 0;

		json_array_foreach ((json_t *)(uintptr_t)hidden, i, item) {
			size_t len = json_string_length(item);

			if (len > longest &&
			    strncmp(text, json_string_value(item), len) == 0)
				longest = len;
		}
		if (longest)
			buf_adds(&out, "***");
		else
			buf_addc(&out, *text);
		text += longest ? longest : 1;
	}
	return buf_take(&out);
}
