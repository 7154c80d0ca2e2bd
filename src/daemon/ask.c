/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/ask.h"

#include <string.h>

#include "base/list.h"
#include "base/str.h"
#include "bmc/ask_wire.h"
#include "bmc/bmc.h"
#include "bmc/report_tree.h"
#include "store/event.h"
#include "store/machine.h"

#define LOG_MODULE "bmc"
#include "base/log.h"

#define MAX_ASKS 8192 /* that wait at a time */

struct asks {
	struct store *store;
	struct exec *exec;
	struct list waiting; /* for the commit */
	struct list under_way;
	size_t n;
};

struct ask {
	struct list link;
	struct asks *asks;
	struct api_wait *wait;
	char word[24];
	char user[336];
	char namespace[64];
	char bmc[254];
	bool thaw; /* no operation, but the core's own */
	struct bmc_request request;
};

struct asks *asks_new(struct store *store, struct exec *exec)
{
	struct asks *asks = xcalloc(1, sizeof(*asks));

	asks->store = store;
	asks->exec = exec;
	list_init(&asks->waiting);
	list_init(&asks->under_way);
	return asks;
}

static void ask_free(struct ask *ask)
{
	list_remove(&ask->link);
	ask->asks->n--;
	free(ask);
}

void asks_free(struct asks *asks)
{
	struct ask *ask;

	if (!asks)
		return;
	while ((ask = list_first(&asks->waiting, struct ask, link)) ||
	       (ask = list_first(&asks->under_way, struct ask, link)))
		ask_free(ask);
	free(asks);
}

int asks_add(struct asks *asks, const struct api_ask *given,
	     struct api_wait *wait, struct err *err)
{
	bool thaw = str_eq(given->ask, "thaw");
	struct bmc_request request = { .op = BMC_PROBE };
	struct ask *ask;

	if (asks->n >= MAX_ASKS)
		return err_set(err, ERR_BUSY, "%d BMCs are being asked already",
			       MAX_ASKS);
	if (!thaw && bmc_ask_parse(given->ask, given->arguments, &request, err))
		return -1;
	ask = xcalloc(1, sizeof(*ask));
	list_init(&ask->link);
	ask->asks = asks;
	ask->wait = wait;
	ask->thaw = thaw;
	ask->request = request;
	str_copy(ask->word, sizeof(ask->word), given->ask);
	str_copy(ask->user, sizeof(ask->user), given->user);
	str_copy(ask->namespace, sizeof(ask->namespace), given->namespace);
	str_copy(ask->bmc, sizeof(ask->bmc), given->machine);
	list_add_tail(&asks->waiting, &ask->link);
	asks->n++;
	return 0;
}

/* What changed something, or may have, is part of the machine's story. */
static void note(const struct ask *ask, const struct err *error)
{
	struct store *store = ask->asks->store;
	int64_t machine = machine_by_bmc(store, ask->namespace, ask->bmc);
	struct err err;

	if (!machine || !(ask->thaw || bmc_op_writes(ask->request.op)))
		return;
	if (event_note(store, machine, 0, "bmc", error ? "bmc-failed" : "bmc",
		       &err, "%s by %s%s%s", ask->word, ask->user,
		       error ? ": " : ": done", error ? error->message : ""))
		log_error("bmc=%s/%s %s: %s", ask->namespace, ask->bmc,
			  ask->word, err.message);
}

static void answer(struct ask *ask, const struct err *error,
		   const json_t *object)
{
	if (error)
		log_warn("bmc=%s/%s %s: %s", ask->namespace, ask->bmc,
			 ask->word, error->message);
	note(ask, error);
	api_answer(ask->wait, error, object);
	ask_free(ask);
}

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	struct ask *ask = arg;
	AUTO_JSON json_t *object = bmc_result_json(&ask->request, result);

	(void)id;
	answer(ask, result->err.code ? &result->err : NULL, object);
}

static void begin(struct ask *ask)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	AUTO_JSON json_t *nothing = json_object();
	struct exec *exec = ask->asks->exec;
	struct err err;
	char id[400];

	list_add_tail(&ask->asks->under_way, &ask->link);
	if (exec_reach(exec, ask->namespace, ask->bmc, &target, id, sizeof(id),
		       &err)) {
		answer(ask, &err, NULL);
		return;
	}
	if (ask->thaw) {
		bmc_thaw(exec_bmc(exec), id);
		answer(ask, NULL, nothing);
		return;
	}
	bmc_submit(exec_bmc(exec), id, &target, &ask->request, on_result, ask);
}

void asks_published(struct asks *asks)
{
	struct ask *ask;

	while ((ask = list_first(&asks->waiting, struct ask, link))) {
		list_remove(&ask->link);
		begin(ask);
	}
}
