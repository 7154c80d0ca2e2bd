/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/bmc_known.h"

#include <string.h>
#include <unistd.h>

#include "base/file.h"
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

/* What cannot be read is learnt anew. */
static char *load(void *arg, const char *id)
{
	struct bmc_known *known = arg;
	CLEANUP(secret_release) struct buf text = BUF_INIT(BMC_MEMORY_MAX);
	char namespace[64];
	char name[254];
	struct err err;
	int status;

	if (!split(id, namespace, name))
		return NULL;
	status = bmc_memory_get(known->store, namespace, name, &text, &err);
	if (status < 0)
		log_warn("bmc=%s what was learnt of it: %s", id, err.message);
	return status == 1 ? buf_take(&text) : NULL;
}

static void save(void *arg, const char *id, const char *text)
{
	struct bmc_known *known = arg;
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

void bmc_known_tell(struct bmc_known *known, struct bmc *bmc)
{
	const struct bmc_memory memory = { load, save, known };

	bmc_set_quirks(bmc, known->quirks);
	bmc_set_memory(bmc, &memory);
}
