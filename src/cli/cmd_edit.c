/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "cli/command.h"
#include "cli/edit_plan.h"
#include "cli/editor.h"

#define MAX_TEXT (16 * 1024 * 1024)

/* One object in the editor, until it is written or given up. */
struct edit {
	struct cli *cli;
	char *path;  /* of the API */
	char *label; /* for people */
	json_t *shown;
	char *version; /* of what is shown */
	struct editor editor;
	bool merged; /* shown with the person's changes in it: to save it as
			it is means them */
};

static void edit_release(struct edit *edit)
{
	editor_release(&edit->editor);
	json_decref(edit->shown);
	free(edit->version);
	free(edit->label);
	free(edit->path);
}

static int fetch(struct edit *edit, struct err *err)
{
	AUTO_JSON json_t *object =
		client_get(edit->cli->client, edit->path, err);
	const char *version = json_str_at(object, "metadata.resourceVersion");

	if (!object)
		return -1;
	json_decref(edit->shown);
	edit->shown = edit_shown(object);
	free(edit->version);
	edit->version = xstrdup(version ? version : "");
	return 0;
}

/* Sent only if nobody has changed it since it was shown. */
static int send_patch(const struct edit *edit, const json_t *patch,
		      struct err *err)
{
	AUTO_JSON json_t *body = json_deep_copy(patch);
	AUTO_JSON json_t *reply = NULL;

	json_put(body, "metadata.resourceVersion", json_string(edit->version));
	reply = client_send(edit->cli->client, "PATCH", edit->path, body, err);
	return reply ? 0 : -1;
}

/* Somebody was faster: what there is now, with our changes put in. */
static int merge(struct edit *edit, const json_t *patch, struct buf *text,
		 struct err *err)
{
	AUTO_JSON json_t *before = json_incref(edit->shown);
	AUTO_JSON json_t *theirs = NULL;
	AUTO_JSON json_t *both = NULL;
	CLEANUP(buf_release) struct buf paths = BUF_INIT(4096);
	CLEANUP(buf_release) struct buf problem = BUF_INIT(8192);

	if (fetch(edit, err))
		return -1;
	theirs = edit_patch(before, edit->shown, err);
	if (!theirs)
		return -1;
	both = json_merge_patch(edit->shown, patch);
	edit_overlap(&paths, patch, theirs);
	buf_adds(&problem, "Somebody else has changed it meanwhile. Below is "
			   "what it is now, with your\n"
			   "changes put in: look, and save it once more.\n");
	if (paths.len)
		buf_printf(&problem, "Both of you changed: %s\n", paths.base);
	buf_clear(text);
	edit_text(text, both, problem.base);
	edit->merged = true;
	return 0;
}

static void again(struct buf *text, const struct err *problem)
{
	CLEANUP(secret_release) struct buf whole = BUF_INIT(MAX_TEXT);
	AUTO_FREE char *line = xasprintf("error: %s", problem->message);

	edit_again(&whole, text->base, line);
	buf_clear(text);
	buf_add(text, whole.base, whole.len);
}

enum turn { OVER, ONCE_MORE };

/* What was saved. -1: it failed for good. */
static int take(struct edit *edit, struct buf *text, struct err *err)
{
	AUTO_JSON json_t *edited = edit_read(text->base, text->len, err);
	AUTO_JSON json_t *patch = NULL;

	if (!edited && err->code == ERR_CANCELLED) {
		printf("%s is left as it is\n", edit->label);
		return OVER;
	}
	if (edited)
		patch = edit_patch(edit->shown, edited, err);
	if (!patch) {
		again(text, err);
		return ONCE_MORE;
	}
	if (!json_object_size(patch)) {
		printf("%s unchanged\n", edit->label);
		return OVER;
	}
	if (!send_patch(edit, patch, err)) {
		printf("%s edited\n", edit->label);
		return OVER;
	}
	if (err->code == ERR_CONFLICT)
		return merge(edit, patch, text, err) ? -1 : ONCE_MORE;
	if (err->code != ERR_INVALID)
		return -1;
	again(text, err);
	return ONCE_MORE;
}

/* What the person wrote is not lost with the error. */
static int keep(struct edit *edit, struct err *err)
{
	fprintf(stderr, "tomte: what you wrote is in %s\n", edit->editor.path);
	editor_keep(&edit->editor);
	return err_wrap(err, "%s", edit->label);
}

static int converse(struct edit *edit, struct err *err)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(MAX_TEXT);
	bool first = true;
	int turn;

	edit_text(&text, edit->shown, NULL);
	for (;;) {
		CLEANUP(secret_release) struct buf before = BUF_INIT(MAX_TEXT);
		bool merged = edit->merged;

		buf_add(&before, text.base, text.len);
		edit->merged = false;
		if (editor_run(&edit->editor, &text, err))
			return -1;
		if (!first && !merged && str_eq(before.base, text.base)) {
			err_set(err, ERR_CANCELLED,
				"saved as it was, and it is still wrong");
			return keep(edit, err);
		}
		first = false;
		turn = take(edit, &text, err);
		if (turn < 0)
			return keep(edit, err);
		if (turn == OVER)
			return 0;
	}
}

struct editing {
	struct cli *cli;
	const struct resource *resource;
};

static int edit_one(void *arg, const char *name, struct err *err)
{
	const struct editing *editing = arg;
	CLEANUP(edit_release)
	struct edit edit = {
		.cli = editing->cli,
		.path = resource_path(editing->resource,
				      editing->cli->namespace, name, NULL),
		.label = cli_label(editing->resource, name),
	};

	if (fetch(&edit, err))
		return -1;
	return converse(&edit, err);
}

static int run(struct cli *cli, struct err *err)
{
	struct editing editing = { .cli = cli };
	AUTO_JSON json_t *names = NULL;

	if (!cli->args.n_words)
		return cli_usage(cli, "edit: expected a kind and a name");
	names = cli_objects(cli, &editing.resource, err);
	if (!names)
		return -1;
	if (!json_array_size(names))
		return cli_usage(cli, "edit: expected a kind and a name");
	if (editing.resource == &resource_run)
		editing.resource = &resource_workflow;
	return cli_each(names, edit_one, &editing, err);
}

const struct command command_edit = {
	.name = "edit",
	.usage = "KIND NAME...",
	.help = "change objects in your editor",
	.more = "The editor is $VISUAL, $EDITOR or vi. What the server refuses "
		"comes back with the reason on top; when somebody else has "
		"changed the object meanwhile, what it is now comes back with "
		"your changes put in. Saved as it was, it is given up, and "
		"what you wrote stays in a file.\n",
	.run = run,
};
