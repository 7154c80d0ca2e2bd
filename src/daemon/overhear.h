/* SPDX-License-Identifier: Apache-2.0 */
#ifndef DAEMON_OVERHEAR_H
#define DAEMON_OVERHEAR_H

#include "base/loop.h"
#include "bmc/bmc.h"
#include "daemon/exec.h"

/*
 * Listens to the consoles of machines that are being provisioned, from power
 * on until their worker says hello and in their first boot, and writes what it
 * hears that means something as events of the machine (console_plan.h: at most
 * CONSOLE_EVENTS in a boot). A run that has a boot for the hook and one of
 * what was installed has twice as many.
 *
 * A console is never taken from anybody. Who asks the daemon for one that is
 * listened to is let in as a guest, and has it alone. BMCs that have no
 * console, or give none, are left alone; the run goes on without.
 */
struct overhear;
struct ear;

/* So many consoles at once; 0: none. */
struct overhear *overhear_new(struct loop *loop, struct store *store,
			      struct exec *exec, uint32_t most);
void overhear_free(struct overhear *overhear);
/* Before the end: lets all consoles go, guests are told, and listens to none
 * any more. True: there were some, of which BMCs are still to be told. */
bool overhear_stop(struct overhear *overhear);

/* After each commit. */
void overhear_published(struct overhear *overhear);
/* How many consoles are listened to. */
size_t overhear_count(const struct overhear *overhear);

/* The console of the bmc Machine `id`, as its mailbox is called; NULL: it is
 * not listened to, or has a guest. Told as bmc_console_open says; the guest
 * always has to leave. */
struct ear *overhear_join(struct overhear *overhear, const char *id,
			  const struct bmc_console_ops *ops, void *arg);
size_t overhear_write(struct ear *ear, const void *bytes, size_t n);
void overhear_leave(struct ear *ear);

#endif
