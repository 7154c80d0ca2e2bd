/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_op.h"
#include "bmc/ipmi_shell.h"

/*
 * Pumps ipmi_op over links: IPMI 2.0 by ourselves.
 */
#define MAX_RUNNING 512

/* While one is under way. */
struct job {
	struct ipmi_op op;
	bmc_driver_fn done;
	void *arg;
};

struct endpoint {
	struct ipmi_link link;
	struct job *job;
	struct ipmi_sensors *sensors; /* NULL: nobody has asked */
};

static struct endpoint *endpoint_of(const struct ipmi_link *link)
{
	return container_of((struct ipmi_link *)(uintptr_t)link,
			    struct endpoint, link);
}

static void job_free(struct job *job)
{
	ipmi_op_release(&job->op);
	free(job);
}

static bool next_command(struct ipmi_link *link, mono_ms now,
			 struct ipmi_command *out, mono_ms *login_by)
{
	struct job *job = endpoint_of(link)->job;

	(void)now;
	if (!job || !ipmi_op_output(&job->op, out))
		return false;
	*login_by = job->op.deadline;
	return true;
}

static void on_answer(struct ipmi_link *link, mono_ms now,
		      struct ipmi_response *response)
{
	struct job *job = endpoint_of(link)->job;

	if (job)
		ipmi_op_input(&job->op, now, response);
}

static mono_ms deadline(const struct ipmi_link *link)
{
	const struct job *job = endpoint_of(link)->job;

	return job ? ipmi_op_deadline(&job->op) : MONO_NEVER;
}

static void expire(struct ipmi_link *link, mono_ms now)
{
	struct job *job = endpoint_of(link)->job;

	if (job)
		ipmi_op_expire(&job->op, now);
}

static bool resting(const struct ipmi_link *link)
{
	const struct job *job = endpoint_of(link)->job;

	return !job || ipmi_op_done(&job->op);
}

/* Whoever is told may do anything to the endpoint. */
static void settle(struct ipmi_link *link, mono_ms now)
{
	struct endpoint *ep = endpoint_of(link);
	struct job *job = ep->job;
	struct bmc_result result;
	bmc_driver_fn done;
	void *arg;

	if (!job || !ipmi_op_done(&job->op))
		return;
	ipmi_link_leave(link, now);
	result = job->op.result;
	job->op.result.report = NULL;
	done = job->done;
	arg = job->arg;
	ep->job = NULL;
	job_free(job);
	done(arg, &result);
}

static void release(struct ipmi_link *link)
{
	struct endpoint *ep = endpoint_of(link);

	if (ep->job)
		job_free(ep->job);
	ipmi_sensors_free(ep->sensors);
	free(ep);
}

static const struct ipmi_link_ops link_ops = {
	.command = next_command,
	.answer = on_answer,
	.deadline = deadline,
	.expire = expire,
	.resting = resting,
	.settle = settle,
	.release = release,
};

/* ---- the driver ---- */

static void *driver_open(struct loop *loop)
{
	return ipmi_hub_new(loop);
}

static void driver_free(void *state)
{
	ipmi_hub_free(state);
}

static bool driver_idle(const void *state)
{
	return list_empty(&((const struct ipmi_hub *)state)->closing);
}

static void *endpoint_new(void *state, const struct bmc_target *target)
{
	struct endpoint *ep = xcalloc(1, sizeof(*ep));

	ipmi_link_init(&ep->link, state, &link_ops, target);
	return ep;
}

static void start(void *endpoint, const struct bmc_request *request,
		  bmc_driver_fn done, void *arg)
{
	struct endpoint *ep = endpoint;
	const char *reason = ipmi_link_hopeless(&ep->link);
	struct job *job;

	if (reason) {
		struct bmc_result result = { .sent = false };

		err_set(&result.err, ERR_INVALID, "%s:%u: %s", ep->link.host,
			ep->link.address.port, reason);
		done(arg, &result);
		return;
	}
	job = xcalloc(1, sizeof(*job));
	job->done = done;
	job->arg = arg;
	ipmi_op_init(&job->op, request, clock_mono());
	job->op.cache = &ep->sensors;
	ep->job = job;
	ipmi_link_pump(&ep->link);
}

static void cancel(void *endpoint)
{
	struct endpoint *ep = endpoint;

	job_free(ep->job);
	ep->job = NULL;
	ipmi_link_leave(&ep->link, clock_mono());
	ipmi_link_pump(&ep->link);
}

static void endpoint_close(void *endpoint)
{
	struct endpoint *ep = endpoint;

	ipmi_link_close(&ep->link);
}

const struct bmc_driver ipmi_driver = {
	.name = "ipmi",
	.max_running = MAX_RUNNING,
	.more_ops = 1u << BMC_NMI | 1u << BMC_IDENTIFY | 1u << BMC_INFO |
		    1u << BMC_BMC_RESET | 1u << BMC_LOG_READ |
		    1u << BMC_LOG_CLEAR | 1u << BMC_SENSORS | 1u << BMC_FRU |
		    1u << BMC_LAN_GET | 1u << BMC_USERS |
		    1u << BMC_PASSWORD_SET,
	.open = driver_open,
	.free = driver_free,
	.idle = driver_idle,
	.endpoint_new = endpoint_new,
	.start = start,
	.cancel = cancel,
	.endpoint_close = endpoint_close,
	.console = &ipmi_console_driver,
};
