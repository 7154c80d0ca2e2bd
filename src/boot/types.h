/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BOOT_TYPES_H
#define BOOT_TYPES_H

#include <stdbool.h>

#include "base/mem.h"
#include "base/net.h"

/*
 * What the boot servers know and tell. They have no database: they ask
 * downwards for a machine (boot_ops) and report what they saw.
 */
#define BOOT_MAX_SERVERS 4
#define BOOT_TEXT        128

struct boot_machine {
	char name[254];
	struct mac mac;
	ipv4 ip;
	ipv4 mask;
	ipv4 gateway;                        /* 0: none */
	ipv4 name_servers[BOOT_MAX_SERVERS]; /* ends at the first 0 */
	ipv4 time_servers[BOOT_MAX_SERVERS];
	char hostname[64];
	char domain[BOOT_TEXT];
	uint32_t lease_s; /* 0: the server's default */
	bool uefi;
	bool allow_netboot;
	bool stranger;        /* that nobody knows: its name is made up */
	char arch[16];        /* "x86_64", "aarch64"; "": x86_64 */
	char ipxe_binary[64]; /* another boot file for this machine */
	char ipxe_url[512];   /* chain this instead of our script */
	char tftp_server[BOOT_TEXT]; /* both or neither: sent verbatim, */
	char boot_file[BOOT_TEXT];   /* and no boot file of ours */
};

enum boot_saw {
	BOOT_SAW_DISCOVER,
	BOOT_SAW_REQUEST,
	BOOT_SAW_NAK,
	BOOT_SAW_DECLINE,
	BOOT_SAW_FOREIGN_DHCP,
	BOOT_SAW_STRANGER, /* a MAC that no machine has asks for an address */
	BOOT_SAW_TFTP_DONE,
	BOOT_SAW_TFTP_FAILED,
	BOOT_SAW_SCRIPT,
	BOOT_SAW_SCRIPT_FAILED,
	BOOT_SAW_CONFIG,
	BOOT_SAW_CONFIG_FAILED,
	BOOT_SAW_FILE_DONE,
	BOOT_SAW_FILE_CUT,
	BOOT_N_SAW,
};

struct boot_event {
	enum boot_saw saw;
	struct mac mac;   /* zero: known by address only */
	ipv4 ip;          /* 0: known by MAC only */
	const char *text; /* for people; boot_tell fills it in */
};

/* A machine that nobody knows, as it asks for an address. */
struct boot_stranger {
	struct mac mac;
	ipv4 via;    /* on its network: the relay's address, or ours */
	ipv4 wanted; /* 0: any */
};

/* What it says of itself when it fetches its script. */
#define BOOT_MAX_CARDS 8
struct boot_identity {
	char serial[BOOT_TEXT]; /* "": none */
	struct mac cards[BOOT_MAX_CARDS];
	size_t n_cards;
};

/* Decides what such machines get; dhcp.h says which of them may ask. */
struct boot_strangers {
	/* An address for it; false: there is none. */
	bool (*offer)(void *arg, const struct boot_stranger *stranger,
		      struct boot_machine *machine);
	/* It takes the address that it wants; false: that cannot be. */
	bool (*take)(void *arg, const struct boot_stranger *stranger,
		     struct boot_machine *machine);
	/* Somebody else was found to use it. */
	void (*declined)(void *arg, const struct boot_stranger *stranger);
	/* Who asks by HTTP, from `peer`; false: it gets nothing. */
	bool (*find)(void *arg, const struct mac *mac, ipv4 peer,
		     struct boot_machine *machine);
	/* False: it is a machine of the inventory, by another card. */
	bool (*admit)(void *arg, const struct boot_machine *machine,
		      const struct boot_identity *identity);
	void *arg;
};

struct boot_ops {
	bool (*find_mac)(void *arg, const struct mac *mac,
			 struct boot_machine *machine);
	bool (*find_ip)(void *arg, ipv4 ip, struct boot_machine *machine);
	void (*saw)(void *arg, const struct boot_event *event);
	void *arg;
	const struct boot_strangers *strangers; /* NULL: they get nothing */
};

/* Reports the event with this text. Names and classes come from the network:
 * all that is not printable ASCII becomes '?'. */
void boot_tell(const struct boot_ops *ops, const struct boot_event *event,
	       const char *format, ...) PRINTF(3, 4);

#endif
