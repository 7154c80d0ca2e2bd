/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/redfish_wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/str.h"
#include "bmc/redfish_json_wire.h"

void redfish_links_release(struct redfish_links *links)
{
	free(links->list);
	memset(links, 0, sizeof(*links));
}

static void add_page(struct redfish_links *links, enum redfish_kind kind,
		     const char *path, bool list)
{
	struct redfish_page *page;

	if (!*path)
		return;
	for (size_t i = 0; i < links->n; i++)
		if (str_eq(links->list[i].path, path))
			return;
	if (links->n == REDFISH_MAX_LINKS) {
		links->left_out++;
		return;
	}
	if (links->n % 16 == 0)
		links->list =
			xrealloc(links->list, (links->n + 16) * sizeof(*page));
	page = &links->list[links->n++];
	page->kind = kind;
	page->list = list;
	str_copy(page->path, sizeof(page->path), path);
}

void redfish_links_add(struct redfish_links *links, enum redfish_kind kind,
		       const char *path)
{
	add_page(links, kind, path, false);
}

void redfish_links_add_list(struct redfish_links *links, enum redfish_kind kind,
			    const char *path)
{
	add_page(links, kind, path, true);
}

const struct redfish_page *redfish_links_take(struct redfish_links *links)
{
	return links->next < links->n ? &links->list[links->next++] : NULL;
}

/* Where a URL's path begins; NULL: it has none. */
static const char *path_of(const char *text)
{
	const char *mark = strstr(text, "://");

	if (mark && mark < strchrnul(text, '/'))
		return strchr(mark + 3, '/');
	return text;
}

bool redfish_local_path(char path[BMC_PATH_SIZE], const char *text)
{
	*path = '\0';
	text = path_of(text);
	if (!text || text[0] != '/' || text[1] == '/')
		return false;
	for (const char *c = text; *c; c++)
		if ((unsigned char)*c <= ' ' || *c == 0x7f)
			return false;
	return str_copy(path, BMC_PATH_SIZE, text);
}

bool redfish_redirect_path(char path[BMC_PATH_SIZE], const char *text,
			   const struct bmc_target *target)
{
	bool v6 = strchr(target->host, ':') != NULL;
	char origin[BMC_HOST_SIZE + 16];
	size_t len;

	if (!strstr(text, "://"))
		return redfish_local_path(path, text);
	*path = '\0';
	snprintf(origin, sizeof(origin), "https://%s%s%s", v6 ? "[" : "",
		 target->host, v6 ? "]" : "");
	len = strlen(origin);
	if (strncasecmp(text, origin, len))
		return false;
	text += len;
	snprintf(origin, sizeof(origin), ":%u/", target->port);
	if (str_starts(text, origin))
		return redfish_local_path(path, text + strlen(origin) - 1);
	return target->port == 443 && *text == '/' &&
	       redfish_local_path(path, text);
}

uint32_t redfish_retry_s(const char *text, uint32_t otherwise, uint32_t most)
{
	uint32_t wait_s = otherwise;

	if (text && !str_parse_u32(text, most, &wait_s))
		wait_s = most;
	if (wait_s > most)
		wait_s = most;
	return wait_s ? wait_s : 1;
}

/* DSP0266: features are true, or false, or not there. */
static void parse_features(const json_t *features, struct redfish_root *root)
{
	const json_t *expand = redfish_member(features, "ExpandQuery");

	root->select = json_is_true(redfish_member(features, "SelectQuery"));
	root->top = json_is_true(redfish_member(features, "TopSkipQuery"));
	root->expand = json_is_true(redfish_member(expand, "NoLinks"));
}

int redfish_parse_root(const char *body, size_t len, struct redfish_root *root,
		       struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);

	memset(root, 0, sizeof(*root));
	if (!object)
		return err_wrap(err, "service root");
	redfish_link(object, "Systems", root->systems);
	redfish_link(object, "Managers", root->managers);
	redfish_link(object, "Chassis", root->chassis);
	redfish_link(object, "AccountService", root->accounts);
	redfish_link(object, "UpdateService", root->update);
	redfish_link(redfish_member(object, "Links"), "Sessions",
		     root->sessions);
	redfish_copy(root->vendor, sizeof(root->vendor), object, "Vendor");
	redfish_copy(root->product, sizeof(root->product), object, "Product");
	parse_features(redfish_member(object, "ProtocolFeaturesSupported"),
		       root);
	return 0;
}

int redfish_parse_links(const char *body, size_t len, enum redfish_kind kind,
			struct redfish_links *links, struct err *err)
{
	AUTO_JSON json_t *object = redfish_object(body, len, err);
	const json_t *list;
	char path[BMC_PATH_SIZE];

	if (!object)
		return err_wrap(err, "collection");
	list = redfish_member(object, "Members");
	if (!json_is_array(list))
		return err_set(err, ERR_PROTOCOL,
			       "collection: Members is missing");
	for (size_t i = 0; i < json_array_size(list); i++) {
		redfish_id(json_array_get(list, i), path);
		redfish_links_add(links, kind, path);
	}
	return 0;
}

int redfish_parse_members(const char *body, size_t len,
			  struct redfish_members *members, struct err *err)
{
	CLEANUP(redfish_links_release) struct redfish_links links = { 0 };
	const struct redfish_page *page;

	members->n = 0;
	if (redfish_parse_links(body, len, REDFISH_MANAGERS, &links, err))
		return -1;
	while (members->n < REDFISH_MAX_MEMBERS &&
	       (page = redfish_links_take(&links)))
		str_copy(members->paths[members->n++], BMC_PATH_SIZE,
			 page->path);
	return 0;
}

void redfish_parse_session(const char *body, size_t len,
			   char path[BMC_PATH_SIZE])
{
	struct err ignored;
	AUTO_JSON json_t *object = redfish_object(body, len, &ignored);

	redfish_id(object, path);
}

/* ---- what went wrong ---- */

/* Parts of message ids, of the standard's registries and of vendors'. */
static const struct {
	const char *part;
	enum redfish_reason reason;
} reasons[] = {
	{ "UnableToModifyDuringSystemPOST", REDFISH_REASON_POST },
	{ "SessionLimitExceeded", REDFISH_REASON_SESSIONS },
	{ "RAC0218", REDFISH_REASON_SESSIONS },
	{ "PasswordChangeRequired", REDFISH_REASON_PASSWORD },
	{ "LicenseKeyRequired", REDFISH_REASON_LICENSE },
	{ "OemLicenseNotPassed", REDFISH_REASON_LICENSE },
};

static enum redfish_reason reason_of(const char *id)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
		if (strcasestr(id, reasons[i].part))
			return reasons[i].reason;
	return REDFISH_REASON_NONE;
}

/* The messages of an error answer, or of a task; "" when it says nothing. */
static enum redfish_reason parse_messages(const json_t *object, char *text,
					  size_t size)
{
	const json_t *error = redfish_member(object, "error");
	const json_t *list = redfish_member(error, "@Message.ExtendedInfo");
	enum redfish_reason reason = REDFISH_REASON_NONE;

	if (!json_is_array(list))
		list = redfish_member(object, "Messages");
	*text = '\0';
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *message = json_array_get(list, i);

		if (!*text)
			redfish_copy(text, size, message, "Message");
		if (!reason)
			reason = reason_of(redfish_text(message, "MessageId"));
	}
	if (!*text)
		redfish_copy(text, size, error, "message");
	if (!reason)
		reason = reason_of(redfish_text(error, "code"));
	return reason;
}

static enum err_code code_of(int status)
{
	switch (status) {
	case 403:
		return ERR_DENIED;
	case 404:
	case 410:
		return ERR_NOT_FOUND;
	case 405:
	case 501:
		return ERR_UNSUPPORTED;
	case 400:
	case 409:
	case 422:
		return ERR_INVALID;
	default:
		return ERR_PROTOCOL;
	}
}

void redfish_parse_error(int status, const char *body, size_t len,
			 enum redfish_reason *reason, struct err *err)
{
	struct err ignored;
	AUTO_JSON json_t *object = redfish_object(body, len, &ignored);
	char text[240];
	enum redfish_reason found = parse_messages(object, text, sizeof(text));

	if (reason)
		*reason = found;
	err_set(err, code_of(status), "HTTP %d%s%s", status, *text ? ": " : "",
		text);
}

/* DSP0268, Task: TaskState. */
enum redfish_task redfish_parse_task(const char *body, size_t len,
				     struct err *err)
{
	static const char *const bad[] = { "Exception", "Killed", "Cancelled",
					   "Interrupted" };
	static const char *const running[] = { "New",       "Starting",
					       "Running",   "Pending",
					       "Service",   "Stopping",
					       "Cancelling" };
	struct err ignored;
	AUTO_JSON json_t *object = redfish_object(body, len, &ignored);
	const json_t *state = redfish_member(object, "TaskState");
	char text[240];

	for (size_t i = 0; i < ARRAY_LEN(running); i++)
		if (redfish_is(state, running[i]))
			return REDFISH_TASK_RUNS;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		if (!redfish_is(state, bad[i]))
			continue;
		parse_messages(object, text, sizeof(text));
		err_set(err, ERR_INVALID, "the task ended as %s%s%s", bad[i],
			*text ? ": " : "", text);
		return REDFISH_TASK_FAILED;
	}
	return REDFISH_TASK_DONE;
}

char *redfish_build_login(const char *user, const char *password)
{
	json_t *object =
		json_pack("{s:s, s:s}", "UserName", user, "Password", password);

	return object ? redfish_body(object) : NULL;
}
