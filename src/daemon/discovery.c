/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/discovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bucket.h"
#include "base/str.h"
#include "boot/pool_plan.h"
#include "store/event.h"
#include "store/lease.h"
#include "store/machine.h"
#include "workflow/enrol_plan.h"
#include "workflow/stranger_wire.h"

#define LOG_MODULE "discovery"
#include "base/log.h"

/* A lease is for a boot, and as long as the worker says hello it goes on. */
#define LEASE_MS  (10 * 60 * 1000)
#define WORKER_MS (60 * 60 * 1000)
#define TOKEN_MS  (INT64_C(24) * 60 * 60 * 1000)
#define BLOCK_MS  (10 * 60 * 1000)
/* It is written anew only when it has lost as much. */
#define SLACK_MS (60 * 1000)

/* New MACs: a rack that is switched on, and no flood. */
#define NEW_PER_S  50
#define NEW_MOST   500
#define TELL_PER_S 1
#define TELL_MOST  30

#define TOLD    256
#define TOLD_MS (60 * 60 * 1000)
#define FULL_MS (10 * 60 * 1000)

/* That a stranger was refused, for what machine's sake; at its hello, or when
 * it fetched its script. */
struct told {
	struct mac mac;
	int64_t owner;
	bool hello;
	mono_ms until;
};

struct discovery {
	struct store *store;
	struct pool *pool; /* NULL: another DHCP server has the addresses */
	ipv4 from;
	ipv4 ours;
	ipv4 mask;
	ipv4 gateway;
	char namespace[64];
	struct bucket strangers;
	struct bucket tell;
	struct told told[TOLD];
	mono_ms full_until; /* that the pool is full was told */
	struct boot_strangers boot;
	struct discover_ops ops;
	struct discovery_stats stats;
};

/* Who was told of lately: more of them than are here are told of again. */
static struct told *told_of(struct discovery *discovery,
			    const struct told *what)
{
	uint64_t hash = (uint64_t)what->owner * 31 + what->hello;

	for (size_t i = 0; i < sizeof(what->mac.bytes); i++)
		hash = hash * 31 + what->mac.bytes[i];
	return &discovery->told[hash % TOLD];
}

/* A machine that is refused says hello on and on, for days. */
static bool may_tell_of(struct discovery *discovery, const struct told *what)
{
	struct told *told = told_of(discovery, what);
	mono_ms now = clock_mono();

	if (told->until > now && net_mac_eq(&told->mac, &what->mac) &&
	    told->owner == what->owner && told->hello == what->hello)
		return false;
	if (!bucket_take(&discovery->tell, now))
		return false;
	*told = *what;
	told->until = now + TOLD_MS;
	return true;
}

static bool may_tell_hello(void *arg, const struct mac *mac, int64_t owner)
{
	const struct told what = { .mac = *mac, .owner = owner, .hello = true };

	return may_tell_of(arg, &what);
}

/* ---- addresses ---- */

static void fill(const struct discovery *discovery, const struct mac *mac,
		 ipv4 ip, struct boot_machine *machine)
{
	char text[MAC_TEXT];

	memset(machine, 0, sizeof(*machine));
	net_mac_text(mac, text);
	enrol_name(machine->name, sizeof(machine->name), "discovery", text);
	machine->mac = *mac;
	machine->ip = ip;
	machine->allow_netboot = true;
	machine->stranger = true;
	machine->lease_s = LEASE_MS / 1000;
	if (!discovery->pool)
		return;
	machine->mask = discovery->mask;
	machine->gateway = discovery->gateway;
}

/* Its addresses would be of no use on another network. */
static bool is_near(const struct discovery *discovery, ipv4 via)
{
	return discovery->pool &&
	       ((via ^ discovery->from) & discovery->mask) == 0;
}

/* One machine that all would be taken for. */
static bool is_good(const struct mac *mac)
{
	static const struct mac none;

	return !(mac->bytes[0] & 1) && !net_mac_eq(mac, &none);
}

static bool is_reserved(const struct discovery *discovery, ipv4 ip)
{
	return ip == discovery->ours || ip == discovery->gateway ||
	       machine_by_ip(discovery->store, ip, NULL) != 0;
}

static void tell_full(struct discovery *discovery, const struct mac *mac)
{
	mono_ms now = clock_mono();
	char text[MAC_TEXT];
	struct err err;

	discovery->stats.full++;
	if (now < discovery->full_until)
		return;
	discovery->full_until = now + FULL_MS;
	net_mac_text(mac, text);
	log_warn("mac=%s all addresses of discovery-pool are lent or taken",
		 text);
	if (event_note(discovery->store, 0, 0, "dhcp", "pool-full", &err,
		       "machines that nobody knows ask for an address, and all "
		       "of discovery-pool are lent or taken"))
		log_error("event: %s", err.message);
}

static bool offer(void *arg, const struct boot_stranger *stranger,
		  struct boot_machine *machine)
{
	struct discovery *discovery = arg;
	mono_ms now = clock_mono();
	ipv4 ip;

	if (!is_good(&stranger->mac) || !is_near(discovery, stranger->via))
		return false;
	if (!pool_find(discovery->pool, &stranger->mac, now, &ip) &&
	    !bucket_take(&discovery->strangers, now)) {
		discovery->stats.limited++;
		return false;
	}
	/* What people have reserved since is passed over for a while. */
	while (pool_offer(discovery->pool, &stranger->mac, now, &ip)) {
		if (!is_reserved(discovery, ip)) {
			fill(discovery, &stranger->mac, ip, machine);
			return true;
		}
		pool_block(discovery->pool, ip, now + BLOCK_MS);
	}
	tell_full(discovery, &stranger->mac);
	return false;
}

static void keep(struct discovery *discovery, const struct lease *lease)
{
	struct err err;

	if (lease_put(discovery->store, lease, &err))
		log_error("lease: %s", err.message);
}

/* For at least so long; a lease that is nearly as long is let be. */
static bool lend(struct discovery *discovery, const struct mac *mac, ipv4 ip,
		 int64_t for_ms)
{
	mono_ms now = clock_mono();
	mono_ms until = pool_until(discovery->pool, mac, now);
	struct lease lease = {
		.ip = ip,
		.mac = *mac,
		.until = store_now(discovery->store) + for_ms,
	};
	ipv4 own;

	if (until >= now + for_ms - SLACK_MS &&
	    pool_find(discovery->pool, mac, now, &own) && own == ip)
		return true;
	if (!pool_take(discovery->pool, mac, ip, now, now + for_ms))
		return false;
	keep(discovery, &lease);
	return true;
}

static bool take(void *arg, const struct boot_stranger *stranger,
		 struct boot_machine *machine)
{
	struct discovery *discovery = arg;
	const struct mac *mac = &stranger->mac;
	mono_ms now = clock_mono();
	ipv4 ip;
	bool is_new; /* it had an offer at most */
	bool had;

	if (!is_good(mac) || !is_near(discovery, stranger->via) ||
	    !pool_has(discovery->pool, stranger->wanted) ||
	    is_reserved(discovery, stranger->wanted))
		return false;
	had = pool_find(discovery->pool, mac, now, &ip);
	if (!had && !bucket_take(&discovery->strangers, now)) {
		discovery->stats.limited++;
		return false;
	}
	is_new = pool_until(discovery->pool, mac, now) <= now + POOL_OFFER_MS;
	if (!lend(discovery, mac, stranger->wanted, LEASE_MS))
		return false;
	discovery->stats.lent += is_new;
	fill(discovery, mac, stranger->wanted, machine);
	return true;
}

static void declined(void *arg, const struct boot_stranger *stranger)
{
	struct discovery *discovery = arg;
	mono_ms now = clock_mono();
	char text[IPV4_TEXT];
	struct err err;
	ipv4 ip;

	/* Whose it is not may not take it from others. */
	if (!discovery->pool ||
	    !pool_find(discovery->pool, &stranger->mac, now, &ip) ||
	    ip != stranger->wanted)
		return;
	net_ipv4_text(ip, text);
	log_warn("ip=%s of discovery-pool is in use by somebody else", text);
	pool_block(discovery->pool, ip, now + BLOCK_MS);
	if (lease_drop(discovery->store, ip, &err))
		log_error("lease: %s", err.message);
}

static bool find(void *arg, const struct mac *mac, ipv4 peer,
		 struct boot_machine *machine)
{
	struct discovery *discovery = arg;
	ipv4 ip;

	if (!is_good(mac))
		return false;
	if (discovery->pool &&
	    (!pool_find(discovery->pool, mac, clock_mono(), &ip) || ip != peer))
		return false;
	fill(discovery, mac, peer, machine);
	return true;
}

/* A machine that runs does not lose its disk to our OS for a card that
 * nobody wrote down. */
static bool admit(void *arg, const struct boot_machine *machine,
		  const struct boot_identity *identity)
{
	struct discovery *discovery = arg;
	struct discover_identity known = { .serial = identity->serial };
	struct told what = { .mac = machine->mac };
	char why[DISCOVER_WHY];
	int64_t owner;
	struct err err;

	known.cards[known.n_cards++] = machine->mac;
	for (size_t i = 0; i < identity->n_cards; i++)
		known.cards[known.n_cards++] = identity->cards[i];
	owner = discover_owner(discovery->store, &known, why);
	if (!owner) {
		/* iPXE renews nothing while it loads kernel and initramfs. */
		if (discovery->pool)
			lend(discovery, &machine->mac, machine->ip, WORKER_MS);
		return true;
	}
	discovery->stats.known++;
	what.owner = owner;
	if (may_tell_of(discovery, &what) &&
	    discover_refused(discovery->store, owner, &machine->mac, why, &err))
		log_error("event: %s", err.message);
	return false;
}

/* ---- tokens ---- */

/* Nothing is kept of it, so that asking for thousands fills nothing, and it is
 * good after a restart. */
static void sign(const struct discovery *discovery,
		 struct stranger_token *token)
{
	char claim[STRANGER_CLAIM];

	stranger_claim(token, claim);
	store_sign(discovery->store, "unknown", claim, token->signature);
}

void discovery_token(struct discovery *discovery, const struct mac *mac,
		     char text[STRANGER_TOKEN])
{
	struct stranger_token token = { .mac = *mac };
	ipv4 ip;

	token.until_s = (store_now(discovery->store) + TOKEN_MS) / 1000;
	sign(discovery, &token);
	stranger_build(&token, text);
	if (discovery->pool &&
	    pool_find(discovery->pool, mac, clock_mono(), &ip))
		lend(discovery, mac, ip, WORKER_MS);
}

static bool is_genuine(const struct discovery *discovery, const char *text,
		       struct stranger_token *token)
{
	struct stranger_token ours;

	if (!stranger_parse(text, token))
		return false;
	ours = *token;
	sign(discovery, &ours);
	return secret_equal(token->signature, ours.signature) &&
	       token->until_s >= store_now(discovery->store) / 1000;
}

static bool stranger_of(void *arg, const char *text,
			struct discover_stranger *stranger)
{
	struct discovery *discovery = arg;
	struct stranger_token token;
	ipv4 ip;

	if (!is_genuine(discovery, text, &token))
		return false;
	stranger->mac = token.mac;
	if (!discovery->pool ||
	    !pool_find(discovery->pool, &token.mac, clock_mono(), &ip))
		return true;
	/* As long as it is there, nobody else gets its address. */
	lend(discovery, &token.mac, ip, WORKER_MS);
	if (is_reserved(discovery, ip))
		return true;
	stranger->ip = ip;
	stranger->mask = discovery->mask;
	stranger->gateway = discovery->gateway;
	return true;
}

/* ---- */

/* The ends of a network are no machine's. */
static void block_ends(struct discovery *discovery)
{
	ipv4 network = discovery->from & discovery->mask;

	pool_block(discovery->pool, network, MONO_NEVER);
	pool_block(discovery->pool, network | ~discovery->mask, MONO_NEVER);
}

static void restore(struct discovery *discovery)
{
	struct lease *leases;
	size_t n = lease_list(discovery->store, &leases);
	wall_ms wall = store_now(discovery->store);
	mono_ms now = clock_mono();

	for (size_t i = 0; i < n; i++)
		if (leases[i].until > wall)
			pool_take(discovery->pool, &leases[i].mac, leases[i].ip,
				  now, now + (leases[i].until - wall));
	free(leases);
}

static int make_pool(struct discovery *discovery, const struct options *options,
		     struct err *err)
{
	ipv4 to;

	if (!*options->discovery_pool)
		return 0;
	if (pool_parse(options->discovery_pool, &discovery->from, &to, err))
		return err_wrap(err, "--discovery-pool");
	if ((discovery->from ^ to) & discovery->mask)
		return err_set(err, ERR_INVALID,
			       "--discovery-pool %s: the addresses are of more "
			       "than one network",
			       options->discovery_pool);
	if (*options->discovery_gateway &&
	    !net_parse_ipv4(options->discovery_gateway, &discovery->gateway))
		return err_set(err, ERR_INVALID,
			       "--discovery-gateway %s: expected an IPv4 "
			       "address",
			       options->discovery_gateway);
	discovery->pool = pool_new(discovery->from, to);
	block_ends(discovery);
	restore(discovery);
	if (!is_near(discovery, discovery->ours))
		log_warn("discovery-pool %s is not of our network: only those "
			 "are lent of it who come through a relay there",
			 options->discovery_pool);
	return 0;
}

/* Known now, and not when the first machine is lost for it. */
static int check_namespace(const struct discovery *discovery, struct err *err)
{
	const char *name = discovery->namespace;
	size_t len = strlen(name);

	if (!len ||
	    strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") < len ||
	    name[0] == '-' || name[len - 1] == '-')
		return err_set(err, ERR_INVALID,
			       "--discovery-namespace %s: expected lower case "
			       "letters, digits and '-'",
			       name);
	return 0;
}

struct discovery *discovery_new(struct store *store,
				const struct options *options, ipv4 ours,
				ipv4 mask, struct err *err)
{
	struct discovery *discovery = xcalloc(1, sizeof(*discovery));

	discovery->store = store;
	discovery->ours = ours;
	discovery->mask = mask;
	str_copy(discovery->namespace, sizeof(discovery->namespace),
		 options->discovery_namespace);
	bucket_init(&discovery->strangers, NEW_PER_S, NEW_MOST, clock_mono());
	bucket_init(&discovery->tell, TELL_PER_S, TELL_MOST, clock_mono());
	discovery->boot = (struct boot_strangers){ offer, take,  declined,
						   find,  admit, discovery };
	discovery->ops = (struct discover_ops){
		.stranger = stranger_of,
		.may_tell = may_tell_hello,
		.arg = discovery,
		.namespace = discovery->namespace,
		.most = options->discovery_max,
	};
	if (check_namespace(discovery, err) ||
	    make_pool(discovery, options, err)) {
		discovery_free(discovery);
		return NULL;
	}
	return discovery;
}

void discovery_free(struct discovery *discovery)
{
	if (!discovery)
		return;
	pool_free(discovery->pool);
	free(discovery);
}

const struct boot_strangers *discovery_strangers(struct discovery *discovery)
{
	return &discovery->boot;
}

const struct discover_ops *discovery_ops(struct discovery *discovery)
{
	return &discovery->ops;
}

int discovery_prune(struct discovery *discovery, struct err *err)
{
	return discovery->pool ? lease_prune(discovery->store, err) : 0;
}

const struct discovery_stats *discovery_stats(const struct discovery *discovery)
{
	return &discovery->stats;
}

size_t discovery_leases(const struct discovery *discovery)
{
	return discovery->pool ? pool_in_use(discovery->pool, clock_mono()) : 0;
}
