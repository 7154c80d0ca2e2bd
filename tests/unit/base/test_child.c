/* SPDX-License-Identifier: Apache-2.0 */
#include "base/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/str.h"
#include "test.h"

#define LIMIT 6000

struct outcome {
	int n_calls;
	struct child_result result;
	char output[LIMIT + 1];
	char errors[LIMIT + 1];
};

static void on_done(void *arg, const struct child_result *result)
{
	struct outcome *outcome = arg;

	outcome->n_calls++;
	outcome->result = *result;
	assert_true(str_copy(outcome->output, sizeof(outcome->output),
			     result->output));
	assert_true(str_copy(outcome->errors, sizeof(outcome->errors),
			     result->errors));
}

static void wait_for(struct loop *loop, const struct outcome *outcome)
{
	mono_ms end = clock_mono() + 20000;

	while (!outcome->n_calls && clock_mono() < end)
		loop_turn(loop, 1000);
	assert_int_equal(outcome->n_calls, 1);
}

static void run(const struct child_spec *spec, struct outcome *outcome)
{
	struct loop *loop = loop_new();
	struct err err;

	memset(outcome, 0, sizeof(*outcome));
	assert_non_null(child_start(loop, spec, on_done, outcome, &err));
	wait_for(loop, outcome);
	loop_free(loop);
}

/* By the shell, with nothing special. */
static void run_script(const char *script, struct outcome *outcome)
{
	const char *const argv[] = { "sh", "-c", script, NULL };
	const struct child_spec spec = { .argv = argv,
					 .timeout_ms = 15000,
					 .output_limit = LIMIT };

	run(&spec, outcome);
}

static void test_the_exit_code_and_both_outputs_are_told(void **state)
{
	struct outcome got;

	(void)state;
	run_script("echo out; echo err >&2; exit 3", &got);
	assert_int_equal(got.result.exit_code, 3);
	assert_int_equal(got.result.signal, 0);
	assert_false(got.result.timed_out);
	assert_false(got.result.truncated);
	assert_string_equal(got.output, "out\n");
	assert_string_equal(got.errors, "err\n");

	run_script("exit 0", &got);
	assert_int_equal(got.result.exit_code, 0);
	assert_string_equal(got.output, "");
}

static void test_a_signal_is_told_as_such(void **state)
{
	struct outcome got;

	(void)state;
	run_script("kill -TERM $$", &got);

	assert_int_equal(got.result.exit_code, -1);
	assert_int_equal(got.result.signal, SIGTERM);
	assert_false(got.result.timed_out);
}

static void test_a_program_that_is_not_there_is_127(void **state)
{
	static const char *const argv[] = { "tomte-no-such-program", NULL };
	const struct child_spec spec = { .argv = argv,
					 .timeout_ms = 15000,
					 .output_limit = LIMIT };
	struct outcome got;

	(void)state;
	run(&spec, &got);

	assert_int_equal(got.result.exit_code, 127);
	assert_true(str_starts(got.errors, "tomte-no-such-program: "));
}

static void test_input_comes_by_stdin_however_long(void **state)
{
	static const char *const argv[] = { "wc", "-c", NULL };
	AUTO_FREE char *input = xmalloc(1000001);
	struct child_spec spec = { .argv = argv,
				   .input = input,
				   .timeout_ms = 15000,
				   .output_limit = LIMIT };
	struct outcome got;

	(void)state;
	memset(input, 'x', 1000000);
	input[1000000] = '\0';
	run(&spec, &got);
	assert_string_equal(got.output, "1000000\n");

	spec.input = NULL;
	run(&spec, &got);
	assert_string_equal(got.output, "0\n");
}

static void test_output_is_kept_up_to_the_bound(void **state)
{
	static const char *const argv[] = { "sh", "-c",
					    "echo 0123456789; echo late; "
					    "head -c 100000 /dev/zero >&2; "
					    "exit 5",
					    NULL };
	struct child_spec spec = { .argv = argv,
				   .timeout_ms = 15000,
				   .output_limit = 7 };
	struct outcome got;

	(void)state;
	run(&spec, &got);
	assert_string_equal(got.output, "0123456");
	assert_true(got.result.truncated);
	/* The child went on to its own end. */
	assert_int_equal(got.result.exit_code, 5);

	spec.output_limit = 16;
	spec.argv = (const char *const[]){ "printf", "0123456789abcdef", NULL };
	run(&spec, &got);
	assert_string_equal(got.output, "0123456789abcdef");
	assert_false(got.result.truncated);
}

/* Whoever writes without end must not keep the loop from its timers. */
static void test_a_flood_of_output_ends_at_the_deadline(void **state)
{
	static const char *const argv[] = { "yes", NULL };
	const struct child_spec spec = { .argv = argv,
					 .timeout_ms = 1000,
					 .output_limit = 1000 };
	struct outcome got;
	mono_ms began = clock_mono();

	(void)state;
	run(&spec, &got);

	assert_true(got.result.timed_out);
	assert_true(got.result.truncated);
	assert_int_equal(got.result.signal, SIGKILL);
	assert_int_equal(strlen(got.output), 1000);
	assert_in_range(clock_mono() - began, 1000, 15000);
}

/* A FIFO that a process holds open for writing tells when it is gone. */
static int make_fifo(char path[32])
{
	char directory[] = "/tmp/tomte-child.XXXXXX";
	int fd;

	assert_non_null(mkdtemp(directory));
	snprintf(path, 32, "%s/f", directory);
	assert_int_equal(mkfifo(path, 0600), 0);
	fd = open(path, O_RDONLY | O_NONBLOCK);
	assert_true(fd >= 0);
	return fd;
}

static void wait_until_gone(int fd, char path[32])
{
	struct pollfd wait = { .fd = fd, .events = 0 };

	assert_int_equal(poll(&wait, 1, 10000), 1);
	assert_true(wait.revents & POLLHUP);
	close(fd);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
}

static void run_with_path(const char *script, const char *path,
			  int64_t timeout_ms, struct outcome *got)
{
	const char *const argv[] = { "sh", "-c", script, "sh", path, NULL };
	const struct child_spec spec = { .argv = argv,
					 .timeout_ms = timeout_ms,
					 .output_limit = LIMIT };

	run(&spec, got);
}

static void test_the_deadline_ends_the_whole_group(void **state)
{
	struct outcome got;
	char path[32];
	int fifo = make_fifo(path);

	(void)state;
	run_with_path("exec 3>\"$1\"; sleep 1000 & echo began; "
		      "trap '' TERM INT HUP; wait",
		      path, 300, &got);

	assert_true(got.result.timed_out);
	assert_int_equal(got.result.exit_code, -1);
	assert_int_equal(got.result.signal, SIGKILL);
	assert_string_equal(got.output, "began\n");
	wait_until_gone(fifo, path);
}

static void test_what_a_child_leaves_running_is_ended_too(void **state)
{
	struct outcome got;
	char path[32];
	int fifo = make_fifo(path);
	mono_ms began = clock_mono();

	(void)state;
	/* It also keeps our pipes open. */
	run_with_path("exec 3>\"$1\"; sleep 1000 & echo left; exit 4", path,
		      15000, &got);

	assert_int_equal(got.result.exit_code, 4);
	assert_string_equal(got.output, "left\n");
	assert_true(clock_mono() - began < 10000);
	wait_until_gone(fifo, path);
}

/* One that left the group too writes on into our pipe, while we hold it. */
static void test_a_flood_from_outside_of_the_group_does_not_hang(void **state)
{
	struct outcome got;
	char path[] = "/tmp/tomte-child.XXXXXX";
	int fd = mkstemp(path);
	mono_ms began = clock_mono();

	(void)state;
	assert_true(fd >= 0);
	run_with_path("setsid sh -c 'echo up >\"$0\"; exec yes' \"$1\" & "
		      "while [ ! -s \"$1\" ]; do :; done; exit 6",
		      path, 15000, &got);
	close(fd);
	unlink(path);

	assert_int_equal(got.result.exit_code, 6);
	assert_true(clock_mono() - began < 10000);
}

static void test_after_a_cancel_no_call_comes(void **state)
{
	struct loop *loop = loop_new();
	struct outcome got = { 0 };
	char path[32];
	int fifo = make_fifo(path);
	const char *const argv[] = { "sh", "-c", "exec sleep 1000 3>\"$1\"",
				     "sh", path, NULL };
	const struct child_spec spec = { .argv = argv,
					 .timeout_ms = 15000,
					 .output_limit = LIMIT };
	struct pollfd opened = { .fd = fifo, .events = POLLIN };
	struct child *child;
	struct err err;

	(void)state;
	child = child_start(loop, &spec, on_done, &got, &err);
	assert_non_null(child);
	child_cancel(child);
	loop_turn(loop, 0);

	assert_int_equal(got.n_calls, 0);
	/* Killed before or after it had opened the FIFO. */
	if (poll(&opened, 1, 0) == 1)
		assert_true(opened.revents & POLLHUP);
	close(fifo);
	unlink(path);
	*strrchr(path, '/') = '\0';
	rmdir(path);
	child_cancel(NULL);
	loop_free(loop);
}

static void test_a_secret_goes_by_environment_and_not_by_argument(void **state)
{
	static const char *const argv[] = {
		"sh", "-c",
		"tr '\\0' ' ' </proc/$$/cmdline; printf '[%s][%s]' "
		"\"$TOMTE_SECRET\" \"$HOME\"",
		NULL
	};
	static const char *const extra[] = { "TOMTE_SECRET=hunter2",
					     "HOME=/nowhere", NULL };
	const struct child_spec spec = { .argv = argv,
					 .extra = extra,
					 .timeout_ms = 15000,
					 .output_limit = LIMIT };
	struct outcome got;
	char *end;

	(void)state;
	setenv("TOMTE_SECRET", "an older one", 1);
	run(&spec, &got);
	unsetenv("TOMTE_SECRET");

	end = strstr(got.output, "hunter2");
	assert_non_null(end);
	assert_string_equal(end - 1, "[hunter2][/nowhere]");
}

static void test_the_environment_holds_a_name_once(void **state)
{
	static const char *const argv[] = {
		"sh", "-c",
		"tr '\\0' '\\n' </proc/$$/environ | grep -E '^(TOMTE|PATH)'",
		NULL
	};
	static const char *const extra[] = { "TOMTE_A=new", NULL };
	const struct child_spec spec = { .argv = argv,
					 .extra = extra,
					 .timeout_ms = 15000,
					 .output_limit = LIMIT };
	struct outcome got;
	const char *first;

	(void)state;
	setenv("TOMTE_A", "old", 1);
	setenv("TOMTE_AB", "kept", 1);
	run(&spec, &got);
	unsetenv("TOMTE_A");
	unsetenv("TOMTE_AB");

	first = strstr(got.output, "TOMTE_A=");
	assert_non_null(first);
	assert_true(str_starts(first, "TOMTE_A=new\n"));
	assert_null(strstr(first + 1, "TOMTE_A="));
	assert_non_null(strstr(got.output, "TOMTE_AB=kept\n"));
	assert_non_null(strstr(got.output, "PATH="));
}

static void test_a_child_gets_no_descriptor_or_mask_of_ours(void **state)
{
	struct outcome got;
	sigset_t blocked;
	sigset_t before;
	int fd = open("/dev/null", O_RDONLY);

	(void)state;
	assert_true(fd > 2);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &before);
	run_script("for n in 0 1 2 3 4 5 6 7 8 9; do "
		   "[ -e /proc/$$/fd/$n ] && echo $n; done; kill -TERM $$",
		   &got);
	sigprocmask(SIG_SETMASK, &before, NULL);
	close(fd);

	assert_string_equal(got.output, "0\n1\n2\n");
	assert_int_equal(got.result.signal, SIGTERM);
}

/* As when whoever started us had closed its own. */
static void test_it_works_with_our_standard_descriptors_closed(void **state)
{
	static const char *const argv[] = { "sh", "-c",
					    "cat; cat <&0; echo err >&2",
					    NULL };
	const struct child_spec spec = { .argv = argv,
					 .input = "in",
					 .timeout_ms = 15000,
					 .output_limit = LIMIT };
	struct outcome got = { 0 };
	struct loop *loop = loop_new();
	struct child *child;
	struct err err;
	int kept[3];

	(void)state;
	for (int i = 0; i < 3; i++)
		kept[i] = fcntl(i, F_DUPFD_CLOEXEC, 10);
	for (int i = 0; i < 3; i++)
		close(i);
	child = child_start(loop, &spec, on_done, &got, &err);
	if (child)
		wait_for(loop, &got);
	for (int i = 0; i < 3; i++) {
		dup2(kept[i], i);
		close(kept[i]);
	}
	loop_free(loop);
	assert_non_null(child);

	assert_string_equal(got.output, "in");
	assert_string_equal(got.errors, "err\n");
}

static void test_many_run_at_once(void **state)
{
	enum { N = 20 };
	static struct outcome got[N];
	static const char *const argv[] = { "sh", "-c",
					    "read n; echo $n; exit $n", NULL };
	struct loop *loop = loop_new();
	struct err err;

	(void)state;
	memset(got, 0, sizeof(got));
	for (int i = 0; i < N; i++) {
		char input[8];
		const struct child_spec spec = { .argv = argv,
						 .input = input,
						 .timeout_ms = 15000,
						 .output_limit = LIMIT };

		snprintf(input, sizeof(input), "%d\n", i);
		assert_non_null(
			child_start(loop, &spec, on_done, &got[i], &err));
	}
	for (int i = 0; i < N; i++) {
		wait_for(loop, &got[i]);
		assert_int_equal(got[i].result.exit_code, i);
	}
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_exit_code_and_both_outputs_are_told),
		RUN(test_a_signal_is_told_as_such),
		RUN(test_a_program_that_is_not_there_is_127),
		RUN(test_input_comes_by_stdin_however_long),
		RUN(test_output_is_kept_up_to_the_bound),
		RUN(test_a_flood_of_output_ends_at_the_deadline),
		RUN(test_the_deadline_ends_the_whole_group),
		RUN(test_what_a_child_leaves_running_is_ended_too),
		RUN(test_a_flood_from_outside_of_the_group_does_not_hang),
		RUN(test_after_a_cancel_no_call_comes),
		RUN(test_a_secret_goes_by_environment_and_not_by_argument),
		RUN(test_the_environment_holds_a_name_once),
		RUN(test_a_child_gets_no_descriptor_or_mask_of_ours),
		RUN(test_it_works_with_our_standard_descriptors_closed),
		RUN(test_many_run_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
