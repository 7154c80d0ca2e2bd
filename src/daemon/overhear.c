/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/overhear.h"

#include <string.h>

#include "base/map.h"
#include "base/str.h"
#include "daemon/console_plan.h"
#include "daemon/reach.h"
#include "store/event.h"
#include "store/run.h"

#define LOG_MODULE "overhear"
#include "base/log.h"

#define ID_SIZE 400
/* Phases change in bursts: looked at once for all of them. */
#define LOOK_MS  300
#define RETRY_MS 15000
/* A BMC drops its console when the power changes, and has it again soon. */
#define FIRST_RETRY_MS 2000
#define MAX_TRIES      20

/* A run whose machine starts, and its console. */
struct ear {
	struct overhear *overhear;
	int64_t run;
	int64_t machine;
	char id[ID_SIZE];
	bool first_boot; /* of what was installed */
	bool wanted;
	bool hopeless; /* there is no console to be had */
	unsigned n_tries;
	mono_ms retry_at;
	struct loop_timer *timer;
	struct bmc_console *bmc; /* NULL: not open */
	struct console_lines lines;
	struct console_boot boot;
	const struct bmc_console_ops *guest; /* NULL: none */
	void *guest_arg;
};

struct overhear {
	struct loop *loop;
	struct store *store;
	struct exec *exec;
	uint32_t most;
	uint64_t seen; /* commits */
	bool looks;    /* the timer is set */
	struct loop_timer *timer;
	struct map *ears; /* by run */
};

static void on_look(void *arg);

struct overhear *overhear_new(struct loop *loop, struct store *store,
			      struct exec *exec, uint32_t most)
{
	struct overhear *overhear = xcalloc(1, sizeof(*overhear));

	overhear->loop = loop;
	overhear->store = store;
	overhear->exec = exec;
	overhear->most = most;
	overhear->timer = loop_timer_new(loop, on_look, overhear);
	overhear->ears = map_new();
	return overhear;
}

static void ear_free(struct ear *ear)
{
	map_remove(ear->overhear->ears, &ear->run, sizeof(ear->run));
	bmc_console_close(ear->bmc);
	loop_timer_free(ear->timer);
	free(ear);
}

void overhear_free(struct overhear *overhear)
{
	size_t at = 0;
	void *ear;

	if (!overhear)
		return;
	while (map_next(overhear->ears, &at, &ear)) {
		bmc_console_close(((struct ear *)ear)->bmc);
		loop_timer_free(((struct ear *)ear)->timer);
		free(ear);
	}
	map_free(overhear->ears);
	loop_timer_free(overhear->timer);
	free(overhear);
}

size_t overhear_count(const struct overhear *overhear)
{
	size_t at = 0;
	size_t n = 0;
	void *ear;

	while (map_next(overhear->ears, &at, &ear))
		n += ((struct ear *)ear)->bmc != NULL;
	return n;
}

/* ---- what is heard ---- */

static void arm(struct ear *ear)
{
	mono_ms at = console_boot_deadline(&ear->boot);

	if (ear->retry_at < at)
		at = ear->retry_at;
	loop_timer_at(ear->timer, at);
}

static void note(struct ear *ear, const struct console_event *event)
{
	struct err err;

	if (event_note(ear->overhear->store, ear->machine, ear->run, "console",
		       event->kind, &err, "%s", event->text))
		log_error("bmc=%s %s", ear->id, err.message);
}

static void hear_line(struct ear *ear)
{
	struct console_event event;

	if (console_boot_line(&ear->boot, ear->lines.line, clock_mono(),
			      &event))
		note(ear, &event);
}

static void on_text(void *arg, const void *bytes, size_t n)
{
	struct ear *ear = arg;
	struct rbuf in = rbuf_of(bytes, n);

	ear->n_tries = 0;
	console_boot_heard(&ear->boot, clock_mono());
	while (console_lines_next(&ear->lines, &in))
		hear_line(ear);
	arm(ear);
	/* Last, for a guest may leave now. */
	if (ear->guest)
		ear->guest->text(ear->guest_arg, bytes, n);
}

static void on_closed(void *arg, const struct err *err)
{
	struct ear *ear = arg;

	if (!ear->n_tries)
		log_info("bmc=%s not listened to: %s", ear->id, err->message);
	bmc_console_close(ear->bmc);
	ear->bmc = NULL;
	/* Another try with a password that was refused locks the account. */
	ear->hopeless = err->code == ERR_AUTH || err->code == ERR_UNSUPPORTED ||
			ear->n_tries == MAX_TRIES;
	ear->retry_at = MONO_NEVER;
	if (!ear->hopeless && ear->wanted)
		ear->retry_at = clock_mono() +
				(ear->n_tries ? RETRY_MS : FIRST_RETRY_MS);
	ear->n_tries++;
	arm(ear);
	if (ear->guest)
		ear->guest->closed(ear->guest_arg, err);
}

/* ---- which there are ---- */

static bool reach(struct ear *ear, struct bmc_target *target, struct err *err)
{
	AUTO_FREE char *namespace = xstrdup(ear->id);
	char *name = strchr(namespace, '/');
	char id[ID_SIZE];

	if (!name)
		return false;
	*name++ = '\0';
	return exec_reach(ear->overhear->exec, namespace, name, target, id,
			  sizeof(id), err) == 0;
}

static void open_console(struct ear *ear)
{
	static const struct bmc_console_ops ops = { .text = on_text,
						    .closed = on_closed };
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct bmc *bmc = exec_bmc(ear->overhear->exec);
	struct bmc_view view;
	struct err err = { 0 };

	ear->retry_at = MONO_NEVER;
	if (overhear_count(ear->overhear) >= ear->overhear->most ||
	    (bmc_look(bmc, ear->id, &view) && view.standing != BMC_FINE)) {
		ear->retry_at = clock_mono() + RETRY_MS;
		return;
	}
	if (reach(ear, &target, &err))
		ear->bmc =
			bmc_console_open(bmc, &target, false, &ops, ear, &err);
	ear->hopeless = !ear->bmc;
	if (ear->hopeless)
		log_debug("bmc=%s not listened to: %s", ear->id, err.message);
	console_lines_init(&ear->lines);
}

static void on_timer(void *arg)
{
	struct ear *ear = arg;
	mono_ms now = clock_mono();
	struct console_event event;

	if (now >= console_boot_deadline(&ear->boot) &&
	    console_lines_flush(&ear->lines))
		hear_line(ear);
	if (console_boot_expire(&ear->boot, now, &event))
		note(ear, &event);
	if (now >= ear->retry_at)
		open_console(ear);
	arm(ear);
}

static struct ear *add_ear(struct overhear *overhear, int64_t run,
			   int64_t machine)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct ear *ear = xcalloc(1, sizeof(*ear));
	struct err err;

	ear->overhear = overhear;
	ear->run = run;
	ear->machine = machine;
	ear->timer = loop_timer_new(overhear->loop, on_timer, ear);
	ear->retry_at = MONO_NEVER;
	console_boot_init(&ear->boot);
	console_lines_init(&ear->lines);
	map_put(overhear->ears, &ear->run, sizeof(ear->run), ear);
	/* Without a BMC there is no console; that is told elsewhere. */
	if (reach_machine(overhear->store, machine, &target, ear->id,
			  sizeof(ear->id), &err))
		ear->hopeless = true;
	else
		open_console(ear);
	arm(ear);
	return ear;
}

static void follow(struct overhear *overhear, const struct run_starting *run)
{
	struct ear *ear = map_get(overhear->ears, &run->run, sizeof(run->run));

	if (!ear)
		ear = add_ear(overhear, run->run, run->machine);
	ear->wanted = true;
	if (ear->first_boot == run->first_boot)
		return;
	ear->first_boot = run->first_boot;
	console_boot_init(&ear->boot);
	arm(ear);
}

/* One that is not wanted any more, and has no guest; NULL: none. */
static struct ear *find_idle(const struct overhear *overhear)
{
	size_t at = 0;
	void *value;

	while (map_next(overhear->ears, &at, &value)) {
		struct ear *ear = value;

		if (!ear->wanted && !ear->guest)
			return ear;
	}
	return NULL;
}

static void on_look(void *arg)
{
	struct overhear *overhear = arg;
	AUTO_FREE struct run_starting *runs = NULL;
	size_t n = run_starting(overhear->store, &runs);
	struct ear *idle;
	size_t at = 0;
	void *ear;

	overhear->looks = false;
	while (map_next(overhear->ears, &at, &ear))
		((struct ear *)ear)->wanted = false;
	for (size_t i = 0; i < n; i++) {
		ear = map_get(overhear->ears, &runs[i].run,
			      sizeof(runs[i].run));
		if (ear)
			((struct ear *)ear)->wanted = true;
	}
	/* First those that go, then those that come in their places. */
	while ((idle = find_idle(overhear)))
		ear_free(idle);
	for (size_t i = 0; i < n; i++)
		follow(overhear, &runs[i]);
}

void overhear_published(struct overhear *overhear)
{
	uint64_t commits = store_n_commits(overhear->store);

	if (!overhear->most || overhear->looks || overhear->seen == commits)
		return;
	overhear->seen = commits;
	overhear->looks = true;
	loop_timer_at(overhear->timer, clock_mono() + LOOK_MS);
}

/* ---- guests ---- */

struct ear *overhear_join(struct overhear *overhear, const char *id,
			  const struct bmc_console_ops *ops, void *arg)
{
	size_t at = 0;
	void *value;

	while (map_next(overhear->ears, &at, &value)) {
		struct ear *ear = value;

		if (!ear->bmc || ear->guest || !str_eq(ear->id, id))
			continue;
		ear->guest = ops;
		ear->guest_arg = arg;
		return ear;
	}
	return NULL;
}

size_t overhear_write(struct ear *ear, const void *bytes, size_t n)
{
	return ear->bmc ? bmc_console_write(ear->bmc, bytes, n) : 0;
}

void overhear_leave(struct ear *ear)
{
	ear->guest = NULL;
	if (!ear->wanted)
		ear_free(ear);
}

bool overhear_stop(struct overhear *overhear)
{
	bool any = overhear_count(overhear);
	size_t left = map_count(overhear->ears);
	size_t at = 0;
	struct err err;
	void *value;

	overhear->most = 0;
	loop_timer_at(overhear->timer, MONO_NEVER);
	err_set(&err, ERR_GONE, "console: tomte stops");
	/* From the begin each time, for one that leaves changes the map. */
	for (; left && map_next(overhear->ears, &at, &value); left--) {
		struct ear *ear = value;

		ear->wanted = false;
		if (ear->guest)
			ear->guest->closed(ear->guest_arg, &err);
		else
			ear_free(ear);
		at = 0;
	}
	return any;
}
