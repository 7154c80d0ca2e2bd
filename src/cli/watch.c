/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/watch.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/str.h"
#include "cli/render_run.h"
#include "cli/render_text.h"
#include "cli/run_list.h"

#define MAX_SCREEN   (4 * 1024 * 1024)
#define AWAY_MAX_MS  (10 * 60 * 1000) /* how long a server may be away */
#define DEFAULT_WIDE 80

struct watch {
	struct cli *cli;
	const char *run; /* NULL: all that are not over */
	json_t *keys;    /* run -> what was printed of it last */
	json_t *runs;    /* as they were read last; NULL: never */
	mono_ms away;    /* since when the server is; 0: it is there */
	size_t n_lines;  /* on the screen */
	bool screen;     /* it is a terminal */
	bool json;
};

/* Open runs, and those that were seen open and have ended since. */
static json_t *keep_open(struct watch *watch, json_t *all)
{
	json_t *list = json_array();
	size_t i;
	json_t *run;

	json_array_foreach (all, i, run) {
		const char *name = json_str_at(run, "metadata.name");

		if (!render_run_over(run) || json_object_get(watch->keys, name))
			json_array_append(list, run);
	}
	json_decref(all);
	return list;
}

/* -1: it failed for good; 1: the server is away, what was seen stays. */
static int read_runs(struct watch *watch, struct err *err)
{
	json_t *runs = watch->run ? run_list_named(watch->cli, watch->run, err)
				  : run_list_all(watch->cli, err);
	mono_ms now = clock_mono();

	if (runs) {
		json_decref(watch->runs);
		watch->runs = watch->run ? runs : keep_open(watch, runs);
		watch->away = 0;
		return 0;
	}
	if (!watch->runs || err->code != ERR_UNREACHABLE)
		return -1;
	if (!watch->away)
		watch->away = now;
	return now - watch->away > AWAY_MAX_MS ? -1 : 1;
}

static void draw(struct watch *watch)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_SCREEN);
	struct winsize size = { .ws_row = 0 };
	struct render_screen screen = { .columns = DEFAULT_WIDE,
					.now = clock_wall() };

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col) {
		screen.columns = size.ws_col;
		screen.rows = size.ws_row;
	}
	screen.colour = cli_colour();
	if (watch->away && screen.rows > 1)
		screen.rows--;
	if (watch->n_lines)
		buf_printf(&out, "\033[%zuA\033[J", watch->n_lines);
	watch->n_lines = render_watch(&out, watch->runs, &screen);
	if (watch->away) {
		render_cut(&out, "tomte serve does not answer; waiting for it",
			   screen.columns);
		buf_addc(&out, '\n');
		watch->n_lines++;
	}
	fputs(out.base, stdout);
}

static json_t *change_of(const json_t *run)
{
	static const char *const kept[] = {
		"phase", "outcome", "cause", "digest", "progress", "phaseSince"
	};
	json_t *out = json_object();
	char now[CLOCK_TEXT];

	clock_text(clock_wall(), now);
	json_object_set_new(out, "at", json_string(now));
	json_object_set_new(out, "machine",
			    json_string(render_run_machine(run)));
	json_object_set(out, "run", json_at(run, "metadata.name"));
	for (size_t i = 0; i < ARRAY_LEN(kept); i++) {
		json_t *value = json_object_get(json_object_get(run, "status"),
						kept[i]);

		if (value)
			json_object_set(out, kept[i], value);
	}
	return out;
}

static void print_change(const struct watch *watch, const json_t *run)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(64 * 1024);

	if (watch->json) {
		AUTO_JSON json_t *change = change_of(run);
		AUTO_FREE char *text = json_text(change);

		puts(text);
		return;
	}
	render_run_change(&out, run, clock_wall());
	fputs(out.base, stdout);
}

static void print_changes(struct watch *watch)
{
	size_t i;
	json_t *run;

	json_array_foreach (watch->runs, i, run) {
		CLEANUP(buf_release) struct buf key = BUF_INIT(1024);
		const char *name = json_str_at(run, "metadata.name");
		const char *before =
			json_string_value(json_object_get(watch->keys, name));

		render_run_key(&key, run);
		if (before && str_eq(before, key.base))
			continue;
		json_object_set_new(watch->keys, name, json_string(key.base));
		if (!watch->screen)
			print_change(watch, run);
	}
}

static bool all_over(const struct watch *watch)
{
	size_t i;
	json_t *run;

	json_array_foreach (watch->runs, i, run)
		if (!render_run_over(run))
			return false;
	return true;
}

static int exit_code(const struct watch *watch)
{
	size_t i;
	json_t *run;

	json_array_foreach (watch->runs, i, run)
		if (!render_run_good(run))
			return CLI_RUN_FAILED;
	return CLI_OK;
}

/* The next look, or Ctrl-C. */
static bool interrupted(const sigset_t *signals)
{
	struct timespec second = { .tv_sec = 1 };
	int got;

	fflush(stdout);
	do
		got = sigtimedwait(signals, NULL, &second);
	while (got < 0 && errno == EINTR);
	return got > 0;
}

static int follow(struct watch *watch, const sigset_t *signals, struct err *err)
{
	for (;;) {
		if (read_runs(watch, err) < 0)
			return -1;
		print_changes(watch);
		if (watch->screen)
			draw(watch);
		if (!watch->away && all_over(watch))
			return exit_code(watch);
		if (interrupted(signals))
			return CLI_INTERRUPTED;
	}
}

int watch_runs(struct cli *cli, const char *run, struct err *err)
{
	AUTO_JSON json_t *keys = json_object();
	struct watch watch = { .cli = cli, .run = run, .keys = keys };
	sigset_t signals;
	sigset_t before;
	int status;

	watch.json = args_flag(&cli->args, "json");
	watch.screen = !watch.json && isatty(STDOUT_FILENO);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigprocmask(SIG_BLOCK, &signals, &before);
	status = follow(&watch, &signals, err);
	sigprocmask(SIG_SETMASK, &before, NULL);
	if (status == CLI_INTERRUPTED)
		fprintf(stderr,
			"\ntomte: what was started goes on; `tomte "
			"watch%s%s` shows it again\n",
			run ? " " : "", run ? run : "");
	else if (status >= 0 && !run && !json_array_size(watch.runs))
		fprintf(stderr, "Nothing is running.\n");
	json_decref(watch.runs);
	return status;
}
