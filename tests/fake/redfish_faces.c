/* SPDX-License-Identifier: Apache-2.0 */
#include "base/str.h"
#include "redfish_bmc.h"

#define RESETS_COMMON "On,ForceOff,GracefulShutdown,ForceRestart"

static const struct face faces[] = {
	{
		.name = "plain",
		.vendor = "tomte",
		.product = "redfish_emulator",
		.maker = "tomte",
		.model = "plain",
		.controller = "plain",
		.firmware = "1.0",
		.system = "1",
		.manager = "1",
		.log = "Log1",
		.resets = RESETS_COMMON ",PowerCycle,Nmi",
	},
	{
		.name = "idrac9",
		.vendor = "Dell",
		.product = "Integrated Dell Remote Access Controller",
		.maker = "Dell Inc.",
		.model = "PowerEdge R750",
		.controller = "15G Monolithic",
		.firmware = "7.10.30.00",
		.system = "System.Embedded.1",
		.manager = "iDRAC.Embedded.1",
		.log = "Sel",
		.resets = RESETS_COMMON ",PushPowerButton,Nmi,PowerCycle",
		.ways = FACE_SELECT | FACE_EXPAND | FACE_OWN_MEDIA |
			FACE_ETAG_NO_ACTION | FACE_LAGS | FACE_OLD_SENSORS |
			FACE_LATE_EJECT | FACE_RAC,
	},
	{
		.name = "idrac10",
		.vendor = "Dell",
		.product = "Integrated Dell Remote Access Controller",
		.maker = "Dell Inc.",
		.model = "PowerEdge R770",
		.controller = "17G Monolithic",
		.firmware = "1.20.50.50",
		.system = "System.Embedded.1",
		.manager = "iDRAC.Embedded.1",
		.log = "Sel",
		.resets = RESETS_COMMON ",PushPowerButton,Nmi",
		.ways = FACE_SELECT | FACE_EXPAND | FACE_OWN_MEDIA |
			FACE_ETAG_NO_ACTION | FACE_SETTINGS |
			FACE_SETTINGS_ONLY | FACE_ETAG_NEEDED |
			FACE_ON_TOO_SOON | FACE_LAGS | FACE_LATE_EJECT |
			FACE_RAC,
	},
	{
		.name = "ilo5",
		.vendor = "HPE",
		.product = "ProLiant DL360 Gen10",
		.maker = "HPE",
		.model = "ProLiant DL360 Gen10",
		.controller = "iLO 5",
		.firmware = "iLO 5 v2.33",
		.system = "1",
		.manager = "1",
		.log = "IML",
		.resets = RESETS_COMMON ",PushPowerButton,Nmi",
		.ways = FACE_MODE_FIXED | FACE_POST_BLOCKS | FACE_OLD_SENSORS |
			FACE_OLD_LIGHT,
	},
	{
		.name = "ilo6",
		.vendor = "HPE",
		.product = "ProLiant DL360 Gen11",
		.maker = "HPE",
		.model = "ProLiant DL360 Gen11",
		.controller = "iLO 6",
		.firmware = "iLO 6 v1.55",
		.system = "1",
		.manager = "1",
		.log = "IML",
		.resets = RESETS_COMMON ",PushPowerButton,Nmi",
		.ways = FACE_MODE_FIXED | FACE_POST_BLOCKS | FACE_EXPAND |
			FACE_ETAG_WEAK | FACE_CONDITIONAL | FACE_OLD_SENSORS,
	},
	{
		.name = "x11",
		.vendor = "Supermicro",
		.product = "X11SDV-4C-TP8F",
		.maker = "Supermicro",
		.model = "X11SDV-4C-TP8F",
		.controller = "ASPEED",
		.firmware = "01.73.06",
		.system = "1",
		.manager = "1",
		.log = "Log1",
		.resets = RESETS_COMMON ",PowerCycle",
		.ways = FACE_MODE_NEEDED | FACE_BOOT_DROPS | FACE_MEDIA_IMAGE |
			FACE_OLD_SENSORS | FACE_OLD_LIGHT,
	},
	{
		.name = "x12",
		.vendor = "Supermicro",
		.product = "X12DPi",
		.maker = "Supermicro",
		.model = "SYS-620P",
		.controller = "ASPEED",
		.firmware = "01.04.05",
		.system = "1",
		.manager = "1",
		.log = "Log1",
		.resets = RESETS_COMMON ",PowerCycle,Nmi",
		.ways = FACE_MODE_NEEDED | FACE_BOOT_DROPS | FACE_NO_LICENSE |
			FACE_ETAG_WEAK | FACE_OLD_SENSORS,
	},
	{
		.name = "xcc",
		.vendor = "Lenovo",
		.product = "ThinkSystem SR650 V2",
		.maker = "Lenovo",
		.model = "ThinkSystem SR650 V2",
		.controller = "Lenovo XClarity Controller",
		.firmware = "AFBT38M 3.10",
		.system = "1",
		.manager = "1",
		.log = "PlatformLog",
		.resets = RESETS_COMMON ",Nmi",
		.ways = FACE_ONCE_ONLY | FACE_MEDIA_PATCH | FACE_ETAG_NEEDED |
			FACE_OLD_SENSORS,
	},
	{
		.name = "openbmc",
		.vendor = "",
		.product = "",
		.maker = "Acme",
		.model = "Board",
		.controller = "OpenBmc",
		.firmware = "2.14.0",
		.system = "system",
		.manager = "bmc",
		.log = "EventLog",
		.resets = RESETS_COMMON ",PowerCycle,Nmi",
		.ways = FACE_SELECT | FACE_EXPAND | FACE_ACTION_INFO |
			FACE_CONDITIONAL | FACE_LAGS | FACE_TASKS,
	},
	{
		.name = "ami",
		.vendor = "AMI",
		.product = "AMI Redfish Server",
		.maker = "Gigabyte",
		.model = "R282",
		.controller = "AST2600",
		.firmware = "13.02",
		.system = "Self",
		.manager = "Self",
		.log = "Log1",
		.resets = RESETS_COMMON ",PowerCycle",
		.ways = FACE_SETTINGS | FACE_SYSTEM_DEAF | FACE_ALL_NEEDED |
			FACE_ETAG_NEEDED | FACE_ETAG_WEAK | FACE_NO_IDENTITY |
			FACE_SLASH | FACE_OLD_SENSORS,
	},
};

const struct face *face_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(faces); i++)
		if (str_eq(faces[i].name, name))
			return &faces[i];
	return NULL;
}

const char *face_names(void)
{
	return "plain, idrac9, idrac10, ilo5, ilo6, x11, x12, xcc, openbmc, "
	       "ami";
}
