/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/ipmi_event_wire.h"

#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"

/* Below: seconds since the BMC started; above: not specified. */
#define FIRST_DATE  0x20000000u
#define NO_DATE     0xffffffffu
#define MAX_OFFSETS 16

#define RECORD_SYSTEM  0x02
#define RECORD_OEM     0xc0 /* with a time */
#define RECORD_OEM_RAW 0xe0 /* without */

/* IPMI 2.0, table 42-3, its first column. */
static const char *const sensor_types[] = {
	[0x01] = "temperature",
	[0x02] = "voltage",
	[0x03] = "current",
	[0x04] = "fan",
	[0x05] = "chassis intrusion",
	[0x06] = "platform security",
	[0x07] = "processor",
	[0x08] = "power supply",
	[0x09] = "power unit",
	[0x0a] = "cooling",
	[0x0b] = "other units",
	[0x0c] = "memory",
	[0x0d] = "drive",
	[0x0e] = "memory resize",
	[0x0f] = "firmware",
	[0x10] = "event log",
	[0x11] = "watchdog 1",
	[0x12] = "system",
	[0x13] = "critical interrupt",
	[0x14] = "button",
	[0x15] = "module or board",
	[0x16] = "microcontroller",
	[0x17] = "add-in card",
	[0x18] = "chassis",
	[0x19] = "chip set",
	[0x1a] = "other FRU",
	[0x1b] = "cable",
	[0x1c] = "terminator",
	[0x1d] = "start",
	[0x1e] = "boot error",
	[0x1f] = "boot of the OS",
	[0x20] = "stop of the OS",
	[0x21] = "slot",
	[0x22] = "ACPI power state",
	[0x23] = "watchdog",
	[0x24] = "platform alert",
	[0x25] = "presence",
	[0x26] = "monitor chip",
	[0x27] = "LAN",
	[0x28] = "management",
	[0x29] = "battery",
	[0x2a] = "session",
	[0x2b] = "version",
	[0x2c] = "FRU state",
};

/* IPMI 2.0, table 42-2: from threshold to power state. */
static const char *const generic[][MAX_OFFSETS] = {
	[0x01] = { "lower non-critical, going low",
		   "lower non-critical, going high",
		   "lower critical, going low", "lower critical, going high",
		   "lower non-recoverable, going low",
		   "lower non-recoverable, going high",
		   "upper non-critical, going low",
		   "upper non-critical, going high",
		   "upper critical, going low", "upper critical, going high",
		   "upper non-recoverable, going low",
		   "upper non-recoverable, going high" },
	[0x02] = { "idle", "active", "busy" },
	[0x03] = { "not asserted", "asserted" },
	[0x04] = { "no failure predicted", "failure predicted" },
	[0x05] = { "within its limit", "over its limit" },
	[0x06] = { "performance as wanted", "performance lags" },
	[0x07] = { "good", "non-critical, was good", "critical, was better",
		   "non-recoverable, was better", "non-critical, was worse",
		   "critical, was non-recoverable", "non-recoverable",
		   "to be watched", "for information" },
	[0x08] = { "absent", "present" },
	[0x09] = { "disabled", "enabled" },
	[0x0a] = { "running", "in test", "power off", "on line", "off line",
		   "off duty", "degraded", "saving power",
		   "installation error" },
	[0x0b] = { "fully redundant", "redundancy lost", "redundancy degraded",
		   "not redundant, enough resources",
		   "not redundant, again enough resources",
		   "not enough resources", "degraded, was fully redundant",
		   "degraded, was not redundant" },
	[0x0c] = { "power state D0", "power state D1", "power state D2",
		   "power state D3" },
};

struct specific {
	uint8_t type;
	const char *names[MAX_OFFSETS];
};

/* IPMI 2.0, table 42-3: what only sensors of this type say. */
static const struct specific specifics[] = {
	{ 0x05,
	  { "chassis open", "drive bay open", "card area open",
	    "processor area open", "LAN cable unplugged", "moved unasked",
	    "fan area open" } },
	{ 0x06,
	  { "front panel locked out", "wrong user password",
	    "wrong setup password", "wrong network boot password",
	    "wrong password", "wrong password out of band" } },
	{ 0x07,
	  { "internal error", "thermal trip", "failed its self-test",
	    "hung in POST", "did not start", "configuration error",
	    "uncorrectable SMBIOS error", "present", "disabled",
	    "terminator present", "throttled", "machine check",
	    "corrected machine check" } },
	{ 0x08,
	  { "present", "failed", "failure predicted", "input lost",
	    "input lost or out of range", "input out of range",
	    "configuration error", "in standby" } },
	{ 0x09,
	  { "off", "cycled", "240 VA off", "interlock off", "AC lost",
	    "soft power control failed", "failed", "failure predicted" } },
	{ 0x0c,
	  { "corrected error", "uncorrectable error", "parity error",
	    "scrub failed", "module disabled", "too many corrected errors",
	    "present", "configuration error", "spare", "throttled",
	    "critically hot" } },
	{ 0x0d,
	  { "present", "fault", "failure predicted", "hot spare",
	    "consistency check", "in a critical array", "in a failed array",
	    "rebuilding", "rebuild aborted" } },
	{ 0x0f, { "error in POST", "hung", "progress" } },
	{ 0x10,
	  { "correctable memory errors no longer logged",
	    "events of a type no longer logged", "cleared",
	    "nothing is logged any more", "full", "almost full",
	    "correctable machine checks no longer logged" } },
	{ 0x12,
	  { "reconfigured", "started by OEM", "hardware failure unknown",
	    "entry in auxiliary log", "action of the event filter",
	    "clock set" } },
	{ 0x13,
	  { "front panel NMI", "bus timeout", "I/O channel NMI", "software NMI",
	    "PCI parity error", "PCI system error", "EISA fail-safe timeout",
	    "correctable bus error", "uncorrectable bus error", "fatal NMI",
	    "fatal bus error", "degraded bus" } },
	{ 0x14,
	  { "power pressed", "sleep pressed", "reset pressed", "latch open",
	    "service requested" } },
	{ 0x19, { "soft power control failed", "thermal trip" } },
	{ 0x1b, { "connected", "connected wrongly" } },
	{ 0x1d,
	  { "by power on", "by hard reset", "by warm reset",
	    "by network boot request", "automatic boot to diagnostics",
	    "by hard reset of the OS", "by warm reset of the OS",
	    "cause noted" } },
	{ 0x1e,
	  { "no bootable medium", "no diskette in the drive", "no PXE server",
	    "invalid boot sector", "nobody chose in time" } },
	{ 0x1f,
	  { "from diskette", "from disk", "by PXE", "diagnostics", "from CD",
	    "from ROM", "from somewhere" } },
	{ 0x20,
	  { "while loading", "at run time", "shut down by its user",
	    "shut down by event filter", "shut down by agent" } },
	{ 0x21,
	  { "fault", "identifying", "device present", "ready to install",
	    "ready to remove", "power is off", "removal requested", "interlock",
	    "disabled", "spare" } },
	{ 0x22,
	  { "S0, working", "S1", "S2", "S3", "S4, on disk", "S5, soft off",
	    "S4 or S5", "G3, mechanical off", "sleeping in S1 to S3",
	    "G1, sleeping", "S5 by override", "legacy on", "legacy off",
	    "unknown" } },
	{ 0x23,
	  { "expired", "hard reset", "power off", "power cycle", "reserved",
	    "reserved", "reserved", "reserved", "timer interrupt" } },
	{ 0x25, { "present", "absent", "disabled" } },
	{ 0x27, { "link lost", "link up" } },
	{ 0x28,
	  { "sensor access degraded", "controller access degraded",
	    "controller off line", "controller unavailable", "sensor failed",
	    "FRU failed" } },
	{ 0x29, { "low", "failed", "present" } },
	{ 0x2a,
	  { "opened", "closed", "wrong user or password",
	    "too many wrong passwords" } },
	{ 0x2b,
	  { "hardware changed", "firmware changed", "hardware incompatible",
	    "firmware incompatible", "invalid hardware", "invalid firmware",
	    "hardware is right", "firmware is right" } },
	{ 0x2c,
	  { "not installed", "inactive", "asks to be activated",
	    "being activated", "active", "asks to be deactivated",
	    "being deactivated", "not answering" } },
};

const char *ipmi_sensor_type_name(uint8_t type)
{
	return type < ARRAY_LEN(sensor_types) ? sensor_types[type] : NULL;
}

const char *ipmi_event_name(uint8_t sensor_type, uint8_t kind, uint8_t offset)
{
	if (offset >= MAX_OFFSETS)
		return NULL;
	if (kind < ARRAY_LEN(generic))
		return generic[kind][offset];
	for (size_t i = 0; i < ARRAY_LEN(specifics); i++)
		if (kind == IPMI_EVENT_SPECIFIC &&
		    specifics[i].type == sensor_type)
			return specifics[i].names[offset];
	return NULL;
}

wall_ms ipmi_time(uint32_t seconds)
{
	if (seconds < FIRST_DATE || seconds == NO_DATE)
		return 0;
	return (wall_ms)seconds * 1000;
}

/* Behind the event: reading and threshold as the sensor has them, or what
 * the vendor put there. */
static void add_details(struct buf *out, uint8_t kind, const uint8_t *data)
{
	unsigned use2 = data[0] >> 6;
	unsigned use3 = data[0] >> 4 & 3;

	if (kind == IPMI_EVENT_THRESHOLD && use2 == 1)
		buf_printf(out, ", reading 0x%02x", data[1]);
	if (kind == IPMI_EVENT_THRESHOLD && use3 == 1)
		buf_printf(out, ", threshold 0x%02x", data[2]);
	if (kind != IPMI_EVENT_THRESHOLD && use2)
		buf_printf(out, ", 0x%02x", data[1]);
	if (kind != IPMI_EVENT_THRESHOLD && use3)
		buf_printf(out, ", 0x%02x", data[2]);
}

static void describe(struct bmc_event *event, uint8_t kind, const uint8_t *data)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(BMC_EVENT_SIZE - 1);
	const char *type = ipmi_sensor_type_name(event->sensor_type);
	const char *what =
		ipmi_event_name(event->sensor_type, kind, data[0] & 0x0f);

	if (type)
		buf_printf(&out, "%s: ", type);
	else
		buf_printf(&out, "sensor type 0x%02x: ", event->sensor_type);
	if (what)
		buf_adds(&out, what);
	else
		buf_printf(&out, "event 0x%02x of kind 0x%02x", data[0] & 0x0f,
			   kind);
	add_details(&out, kind, data);
	str_copy(event->text, sizeof(event->text), out.base);
}

static void describe_oem(struct bmc_event *event, struct rbuf rest)
{
	char hex[2 * 13 + 1];
	size_t n = rest.left < 13 ? rest.left : 13;

	str_hex(hex, rest.at, n);
	snprintf(event->text, sizeof(event->text), "OEM record 0x%02x: %s",
		 event->type, hex);
}

/* IPMI 2.0, 32.1 to 32.3 */
bool ipmi_parse_sel(struct bmc_event *event, struct rbuf record)
{
	struct rbuf in = rbuf_sub(&record, IPMI_SEL_SIZE);
	uint8_t data[3];
	uint8_t kind;

	memset(event, 0, sizeof(*event));
	event->asserted = true;
	event->id = rbuf_le16(&in);
	event->type = rbuf_u8(&in);
	if (in.bad)
		return false;
	if (event->type < RECORD_OEM_RAW)
		event->at = ipmi_time(rbuf_le32(&in));
	if (event->type >= RECORD_OEM) {
		describe_oem(event, in);
		return true;
	}
	rbuf_le16(&in); /* who says so */
	rbuf_u8(&in);   /* version of the event format */
	event->sensor_type = rbuf_u8(&in);
	event->sensor = rbuf_u8(&in);
	kind = rbuf_u8(&in);
	event->asserted = !(kind & 0x80);
	rbuf_bytes(&in, data, sizeof(data));
	describe(event, kind & 0x7f, data);
	return !in.bad;
}
