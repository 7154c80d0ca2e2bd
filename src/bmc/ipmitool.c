/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/child.h"
#include "base/file.h"
#include "base/secret.h"
#include "base/str.h"
#include "bmc/driver.h"
#include "bmc/ipmitool_wire.h"

#define LOG_MODULE "ipmitool"
#include "base/log.h"

/*
 * Pumps ipmi_op: each command is a run of ipmitool.
 *
 * Its home is a directory of ours with a list of one enterprise number (with
 * none it refuses to run): Debian's ipmitool otherwise reads 4.7 MB of them
 * at each start, which is four fifths of its time.
 */
#define COMMAND_MS   20000
#define OUTPUT_LIMIT 4096
#define NUMBERS_DIR  "/.local/usr/share/misc"
#define NUMBERS_FILE NUMBERS_DIR "/enterprise-numbers.txt"
#define NUMBERS      "0\n  Reserved\n    none\n      none\n"

struct driver {
	struct loop *loop;
	char home[64]; /* "": none could be made */
};

struct endpoint {
	struct driver *driver;
	struct bmc_target target;
	struct ipmi_op op;
	struct ipmi_command command; /* that is out */
	struct ipmi_sensors *sensors;
	unsigned suite; /* to be used next */
	bool suite_known;
	bool suite_changed; /* for this command already */
	struct child *child;
	struct loop_timer *timer;
	bmc_driver_fn done;
	void *arg;
};

static void pump(struct endpoint *ep);

static const char *const home_parts[] = { "/.local", "/.local/usr",
					  "/.local/usr/share", NUMBERS_DIR };

static void *driver_open(struct loop *loop)
{
	struct driver *driver = xcalloc(1, sizeof(*driver));
	struct err err;

	err_set(&err, ERR_IO, "no directory in /tmp");
	driver->loop = loop;
	str_copy(driver->home, sizeof(driver->home), "/tmp/tomte-bmc-XXXXXX");
	if (mkdtemp(driver->home)) {
		char path[128];

		for (size_t i = 0; i < ARRAY_LEN(home_parts); i++) {
			snprintf(path, sizeof(path), "%s%s", driver->home,
				 home_parts[i]);
			mkdir(path, 0700);
		}
		snprintf(path, sizeof(path), "%s" NUMBERS_FILE, driver->home);
		if (file_replace(path, NUMBERS, strlen(NUMBERS), &err) == 0)
			return driver;
	}
	log_warn("no home for ipmitool, it will be slow: %s", err.message);
	driver->home[0] = '\0';
	return driver;
}

static void driver_free(void *state)
{
	struct driver *driver = state;
	char path[128];

	if (*driver->home) {
		snprintf(path, sizeof(path), "%s" NUMBERS_FILE, driver->home);
		unlink(path);
		for (size_t i = ARRAY_LEN(home_parts); i > 0; i--) {
			snprintf(path, sizeof(path), "%s%s", driver->home,
				 home_parts[i - 1]);
			rmdir(path);
		}
		rmdir(driver->home);
	}
	free(driver);
}

static bool driver_idle(const void *state)
{
	(void)state;
	return true;
}

static bool run(struct endpoint *ep, struct err *err);

/* SHA-256 first; old BMCs have SHA-1 only, newer ones refuse that. */
static bool other_suite(struct endpoint *ep)
{
	if (ep->target.cipher || ep->suite_changed)
		return false;
	ep->suite_changed = true;
	ep->suite = ep->suite == 17 ? 3 : 17;
	return true;
}

static void take(struct endpoint *ep, const struct ipmi_response *response)
{
	struct ipmi_response wrapped = *response;

	if (wrapped.err.code)
		err_wrap(&wrapped.err, "%s:%u", ep->target.host,
			 ep->target.port);
	ipmi_op_input(&ep->op, clock_mono(), &wrapped);
	pump(ep);
}

static void on_child(void *arg, const struct child_result *result)
{
	struct endpoint *ep = arg;
	struct ipmi_response response;

	ep->child = NULL;
	ipmitool_parse(&response, result->exit_code, result->output,
		       result->errors);
	if (!response.err.code)
		ep->suite_known = true;
	if (response.err.code == ERR_UNSUPPORTED && other_suite(ep)) {
		if (run(ep, &response.err))
			return;
		response.sent = false;
	}
	take(ep, &response);
}

static bool run(struct endpoint *ep, struct err *err)
{
	struct ipmitool_argv args;
	char home[sizeof(ep->driver->home) + 8];
	const char *extra[] = { home, NULL };
	struct child_spec spec = {
		.argv = args.argv,
		.extra = *ep->driver->home ? extra : NULL,
		.input = ep->target.password,
		.timeout_ms = COMMAND_MS,
		.output_limit = OUTPUT_LIMIT,
	};

	ipmitool_build(&args, &ep->target, ep->suite, &ep->command);
	snprintf(home, sizeof(home), "HOME=%s", ep->driver->home);
	ep->child = child_start(ep->driver->loop, &spec, on_child, ep, err);
	return ep->child != NULL;
}

/* After anything has happened to an operation. */
static void pump(struct endpoint *ep)
{
	struct ipmi_response response = { .sent = false };
	struct bmc_result result;

	while (ipmi_op_output(&ep->op, &ep->command)) {
		ep->suite_changed = false;
		if (!run(ep, &response.err))
			ipmi_op_input(&ep->op, clock_mono(), &response);
	}
	if (!ipmi_op_done(&ep->op)) {
		loop_timer_at(ep->timer, ipmi_op_deadline(&ep->op));
		return;
	}
	loop_timer_at(ep->timer, MONO_NEVER);
	child_cancel(ep->child);
	ep->child = NULL;
	result = ep->op.result;
	ep->op.result.report = NULL;
	ipmi_op_release(&ep->op);
	ep->done(ep->arg, &result);
}

static void on_timer(void *arg)
{
	struct endpoint *ep = arg;

	ipmi_op_expire(&ep->op, clock_mono());
	pump(ep);
}

static void *endpoint_new(void *state, const struct bmc_target *target)
{
	struct driver *driver = state;
	struct endpoint *ep = xcalloc(1, sizeof(*ep));

	ep->driver = driver;
	bmc_target_copy(&ep->target, target);
	ep->suite = target->cipher ? target->cipher : 17;
	ep->timer = loop_timer_new(driver->loop, on_timer, ep);
	return ep;
}

static void start(void *endpoint, const struct bmc_request *request,
		  bmc_driver_fn done, void *arg)
{
	struct endpoint *ep = endpoint;

	ep->done = done;
	ep->arg = arg;
	ipmi_op_init(&ep->op, request, clock_mono());
	ep->op.cache = &ep->sensors;
	pump(ep);
}

static void cancel(void *endpoint)
{
	struct endpoint *ep = endpoint;

	child_cancel(ep->child);
	ep->child = NULL;
	loop_timer_at(ep->timer, MONO_NEVER);
	ipmi_op_release(&ep->op);
}

static void endpoint_close(void *endpoint)
{
	struct endpoint *ep = endpoint;

	cancel(ep);
	loop_timer_free(ep->timer);
	ipmi_sensors_free(ep->sensors);
	bmc_target_release(&ep->target);
	free(ep);
}

/* Two cores run a dozen of these at a time without anybody waiting. */
const struct bmc_driver ipmitool_driver = {
	.name = "ipmitool",
	.max_running = 16,
	/* But for passwords: they would stand in its arguments. */
	.more_ops = 1u << BMC_NMI | 1u << BMC_IDENTIFY | 1u << BMC_INFO |
		    1u << BMC_BMC_RESET | 1u << BMC_LOG_READ |
		    1u << BMC_LOG_CLEAR | 1u << BMC_SENSORS | 1u << BMC_FRU |
		    1u << BMC_LAN_GET | 1u << BMC_USERS,
	.open = driver_open,
	.free = driver_free,
	.idle = driver_idle,
	.endpoint_new = endpoint_new,
	.start = start,
	.cancel = cancel,
	.endpoint_close = endpoint_close,
};
