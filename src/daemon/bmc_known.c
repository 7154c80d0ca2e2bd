/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/bmc_known.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/str.h"
#include "bmc/quirk_wire.h"
#include "store/bmc_memory.h"

#define LOG_MODULE "bmc"
#include "base/log.h"

struct bmc_known {
	struct store *store;
	struct quirk_table *quirks;
};

static int read_quirks(struct bmc_known *known, const char *file,
		       struct err *err)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(QUIRK_TEXT_MAX);
	size_t before;

	if (quirk_parse_builtin(known->quirks, err))
		return -1;
	if (!*file && access(BMC_KNOWN_FILE, F_OK))
		return 0;
	file = *file ? file : BMC_KNOWN_FILE;
	before = quirk_table_count(known->quirks);
	if (file_read(file, &text, err) ||
	    quirk_parse(known->quirks, text.base, text.len, file, err))
		return -1;
	log_info("quirks of BMCs from %s: %zu", file,
		 quirk_table_count(known->quirks) - before);
	return 0;
}

struct bmc_known *bmc_known_new(struct store *store, const char *file,
				struct err *err)
{
	struct bmc_known *known = xcalloc(1, sizeof(*known));

	known->store = store;
	known->quirks = quirk_table_new();
	if (read_quirks(known, file, err)) {
		bmc_known_free(known);
		return NULL;
	}
	return known;
}

void bmc_known_free(struct bmc_known *known)
{
	if (!known)
		return;
	quirk_table_free(known->quirks);
	free(known);
}

/* The core's id of a BMC is "namespace/name" of its Machine. */
static bool split(const char *id, char namespace[64], char name[254])
{
	const char *slash = strchr(id, '/');
	size_t len = slash ? (size_t)(slash - id) : 0;

	if (!len || len >= 64)
		return false;
	memcpy(namespace, id, len);
	namespace[len] = '\0';
	return str_copy(name, 254, slash + 1);
}

/* What cannot be read is learnt anew. One object of texts. */
static json_t *read_all(struct bmc_known *known, const char *id)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(BMC_MEMORY_MAX);
	char namespace[64];
	char name[254];
	json_t *all = NULL;
	struct err err;
	int status;

	if (!split(id, namespace, name))
		return NULL;
	status = bmc_memory_get(known->store, namespace, name, &text, &err);
	if (status == 1)
		all = json_parse(text.base, text.len, &err);
	if (status < 0 || (status == 1 && !all))
		log_warn("bmc=%s what was learnt of it: %s", id, err.message);
	return all;
}

static char *load_part(struct bmc_known *known, const char *id,
		       const char *part)
{
	AUTO_JSON json_t *all = read_all(known, id);
	const char *text = json_string_value(json_object_get(all, part));

	return text ? xstrdup(text) : NULL;
}

static void write_all(struct bmc_known *known, const char *id, char *text)
{
	char namespace[64];
	char name[254];
	struct err err;
	int status;

	if (!split(id, namespace, name))
		return;
	status =
		text ? bmc_memory_put(known->store, namespace, name, text, &err)
		     : bmc_memory_forget(known->store, namespace, name, &err);
	/* A Machine that was deleted meanwhile has taken it along. */
	if (status && err.code != ERR_NOT_FOUND)
		log_warn("bmc=%s what was learnt of it: %s", id, err.message);
}

static void save_part(struct bmc_known *known, const char *id, const char *part,
		      const char *text)
{
	AUTO_JSON json_t *all = read_all(known, id);
	const char *old = json_string_value(json_object_get(all, part));
	char *joined;

	if (text ? old && str_eq(old, text) : !old)
		return;
	if (!all)
		all = json_object();
	if (text)
		json_object_set_new(all, part, json_string(text));
	else
		json_object_del(all, part);
	joined = json_object_size(all) ? json_text(all) : NULL;
	write_all(known, id, joined);
	if (joined)
		secret_wipe(joined, strlen(joined));
	free(joined);
}

static char *load(void *arg, const char *id)
{
	return load_part(arg, id, "learnt");
}

static void save(void *arg, const char *id, const char *text)
{
	save_part(arg, id, "learnt", text);
}

static char *load_refusal(void *arg, const char *id)
{
	return load_part(arg, id, "refused");
}

static void save_refusal(void *arg, const char *id, const char *text)
{
	save_part(arg, id, "refused", text);
}

void bmc_known_tell(struct bmc_known *known, struct bmc *bmc)
{
	const struct bmc_memory memory = { load, save, load_refusal,
					   save_refusal, known };

	bmc_set_quirks(bmc, known->quirks);
	bmc_set_memory(bmc, &memory);
}
