/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_CONFIG_H
#define WORKER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"
#include "base/err.h"
#include "base/net.h"

/*
 * /cfg/config.json, which the server makes for each machine and appends to
 * the initramfs. Pure.
 *
 *	{"server": "https://198.18.0.1:7443", "ca": "-----BEGIN ...",
 *	 "token": "hex", "machine": "r1n01", "mac": "52:54:00:12:34:56",
 *	 "network": {"mac": "52:...", "address": "198.18.0.11", "prefix": 24,
 *		     "gateway": "198.18.0.1", "dns": ["198.18.0.1"]},
 *	 "console_log": true, "now_ms": 1764000000000}
 *
 * Without "network" the address comes by DHCP, on the interface with `mac`.
 * now_ms is the server's time when it made the file: a machine whose clock
 * is behind that could not verify the server's certificate.
 */
#define CONFIG_DNS_MAX 3

struct config_network {
	bool given;
	struct mac mac;
	ipv4 address;
	unsigned prefix;
	ipv4 gateway; /* 0: none */
	ipv4 dns[CONFIG_DNS_MAX];
	size_t n_dns;
};

struct config {
	char server[256];
	char ca[8 * 1024]; /* "": none, for plain http in tests */
	char token[257];
	char machine[254];
	char mac[18];
	bool console_log;
	wall_ms now_ms;
	struct config_network network;
};

int config_decode(const char *text, size_t len, struct config *config,
		  struct err *err) NODISCARD;

/*
 * What to say when there is no such file: whether the machine was booted for
 * Tinkerbell's own hook, whose names on the kernel's command line we know.
 */
void config_diagnose(const char *cmdline, char *text, size_t size);

#endif
