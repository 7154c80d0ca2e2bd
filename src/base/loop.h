/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include "base/clock.h"
#include "base/err.h"
#include "base/histogram.h"

/*
 * The event loop: descriptors, timers and signals, over libevent.
 *
 * One loop, one thread. A turn is one pass over what is ready; the turn
 * hooks run once at its end, which is where the store commits what the
 * whole turn wrote.
 *
 *	struct loop *loop = loop_new();
 *	struct loop_timer *t = loop_timer_new(loop, on_timer, x);
 *
 *	loop_timer_at(t, clock_mono() + 1000);
 *	loop_run(loop);		(until loop_stop)
 */
struct loop;
struct loop_timer;
struct loop_io;
struct event_base;

#define LOOP_READ  1u
#define LOOP_WRITE 2u

typedef void (*loop_fn)(void *arg);
typedef void (*loop_io_fn)(void *arg, unsigned ready);

struct loop *loop_new(void);
/* Last of all: what is in the loop is freed before. */
void loop_free(struct loop *loop);
void loop_run(struct loop *loop);
/* One pass, waiting at most max_ms for something to happen. */
void loop_turn(struct loop *loop, int64_t max_ms);
void loop_stop(struct loop *loop);

/* At most four; called in the order added, at the end of each turn. */
void loop_on_turn(struct loop *loop, loop_fn fn, void *arg);
/* Calls fn for the signal, from the loop, until the loop is freed. */
void loop_on_signal(struct loop *loop, int signal, loop_fn fn, void *arg);

struct loop_timer *loop_timer_new(struct loop *loop, loop_fn fn, void *arg);
void loop_timer_free(struct loop_timer *timer);
/* Fires once, at or after `at`; MONO_NEVER disarms. */
void loop_timer_at(struct loop_timer *timer, mono_ms at);

/* Does not own the descriptor: free the io, then close it. */
struct loop_io *loop_io_new(struct loop *loop, int fd, loop_io_fn fn,
			    void *arg);
void loop_io_free(struct loop_io *io);
/* LOOP_READ | LOOP_WRITE, or 0 for neither. */
void loop_io_want(struct loop_io *io, unsigned events);

/*
 * How long turns took: what callbacks used of the processor (the loop does
 * not know when it woke up), and all of the time of the hooks, which wait for
 * the disk.
 */
struct loop_stats {
	struct histogram turns;
	struct longest longest;
};

const struct loop_stats *loop_stats(const struct loop *loop);

/* For base/http_server.c only. */
struct event_base *loop_base(struct loop *loop);

#endif
