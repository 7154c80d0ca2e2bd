/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/console.h"

#include "bmc/bmc.h"
#include "store/event.h"
#include "store/machine.h"

#define LOG_MODULE "console"
#include "base/log.h"

struct console {
	struct api_console *client;
	/* One of them. */
	struct bmc_console *bmc;
	struct ear *ear;
};

static void on_text(void *arg, const void *bytes, size_t n)
{
	struct console *console = arg;

	api_console_text(console->client, bytes, n);
}

static void on_closed(void *arg, const struct err *err)
{
	struct console *console = arg;

	api_console_end(console->client, err);
}

static int note(struct store *store, const struct api_ask *ask, struct err *err)
{
	int64_t machine = machine_by_bmc(store, ask->namespace, ask->machine);

	log_info("bmc=%s/%s user=%s has the console", ask->namespace,
		 ask->machine, ask->user);
	return machine ? event_note(store, machine, 0, "bmc", "console", err,
				    "%s has the console", ask->user)
		       : 0;
}

void *console_open(const struct console_desk *desk, const struct api_ask *ask,
		   bool take, struct api_console *client, struct err *err)
{
	static const struct bmc_console_ops ops = { .text = on_text,
						    .closed = on_closed };
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct console *console;
	char id[400];

	if (exec_reach(desk->exec, ask->namespace, ask->machine, &target, id,
		       sizeof(id), err))
		return NULL;
	console = xcalloc(1, sizeof(*console));
	console->client = client;
	console->ear = overhear_join(desk->overhear, id, &ops, console);
	if (!console->ear)
		console->bmc = bmc_console_open(exec_bmc(desk->exec), &target,
						take, &ops, console, err);
	if ((!console->ear && !console->bmc) || note(desk->store, ask, err)) {
		console_close(console);
		return NULL;
	}
	return console;
}

size_t console_write(void *handle, const void *bytes, size_t n)
{
	struct console *console = handle;

	return console->ear ? overhear_write(console->ear, bytes, n)
			    : bmc_console_write(console->bmc, bytes, n);
}

void console_close(void *handle)
{
	struct console *console = handle;

	if (console->ear)
		overhear_leave(console->ear);
	bmc_console_close(console->bmc);
	free(console);
}
