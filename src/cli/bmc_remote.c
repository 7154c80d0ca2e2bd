/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/bmc_remote.h"

#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_bmc.h"
#include "cli/render_text.h"
#include "cli/resource.h"

#define MAX_PARALLEL 1024
#define MAX_TEXT     (16 * 1024 * 1024)
#define MAX_PAGES    64 /* of a log: 64 Ki entries at most */

struct asked {
	char *path;
	json_t *answer; /* what was told so far; NULL: nothing */
	int64_t next;   /* where it goes on; 0: it does not */
};

struct answers {
	const struct bmc_remote *remote;
	bool json;
	size_t n_failed;
	struct asked *asked; /* for each machine */
	size_t *turn;        /* which machines this turn is of */
};

int bmc_remote_parallel(const struct cli *cli, size_t *parallel,
			struct err *err)
{
	const char *text = args_value(&cli->args, "max-parallel");
	uint32_t number = BMC_REMOTE_PARALLEL;

	if (text && (!str_parse_u32(text, MAX_PARALLEL, &number) || !number))
		return err_set(err, ERR_INVALID,
			       "--max-parallel %s: expected 1 to %d", text,
			       MAX_PARALLEL);
	*parallel = number;
	return 0;
}

static const json_t *machine_at(const struct answers *answers, size_t i)
{
	return json_array_get(answers->remote->machines, i);
}

static void show_json(const char *machine, const json_t *reply,
		      const struct err *error)
{
	AUTO_JSON json_t *line = json_object();

	json_object_set_new(line, "machine", json_string(machine));
	if (error)
		json_object_set_new(line, "error", json_string(error->message));
	else
		json_object_update(line, (json_t *)(uintptr_t)reply);
	json_dumpf(line, stdout, JSON_COMPACT);
	putchar('\n');
}

static void show_text(const char *machine, const json_t *reply,
		      const struct err *error)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TEXT);

	render_clean(&out, machine);
	if (error) {
		buf_adds(&out, ": ");
		render_clean(&out, error->message);
		buf_adds(&out, "\n");
	} else if (!json_object_size(reply)) {
		buf_adds(&out, ": done\n");
	} else {
		buf_adds(&out, ":\n");
		render_bmc(&out, reply);
	}
	fputs(out.base, stdout);
}

static void show(struct answers *answers, size_t machine, const json_t *reply,
		 const struct err *error)
{
	const char *name =
		json_str_at(machine_at(answers, machine), "metadata.name");

	answers->n_failed += error != NULL;
	if (answers->json)
		show_json(name, reply, error);
	else
		show_text(name, reply, error);
	fflush(stdout); /* as it comes */
}

/* A log that is longer than one answer goes on in the next. */
static void add_page(struct asked *asked, const json_t *reply)
{
	if (!asked->answer) {
		asked->answer = json_deep_copy(reply);
	} else {
		json_array_extend(json_object_get(asked->answer, "entries"),
				  json_object_get(reply, "entries"));
		json_object_set(asked->answer, "next",
				json_object_get(reply, "next"));
	}
	asked->next = json_int_at(reply, "next", 0);
	if (!asked->next)
		json_object_del(asked->answer, "next");
}

static void on_reply(void *arg, size_t i, const json_t *reply,
		     const struct err *error)
{
	struct answers *answers = arg;
	size_t machine = answers->turn[i];
	struct asked *asked = &answers->asked[machine];

	asked->next = 0;
	if (!error)
		add_page(asked, reply);
	if (error || !asked->next)
		show(answers, machine, asked->answer, error);
}

/* machines/NAME/ASK */
static char *path_of(const struct bmc_remote *remote, const json_t *machine)
{
	AUTO_FREE char *object =
		resource_path(&resource_machine, remote->cli->namespace,
			      json_str_at(machine, "spec.bmcRef.name"), NULL);

	return xasprintf("%s/%s", object, remote->ask);
}

static int check_machines(const struct bmc_remote *remote, struct err *err)
{
	size_t i;
	json_t *machine;

	json_array_foreach ((json_t *)(uintptr_t)remote->machines, i, machine)
		if (!json_str_at(machine, "spec.bmcRef.name"))
			return err_set(err, ERR_INVALID, "%s has no BMC",
				       json_str_at(machine, "metadata.name"));
	return 0;
}

/* The first turn is of all, those after it of logs that go on. */
static size_t take_turn(struct answers *answers, bool first,
			struct client_ask *asks)
{
	const struct bmc_remote *remote = answers->remote;
	size_t n = 0;

	for (size_t i = 0; i < json_array_size(remote->machines); i++) {
		struct asked *asked = &answers->asked[i];

		if (!first && !asked->next)
			continue;
		free(asked->path);
		asked->path = path_of(remote, machine_at(answers, i));
		if (!first) {
			AUTO_FREE char *begin = take_ptr(asked->path);

			asked->path = xasprintf("%s?from=%lld", begin,
						(long long)asked->next);
		}
		answers->turn[n] = i;
		asks[n++] = (struct client_ask){
			.method = remote->writes ? "POST" : "GET",
			.path = asked->path,
			.body = remote->writes ? remote->arguments : NULL,
		};
	}
	return n;
}

/* After too many pages: with "next" in it, which says so. */
static void end(struct answers *answers, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct asked *asked = &answers->asked[i];

		if (asked->next)
			show(answers, i, asked->answer, NULL);
		json_decref(asked->answer);
		free(asked->path);
	}
}

int bmc_remote_ask(const struct bmc_remote *remote, bool json, struct err *err)
{
	size_t n = json_array_size(remote->machines);
	struct answers answers = { .remote = remote, .json = json };
	AUTO_FREE struct client_ask *asks = NULL;
	AUTO_FREE struct asked *asked = NULL;
	AUTO_FREE size_t *turn = NULL;
	size_t n_asks;

	if (check_machines(remote, err))
		return -1;
	asks = xcalloc(n ? n : 1, sizeof(*asks));
	asked = xcalloc(n ? n : 1, sizeof(*asked));
	turn = xcalloc(n ? n : 1, sizeof(*turn));
	answers.asked = asked;
	answers.turn = turn;
	for (int i = 0; i < MAX_PAGES; i++) {
		n_asks = take_turn(&answers, i == 0, asks);
		if (!n_asks)
			break;
		client_each(remote->cli->client, asks, n_asks, remote->parallel,
			    on_reply, &answers);
	}
	end(&answers, n);
	return answers.n_failed ? CLI_FAILED : CLI_OK;
}
