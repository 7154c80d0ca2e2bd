/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bmc_local.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "bmc/bmc.h"
#include "bmc/quirk_wire.h"
#include "bmc/report_tree.h"

#define LOG_MODULE "bmc"
#include "base/log.h"

#define LOGOUT_MS 5000
#define TURN_MS   1000

struct bmc_local {
	struct loop *loop;
	struct bmc *bmc;
	struct quirk_table *quirks;
	char id[BMC_HOST_SIZE + 16];
	const struct bmc_request *request; /* that is under way */
	json_t *answer;
	struct err err;
	bool done;
	bool sent;
};

static void on_stop(void *arg)
{
	struct bmc_local *local = arg;

	bmc_cancel_all(local->bmc);
}

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	struct bmc_local *local = arg;

	(void)id;
	local->done = true;
	local->err = result->err;
	local->sent = result->sent;
	if (!result->err.code)
		local->answer = bmc_result_json(local->request, result);
}

struct bmc_local *bmc_local_new(void)
{
	struct bmc_local *local = xcalloc(1, sizeof(*local));
	struct err err;

	log_set_level(LOG_ERROR); /* what matters is in the answer */
	local->loop = loop_new();
	local->bmc = bmc_new(local->loop);
	local->quirks = quirk_table_new();
	if (quirk_parse_builtin(local->quirks, &err))
		log_error("%s", err.message);
	bmc_set_quirks(local->bmc, local->quirks);
	loop_on_signal(local->loop, SIGINT, on_stop, local);
	loop_on_signal(local->loop, SIGTERM, on_stop, local);
	loop_on_signal(local->loop, SIGHUP, on_stop, local);
	return local;
}

void bmc_local_free(struct bmc_local *local)
{
	mono_ms end = clock_mono() + LOGOUT_MS;

	if (!local)
		return;
	bmc_cancel_all(local->bmc);
	while (!bmc_idle(local->bmc) && clock_mono() < end)
		loop_turn(local->loop, end - clock_mono());
	bmc_free(local->bmc);
	quirk_table_free(local->quirks);
	loop_free(local->loop);
	free(local);
}

json_t *bmc_local_ask(struct bmc_local *local, const struct bmc_target *target,
		      const struct bmc_request *request, struct err *err)
{
	snprintf(local->id, sizeof(local->id), "%s:%u", target->host,
		 target->port);
	local->request = request;
	local->done = false;
	local->answer = NULL;
	bmc_submit(local->bmc, local->id, target, request, on_result, local);
	/* Each operation has a deadline, so it is done at last. */
	while (!local->done)
		loop_turn(local->loop, TURN_MS);
	if (local->err.code)
		*err = local->err;
	return local->answer;
}

bool bmc_local_sent(const struct bmc_local *local)
{
	return local->sent;
}
