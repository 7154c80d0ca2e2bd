/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "redfish_bmc.h"

/*
 * The machine behind a BMC: one that the control command moves, or, without
 * that, one that is nothing but a few words in memory.
 */
#define LAG_MS 700 /* of power that takes a while */

/* ---- the control command ---- */

static void quote(struct buf *out, const char *text)
{
	buf_addc(out, '\'');
	for (; *text; text++)
		if (*text == '\'')
			buf_adds(out, "'\\''");
		else
			buf_addc(out, *text);
	buf_addc(out, '\'');
}

/* Run the control command; its first line goes to `line`. */
static bool control(const struct bmc *bmc, const char *verb, const char *name,
		    const char *value, char *line, int size)
{
	CLEANUP(buf_release) struct buf command = BUF_INIT(4096);
	FILE *pipe;

	buf_printf(&command, "%s %s %s ", bmc->options.control, verb, name);
	quote(&command, value);
	pipe = popen(command.base, "re");
	*line = '\0';
	if (!pipe)
		return false;
	if (!fgets(line, size, pipe))
		*line = '\0';
	line[strcspn(line, "\n")] = '\0';
	return pclose(pipe) == 0;
}

void machine_set(struct bmc *bmc, const char *name, const char *value)
{
	char line[128];

	bmc->version++;
	if (bmc->options.control &&
	    !control(bmc, "set", name, value, line, sizeof(line)))
		fprintf(stderr, "%s: set %s %s failed\n", bmc->options.control,
			name, value);
}

static void read_control(struct bmc *bmc)
{
	char line[128];

	if (control(bmc, "get", "power", "", line, sizeof(line)) &&
	    str_starts(line, "power:"))
		bmc->on = line[6] == '1';
	if (control(bmc, "get", "boot", "", line, sizeof(line)) &&
	    str_starts(line, "boot:") && !str_eq(line + 5, bmc->boot)) {
		str_copy(bmc->boot, sizeof(bmc->boot), line + 5);
		bmc->version++;
	}
}

/* ---- power ---- */

void machine_init(struct bmc *bmc)
{
	str_copy(bmc->boot, sizeof(bmc->boot), "none");
	str_copy(bmc->password, sizeof(bmc->password), bmc->options.password);
	bmc->on = bmc->options.on;
	bmc->cores = 8;
	bmc->n_log = 3;
	bmc->stale = has_fault(bmc, "media-stale");
	if (bmc->stale)
		str_copy(bmc->media, sizeof(bmc->media), "http://stale/x.iso");
}

/* A start uses up what holds for one boot. */
static void started(struct bmc *bmc)
{
	bmc->on_at = clock_mono();
	if (*bmc->staged) {
		machine_set(bmc, "boot", bmc->staged);
		str_copy(bmc->boot, sizeof(bmc->boot), bmc->staged);
		bmc->staged[0] = '\0';
	}
	bmc_record(bmc, "start", bmc->boot);
	if (bmc->cores_pending)
		bmc->cores = bmc->cores_pending;
	bmc->cores_pending = 0;
	if (!bmc->options.control && !strstr(bmc->boot, ",persistent"))
		str_copy(bmc->boot, sizeof(bmc->boot), "none");
}

static void set_power(struct bmc *bmc, bool on)
{
	if (on && !bmc->on)
		started(bmc);
	if (!on && bmc->on) {
		bmc->off_at = clock_mono();
		bmc_record(bmc, "stop", "");
		if (has_way(bmc, FACE_BOOT_DROPS))
			str_copy(bmc->boot, sizeof(bmc->boot), "none");
	}
	bmc->on = on;
	bmc->moving = false;
	machine_set(bmc, "power", on ? "1" : "0");
}

/* At once, or by way of PoweringOn and PoweringOff. */
static void switch_power(struct bmc *bmc, bool on)
{
	if (!has_way(bmc, FACE_LAGS) || bmc->on == on) {
		set_power(bmc, on);
		return;
	}
	bmc->moving = true;
	bmc->moves_at = clock_mono() + LAG_MS;
	bmc->version++;
}

void machine_refresh(struct bmc *bmc)
{
	if (bmc->options.control)
		read_control(bmc);
	if (bmc->moving && clock_mono() >= bmc->moves_at)
		set_power(bmc, !bmc->on);
	if (bmc->ejects_at && clock_mono() >= bmc->ejects_at) {
		bmc->media[0] = '\0';
		bmc->ejects_at = 0;
		bmc->version++;
	}
}

const char *machine_power(const struct bmc *bmc)
{
	if (bmc->moving)
		return bmc->on ? "PoweringOff" : "PoweringOn";
	return bmc->on ? "On" : "Off";
}

static bool restart(struct bmc *bmc, bool through_off)
{
	if (!bmc->on)
		return false;
	if (through_off) {
		set_power(bmc, false);
		set_power(bmc, true);
		return true;
	}
	started(bmc);
	machine_set(bmc, "reset", "1");
	return true;
}

bool machine_reset(struct bmc *bmc, const char *type)
{
	if (str_eq(type, "On")) {
		switch_power(bmc, true);
	} else if (str_eq(type, "ForceOff")) {
		switch_power(bmc, false);
	} else if (str_eq(type, "GracefulShutdown")) {
		if (!bmc->options.control)
			switch_power(bmc, false);
		machine_set(bmc, "shutdown", "1");
	} else if (str_eq(type, "PushPowerButton")) {
		switch_power(bmc, !bmc->on);
	} else if (str_eq(type, "ForceRestart")) {
		return restart(bmc, false);
	} else if (str_eq(type, "PowerCycle")) {
		return restart(bmc, true);
	} else if (str_eq(type, "Nmi")) {
		return bmc->on;
	} else {
		return false;
	}
	return true;
}
