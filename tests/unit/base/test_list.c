/* SPDX-License-Identifier: Apache-2.0 */
#include "base/list.h"

#include "test.h"

struct job {
	int number;
	struct list link;
};

static int first_number(struct list *head)
{
	const struct job *job = list_first(head, struct job, link);

	return job ? job->number : 0;
}

static void test_first_in_is_first_out(void **state)
{
	struct list queue;
	struct job jobs[3] = { { .number = 1 },
			       { .number = 2 },
			       { .number = 3 } };

	(void)state;
	list_init(&queue);
	assert_true(list_empty(&queue));
	assert_null(list_first(&queue, struct job, link));
	for (int i = 0; i < 3; i++)
		list_add_tail(&queue, &jobs[i].link);

	for (int i = 1; i <= 3; i++) {
		assert_int_equal(first_number(&queue), i);
		list_remove(&list_first(&queue, struct job, link)->link);
	}
	assert_true(list_empty(&queue));
}

static void test_removing_twice_does_no_harm(void **state)
{
	struct list queue;
	struct job a = { .number = 1 };
	struct job b = { .number = 2 };

	(void)state;
	list_init(&queue);
	list_add_tail(&queue, &a.link);
	list_add_tail(&queue, &b.link);
	list_remove(&a.link);
	list_remove(&a.link);

	assert_true(list_empty(&a.link));
	assert_int_equal(first_number(&queue), 2);
	list_add_tail(&queue, &a.link);
	assert_ptr_equal(queue.prev, &a.link);
}

static void test_the_current_one_may_be_removed_in_a_walk(void **state)
{
	struct list queue;
	struct job jobs[5];
	int sum = 0;

	(void)state;
	list_init(&queue);
	for (int i = 0; i < 5; i++) {
		jobs[i].number = i;
		list_add_tail(&queue, &jobs[i].link);
	}
	list_for_each (at, &queue) {
		struct job *job = list_item(at, struct job, link);

		sum += job->number;
		if (job->number % 2 == 0)
			list_remove(at);
	}

	assert_int_equal(sum, 10);
	assert_int_equal(first_number(&queue), 1);
	assert_ptr_equal(queue.prev, &jobs[3].link);
	assert_ptr_equal(jobs[1].link.next, &jobs[3].link);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_first_in_is_first_out),
		RUN(test_removing_twice_does_no_harm),
		RUN(test_the_current_one_may_be_removed_in_a_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
