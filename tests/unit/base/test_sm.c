/* SPDX-License-Identifier: Apache-2.0 */
#include "base/sm.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "test.h"

enum { ASKED, WAITS, DONE, N_STATES };

static const struct sm_state states[] = {
	[ASKED] = { "asked", SM_TO(WAITS) | SM_TO(DONE) },
	[WAITS] = { "waits", SM_TO(WAITS) | SM_TO(DONE) },
	[DONE] = { "done", 0 },
};

static void test_it_moves_along_its_table(void **state)
{
	struct sm sm;

	(void)state;
	sm_init(&sm, states, ARRAY_LEN(states), ASKED);
	assert_string_equal(sm_name(&sm), "asked");
	sm_move(&sm, WAITS);
	sm_move(&sm, WAITS);
	assert_string_equal(sm_name(&sm), "waits");
	sm_move(&sm, DONE);
	assert_int_equal(sm.state, DONE);
}

/* In a process of its own; its complaint is not for our log. */
static int signal_of_move(unsigned from, unsigned to)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit no_core = { 0, 0 };
		struct sm sm;

		setrlimit(RLIMIT_CORE, &no_core);
		signal(SIGABRT, SIG_DFL);
		close(STDERR_FILENO);
		sm_init(&sm, states, ARRAY_LEN(states), from);
		sm_move(&sm, to);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void test_a_move_that_is_not_in_the_table_aborts(void **state)
{
	(void)state;
	assert_int_equal(signal_of_move(ASKED, WAITS), 0);
	assert_int_equal(signal_of_move(ASKED, ASKED), SIGABRT);
	assert_int_equal(signal_of_move(WAITS, ASKED), SIGABRT);
	assert_int_equal(signal_of_move(DONE, ASKED), SIGABRT);
	assert_int_equal(signal_of_move(ASKED, N_STATES), SIGABRT);
	assert_int_equal(signal_of_move(N_STATES, ASKED), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_it_moves_along_its_table),
		RUN(test_a_move_that_is_not_in_the_table_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
