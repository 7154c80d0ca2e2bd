/* SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include <assert.h>
#include <event2/event.h>

#define MAX_HOOKS   4
#define MAX_SIGNALS 8

struct hook {
	loop_fn fn;
	void *arg;
};

struct loop {
	struct event_base *base;
	struct hook hooks[MAX_HOOKS];
	size_t n_hooks;
	struct event *signals[MAX_SIGNALS];
	struct hook signal_hooks[MAX_SIGNALS];
	size_t n_signals;
	bool stopped;
	struct loop_stats stats;
};

struct loop_timer {
	struct event *event;
	mono_ms at;
	loop_fn fn;
	void *arg;
};

struct loop_io {
	struct event *event;
	struct event_base *base;
	int fd;
	loop_io_fn fn;
	void *arg;
};

struct loop *loop_new(void)
{
	struct loop *loop = xcalloc(1, sizeof(*loop));

	loop->base = event_base_new();
	if (!loop->base)
		abort(); /* no epoll: nothing can work */
	return loop;
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	for (size_t i = 0; i < loop->n_signals; i++)
		event_free(loop->signals[i]);
	/* What was put off to the next turn, as the end of a TLS connection,
	 * has its memory until it has run. */
	event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
	event_base_free(loop->base);
	free(loop);
}

struct event_base *loop_base(struct loop *loop)
{
	return loop->base;
}

static void on_limit(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

/* `used`: of the processor, before the turn. */
static void end_turn(struct loop *loop, int64_t used)
{
	int64_t took = clock_cpu_us() - used;
	int64_t began = clock_mono_us();
	int64_t now;

	for (size_t i = 0; i < loop->n_hooks; i++)
		loop->hooks[i].fn(loop->hooks[i].arg);
	now = clock_mono_us();
	took += now - began;
	histogram_add(&loop->stats.turns, took);
	longest_add(&loop->stats.longest, now, took);
}

const struct loop_stats *loop_stats(const struct loop *loop)
{
	return &loop->stats;
}

void loop_run(struct loop *loop)
{
	loop->stopped = false;
	while (!loop->stopped) {
		int64_t used = clock_cpu_us();

		event_base_loop(loop->base,
				EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY);
		end_turn(loop, used);
	}
}

void loop_turn(struct loop *loop, int64_t max_ms)
{
	struct timeval limit = { .tv_sec = max_ms / 1000,
				 .tv_usec = (max_ms % 1000) * 1000 };
	struct event *event = evtimer_new(loop->base, on_limit, NULL);
	int64_t used = clock_cpu_us();

	evtimer_add(event, &limit);
	event_base_loop(loop->base, EVLOOP_ONCE);
	event_free(event);
	end_turn(loop, used);
}

void loop_stop(struct loop *loop)
{
	loop->stopped = true;
	event_base_loopbreak(loop->base);
}

void loop_on_turn(struct loop *loop, loop_fn fn, void *arg)
{
	assert(loop->n_hooks < MAX_HOOKS);
	loop->hooks[loop->n_hooks++] = (struct hook){ fn, arg };
}

static void on_signal(evutil_socket_t signal, short what, void *arg)
{
	struct hook *hook = arg;

	(void)signal;
	(void)what;
	hook->fn(hook->arg);
}

void loop_on_signal(struct loop *loop, int signal, loop_fn fn, void *arg)
{
	size_t i = loop->n_signals++;

	assert(i < MAX_SIGNALS);
	loop->signal_hooks[i] = (struct hook){ fn, arg };
	loop->signals[i] = evsignal_new(loop->base, signal, on_signal,
					&loop->signal_hooks[i]);
	event_add(loop->signals[i], NULL);
}

static void on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct loop_timer *timer = arg;

	(void)fd;
	(void)what;
	/*
	 * libevent counts from when the turn began, and by a coarse clock:
	 * what a slow callback sets would come early by the time it took.
	 */
	if (clock_mono() < timer->at)
		loop_timer_at(timer, timer->at);
	else
		timer->fn(timer->arg);
}

struct loop_timer *loop_timer_new(struct loop *loop, loop_fn fn, void *arg)
{
	struct loop_timer *timer = xcalloc(1, sizeof(*timer));

	timer->event = evtimer_new(loop->base, on_timer, timer);
	timer->fn = fn;
	timer->arg = arg;
	return timer;
}

void loop_timer_free(struct loop_timer *timer)
{
	if (!timer)
		return;
	event_free(timer->event);
	free(timer);
}

void loop_timer_at(struct loop_timer *timer, mono_ms at)
{
	struct timeval wait;
	mono_ms left;

	timer->at = at;
	if (at == MONO_NEVER) {
		evtimer_del(timer->event);
		return;
	}
	left = at - clock_mono();
	if (left < 0)
		left = 0;
	wait.tv_sec = left / 1000;
	wait.tv_usec = (left % 1000) * 1000;
	evtimer_add(timer->event, &wait);
}

static void on_io(evutil_socket_t fd, short what, void *arg)
{
	struct loop_io *io = arg;
	unsigned ready = 0;

	(void)fd;
	if (what & EV_READ)
		ready |= LOOP_READ;
	if (what & EV_WRITE)
		ready |= LOOP_WRITE;
	io->fn(io->arg, ready);
}

struct loop_io *loop_io_new(struct loop *loop, int fd, loop_io_fn fn, void *arg)
{
	struct loop_io *io = xcalloc(1, sizeof(*io));

	io->base = loop->base;
	io->event = event_new(loop->base, fd, EV_PERSIST, on_io, io);
	io->fd = fd;
	io->fn = fn;
	io->arg = arg;
	return io;
}

void loop_io_free(struct loop_io *io)
{
	if (!io)
		return;
	event_free(io->event);
	free(io);
}

void loop_io_want(struct loop_io *io, unsigned events)
{
	short what = EV_PERSIST;

	event_del(io->event);
	if (!events)
		return;
	if (events & LOOP_READ)
		what |= EV_READ;
	if (events & LOOP_WRITE)
		what |= EV_WRITE;
	event_assign(io->event, io->base, io->fd, what, on_io, io);
	event_add(io->event, NULL);
}
