/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "bmc/redfish_subject.h"

/*
 * What is read page by page into a report: inventory, sensors, logs. A page
 * that a BMC does not give is counted and passed over, for there is always
 * one.
 */

static void begin_report(struct redfish_op *op, enum bmc_report_kind kind)
{
	bmc_report_free(op->result.report);
	op->result.report = bmc_report_new(kind);
	redfish_links_release(&op->links);
}

static void finish_report(struct redfish_op *op)
{
	redfish_finish(op, false);
}

/* ---- inventory ---- */

static void copy_system(struct bmc_inventory *out,
			const struct redfish_system *system)
{
	str_copy(out->maker, sizeof(out->maker), system->maker);
	str_copy(out->model, sizeof(out->model), system->model);
	str_copy(out->serial, sizeof(out->serial), system->serial);
	str_copy(out->sku, sizeof(out->sku), system->sku);
	str_copy(out->asset, sizeof(out->asset), system->asset);
	str_copy(out->uuid, sizeof(out->uuid), system->uuid);
	str_copy(out->host_name, sizeof(out->host_name), system->host_name);
	str_copy(out->bios, sizeof(out->bios), system->bios_version);
	out->health = system->health;
	out->memory_gib = system->memory_gib;
}

static void inventory_system(struct redfish_op *op)
{
	const struct redfish_session *session = op->session;
	const struct redfish_system *system = &op->system;
	struct redfish_links *links = &op->links;

	begin_report(op, BMC_REPORT_INVENTORY);
	copy_system(&op->result.report->inventory, system);
	redfish_links_add(links, REDFISH_MANAGER,
			  redfish_str(session->manager));
	redfish_links_add_list(links, REDFISH_CPU, system->processors);
	redfish_links_add_list(links, REDFISH_DIMM, system->memory);
	redfish_links_add_list(links, REDFISH_NIC, system->nics);
	redfish_links_add_list(links, REDFISH_STORAGE, system->storage);
	if (!*system->storage)
		redfish_links_add_list(links, REDFISH_STORAGE,
				       system->simple_storage);
	redfish_links_add(links, REDFISH_UPDATE, redfish_str(session->update));
	redfish_read_next(op);
}

static void inventory_page(struct redfish_op *op,
			   const struct redfish_response *r)
{
	struct bmc_inventory *inventory = &op->result.report->inventory;
	struct err ignored;
	int status;

	if (op->page.kind == REDFISH_MANAGER) {
		status = redfish_parse_manager(r->body, r->body_len,
					       &op->manager, &ignored);
		str_copy(inventory->bmc_model, sizeof(inventory->bmc_model),
			 op->manager.model);
		str_copy(inventory->bmc_firmware,
			 sizeof(inventory->bmc_firmware), op->manager.firmware);
	} else {
		status = redfish_parse_part(op->page.kind, r->body, r->body_len,
					    inventory, &op->links, &ignored);
	}
	inventory->n_failed += status != 0;
	redfish_read_next(op);
}

static bool inventory_missing(struct redfish_op *op,
			      const struct redfish_response *r)
{
	(void)r;
	op->result.report->inventory.n_failed++;
	redfish_read_next(op);
	return true;
}

static void inventory_end(struct redfish_op *op)
{
	op->result.report->inventory.n_left_out += op->links.left_out;
	finish_report(op);
}

const struct redfish_subject redfish_inventory_subject = {
	.whole = true,
	.system = inventory_system,
	.page = inventory_page,
	.missing = inventory_missing,
	.end = inventory_end,
};

/* ---- sensors ---- */

static void sensors_system(struct redfish_op *op)
{
	begin_report(op, BMC_REPORT_SENSORS);
	for (size_t i = 0; i < REDFISH_MAX_UPS; i++)
		redfish_links_add(&op->links, REDFISH_CHASSIS,
				  op->system.chassis[i]);
	if (!op->links.n)
		redfish_links_add(&op->links, REDFISH_CHASSES,
				  redfish_str(op->session->chassis));
	redfish_read_next(op);
}

static void sensors_page(struct redfish_op *op,
			 const struct redfish_response *r)
{
	struct bmc_sensors *sensors = &op->result.report->sensors;
	struct err ignored;
	int status;

	if (op->page.kind == REDFISH_CHASSES)
		status = redfish_parse_links(r->body, r->body_len,
					     REDFISH_CHASSIS, &op->links,
					     &ignored);
	else if (op->page.kind == REDFISH_CHASSIS)
		status = redfish_parse_chassis(r->body, r->body_len, &op->links,
					       &ignored);
	else
		status = redfish_parse_sensors(op->page.kind, r->body,
					       r->body_len, sensors, &op->links,
					       &ignored);
	sensors->n_failed += status != 0;
	redfish_read_next(op);
}

static bool sensors_missing(struct redfish_op *op,
			    const struct redfish_response *r)
{
	(void)r;
	op->result.report->sensors.n_failed++;
	redfish_read_next(op);
	return true;
}

const struct redfish_subject redfish_sensors_subject = {
	.whole = true,
	.anybody = true,
	.system = sensors_system,
	.page = sensors_page,
	.missing = sensors_missing,
	.end = finish_report,
};

/* ---- logs ---- */

enum { AT_SYSTEM, AT_MANAGER, ENTRIES };

static struct bmc_log *log_of(struct redfish_op *op)
{
	return &op->result.report->log;
}

/* The system's own logs, and when the one is not there, its manager's. */
static void log_system(struct redfish_op *op)
{
	begin_report(op, BMC_REPORT_LOG);
	op->phase = AT_SYSTEM;
	op->best[0] = '\0';
	redfish_links_add_list(&op->links, REDFISH_LOG_SERVICE,
			       op->system.logs);
	redfish_read_next(op);
}

static void log_at_manager(struct redfish_op *op)
{
	const char *manager = op->system.managers[0];

	op->phase = AT_MANAGER;
	if (*manager)
		redfish_links_add(&op->links, REDFISH_MANAGER, manager);
	else
		redfish_links_add(&op->links, REDFISH_MANAGERS,
				  redfish_str(op->session->managers));
	redfish_read_next(op);
}

/* Which of a collection's members it is. */
static int choose_log(struct redfish_op *op, const struct redfish_response *r)
{
	CLEANUP(redfish_links_release) struct redfish_links list = { 0 };
	const struct redfish_page *page;
	const char *name = op->request.name;
	unsigned best = 0;

	if (redfish_parse_links(r->body, r->body_len, REDFISH_LOG_SERVICE,
				&list, &op->result.err))
		return -1;
	while ((page = redfish_links_take(&list))) {
		unsigned rank = 1 + redfish_log_rank(page->path);

		if (*name)
			rank = redfish_is_called(page->path, name);
		if (rank <= best)
			continue;
		best = rank;
		str_copy(op->best, sizeof(op->best), page->path);
	}
	if (best)
		redfish_read_page(op, REDFISH_LOG_SERVICE, op->best);
	else
		redfish_read_next(op);
	return 0;
}

static int read_log(struct redfish_op *op, const struct redfish_response *r)
{
	struct redfish_log log;

	if (redfish_parse_log(r->body, r->body_len, &log, &op->result.err))
		return -1;
	if (!*log.entries)
		return err_set(&op->result.err, ERR_UNSUPPORTED,
			       "the log %s has no entries to read", log.id);
	if (op->request.op == BMC_LOG_CLEAR && !*log.clear)
		return err_set(&op->result.err, ERR_UNSUPPORTED,
			       "the log %s cannot be cleared", log.id);
	str_copy(log_of(op)->name, sizeof(log_of(op)->name), log.id);
	str_copy(op->entries, sizeof(op->entries), log.entries);
	str_copy(op->target_path, sizeof(op->target_path), log.clear);
	op->phase = ENTRIES;
	redfish_links_release(&op->links);
	redfish_links_add_list(&op->links, REDFISH_LOG_ENTRY, log.entries);
	redfish_read_next(op);
	return 0;
}

static void read_entries(struct redfish_op *op,
			 const struct redfish_response *r)
{
	struct err ignored;

	if (redfish_parse_entries(r->body, r->body_len, log_of(op), &op->links,
				  &ignored) &&
	    !log_of(op)->n)
		redfish_fail(op, ignored.code, "%s", ignored.message);
	else if (log_of(op)->n == BMC_MAX_EVENTS)
		op->subject->end(op);
	else
		redfish_read_next(op);
}

static void log_page(struct redfish_op *op, const struct redfish_response *r)
{
	int status = 0;

	switch (op->page.kind) {
	case REDFISH_MANAGERS:
		status = redfish_parse_links(r->body, r->body_len,
					     REDFISH_MANAGER, &op->links,
					     &op->result.err);
		if (!status)
			redfish_read_next(op);
		break;
	case REDFISH_MANAGER:
		status = redfish_parse_manager(r->body, r->body_len,
					       &op->manager, &op->result.err);
		redfish_links_add_list(&op->links, REDFISH_LOG_SERVICE,
				       op->manager.logs);
		if (!status)
			redfish_read_next(op);
		break;
	case REDFISH_LOG_SERVICE:
		status = op->page.list ? choose_log(op, r) : read_log(op, r);
		break;
	default:
		read_entries(op, r);
		break;
	}
	if (status)
		redfish_fail_result(op);
}

/* Entries by a number that are older than what was asked for go. */
static void drop_older(struct bmc_log *log, uint16_t from)
{
	size_t n = 0;

	for (size_t i = 0; i < log->n; i++)
		if (!log->events[i].id || log->events[i].id >= from)
			log->events[n++] = log->events[i];
	log->n = n;
}

static void log_end(struct redfish_op *op)
{
	if (op->phase == AT_SYSTEM) {
		log_at_manager(op);
	} else if (op->phase == AT_MANAGER) {
		redfish_fail(op, ERR_UNSUPPORTED, "the BMC has no log%s%s",
			     *op->request.name ? " " : "", op->request.name);
	} else if (op->request.op == BMC_LOG_READ) {
		drop_older(log_of(op), op->request.from);
		finish_report(op);
	} else if (!log_of(op)->n) {
		redfish_finish(op, false);
	} else {
		op->n_before = log_of(op)->n_in_all;
		redfish_write(op);
	}
}

static void log_build(struct redfish_op *op, struct redfish_request *out)
{
	out->method = "POST";
	out->path = op->target_path;
	op->body = xstrdup("{}");
}

static void log_ask(struct redfish_op *op, struct redfish_request *out)
{
	out->method = "GET";
	out->path = op->entries;
}

/* Many write down that it was cleared, as its first entry. */
static enum redfish_look log_look(struct redfish_op *op,
				  const struct redfish_response *r)
{
	struct bmc_report *report = bmc_report_new(BMC_REPORT_LOG);
	CLEANUP(redfish_links_release) struct redfish_links ignored = { 0 };
	bool broken = redfish_parse_entries(r->body, r->body_len, &report->log,
					    &ignored, &op->last);
	uint32_t n = report->log.n_in_all;

	bmc_report_free(report);
	if (broken)
		return REDFISH_NOT_YET;
	return redfish_settle(op, n < op->n_before || n <= 1, "the log");
}

const struct redfish_subject redfish_log_subject = {
	.whole = true,
	.anybody = true,
	.system = log_system,
	.page = log_page,
	.end = log_end,
	.build = log_build,
	.ask = log_ask,
	.look = log_look,
};
