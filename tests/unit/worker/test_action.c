/* SPDX-License-Identifier: Apache-2.0 */
/* Which action an image means, and what its environment asks for. */
#include "worker/action.h"

#include <string.h>

#include "base/str.h"
#include "test.h"
#include "worker/action_report.h"
#include "worker/image_plan.h"
#include "worker/writefile_plan.h"

static void set_env(struct task *task, const char *const *env)
{
	memset(task, 0, sizeof(*task));
	while (*env)
		task_list_add(&task->env, *env++);
}

static action_fn find(const char *image, const char *variable,
		      const char *argument)
{
	struct task task = { 0 };
	action_fn found;
	struct err err;

	str_copy(task.image, sizeof(task.image), image);
	if (variable)
		task_list_add(&task.env, variable);
	if (argument)
		task_list_add(&task.args, argument);
	found = action_find(&task, &err);
	task_release(&task);
	return found;
}

static void test_the_last_part_of_the_image_names_the_action(void **state)
{
	(void)state;
	assert_ptr_equal(find("quay.io/tinkerbell/actions/image2disk:latest",
			      NULL, NULL),
			 action_image2disk);
	assert_ptr_equal(find("localhost:5000/cexec@sha256:00", NULL, NULL),
			 action_cexec);
	assert_ptr_equal(find("writefile", NULL, NULL), action_writefile);
	assert_null(find("quay.io/x/image2disk-old", NULL, NULL));
	assert_null(find("quay.io/x/:latest", NULL, NULL));
	assert_null(find("", NULL, NULL));
}

static void test_a_waitdaemon_that_restarts_is_a_restart(void **state)
{
	(void)state;
	assert_ptr_equal(find("ghcr.io/x/waitdaemon:v1",
			      "IMAGE=quay.io/x/kexec:v1", NULL),
			 action_reboot);
	assert_ptr_equal(find("ghcr.io/x/waitdaemon:v1", "IMAGE=alpine",
			      "echo b > /worker/proc/sysrq-trigger"),
			 action_reboot);
	assert_ptr_equal(find("waitdaemon", "IMAGE=alpine", "reboot"),
			 action_reboot);
	assert_null(find("waitdaemon", "IMAGE=alpine", "sleep 1"));
}

static void test_image2disk_has_tinkerbells_defaults_but_for_retries(void **s)
{
	static const char *const env[] = { "IMG_URL=http://a/b",
					   "DEST_DISK=/dev/vda", NULL };
	struct image_plan plan;
	struct task task;
	struct err err;

	(void)s;
	set_env(&task, env);
	assert_int_equal(image_plan(&task, &plan, &err), 0);

	assert_true(plan.retry);
	assert_int_equal(plan.retry_ms, 600000);
	assert_int_equal(plan.log_ms, 3000);
	assert_string_equal(plan.sha256, "");
	task_release(&task);
}

#define HEX64 "0123456789ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef"

static void test_a_digest_is_taken_with_and_without_its_kind(void **state)
{
	static const char *const env[] = { "IMG_URL=http://a/b",
					   "DEST_DISK=/dev/vda",
					   "CHECKSUM=sha256:" HEX64,
					   "IMG_SHA256=" HEX64, NULL };
	struct image_plan plan;
	struct task task;
	struct err err;

	(void)state;
	set_env(&task, env);
	assert_int_equal(image_plan(&task, &plan, &err), 0);

	assert_true(str_starts(plan.sha256, "0123456789abcdef"));
	task_release(&task);
}

static void test_image2disk_refuses_what_it_would_misread(void **state)
{
	static const struct {
		const char *env[5];
		const char *says;
	} cases[] = {
		{ { "DEST_DISK=/dev/vda" }, "IMG_URL is not set" },
		{ { "IMG_URL=http://a" }, "DEST_DISK is not set" },
		{ { "IMG_URL=file:///a", "DEST_DISK=d" }, "http://" },
		{ { "IMG_URL=http://a", "DEST_DISK=d", "RETRY_ENABLED=yes" },
		  "RETRY_ENABLED" },
		{ { "IMG_URL=http://a", "DEST_DISK=d", "CHECKSUM=md5:00" },
		  "CHECKSUM" },
		{ { "IMG_URL=http://a", "DEST_DISK=d",
		    "RETRY_DURATION_MINUTES=-1" },
		  "RETRY_DURATION_MINUTES" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct image_plan plan;
		struct task task;
		struct err err;

		set_env(&task, cases[i].env);
		assert_int_equal(image_plan(&task, &plan, &err), -1);
		assert_non_null(strstr(err.message, cases[i].says));
		task_release(&task);
	}
}

static void test_writefile_takes_its_path_apart(void **state)
{
	static const char *const env[] = { "DEST_DISK=/dev/vda1",
					   "DEST_PATH=//etc/./cloud//x.cfg",
					   "MODE=0600",
					   "DIRMODE=0700",
					   "UID=1000",
					   NULL };
	struct writefile_plan plan;
	struct task task;
	struct err err;

	(void)state;
	set_env(&task, env);
	assert_int_equal(writefile_plan(&task, &plan, &err), 0);

	assert_string_equal(plan.path, "etc/cloud/x.cfg");
	assert_int_equal(plan.n_parts, 3);
	assert_int_equal(plan.ends[0], 3);
	assert_int_equal(plan.ends[1], 9);
	assert_int_equal(plan.mode, 0600);
	assert_int_equal(plan.dir_mode, 0700);
	assert_int_equal(plan.uid, 1000);
	task_release(&task);
}

static void test_writefile_refuses_paths_that_lead_elsewhere(void **state)
{
	static const char *const paths[] = {
		"DEST_PATH=/etc/../../x",
		"DEST_PATH=etc/x",
		"DEST_PATH=/",
		"DEST_PATH=/etc/",
		"DEST_PATH=/..",
		"DEST_PATH=/.",
		"DEST_PATH=",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		const char *env[] = { "DEST_DISK=/dev/vda1", paths[i], NULL };
		struct writefile_plan plan;
		struct task task;
		struct err err;

		set_env(&task, env);
		assert_int_equal(writefile_plan(&task, &plan, &err), -1);
		task_release(&task);
	}
}

static void test_reports_are_read_as_they_are_written(void **state)
{
	struct action_report report;

	(void)state;
	assert_true(action_report_parse("progress 5 10 2 write", &report));
	assert_int_equal(report.bytes_done, 5);
	assert_int_equal(report.bytes_total, 10);
	assert_int_equal(report.rate, 2);
	assert_string_equal(report.text, "write");
	assert_true(action_report_parse("leave reboot", &report));
	assert_int_equal(report.kind, ACTION_LEAVE);
	assert_false(action_report_parse("progress 5 x 2 write", &report));
	assert_false(action_report_parse("song", &report));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_the_last_part_of_the_image_names_the_action),
		RUN(test_a_waitdaemon_that_restarts_is_a_restart),
		RUN(test_image2disk_has_tinkerbells_defaults_but_for_retries),
		RUN(test_a_digest_is_taken_with_and_without_its_kind),
		RUN(test_image2disk_refuses_what_it_would_misread),
		RUN(test_writefile_takes_its_path_apart),
		RUN(test_writefile_refuses_paths_that_lead_elsewhere),
		RUN(test_reports_are_read_as_they_are_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
