/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_WORKFLOW_WHY_RACK_FAULTS_H
#define TESTS_UNIT_WORKFLOW_WHY_RACK_FAULTS_H

#include "unit/workflow/why_faults.h"

/* What tests/faults found: the events are as its machines made them. */
#define FORBIDDEN                                                              \
	DHCP("request", "REQUEST from " PXE " " ACK                            \
			", no boot file: network boot is not allowed")

static const struct fault rack_faults[] = {
	{ "there is no licence for virtual media, as a preparing action",
	  "media-failed",
	  NULL,
	  "preparing",
	  "media-insert: bmc m1: insert: this needs a licence",
	  { AT("preparing"),
	    NO_BMC("media-insert: bmc m1: insert: this needs a licence") } },
	{ "the BMC is gone when the image is to be inserted",
	  "bmc-unreachable",
	  "media-failed",
	  "media-insert",
	  "media-insert: bmc m1: no answer in 20012 ms",
	  { AT("media-insert"),
	    NO_BMC("media-insert: bmc m1: no answer in 20012 ms") } },
	{ "network boot is not allowed, and the firmware is told so",
	  "netboot-not-allowed",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, FORBIDDEN, FORBIDDEN } },
	{ "the firmware is of 32 bits",
	  "arch-unsupported",
	  NULL,
	  "firmware",
	  NO_SCRIPT,
	  { STARTS, DHCP("request", "REQUEST from PXEClient:Arch:00006 " ACK
				    ", no boot file: no iPXE for its "
				    "architecture") } },
	{ "the server of the image is broken",
	  "image-refused",
	  NULL,
	  "working",
	  IMAGE "given up after 58 s: the server answers 500",
	  { LOADS, WORKS, LOG("the server answers 500; again in 1000 ms") } },
	{ "the packed image is damaged",
	  "image-damaged",
	  NULL,
	  "working",
	  IMAGE "the gzip stream is damaged: invalid stored block lengths",
	  { LOADS, WORKS } },
	{ "the whole time is too short for the image",
	  "global-timeout",
	  NULL,
	  "working",
	  "global_timeout of 45s ran out in working",
	  { LOADS, WORKS, LOG("downloaded 10 of 2000 MB") } },
	{ "worker and BMC fall silent",
	  "power-lost",
	  "worker-silent",
	  "working",
	  "action \"image\": no word from the worker since its time of 20s "
	  "ran out",
	  { LOADS, WORKS, { "bmc", "bmc-lost", "Connection refused", 0 } } },
	{ "the BMC is lost for a while, and later the worker",
	  "worker-silent",
	  NULL,
	  "working",
	  "action \"image\": no word from the worker since its time of 20s "
	  "ran out",
	  { LOADS,
	    WORKS,
	    { "bmc", "bmc-lost", "Connection refused", 0 },
	    { "bmc", "bmc-found", "", 0 } } },
	{ "the firmware goes from disk to network and back",
	  "disk-not-bootable",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, FORBIDDEN, FORBIDDEN } },
	{ "the network is first in the firmware, and then nothing is heard",
	  "os-silent",
	  NULL,
	  "first-boot",
	  NO_OS,
	  { BOOTS, FORBIDDEN } },
};

#endif
