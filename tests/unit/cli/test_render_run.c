/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/render_run.h"

#include <string.h>

#include "base/str.h"
#include "cli/render_text.h"
#include "json.h"
#include "test.h"

#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

static const char queued[] =
	"{'metadata':{'name':'demo-r1n01'},'spec':{'machine':'r1n01'},"
	"'status':{'phase':'queued','outcome':'',"
	"'phaseSince':'2026-11-24T11:59:30Z',"
	"'expectedNext':'the end of an earlier run of this machine'}}";

static const char imaging[] =
	"{'metadata':{'name':'demo-r1n02'},'spec':{'machine':'r1n02'},"
	"'status':{'phase':'working','outcome':'',"
	"'phaseSince':'2026-11-24T11:57:00Z','progress':{"
	"'action':'image','phase':'writing','bytesDone':536870912,"
	"'bytesTotal':1073741824,'bytesPerSecond':104857600,"
	"'etaSeconds':5}}}";

static const char done[] =
	"{'metadata':{'name':'demo-r1n03'},'spec':{'machine':'r1n03'},"
	"'status':{'phase':'ended','outcome':'success',"
	"'startedAt':'2026-11-24T11:50:00Z','endedAt':'2026-11-24T11:53:12Z',"
	"'digest':'sha256:abcd'}}";

static const char failed[] =
	"{'metadata':{'name':'demo-r1n04'},'spec':{'machine':'r1n04'},"
	"'status':{'phase':'ended','outcome':'failed',"
	"'startedAt':'2026-11-24T11:50:00Z','endedAt':'2026-11-24T11:50:40Z',"
	"'cause':'power-off: 198.18.1.4: no answer'}}";

static json_t *runs_of(const char *const *texts, size_t n)
{
	json_t *runs = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(runs, json_of(texts[i]));
	return runs;
}

static json_t *four(void)
{
	static const char *const texts[] = { queued, imaging, done, failed };

	return runs_of(texts, ARRAY_LEN(texts));
}

static size_t draw(struct buf *out, const json_t *runs, size_t columns,
		   size_t rows)
{
	struct render_screen screen = { .columns = columns,
					.rows = rows,
					.now = NOON };

	return render_watch(out, runs, &screen);
}

/* The n lines of a screen, none of which would wrap. */
static void assert_fits(const char *text, size_t n, size_t columns)
{
	AUTO_FREE char *copy = xstrdup(text);
	char *rest = copy;
	size_t lines = 0;

	assert_true(str_ends(text, "\n"));
	for (char *line = strsep(&rest, "\n"); rest;
	     line = strsep(&rest, "\n")) {
		if (render_width(line) > columns)
			fail_msg("over %zu columns: \"%s\"", columns, line);
		lines++;
	}
	assert_int_equal(lines, n);
}

static void test_a_run_is_over_when_it_has_an_outcome(void **state)
{
	AUTO_JSON json_t *runs = four();
	AUTO_JSON json_t *bare = json_of("{'metadata':{'name':'w1'}}");

	(void)state;

	assert_false(render_run_over(json_array_get(runs, 0)));
	assert_false(render_run_over(json_array_get(runs, 1)));
	assert_true(render_run_over(json_array_get(runs, 2)));
	assert_true(render_run_good(json_array_get(runs, 2)));
	assert_true(render_run_over(json_array_get(runs, 3)));
	assert_false(render_run_good(json_array_get(runs, 3)));
	assert_false(render_run_over(bare));
	assert_string_equal(render_run_machine(bare), "w1");
	assert_string_equal(render_run_machine(json_array_get(runs, 0)),
			    "r1n01");
}

static void test_the_table_at_80_columns(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(16 * 1024);
	AUTO_JSON json_t *runs = four();

	(void)state;

	assert_int_equal(draw(&out, runs, 80, 24), 6);

	assert_string_equal(
		out.base,
		"MACHINE  PHASE    AGE    \n"
		"r1n01    queued   30s      waits for the end of an earlier "
		"run of this machine\n"
		"r1n02    working  3m0s     [==========>         ]  50%  "
		"image writing  100 MiB/s\n"
		"r1n03    done     3m12s    sha256:abcd\n"
		"r1n04    failed   40s      power-off: 198.18.1.4: no answer\n"
		"4 machines: 1 queued, 1 running, 1 done, 1 failed\n");
	assert_fits(out.base, 6, 80);
}

static void test_a_wide_screen_shows_all_of_a_line(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(16 * 1024);
	AUTO_JSON json_t *runs = runs_of((const char *const[]){ imaging }, 1);

	(void)state;

	draw(&out, runs, 200, 24);

	assert_non_null(strstr(out.base, "image writing  100 MiB/s  ETA 5s\n"));
}

static void test_the_table_at_40_columns(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(16 * 1024);
	AUTO_JSON json_t *runs = four();

	(void)state;

	assert_int_equal(draw(&out, runs, 40, 24), 6);

	assert_string_equal(out.base,
			    "MACHINE  PHASE    AGE    \n"
			    "r1n01    queued   30s      waits for the\n"
			    "r1n02    working  3m0s     [==========> \n"
			    "r1n03    done     3m12s    sha256:abcd\n"
			    "r1n04    failed   40s      power-off: 19\n"
			    "4 machines: 1 queued, 1 running, 1 done,\n");
	assert_fits(out.base, 6, 40);
}

/* The state of each can be seen, however long its name is. */
static void test_long_names_are_cut_before_the_phase(void **state)
{
	static const char long_name[] =
		"{'spec':{'machine':'a-machine-with-a-name-of-fifty-characters-"
		"in-all'},'status':{'phase':'restart-off','outcome':'',"
		"'phaseSince':'2026-11-24T11:59:30Z'}}";
	static const size_t columns[] = { 1,  5,  20, 39,  40,
					  60, 80, 81, 132, 1000 };
	AUTO_JSON json_t *runs =
		runs_of((const char *const[]){ long_name, imaging, failed }, 3);

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(16 * 1024);

		assert_int_equal(draw(&out, runs, columns[i], 0), 5);
		assert_fits(out.base, 5, columns[i]);
		if (columns[i] >= 39) {
			assert_non_null(strstr(out.base, "  restart-off  30s"));
			assert_non_null(strstr(out.base, "  failed       40s"));
		}
	}
}

static void test_wide_characters_do_not_make_a_line_wrap(void **state)
{
	AUTO_JSON json_t *runs = runs_of(
		(const char *const[]){
			"{'spec':{'machine':'\xe6\x9c\xba\xe5\x99\xa8'},"
			"'status':{'phase':'ended','outcome':'failed',"
			"'cause':'\xe6\x9c\xba\xe5\x99\xa8\xe6\x9c\xba\xe5\x99"
			"\xa8\xe6\x9c\xba\xe5\x99\xa8\xe6\x9c\xba\xe5\x99\xa8'"
			"}}" },
		1);

	(void)state;

	for (size_t columns = 1; columns < 50; columns++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(16 * 1024);

		draw(&out, runs, columns, 0);
		assert_fits(out.base, 3, columns);
	}
}

static json_t *many(size_t n)
{
	json_t *runs = json_array();

	for (size_t i = 0; i < n; i++) {
		static const char *const texts[] = { done, queued, imaging };
		json_t *run = json_of(i == n - 1 ? failed : texts[i % 3]);
		AUTO_FREE char *name = xasprintf("m%03zu", i);

		json_put(run, "spec.machine", json_string(name));
		json_array_append_new(runs, run);
	}
	return runs;
}

static void test_of_too_many_the_failed_are_shown_first(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	AUTO_JSON json_t *runs = many(60);
	const char *first;

	(void)state;

	assert_int_equal(draw(&out, runs, 80, 24), 23);

	assert_fits(out.base, 23, 80);
	first = strchr(out.base, '\n') + 1;
	assert_true(str_starts(first, "m059     failed"));
	assert_non_null(strstr(out.base, "\nm002     working"));
	assert_non_null(strstr(out.base, "\nm001     queued"));
	assert_null(strstr(out.base, " done  "));
	assert_non_null(strstr(out.base,
			       "60 machines: 20 queued, 19 running, 20 done, "
			       "1 failed (39 not shown)\n"));
}

static void test_as_many_as_fit_stay_in_their_order(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
	AUTO_JSON json_t *runs = many(21);

	(void)state;

	assert_int_equal(draw(&out, runs, 80, 24), 23);

	assert_non_null(strstr(out.base, "AGE    \nm000     done"));
	assert_null(strstr(out.base, "not shown"));
}

static void test_a_tiny_screen_shows_one_machine(void **state)
{
	(void)state;

	for (size_t rows = 1; rows < 5; rows++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
		AUTO_JSON json_t *runs = many(5);

		assert_int_equal(draw(&out, runs, 80, rows), 3);
		assert_non_null(strstr(out.base, "\nm004     failed"));
	}
}

static void test_no_screen_size_shows_all(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(256 * 1024);
	AUTO_JSON json_t *runs = many(500);

	(void)state;

	assert_int_equal(draw(&out, runs, 80, 0), 502);
	assert_fits(out.base, 502, 80);
}

static void test_a_table_of_no_runs(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);
	AUTO_JSON json_t *runs = json_array();

	(void)state;

	assert_int_equal(draw(&out, runs, 80, 24), 2);
	assert_string_equal(out.base, "MACHINE  PHASE  AGE    \n0 machines\n");
}

static void test_colours_only_when_asked_for(void **state)
{
	CLEANUP(buf_release) struct buf plain = BUF_INIT(16 * 1024);
	CLEANUP(buf_release) struct buf colour = BUF_INIT(16 * 1024);
	AUTO_JSON json_t *runs = four();
	struct render_screen screen = { .columns = 80,
					.colour = true,
					.now = NOON };

	(void)state;

	draw(&plain, runs, 80, 0);
	render_watch(&colour, runs, &screen);

	assert_null(strchr(plain.base, '\033'));
	assert_non_null(strstr(colour.base, "r1n01    queued   30s"));
	assert_non_null(strstr(colour.base, "  \033[36mworking\033[0m  3m0s"));
	assert_non_null(strstr(colour.base, "  \033[32mdone   \033[0m  3m12s"));
	assert_non_null(strstr(colour.base, "  \033[31mfailed \033[0m  40s"));
}

/* Each text of a run with something in it that would steer a terminal. */
static json_t *hostile(const char *outcome)
{
	json_t *run = json_of(imaging);
	static const char *const paths[] = {
		"metadata.name",          "spec.machine",
		"spec.template",          "status.phase",
		"status.failedIn",        "status.cause",
		"status.digest",          "status.advice",
		"status.lastSeen",        "status.expectedNext",
		"status.progress.action", "status.progress.phase",
	};

	for (size_t i = 0; i < ARRAY_LEN(paths); i++)
		json_put(run, paths[i],
			 json_string("\033[2Jx\xc2\x9b"
				     "3m\r\ny"));
	json_put(run, "status.outcome", json_string(outcome));
	json_put(run, "status.phases",
		 json_pack("[{s:s,s:i}]", "name", "\033[2J", "durationMs", 5));
	json_put(run, "status.events",
		 json_pack("[{s:s,s:s,s:s,s:s,s:i,s:s}]", "at", "\033[2J",
			   "source", "\033", "kind", "\033", "message",
			   "\033]0;x\007", "count", 2, "lastAt", "\033c"));
	return run;
}

static void assert_harmless(const char *text)
{
	for (; *text; text++) {
		bool control = (unsigned char)*text < ' ' && *text != '\n';

		assert_false(control);
		assert_false(text[0] == '\xc2' && text[1] == '\x9b');
	}
}

static void test_nothing_of_a_run_steers_the_terminal(void **state)
{
	static const char *const outcomes[] = { "", "success", "failed",
						"\033[2J" };

	(void)state;

	for (size_t i = 0; i < ARRAY_LEN(outcomes); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);
		AUTO_JSON json_t *runs = json_array();

		json_array_append_new(runs, hostile(outcomes[i]));
		draw(&out, runs, 400, 0);
		render_run_change(&out, json_array_get(runs, 0), NOON);
		render_why(&out, json_array_get(runs, 0), NOON);
		render_report(&out, runs);
		assert_harmless(out.base);
	}
}

static void assert_change(const char *run, const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(16 * 1024);
	AUTO_JSON json_t *object = json_of(run);

	render_run_change(&out, object, NOON);
	assert_string_equal(out.base, expected);
}

static void test_a_change_is_a_line_for_a_pipe(void **state)
{
	(void)state;

	assert_change(queued, "2026-11-24T12:00:00Z r1n01 queued\n");
	assert_change(imaging,
		      "2026-11-24T12:00:00Z r1n02 working image 50%\n");
	assert_change(done, "2026-11-24T12:00:00Z r1n03 done sha256:abcd\n");
	assert_change(failed, "2026-11-24T12:00:00Z r1n04 failed power-off: "
			      "198.18.1.4: no answer\n");
	assert_change("{'spec':{'machine':'m'},'status':{'phase':'working',"
		      "'progress':{'action':'reboot','bytesTotal':0}}}",
		      "2026-11-24T12:00:00Z m working reboot\n");
	assert_change("{'spec':{'machine':'m'},'status':{'phase':'ended',"
		      "'outcome':'timeout'}}",
		      "2026-11-24T12:00:00Z m timeout\n");
}

static void assert_key(json_t *run, const char *path, json_t *value,
		       const char *expected)
{
	CLEANUP(buf_release) struct buf key = BUF_INIT(1024);

	json_put(run, path, value);
	render_run_key(&key, run);
	assert_string_equal(key.base, expected);
}

static void test_a_key_changes_with_each_tenth(void **state)
{
	AUTO_JSON json_t *run = json_of(imaging);

	(void)state;

	assert_key(run, "status.progress.bytesDone", json_integer(0),
		   "working/image/0");
	assert_key(run, "status.progress.bytesDone", json_integer(107374182),
		   "working/image/0");
	assert_key(run, "status.progress.bytesDone", json_integer(107374183),
		   "working/image/1");
	assert_key(run, "status.progress.bytesDone", json_integer(1073741823),
		   "working/image/9");
	assert_key(run, "status.progress.bytesDone", json_integer(2147483648),
		   "working/image/10");
	assert_key(run, "status.progress.bytesTotal", json_integer(0),
		   "working/image/-1");
	assert_key(run, "status.progress.action", json_string("reboot"),
		   "working/reboot/-1");
	assert_key(run, "status.progress", json_null(), "working//-1");
	assert_key(run, "status.phase", json_string("closing"), "closing//-1");
	assert_key(run, "status.outcome", json_string("success"), "done//-1");
	assert_key(run, "status.outcome", json_string("timeout"),
		   "timeout//-1");
}

static void assert_summary(const char *const *texts, size_t n,
			   const char *expected)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);
	AUTO_JSON json_t *runs = runs_of(texts, n);

	render_summary(&out, runs);
	assert_string_equal(out.base, expected);
}

static void test_a_summary_counts_what_there_is(void **state)
{
	static const char *const one[] = { done };
	static const char *const three[] = { done, failed, done };

	(void)state;

	assert_summary(one, 0, "0 machines");
	assert_summary(one, 1, "1 machine: 1 done");
	assert_summary(three, 3, "3 machines: 2 done, 1 failed");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_run_is_over_when_it_has_an_outcome),
		RUN(test_the_table_at_80_columns),
		RUN(test_a_wide_screen_shows_all_of_a_line),
		RUN(test_the_table_at_40_columns),
		RUN(test_long_names_are_cut_before_the_phase),
		RUN(test_wide_characters_do_not_make_a_line_wrap),
		RUN(test_of_too_many_the_failed_are_shown_first),
		RUN(test_as_many_as_fit_stay_in_their_order),
		RUN(test_a_tiny_screen_shows_one_machine),
		RUN(test_no_screen_size_shows_all),
		RUN(test_a_table_of_no_runs),
		RUN(test_colours_only_when_asked_for),
		RUN(test_nothing_of_a_run_steers_the_terminal),
		RUN(test_a_change_is_a_line_for_a_pipe),
		RUN(test_a_key_changes_with_each_tenth),
		RUN(test_a_summary_counts_what_there_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
