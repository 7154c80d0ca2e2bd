/* SPDX-License-Identifier: Apache-2.0 */
#include "base/resolve.h"

#include <string.h>

#include "base/child.h"
#include "base/list.h"

#define MAX_CHILDREN 4
#define LOOKUP_MS    10000
#define OUTPUT_LIMIT 4096

struct resolver {
	struct loop *loop;
	struct list calls; /* that run, and that wait */
	struct loop_timer *timer;
	size_t n_running;
};

struct resolve {
	struct list link;
	struct resolver *resolver;
	char *host;
	struct child *child; /* NULL: it waits */
	resolve_fn done;
	void *arg;
};

static void drop(struct resolve *call)
{
	struct resolver *resolver = call->resolver;

	if (call->child)
		resolver->n_running--;
	child_cancel(call->child);
	list_remove(&call->link);
	free(call->host);
	free(call);
	/* Somebody else's turn: but not from inside of this one. */
	if (!list_empty(&resolver->calls))
		loop_timer_at(resolver->timer, clock_mono());
}

static void finish(struct resolve *call, const char *address,
		   const struct err *err)
{
	resolve_fn done = call->done;
	void *arg = call->arg;

	drop(call);
	done(arg, address, err);
}

/* "10.0.0.1       STREAM bmc.example", a line for each. */
static void on_child(void *arg, const struct child_result *result)
{
	struct resolve *call = arg;
	char address[RESOLVE_TEXT];
	size_t len = strcspn(result->output, " \t\n");
	struct err err;

	call->child = NULL;
	call->resolver->n_running--;
	if (result->exit_code == 0 && len > 0 && len < sizeof(address)) {
		memcpy(address, result->output, len);
		address[len] = '\0';
		finish(call, address, NULL);
		return;
	}
	if (result->timed_out)
		err_set(&err, ERR_UNREACHABLE, "%s: no answer from DNS",
			call->host);
	else
		err_set(&err, ERR_UNREACHABLE, "%s: the name has no address",
			call->host);
	finish(call, NULL, &err);
}

static struct resolve *next_waiting(struct resolver *resolver)
{
	list_for_each (link, &resolver->calls) {
		struct resolve *call = list_item(link, struct resolve, link);

		if (!call->child)
			return call;
	}
	return NULL;
}

static void start_waiting(void *arg)
{
	struct resolver *resolver = arg;
	struct resolve *call;

	while (resolver->n_running < MAX_CHILDREN &&
	       (call = next_waiting(resolver))) {
		const char *const argv[] = { "getent", "ahosts", call->host,
					     NULL };
		const struct child_spec spec = { .argv = argv,
						 .timeout_ms = LOOKUP_MS,
						 .output_limit = OUTPUT_LIMIT };
		struct err err;

		call->child = child_start(resolver->loop, &spec, on_child, call,
					  &err);
		if (!call->child) {
			finish(call, NULL, &err);
			return; /* whoever is left has the timer */
		}
		resolver->n_running++;
	}
}

struct resolver *resolver_new(struct loop *loop)
{
	struct resolver *resolver = xcalloc(1, sizeof(*resolver));

	resolver->loop = loop;
	list_init(&resolver->calls);
	resolver->timer = loop_timer_new(loop, start_waiting, resolver);
	return resolver;
}

void resolver_free(struct resolver *resolver)
{
	struct resolve *call;

	if (!resolver)
		return;
	while ((call = list_first(&resolver->calls, struct resolve, link)))
		drop(call);
	loop_timer_free(resolver->timer);
	free(resolver);
}

struct resolve *resolver_find(struct resolver *resolver, const char *host,
			      resolve_fn done, void *arg)
{
	struct resolve *call = xcalloc(1, sizeof(*call));

	call->resolver = resolver;
	call->host = xstrdup(host);
	call->done = done;
	call->arg = arg;
	list_init(&call->link);
	list_add_tail(&resolver->calls, &call->link);
	loop_timer_at(resolver->timer, clock_mono());
	return call;
}

void resolve_cancel(struct resolve *call)
{
	if (call)
		drop(call);
}
