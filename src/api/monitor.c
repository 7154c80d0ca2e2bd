/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "api/call.h"
#include "api/health_wire.h"
#include "api/targets_plan.h"
#include "api/watch.h"
#include "base/metric_wire.h"
#include "base/str.h"
#include "store/target.h"

#define LOG_MODULE "api"
#include "base/log.h"

/*
 * DOC: pages for those who watch over the server and its machines: health,
 * metrics, and whom Prometheus is to ask.
 */
#define MAX_METRICS (4 * 1024 * 1024)
#define MAX_HEALTH  (16 * 1024)
#define NODE_PORT   9100

/* /livez asks no more than that there is an answer. */
int call_health(struct call *call, struct err *err)
{
	struct buf text = BUF_INIT(MAX_HEALTH);
	struct health_check checks[HEALTH_MAX_CHECKS] = { 0 };
	const struct api *api = call->api;
	bool alive = str_eq(http_path(call->req), "/livez");
	bool verbose = http_query(call->req, "verbose") != NULL;
	size_t n = 0;
	bool good;

	(void)err;
	if (!alive) {
		checks[n].name = "store";
		if (!store_check(api->store, &checks[n].err))
			checks[n].err.code = ERR_NONE;
		n++;
		if (api->ops->checks)
			n += api->ops->checks(api->arg, checks + n,
					      HEALTH_MAX_CHECKS - n);
	}
	good = health_render(checks, n, http_path(call->req) + 1, verbose,
			     &text);
	for (size_t i = 0; i < n; i++)
		if (checks[i].err.code != ERR_NONE)
			log_warn("check=%s failed: %s", checks[i].name,
				 checks[i].err.message);
	call_reply_text(call, good ? 200 : 503, "text/plain; charset=utf-8",
			&text);
	return 0;
}

static void add_own(const struct api *api, struct buf *out)
{
	const char *requests = "tomte_api_requests_total";
	const char *watches = "tomte_api_watches";
	const char *refused = "tomte_api_refused_logins_total";

	metric_family(out, requests, METRIC_COUNTER,
		      "Requests to the API and its pages.");
	metric_count(out, requests, api->n_requests, NULL);
	metric_family(out, watches, METRIC_GAUGE, "Watches that are open.");
	metric_count(out, watches, api->hub->n, NULL);
	metric_family(out, refused, METRIC_COUNTER,
		      "Requests whose token or certificate was refused.");
	metric_count(out, refused, api->n_refused, NULL);
}

int call_metrics(struct call *call, struct err *err)
{
	struct buf text = BUF_INIT(MAX_METRICS);
	const struct api *api = call->api;

	add_own(api, &text);
	if (api->ops->metrics)
		api->ops->metrics(api->arg, &text);
	if (text.overflow) {
		buf_release(&text);
		return err_set(err, ERR_TOO_BIG, "over %d bytes of metrics",
			       MAX_METRICS);
	}
	call_reply_text(call, 200, METRIC_CONTENT_TYPE, &text);
	return 0;
}

struct targets {
	const struct call *call;
	json_t *out;
	bool nodes;
	bool bmcs;
	uint32_t port; /* of the nodes */
};

/* Of an open page all is shown: who may read it may read all. */
static void add_target(void *arg, const struct target *target)
{
	const struct targets *targets = arg;
	struct err ignored;
	AUTO_JSON json_t *labels =
		json_parse(target->labels, strlen(target->labels), &ignored);
	const struct targets_row row = {
		.namespace = target->namespace,
		.name = target->name,
		.labels = labels,
		.mac = target->mac,
		.arch = target->arch,
		.address = target->address,
		.bmc = target->bmc,
		.bmc_host = target->bmc_host,
		.bmc_driver = target->bmc_driver,
		.power = target->power,
	};

	if (!access_has_namespace(targets->call->who.namespaces,
				  target->namespace))
		return;
	if (targets->nodes)
		targets_add_node(targets->out, &row, targets->port);
	if (targets->bmcs)
		targets_add_bmc(targets->out, &row);
}

int call_targets(struct call *call, struct err *err)
{
	const char *kind = http_query(call->req, "kind");
	const char *port = http_query(call->req, "port");
	AUTO_JSON json_t *out = json_array();
	struct targets targets = { .call = call,
				   .out = out,
				   .nodes = !kind || str_eq(kind, "node"),
				   .bmcs = !kind || str_eq(kind, "bmc"),
				   .port = NODE_PORT };

	if (!targets.nodes && !targets.bmcs)
		return err_set(err, ERR_INVALID,
			       "kind=%.40s: expected node or bmc", kind);
	if (port &&
	    (!str_parse_u32(port, UINT16_MAX, &targets.port) || !targets.port))
		return err_set(err, ERR_INVALID,
			       "port=%.40s: expected 1 to 65535", port);
	if (target_each(call->api->store, add_target, &targets, err))
		return -1;
	call_reply(call, 200, out);
	return 0;
}
