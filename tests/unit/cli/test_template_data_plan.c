/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_data_plan.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"

#define TINKERBELL "'apiVersion':'tinkerbell.org/v1alpha1',"
#define HARDWARE(name, spec)                                                   \
	"{" TINKERBELL "'kind':'Hardware','metadata':{'name':'" name           \
	"'},'spec':{" spec "}}"
#define WORKFLOW(name, spec)                                                   \
	"{" TINKERBELL "'kind':'Workflow','metadata':{'name':'" name           \
	"'},'spec':{" spec "}}"
#define MAC(mac) "'interfaces':[{'dhcp':{'mac':'" mac "'}}]"

static struct template_data *
data_of(const char *objects, const struct template_ask *like, struct err *err)
{
	AUTO_JSON json_t *list = json_of(objects);
	struct template_ask ask = *like;

	ask.objects = list;
	ask.namespace = "default";
	return template_data_new(&ask, err);
}

static void assert_input(const char *objects, const struct template_ask *ask,
			 const char *path, const char *expected)
{
	struct err err;
	struct template_data *data = data_of(objects, ask, &err);

	if (!data)
		fail_msg("%s", err.message);
	assert_at(data->input, path, expected);
	template_data_free(data);
}

static void assert_refused(const char *objects, const struct template_ask *ask,
			   const char *message)
{
	struct err err;

	assert_null(data_of(objects, ask, &err));
	assert_string_equal(err.message, message);
}

static const struct template_ask nothing;

static void test_without_a_workflow_it_is_as_provision_makes_one(void **state)
{
	static const char one[] =
		"[" HARDWARE("m1", MAC("02:00:00:00:00:01")) "]";

	(void)state;

	assert_input(one, &nothing, "device_1", "'02:00:00:00:00:01'");
	assert_input(one, &nothing, "tomte.name", "'m1'");
	assert_input(one, &nothing, "hardware.metadata",
		     "{'name':'m1','namespace':'default'}");
}

static void test_settings_are_over_the_workflows_own(void **state)
{
	static const char both[] = "[" HARDWARE("m1", "") "," WORKFLOW(
		"w", "'templateRef':'t','hardwareRef':'m1',"
		     "'hardwareMap':{'a':'1','b':'2'}") "]";
	AUTO_JSON json_t *settings = json_of("{'b':'3','c':'4'}");
	const struct template_ask ask = { .settings = settings,
					  .template = "t" };

	(void)state;

	assert_input(both, &ask, "a", "'1'");
	assert_input(both, &ask, "b", "'3'");
	assert_input(both, &ask, "c", "'4'");
	assert_input(both, &ask, "device_1", NULL);
}

static void test_the_workflow_chooses_the_machine(void **state)
{
	static const char two[] =
		"[" HARDWARE("m1", "") "," HARDWARE("m2", "") "," WORKFLOW(
			"w", "'templateRef':'t','hardwareRef':'m2'") "]";
	const struct template_ask of_t = { .template = "t" };
	const struct template_ask of_w = { .workflow = "w" };
	const struct template_ask of_m1 = { .machine = "m1" };

	(void)state;

	assert_input(two, &of_t, "tomte.name", "'m2'");
	assert_input(two, &of_w, "tomte.name", "'m2'");
	/* No Workflow is for that one. */
	assert_input(two, &of_m1, "tomte.name", "'m1'");
}

static void test_of_more_than_one_machine_one_is_to_be_chosen(void **state)
{
	static const char two[] =
		"[" HARDWARE("m1", "") "," HARDWARE("m2", "") "]";
	const struct template_ask m3 = { .machine = "m3" };

	(void)state;

	assert_refused(two, &nothing,
		       "there are 2 Hardware (m1, m2): --machine NAME chooses "
		       "one");
	assert_refused(two, &m3, "no Hardware \"m3\" is in the files");
}

static void assert_machines(const char *objects, const char *machine,
			    const char *expected)
{
	AUTO_JSON json_t *list = json_of(objects);
	const struct template_ask ask = { .objects = list, .machine = machine };
	AUTO_JSON json_t *names = template_machines(&ask);

	assert_json(names, expected);
}

static void
test_each_machine_may_be_meant_where_nothing_says_which(void **state)
{
	static const char one[] = "[" HARDWARE("m1", "") "]";
	static const char two[] =
		"[" HARDWARE("m1", "") "," HARDWARE("m2", "") "]";
	static const char said[] = "[" HARDWARE("m1", "") "," HARDWARE(
		"m2", "") "," WORKFLOW("w", "'hardwareRef':'m2'") "]";

	(void)state;

	assert_machines(two, NULL, "['m1','m2']");
	assert_machines(two, "m2", "[null]");
	assert_machines(one, NULL, "[null]");
	assert_machines(said, NULL, "[null]");
	assert_machines("[]", NULL, "[null]");
}

static void test_a_workflow_may_go_without_hardware(void **state)
{
	static const char alone[] = "[" WORKFLOW(
		"w", "'templateRef':'t','hardwareMap':{'a':'1'}") "]";

	(void)state;

	assert_input(alone, &nothing, "a", "'1'");
	assert_input(alone, &nothing, "hardware", "{}");
}

#define REFERENCES                                                             \
	"'references':{'creds':{'group':'','version':'v1','resource':"         \
	"'secrets','namespace':'default','name':'os'},'cfg':{'group':'',"      \
	"'version':'v1','resource':'configmaps','namespace':'lab',"            \
	"'name':'c'}}"
#define SECRET                                                                 \
	"{'apiVersion':'v1','kind':'Secret','metadata':{'name':'os'},"         \
	"'stringData':{'pw':'hunter22'},'data':{'user':'Ym9i'}}"
#define CONFIG(space)                                                          \
	"{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'c',"        \
	"'namespace':'" space "'},'data':{'a':'b'}}"

static void test_values_of_secrets_are_named_and_not_shown(void **state)
{
	static const char objects[] =
		"[" HARDWARE("m1", REFERENCES) "," SECRET "," CONFIG("lab") "]";
	CLEANUP(buf_release) struct buf text = BUF_INIT(256);
	CLEANUP(buf_release) struct buf shown = BUF_INIT(256);
	struct err err;
	struct template_data *data = data_of(objects, &nothing, &err);
	const char *value = json_str_at(data->references, "creds.data.pw");
	AUTO_FREE char *all = json_text(data->input);

	(void)state;

	assert_true(str_unbase64(&text, value, strlen(value)));
	template_shown(data, value, &shown);

	assert_string_equal(text.base, "<secret os/pw>");
	assert_string_equal(shown.base, "<base64 of secret os/pw>");
	assert_null(strstr(all, "hunter22"));
	assert_null(strstr(all, "Ym9i"));
	assert_at(data->references, "creds.stringData", NULL);
	assert_at(data->input, "references.cfg.data.a", "'b'");
	assert_int_equal(data->problem.code, ERR_NONE);
	template_data_free(data);
}

static void test_a_reference_to_what_is_not_there_is_named(void **state)
{
	static const char objects[] =
		"[" HARDWARE("m1", REFERENCES) "," SECRET
					       "," CONFIG("default") "]";
	struct err err;
	struct template_data *data = data_of(objects, &nothing, &err);

	(void)state;

	assert_string_equal(data->problem.message,
			    "reference cfg: configmaps lab/c is not in the "
			    "files (--references FILE)");
	assert_at(data->references, "cfg", NULL);
	template_data_free(data);
}

static void test_rules_decide_what_may_be_referred_to(void **state)
{
	static const char objects[] =
		"[" HARDWARE("m1", REFERENCES) "," SECRET "," CONFIG("lab") "]";
	AUTO_JSON json_t *allow =
		json_of("{'source':{'name':['m1'],'namespace':['default']},"
			"'reference':{'resource':['configmaps']}}");
	struct err err;
	struct reference_rules *rules = reference_rules_new(allow, NULL, &err);
	const struct template_ask ask = { .rules = rules };
	struct template_data *data = data_of(objects, &ask, &err);

	(void)state;

	assert_at(data->references, "cfg.data.a", "'b'");
	assert_at(data->references, "creds", NULL);
	assert_string_equal(data->problem.message,
			    "reference creds: secrets default/os: no rule "
			    "allows this reference");
	template_data_free(data);
	reference_rules_free(rules);
}

static void test_a_sample_has_what_templates_ask_most(void **state)
{
	AUTO_JSON json_t *none = json_array();
	const struct template_ask ask = { .objects = none,
					  .namespace = "default" };
	struct template_data *data = template_data_sample(&ask);

	(void)state;

	assert_false(template_has_hardware(none));
	assert_at(data->input, "Hardware.Disks", "['/dev/sda','/dev/sdb']");
	assert_at(data->input, "Hardware.Interfaces[0].DHCP.IP.Address",
		  "'192.0.2.10'");
	assert_at(data->input, "device_1", "'02:00:00:00:00:01'");
	template_data_free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_without_a_workflow_it_is_as_provision_makes_one),
		RUN(test_settings_are_over_the_workflows_own),
		RUN(test_the_workflow_chooses_the_machine),
		RUN(test_of_more_than_one_machine_one_is_to_be_chosen),
		RUN(test_each_machine_may_be_meant_where_nothing_says_which),
		RUN(test_a_workflow_may_go_without_hardware),
		RUN(test_values_of_secrets_are_named_and_not_shown),
		RUN(test_a_reference_to_what_is_not_there_is_named),
		RUN(test_rules_decide_what_may_be_referred_to),
		RUN(test_a_sample_has_what_templates_ask_most),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
