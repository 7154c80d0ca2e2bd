/* SPDX-License-Identifier: Apache-2.0 */
#include "base/loop.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "base/net.h"
#include "base/str.h"
#include "test.h"

/* What happened, a letter each, in its order. */
struct story {
	struct loop *loop;
	char text[32];
	size_t len;
	char letter;
	mono_ms at;
	mono_ms fired;
	struct loop_timer *timer;
	struct loop_io *io;
	int fd;
};

static void tell(struct story *story, char letter)
{
	assert_true(story->len + 1 < sizeof(story->text));
	story->text[story->len++] = letter;
}

static void turn_until(struct story *story, size_t len)
{
	mono_ms end = clock_mono() + 10000;

	while (story->len < len && clock_mono() < end)
		loop_turn(story->loop, 1000);
	assert_int_equal(story->len, len);
}

struct letter {
	struct story *story;
	char letter;
};

static void on_letter(void *arg)
{
	const struct letter *letter = arg;

	tell(letter->story, letter->letter);
}

static void test_timers_fire_in_the_order_of_their_times(void **state)
{
	struct story story = { .loop = loop_new() };
	struct letter letters[3] = { { &story, 'a' },
				     { &story, 'b' },
				     { &story, 'c' } };
	struct loop_timer *timers[3];
	mono_ms now = clock_mono();

	(void)state;
	for (int i = 0; i < 3; i++)
		timers[i] = loop_timer_new(story.loop, on_letter, &letters[i]);
	loop_timer_at(timers[0], now + 30);
	loop_timer_at(timers[1], now - 1000);
	loop_timer_at(timers[2], now + 15);
	turn_until(&story, 3);

	assert_string_equal(story.text, "bca");
	for (int i = 0; i < 3; i++)
		loop_timer_free(timers[i]);
	loop_timer_free(NULL);
	loop_free(story.loop);
}

static void on_due(void *arg)
{
	struct story *story = arg;

	story->fired = clock_mono();
	tell(story, 't');
}

static void test_a_timer_is_never_early(void **state)
{
	struct story story = { .loop = loop_new() };

	(void)state;
	story.timer = loop_timer_new(story.loop, on_due, &story);
	for (size_t i = 0; i < 20; i++) {
		mono_ms at = clock_mono() + (mono_ms)(i % 5);

		loop_timer_at(story.timer, at);
		turn_until(&story, i + 1);
		assert_true(story.fired >= at);
	}
	loop_timer_free(story.timer);
	loop_free(story.loop);
}

/* A turn that takes long, and sets a timer only at its end. */
static void on_slow(void *arg)
{
	struct story *story = arg;
	mono_ms end = clock_mono() + 60;

	while (clock_mono() < end)
		continue;
	story->at = clock_mono() + 20;
	loop_timer_at(story->timer, story->at);
}

static void test_nor_is_one_that_a_slow_callback_set(void **state)
{
	struct story story = { .loop = loop_new() };
	struct loop_timer *slow = loop_timer_new(story.loop, on_slow, &story);

	(void)state;
	story.timer = loop_timer_new(story.loop, on_due, &story);
	loop_timer_at(slow, clock_mono());
	turn_until(&story, 1);

	assert_true(story.fired >= story.at);
	loop_timer_free(slow);
	loop_timer_free(story.timer);
	loop_free(story.loop);
}

static void test_a_timer_is_moved_and_disarmed(void **state)
{
	struct story story = { .loop = loop_new() };
	struct letter letters[2] = { { &story, 'a' }, { &story, 'b' } };
	struct loop_timer *a;
	struct loop_timer *b;

	(void)state;
	a = loop_timer_new(story.loop, on_letter, &letters[0]);
	b = loop_timer_new(story.loop, on_letter, &letters[1]);
	loop_timer_at(a, clock_mono());
	loop_timer_at(a, clock_mono() + 40);
	loop_timer_at(b, clock_mono() + 10);
	turn_until(&story, 1);
	assert_string_equal(story.text, "b");

	loop_timer_at(b, clock_mono());
	loop_timer_at(b, MONO_NEVER);
	turn_until(&story, 2);
	assert_string_equal(story.text, "ba");
	/* Once only. */
	loop_turn(story.loop, 5);
	assert_string_equal(story.text, "ba");
	loop_timer_at(a, MONO_NEVER - 1);
	loop_turn(story.loop, 0);
	assert_string_equal(story.text, "ba");
	loop_timer_free(a);
	loop_timer_free(b);
	loop_free(story.loop);
}

static void on_free_itself(void *arg)
{
	struct story *story = arg;

	tell(story, 'f');
	loop_timer_free(story->timer);
	story->timer = NULL;
}

static void test_a_timer_may_free_itself(void **state)
{
	struct story story = { .loop = loop_new() };

	(void)state;
	story.timer = loop_timer_new(story.loop, on_free_itself, &story);
	loop_timer_at(story.timer, clock_mono());
	turn_until(&story, 1);

	assert_null(story.timer);
	loop_free(story.loop);
}

static void on_stop(void *arg)
{
	struct story *story = arg;

	tell(story, 's');
	loop_stop(story->loop);
}

static void test_hooks_run_in_order_at_each_turns_end(void **state)
{
	struct story story = { .loop = loop_new() };
	struct letter letters[2] = { { &story, '1' }, { &story, '2' } };
	struct loop_timer *timer;

	(void)state;
	timer = loop_timer_new(story.loop, on_stop, &story);
	loop_on_turn(story.loop, on_letter, &letters[0]);
	loop_on_turn(story.loop, on_letter, &letters[1]);
	loop_turn(story.loop, 0);
	assert_string_equal(story.text, "12");

	loop_timer_at(timer, clock_mono());
	loop_run(story.loop);
	assert_string_equal(story.text, "12s12");
	/* And again: a loop that was stopped can go on. */
	loop_timer_at(timer, clock_mono());
	loop_run(story.loop);
	assert_string_equal(story.text, "12s12s12");
	loop_timer_free(timer);
	loop_free(story.loop);
}

static void test_a_signal_comes_as_a_call_from_the_loop(void **state)
{
	struct story story = { .loop = loop_new() };
	struct letter user = { &story, 'u' };

	(void)state;
	loop_on_signal(story.loop, SIGUSR1, on_letter, &user);
	assert_int_equal(raise(SIGUSR1), 0);
	assert_int_equal(story.len, 0);
	turn_until(&story, 1);
	assert_int_equal(raise(SIGUSR1), 0);
	turn_until(&story, 2);

	assert_string_equal(story.text, "uu");
	loop_free(story.loop);
	loop_free(NULL);
}

static void on_io(void *arg, unsigned ready)
{
	struct story *story = arg;
	char byte;

	if (ready & LOOP_READ)
		tell(story, read(story->fd, &byte, 1) == 1 ? byte : '0');
	if (ready & LOOP_WRITE) {
		tell(story, 'w');
		loop_io_want(story->io, LOOP_READ);
	}
}

static void test_a_descriptor_tells_what_is_wanted(void **state)
{
	struct story story = { .loop = loop_new() };
	struct err err;
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(net_unblock(fds[0], &err), 0);
	story.fd = fds[0];
	story.io = loop_io_new(story.loop, fds[0], on_io, &story);
	assert_int_equal(write(fds[1], "ab", 2), 2);
	loop_turn(story.loop, 0);
	assert_int_equal(story.len, 0);

	loop_io_want(story.io, LOOP_READ);
	turn_until(&story, 2);
	assert_string_equal(story.text, "ab");

	loop_io_want(story.io, 0);
	assert_int_equal(write(fds[1], "c", 1), 1);
	loop_turn(story.loop, 0);
	assert_int_equal(story.len, 2);
	loop_io_want(story.io, LOOP_READ);
	turn_until(&story, 3);
	close(fds[1]);
	turn_until(&story, 4);

	assert_string_equal(story.text, "abc0");
	loop_io_free(story.io);
	loop_io_free(NULL);
	close(fds[0]);
	loop_free(story.loop);
}

static void test_room_to_write_is_told_until_it_is_not_wanted(void **state)
{
	struct story story = { .loop = loop_new() };
	int fds[2];

	(void)state;
	assert_int_equal(pipe(fds), 0);
	story.fd = fds[1];
	story.io = loop_io_new(story.loop, fds[1], on_io, &story);
	loop_io_want(story.io, LOOP_WRITE);
	turn_until(&story, 1);
	loop_turn(story.loop, 0);

	assert_string_equal(story.text, "w");
	loop_io_free(story.io);
	close(fds[0]);
	close(fds[1]);
	loop_free(story.loop);
}

static void be_slow(void *arg)
{
	mono_ms until = clock_mono() + 20;

	(void)arg;
	while (clock_mono() < until)
		continue;
}

static void test_how_long_turns_take_is_measured(void **state)
{
	struct loop *loop = loop_new();
	const struct loop_stats *stats = loop_stats(loop);

	(void)state;
	loop_turn(loop, 30);
	assert_int_equal(histogram_count(&stats->turns), 1);
	/* To wait is not to be busy. */
	assert_true(stats->turns.sum_us < 30000);
	loop_on_turn(loop, be_slow, NULL);

	loop_turn(loop, 0);

	assert_int_equal(histogram_count(&stats->turns), 2);
	assert_true(longest_get(&stats->longest, clock_mono_us()) >= 19000);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_timers_fire_in_the_order_of_their_times),
		RUN(test_a_timer_is_never_early),
		RUN(test_nor_is_one_that_a_slow_callback_set),
		RUN(test_a_timer_is_moved_and_disarmed),
		RUN(test_a_timer_may_free_itself),
		RUN(test_hooks_run_in_order_at_each_turns_end),
		RUN(test_a_signal_comes_as_a_call_from_the_loop),
		RUN(test_a_descriptor_tells_what_is_wanted),
		RUN(test_room_to_write_is_told_until_it_is_not_wanted),
		RUN(test_how_long_turns_take_is_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
