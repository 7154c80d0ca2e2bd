/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/report.h"

#include <string.h>

#include "base/mem.h"

struct bmc_report *bmc_report_new(enum bmc_report_kind kind)
{
	struct bmc_report *report = xcalloc(1, sizeof(*report));

	report->kind = kind;
	return report;
}

void bmc_report_free(struct bmc_report *report)
{
	if (!report)
		return;
	if (report->kind == BMC_REPORT_LOG)
		free(report->log.events);
	else if (report->kind == BMC_REPORT_SENSORS)
		free(report->sensors.sensors);
	else if (report->kind == BMC_REPORT_BIOS)
		free(report->bios.attributes);
	free(report);
}

/* Grows in powers of two: at n of them there is a new block. */
static void *add(void *list, size_t n, size_t size)
{
	if (n == 0 || (n & (n - 1)) == 0)
		list = xrealloc(list, (n ? 2 * n : 1) * size);
	memset((char *)list + n * size, 0, size);
	return list;
}

struct bmc_event *bmc_log_add(struct bmc_log *log)
{
	if (log->n == BMC_MAX_EVENTS)
		return NULL;
	log->events = add(log->events, log->n, sizeof(*log->events));
	return &log->events[log->n++];
}

struct bmc_sensor *bmc_sensors_add(struct bmc_sensors *sensors)
{
	if (sensors->n == BMC_MAX_SENSORS)
		return NULL;
	sensors->sensors =
		add(sensors->sensors, sensors->n, sizeof(*sensors->sensors));
	return &sensors->sensors[sensors->n++];
}

struct bmc_attribute *bmc_bios_add(struct bmc_bios *bios)
{
	if (bios->n == BMC_MAX_ATTRIBUTES)
		return NULL;
	bios->attributes =
		add(bios->attributes, bios->n, sizeof(*bios->attributes));
	return &bios->attributes[bios->n++];
}

const char *bmc_health_name(enum bmc_health health)
{
	static const char *const names[] = {
		[BMC_HEALTH_UNKNOWN] = "unknown",
		[BMC_HEALTH_GOOD] = "good",
		[BMC_HEALTH_WARNING] = "warning",
		[BMC_HEALTH_CRITICAL] = "critical",
	};

	return names[health];
}
