/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_lint_plan.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"

#define MAX_OUT (64 * 1024)

/* What is said of a template in a file of its own, over a sample. */
static void assert_lint(const char *text, size_t n_findings,
			const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_OUT);
	AUTO_JSON json_t *none = json_array();
	const struct template_ask ask = { .objects = none,
					  .namespace = "default" };
	struct template_data *data = template_data_sample(&ask);
	struct template_lint lint = { .file = "f",
				      .text = text,
				      .line = 1,
				      .sample = true,
				      .out = &out };

	template_lint_run(&lint, data);
	template_data_free(data);

	assert_string_equal(out.base, expected);
	assert_int_equal(lint.n_findings, n_findings);
}

#define FINE                                                                   \
	"name: t\ntasks:\n- name: a\n  worker: w\n  actions:\n"                \
	"  - name: b\n    image: reboot\n"

static void test_a_good_template_is_told_so(void **state)
{
	(void)state;

	assert_lint(FINE, 0, "f: 1 action, nothing wrong\n");
}

static void test_each_mistake_is_shown_with_a_caret(void **state)
{
	(void)state;

	assert_lint("a\n\xc3\xbc: {{ uper .x }}\nb: {{ .a[0] }}", 2,
		    "f:2:7: function \"uper\" not defined; did you mean "
		    "upper?\n"
		    "     2 | \xc3\xbc: {{ uper .x }}\n"
		    "       |       ^~~~\n"
		    "f:3:9: bad character '[' after \".a\"\n"
		    "     3 | b: {{ .a[0] }}\n"
		    "       |         ^\n");
}

static void test_a_caret_stands_below_wide_characters(void **state)
{
	(void)state;

	/* Two columns each; a mark over the one before takes none. */
	assert_lint("\xe4\xb8\xad\xe6\x96\x87 e\xcc\x81 {{ uper 1 }}", 1,
		    "f:1:10: function \"uper\" not defined; did you mean "
		    "upper?\n"
		    "     1 | \xe4\xb8\xad\xe6\x96\x87 e\xcc\x81 {{ uper "
		    "1 }}\n"
		    "       |           ^~~~\n");
}

static void test_a_mistake_in_a_block_without_end_hides_neither(void **state)
{
	(void)state;

	assert_lint("{{ if .a }}\n{{ x }}", 2,
		    "f:2:4: function \"x\" not defined\n"
		    "     2 | {{ x }}\n"
		    "       |    ^\n"
		    "f:1:4: unexpected end of the template in if, which has no "
		    "{{end}}\n"
		    "     1 | {{ if .a }}\n"
		    "       |    ^~\n");
}

static void test_places_are_those_of_the_file(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_OUT);
	AUTO_JSON json_t *template = json_of(
		"{'name':'t','text':'a\\nb {{ x }}','line':6,'indent':4}");
	AUTO_JSON json_t *elsewhere = json_of(
		"{'name':'t','text':'a\\nb {{ x }}','line':0,'indent':0}");
	struct template_lint lint;

	(void)state;

	template_lint_init(&lint, "f.yaml", template, &out);
	template_lint_text(&lint);
	template_lint_init(&lint, "f.yaml", elsewhere, &out);
	template_lint_text(&lint);

	assert_string_equal(
		out.base,
		"f.yaml:7:10: function \"x\" not defined\n"
		"     7 |     b {{ x }}\n"
		"       |          ^\n"
		"f.yaml: line 2:6 of the template: function \"x\" not defined\n"
		"     2 | b {{ x }}\n"
		"       |      ^\n");
}

static void test_keys_that_nobody_reads_are_found(void **state)
{
	(void)state;

	assert_lint(FINE "    timeut: 5\n    environment: {ANY: x}\n"
			 "    if: '{{ true }}'\nglobal_timout: 6\n",
		    2,
		    "f: rendered line 11: global_timout: nobody reads this "
		    "key; did you mean global_timeout?\n"
		    "    11 | global_timout: 6\n"
		    "       | ^~~~~~~~~~~~~\n"
		    "f: rendered line 8: tasks[0].actions[0].timeut: nobody "
		    "reads this key; did you mean timeout?\n"
		    "     8 |     timeut: 5\n"
		    "       |     ^~~~~~\n");
}

static void test_images_that_the_worker_lacks_are_found(void **state)
{
	(void)state;

	assert_lint(FINE "- name: c\n  actions:\n"
			 "  - {name: d, image: q/poweroff:v1}\n"
			 "  - {name: e, image: q/docker:v1}\n",
		    1,
		    "f: rendered line 11: tasks[1].actions[1].image: the "
		    "worker has no action of this image; expected image2disk, "
		    "writefile, cexec, reboot, poweroff, kexec, or a "
		    "waitdaemon that restarts the machine\n"
		    "    11 |   - {name: e, image: q/docker:v1}\n"
		    "       |   ^\n");
}

static void test_variables_that_an_action_needs_have_to_be_set(void **state)
{
	(void)state;

	assert_lint(FINE "  - name: c\n    image: image2disk\n"
			 "    environment: {IMG_URL: '', DEST_DISK: /dev/sda}\n"
			 "  - {name: d, image: kexec, if: 'false'}\n"
			 "  volumes: []\n  environment: {CMD_LINE: x}\n"
			 "- {name: e, environment: {BLOCK_DEVICE: x},\n"
			 "   actions: [{name: f, image: cexec}]}\n",
		    2,
		    "f: rendered line 8: tasks[0].actions[1]: IMG_URL is not "
		    "set in its environment\n"
		    "     8 |   - name: c\n"
		    "       |   ^\n"
		    "f: rendered line 15: tasks[1].actions[0]: CMD_LINE is not "
		    "set in its environment\n"
		    "    15 |    actions: [{name: f, image: cexec}]}\n"
		    "       |    ^~~~~~~\n");
}

static void test_what_comes_out_has_to_be_a_workflow(void **state)
{
	(void)state;

	assert_lint(
		"name: t\n{{ if true }}  a: [{{ end }}\n", 1,
		"f: rendered line 2: mapping values are not allowed in this "
		"context\n"
		"     2 |   a: [\n"
		"       |   ^\n");
	assert_lint(FINE "    timeout: 5{{ \"s\" }}\n", 1,
		    "f: rendered line 8: tasks[0].actions[0].timeout: expected "
		    "whole seconds\n"
		    "     8 |     timeout: 5s\n"
		    "       |     ^~~~~~~\n");
	assert_lint("name: t\n", 1, "f: tasks: there are none\n");
}

static void test_what_the_workflow_has_to_give_is_noted(void **state)
{
	(void)state;

	assert_lint(FINE
		    "    timeout: {{ .limit }}\n"
		    "  - {name: '{{ .hardwar }}', image: '{{ .image }}'}\n",
		    0,
		    "f: note: the Workflow's hardwareMap has to give .limit, "
		    ".hardwar; did you mean hardware?, .image\n"
		    "f: 2 actions, nothing wrong\n");
}

static void test_a_sample_may_be_unlike_the_machine(void **state)
{
	(void)state;

	assert_lint("{{ index .Hardware.Disks 7 }}", 0,
		    "f: note: it was tried over a sample machine and cannot be "
		    "rendered there; --hardware FILE has a real one\n"
		    "f:1:4: error calling index: index out of range: 7\n"
		    "     1 | {{ index .Hardware.Disks 7 }}\n"
		    "       |    ^~~~~\n");
}

static void test_what_steers_a_terminal_is_not_passed_on(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_OUT);
	struct template_lint lint = { .file = "f\033[2J",
				      .name = "t\033[2J",
				      .text = "\033[2J {{ x }}",
				      .line = 1,
				      .out = &out };

	(void)state;

	template_lint_text(&lint);

	assert_int_equal(lint.n_findings, 1);
	assert_null(strchr(out.base, '\033'));
}

static void assert_media(const char *text, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_OUT);
	AUTO_JSON json_t *none = json_array();
	const struct template_ask ask = { .objects = none,
					  .namespace = "default" };
	struct template_data *data = template_data_sample(&ask);
	struct template_lint lint = { .file = "f",
				      .name = "w",
				      .text = text,
				      .media = true,
				      .out = &out };

	template_lint_run(&lint, data);
	template_data_free(data);

	assert_string_equal(out.base, expected);
}

static void test_a_media_url_sees_the_hardware_alone(void **state)
{
	(void)state;

	assert_media("http://h/{{ index .Hardware.Disks 0 | base }}",
		     "f: Workflow w: mediaURL: http://h/sda\n");
	assert_media("{{ .hardware }}",
		     "f: line 1:4 of the template: map has no entry for key "
		     "\"hardware\"; did you mean \"Hardware\"?\n"
		     "     1 | {{ .hardware }}\n"
		     "       |    ^~~~~~~~~\n");
}

/* Over a machine that refers to a Secret. */
static void secret_lint(struct template_lint *lint, struct buf *out,
			const char *text)
{
	AUTO_JSON json_t *objects = json_of(
		"[{'apiVersion':'tinkerbell.org/v1alpha1','kind':'Hardware',"
		"'metadata':{'name':'m'},'spec':{'references':{'s':{'group':''"
		",'version':'v1','resource':'secrets','namespace':'default',"
		"'name':'os'}}}},{'apiVersion':'v1','kind':'Secret',"
		"'metadata':{'name':'os'},'stringData':{'pw':'hunter22'}}]");
	const struct template_ask ask = { .objects = objects,
					  .namespace = "default" };
	struct err err;
	struct template_data *data = template_data_new(&ask, &err);

	assert_non_null(data);
	*lint = (struct template_lint){
		.file = "f", .text = text, .line = 1, .out = out
	};
	template_lint_run(lint, data);
	template_data_free(data);
}

static void test_only_some_keys_may_depend_on_a_secret(void **state)
{
	static const char good[] =
		FINE "    environment: {PW: {{ .references.s.data.pw }}}\n";
	static const char bad[] =
		FINE "    pid: {{ .references.s.data.pw | b64dec }}\n";
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_OUT);
	struct template_lint lint;

	(void)state;

	secret_lint(&lint, &out, good);
	assert_string_equal(out.base, "f: 1 action, nothing wrong\n");
	buf_clear(&out);
	secret_lint(&lint, &out, bad);

	assert_string_equal(out.base,
			    "f: action \"b\": pid depends on a Secret\n");
	assert_int_equal(lint.n_findings, 1);
}

static void test_what_real_data_lacks_is_a_mistake(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_OUT);
	struct template_lint lint;

	(void)state;

	secret_lint(&lint, &out, "a: {{ .tag }}");

	assert_int_equal(lint.n_findings, 1);
	assert_string_equal(out.base,
			    "f:1:7: map has no entry for key \"tag\"\n"
			    "     1 | a: {{ .tag }}\n"
			    "       |       ^~~~\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_good_template_is_told_so),
		RUN(test_each_mistake_is_shown_with_a_caret),
		RUN(test_a_caret_stands_below_wide_characters),
		RUN(test_a_mistake_in_a_block_without_end_hides_neither),
		RUN(test_places_are_those_of_the_file),
		RUN(test_keys_that_nobody_reads_are_found),
		RUN(test_images_that_the_worker_lacks_are_found),
		RUN(test_variables_that_an_action_needs_have_to_be_set),
		RUN(test_what_comes_out_has_to_be_a_workflow),
		RUN(test_what_the_workflow_has_to_give_is_noted),
		RUN(test_a_sample_may_be_unlike_the_machine),
		RUN(test_what_steers_a_terminal_is_not_passed_on),
		RUN(test_a_media_url_sees_the_hardware_alone),
		RUN(test_only_some_keys_may_depend_on_a_secret),
		RUN(test_what_real_data_lacks_is_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
