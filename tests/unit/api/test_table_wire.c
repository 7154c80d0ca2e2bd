/* SPDX-License-Identifier: Apache-2.0 */
#include "api/table_wire.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

static json_t *table_of(const char *kind, const char *items,
			enum table_include include)
{
	AUTO_JSON json_t *list = json_of(items);

	return table_render(kind_by_word(kind), list, include, "42", NOON);
}

/* The cells of the only row. */
static void assert_cells(const char *kind, const char *object,
			 const char *cells)
{
	AUTO_FREE char *items = xasprintf("[%s]", object);
	AUTO_JSON json_t *table = table_of(kind, items, TABLE_NONE);

	assert_at(table, "rows[0].cells", cells);
}

static void test_a_table_has_columns_and_rows(void **state)
{
	AUTO_JSON json_t *table =
		table_of("tpl",
			 "[{'metadata':{'name':'debian',"
			 "'creationTimestamp':'2026-11-24T11:59:00Z'}},"
			 "{'metadata':{'name':'fedora',"
			 "'creationTimestamp':'2026-11-22T12:00:00Z'},"
			 "'status':{'state':'ready'}}]",
			 TABLE_NONE);

	(void)state;

	assert_json(table,
		    "{'kind':'Table','apiVersion':'meta.k8s.io/v1',"
		    "'metadata':{'resourceVersion':'42'},'columnDefinitions':["
		    "{'name':'Name','type':'string','format':'name',"
		    "'description':'Name','priority':0},"
		    "{'name':'State','type':'string','format':'',"
		    "'description':'State','priority':0},"
		    "{'name':'Age','type':'date','format':'',"
		    "'description':'Age','priority':0}],"
		    "'rows':[{'cells':['debian','','60s'],'object':null},"
		    "{'cells':['fedora','ready','2d'],'object':null}]}");
}

static void test_a_table_of_nothing(void **state)
{
	AUTO_JSON json_t *table = table_of("hw", "[]", TABLE_METADATA);

	(void)state;

	assert_at(table, "rows", "[]");
	assert_int_equal(json_array_size(json_at(table, "columnDefinitions")),
			 6);
}

static void test_every_row_has_a_cell_for_every_column(void **state)
{
	static const char *const items[] = {
		"[{}]",
		"[{'metadata':{'name':'x'}}]",
		"[{'metadata':[],'status':'','spec':1,'data':'x'}]",
		"[{'lastTimestamp':7,'message':{},'type':[],'reason':1}]",
	};

	(void)state;

	for (size_t i = 0; i < n_kinds; i++) {
		for (size_t k = 0; k < ARRAY_LEN(items); k++) {
			AUTO_JSON json_t *table =
				table_of(kinds[i].kind, items[k], TABLE_NONE);

			assert_int_equal(json_array_size(json_at(
						 table, "rows[0].cells")),
					 json_array_size(json_at(
						 table, "columnDefinitions")));
		}
	}
}

static void test_hardware_shows_its_first_interface(void **state)
{
	(void)state;

	assert_cells("hw",
		     "{'metadata':{'name':'m1'},'spec':{'bmcRef':{'name':'b1'},"
		     "'interfaces':[{'dhcp':{'mac':'52:54:00:00:00:01',"
		     "'ip':{'address':'198.18.0.11'}}}]},"
		     "'status':{'state':'provisioned'}}",
		     "['m1','provisioned','198.18.0.11','52:54:00:00:00:01',"
		     "'b1','<unknown>']");
}

static void test_a_workflow_hides_what_is_wide(void **state)
{
	AUTO_JSON json_t *table = table_of("wf", "[]", TABLE_NONE);

	(void)state;

	assert_at(table, "columnDefinitions[3].name", "'Task'");
	assert_at(table, "columnDefinitions[3].priority", "1");
	assert_at(table, "columnDefinitions[4].name", "'Action'");
	assert_at(table, "columnDefinitions[4].priority", "0");
	assert_cells("wf",
		     "{'metadata':{'name':'w1'},'spec':{'templateRef':'debian',"
		     "'hardwareRef':'m1'},'status':{'state':'RUNNING',"
		     "'templateRendering':'successful','currentState':{"
		     "'taskName':'tasks','actionName':'image',"
		     "'agentID':'52:54:00:00:00:01'}}}",
		     "['w1','debian','RUNNING','tasks','image',"
		     "'52:54:00:00:00:01','m1','successful','<unknown>']");
}

static void test_a_job_shows_the_condition_that_holds(void **state)
{
	(void)state;

	assert_cells("job",
		     "{'metadata':{'name':'j1'},'spec':{'machineRef':{"
		     "'name':'b1'}},'status':{'conditions':["
		     "{'type':'Running','status':'False'},"
		     "{'type':'Completed','status':'True'}]}}",
		     "['j1','b1','Completed','<unknown>']");
	assert_cells("job",
		     "{'metadata':{'name':'j1'},'status':{'conditions':["
		     "{'type':'Running','status':'False'},{'status':'True'},"
		     "{'type':'Failed'}]}}",
		     "['j1','','','<unknown>']");
}

static void test_a_run_shows_how_far_it_is_or_how_it_ended(void **state)
{
	(void)state;

	assert_cells(
		"run",
		"{'metadata':{'name':'r1'},'spec':{'machine':'m1'},"
		"'status':{'phase':'working','outcome':'','progress':{"
		"'action':'image','bytesDone':1288490189,"
		"'bytesTotal':4294967296}}}",
		"['r1','m1','working','<unknown>','image 1.2/4.0 GiB','']");
	assert_cells("run",
		     "{'metadata':{'name':'r1'},'status':{'phase':'working',"
		     "'progress':{'action':'reboot','bytesTotal':0}}}",
		     "['r1','','working','<unknown>','reboot','']");
	assert_cells("run",
		     "{'metadata':{'name':'r1'},'status':{'phase':'ended',"
		     "'outcome':'failed','cause':'power-off: no answer'}}",
		     "['r1','','failed','<unknown>','','power-off: no "
		     "answer']");
}

static void test_secrets_show_how_much_and_nothing_of_it(void **state)
{
	AUTO_JSON json_t *table =
		table_of("secret",
			 "[{'metadata':{'name':'bmc'},'type':'Opaque',"
			 "'data':{'username':'YQ==','password':'Yg=='}}]",
			 TABLE_METADATA);
	AUTO_FREE char *text = json_text(table);

	(void)state;

	assert_at(table, "rows[0].cells", "['bmc','Opaque',2,'<unknown>']");
	assert_at(table, "columnDefinitions[2].type", "'integer'");
	assert_null(strstr(text, "Yg=="));
}

static void test_an_event_shows_what_it_is_about(void **state)
{
	(void)state;

	assert_cells("event",
		     "{'metadata':{'name':'e1'},"
		     "'lastTimestamp':'2026-11-24T11:00:00Z','type':'Warning',"
		     "'reason':'failed','involvedObject':{'kind':'Hardware',"
		     "'name':'M1'},'message':'no DHCP request'}",
		     "['e1','1h0m','Warning','failed','hardware/M1',"
		     "'no DHCP request']");
}

static void test_a_kind_without_a_layout_has_name_and_age(void **state)
{
	(void)state;

	assert_cells("wrs",
		     "{'metadata':{'name':'any',"
		     "'creationTimestamp':'2026-11-24T11:59:57Z'}}",
		     "['any','3s']");
}

static void test_what_a_row_holds_of_its_object(void **state)
{
	static const char items[] =
		"[{'kind':'Hardware','metadata':{'name':'m1','uid':'u'},"
		"'spec':{'x':1}}]";
	AUTO_JSON json_t *metadata = table_of("hw", items, TABLE_METADATA);
	AUTO_JSON json_t *object = table_of("hw", items, TABLE_OBJECT);
	AUTO_JSON json_t *none = table_of("hw", items, TABLE_NONE);

	(void)state;

	assert_at(metadata, "rows[0].object",
		  "{'kind':'PartialObjectMetadata',"
		  "'apiVersion':'meta.k8s.io/v1',"
		  "'metadata':{'name':'m1','uid':'u'}}");
	assert_at(object, "rows[0].object",
		  "{'kind':'Hardware','metadata':{'name':'m1','uid':'u'},"
		  "'spec':{'x':1}}");
	assert_at(none, "rows[0].object", "null");
}

static void test_which_rows_are_asked_for(void **state)
{
	(void)state;

	assert_int_equal(table_include_of(NULL), TABLE_METADATA);
	assert_int_equal(table_include_of(""), TABLE_METADATA);
	assert_int_equal(table_include_of("Metadata"), TABLE_METADATA);
	assert_int_equal(table_include_of("Object"), TABLE_OBJECT);
	assert_int_equal(table_include_of("None"), TABLE_NONE);
	assert_int_equal(table_include_of("none"), TABLE_METADATA);
}

static void test_a_table_is_wanted_by_the_accept_header(void **state)
{
	(void)state;

	assert_true(table_wanted("application/json;as=Table;v=v1;"
				 "g=meta.k8s.io,application/json"));
	assert_false(table_wanted("application/json"));
	assert_false(table_wanted("application/json;as=Table;g=other"));
	assert_false(table_wanted("application/json;as="
				  "PartialObjectMetadataList;g=meta.k8s.io"));
	assert_false(table_wanted(""));
	assert_false(table_wanted(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_table_has_columns_and_rows),
		RUN(test_a_table_of_nothing),
		RUN(test_every_row_has_a_cell_for_every_column),
		RUN(test_hardware_shows_its_first_interface),
		RUN(test_a_workflow_hides_what_is_wide),
		RUN(test_a_job_shows_the_condition_that_holds),
		RUN(test_a_run_shows_how_far_it_is_or_how_it_ended),
		RUN(test_secrets_show_how_much_and_nothing_of_it),
		RUN(test_an_event_shows_what_it_is_about),
		RUN(test_a_kind_without_a_layout_has_name_and_age),
		RUN(test_what_a_row_holds_of_its_object),
		RUN(test_which_rows_are_asked_for),
		RUN(test_a_table_is_wanted_by_the_accept_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
