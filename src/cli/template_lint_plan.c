/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/template_lint_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "base/yaml.h"
#include "cli/render_text.h"
#include "cli/suggest.h"
#include "cli/template_repair_plan.h"
#include "template/template.h"
#include "workflow/secret_plan.h"
#include "workflow/trait_plan.h"
#include "workflow/workflow_wire.h"

#define MAX_FAULTS 20
#define MAX_SHOWN  160 /* bytes of a line */
#define MAX_NAMES  1024

/* In the place of what only a Workflow knows: a name, a path and a number. */
#define SAMPLE "1701"

void template_lint_init(struct template_lint *lint, const char *file,
			const json_t *template, struct buf *out)
{
	*lint = (struct template_lint){
		.file = file,
		.name = json_str_at(template, "name"),
		.text = json_str_at(template, "text"),
		.line = (size_t)json_int_at(template, "line", 0),
		.indent = (size_t)json_int_at(template, "indent", 0),
		.out = out,
	};
}

/* Showing it */

static void paint(struct template_lint *lint, const char *code)
{
	if (lint->colour)
		buf_adds(lint->out, code);
}

/* "file: Template x: " of what has no place in the file. */
static void say_where(struct template_lint *lint)
{
	paint(lint, "\033[1m");
	render_clean(lint->out, lint->file);
	buf_adds(lint->out, ": ");
	paint(lint, "\033[0m");
	if (!lint->name)
		return;
	buf_adds(lint->out, lint->media ? "Workflow " : "Template ");
	render_clean(lint->out, lint->name);
	buf_adds(lint->out, lint->media ? ": mediaURL: " : ": ");
}

static void say(struct template_lint *lint, const char *what)
{
	render_clean(lint->out, what);
	buf_addc(lint->out, '\n');
}

static void find(struct template_lint *lint, const char *what)
{
	lint->n_findings++;
	say_where(lint);
	say(lint, what);
}

static const char *line_of(const char *text, size_t line)
{
	while (--line && text) {
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return text;
}

/* How long the word at the place is, for the underline. */
static size_t word_length(const char *text)
{
	size_t n = *text == '.' || *text == '$';

	while ((text[n] >= 'a' && text[n] <= 'z') ||
	       (text[n] >= 'A' && text[n] <= 'Z') ||
	       (text[n] >= '0' && text[n] <= '9') || text[n] == '_')
		n++;
	return n;
}

/* So many blanks. */
static void pad(struct template_lint *lint, size_t n)
{
	buf_printf(lint->out, "%*s", (int)n, "");
}

/* The line of a text, and below it where; a column of 0 is nowhere. What the
 * line is indented by is over the text's own column. */
static void show_line(struct template_lint *lint, const char *text,
		      size_t number, size_t indent, size_t column)
{
	AUTO_FREE char *line = xstrndup(text, strcspn(text, "\r\n"));
	AUTO_FREE char *before = NULL;
	const char *at = line;
	size_t width;
	size_t length;

	for (char *tab = line; (tab = strchr(tab, '\t')); tab++)
		*tab = ' ';
	buf_printf(lint->out, "%6zu | ", number);
	pad(lint, indent);
	render_cut(lint->out, line, MAX_SHOWN);
	buf_addc(lint->out, '\n');
	for (size_t i = 1; i < column && *at; i++)
		do
			at++;
		while (((unsigned char)*at & 0xc0) == 0x80);
	before = xstrndup(line, (size_t)(at - line));
	width = render_width(before);
	length = word_length(at);
	if (!column || width >= MAX_SHOWN)
		return;
	buf_adds(lint->out, "       | ");
	pad(lint, indent + width);
	paint(lint, "\033[32m");
	buf_addc(lint->out, '^');
	for (size_t i = 1; i < length && width + i < MAX_SHOWN; i++)
		buf_addc(lint->out, '~');
	paint(lint, "\033[0m");
	buf_addc(lint->out, '\n');
}

/* What the engine says, at its place in the file, or else in the template. */
static void show_fault(struct template_lint *lint, const struct err *err)
{
	struct template_fault fault;
	const char *line;

	if (!template_fault(err, &fault)) {
		say_where(lint);
		say(lint, err->message);
		return;
	}
	line = line_of(lint->text, fault.line);
	paint(lint, "\033[1m");
	render_clean(lint->out, lint->file);
	if (lint->line)
		buf_printf(lint->out, ":%zu:%zu", lint->line + fault.line - 1,
			   lint->indent + fault.column);
	buf_adds(lint->out, ": ");
	paint(lint, "\033[0m");
	if (!lint->line)
		buf_printf(lint->out,
			   "line %zu:%zu of the template: ", fault.line,
			   fault.column);
	say(lint, fault.what);
	if (line)
		show_line(lint, line,
			  fault.line + (lint->line ? lint->line - 1 : 0),
			  lint->indent, fault.column);
}

static void find_fault(struct template_lint *lint, const struct err *err)
{
	lint->n_findings++;
	show_fault(lint, err);
}

/* The template itself */

void template_lint_text(struct template_lint *lint)
{
	AUTO_FREE char *text = xstrdup(lint->text);
	size_t last = 0;

	for (int i = 0; i < MAX_FAULTS; i++) {
		struct template_fault fault;
		struct err err;
		struct template *template =
			template_parse(text, strlen(text), &err);
		size_t at;

		if (template) {
			template_free(template);
			return;
		}
		if (!template_fault(&err, &fault)) {
			find_fault(lint, &err);
			return;
		}
		at = template_offset(text, &fault) + 1;
		if (at == last) /* it is beyond repair */
			return;
		last = at;
		find_fault(lint, &err);
		if (!template_repair(text, &fault))
			return;
	}
}

/* What comes of it */

static bool has_name(const char *const *names, const char *name)
{
	while (*names && !str_eq(*names, name))
		names++;
	return *names;
}

/* The place in the rendered text, which has no other. */
static void find_rendered(struct template_lint *lint, const char *yaml,
			  size_t line, const char *what)
{
	const char *text = line ? line_of(yaml, line) : NULL;

	lint->n_findings++;
	say_where(lint);
	if (text)
		buf_printf(lint->out, "rendered line %zu: ", line);
	say(lint, what);
	if (text)
		show_line(lint, text, line, 0, strspn(text, " ") + 1);
}

/* "line 7: what" of base/yaml. */
static size_t yaml_line(const char *message, const char **what)
{
	char *end;
	size_t line;

	*what = message;
	if (!str_starts(message, "line "))
		return 0;
	line = strtoul(message + strlen("line "), &end, 10);
	if (!str_starts(end, ": "))
		return 0;
	*what = end + 2;
	return line;
}

/* The line of what a message is about, which begins with its path or with
 * that of something in it. */
static size_t path_line(const json_t *lines, const char *message)
{
	size_t longest = 0;
	size_t found = 0;
	const char *path;
	json_t *line;

	json_object_foreach ((json_t *)(uintptr_t)lines, path, line) {
		size_t len = strlen(path);

		if (len > longest && str_starts(message, path) &&
		    strchr(".[: ,", message[len])) {
			longest = len;
			found = (size_t)json_integer_value(line);
		}
	}
	return found;
}

/* A rendered template, and what is known of its keys. */
struct rendered {
	const char *yaml;
	const json_t *lines;
};

static void check_keys(struct template_lint *lint,
		       const struct rendered *rendered, const json_t *object,
		       const char *path, const char *const *known)
{
	size_t n_known = 0;
	const char *key;
	json_t *value;

	while (known[n_known])
		n_known++;
	json_object_foreach ((json_t *)(uintptr_t)object, key, value) {
		AUTO_FREE char *full =
			xasprintf("%s%s%s", path, *path ? "." : "", key);
		AUTO_FREE char *what = NULL;
		const char *guess;

		if (has_name(known, key))
			continue;
		guess = suggest(key, known, n_known);
		what = xasprintf("%s: nobody reads this key%s%s%s", full,
				 SUGGEST_ARGS(guess));
		find_rendered(lint, rendered->yaml,
			      path_line(rendered->lines, full), what);
	}
}

static void check_all_keys(struct template_lint *lint,
			   const struct rendered *rendered,
			   const json_t *document)
{
	size_t i;
	size_t j;
	json_t *task;
	json_t *action;

	check_keys(lint, rendered, document, "", workflow_keys);
	json_array_foreach (json_object_get(document, "tasks"), i, task) {
		AUTO_FREE char *path = xasprintf("tasks[%zu]", i);

		check_keys(lint, rendered, task, path, workflow_task_keys);
		json_array_foreach (json_object_get(task, "actions"), j,
				    action) {
			AUTO_FREE char *inner =
				xasprintf("%s.actions[%zu]", path, j);

			check_keys(lint, rendered, action, inner,
				   workflow_action_keys);
		}
	}
}

/* What the worker would say once the machine has been started. */
static void check_action(struct template_lint *lint,
			 const struct rendered *rendered,
			 const struct action *action, const char *path)
{
	AUTO_FREE char *needs = NULL;
	AUTO_FREE char *image = NULL;
	struct trait trait;
	char *rest;
	char *name;

	trait_find(action->image, action->document, &trait);
	if (!trait.built_in &&
	    !(lint->sample && strstr(action->image, SAMPLE))) {
		image = xasprintf("%s.image: the worker has no action of this "
				  "image; expected %s",
				  path, TRAIT_BUILT_IN);
		find_rendered(lint, rendered->yaml,
			      path_line(rendered->lines, image), image);
	}
	needs = xstrdup(trait.needs);
	rest = needs;
	while ((name = strsep(&rest, " "))) {
		AUTO_FREE char *what = NULL;
		const char *value = json_string_value(json_object_get(
			json_object_get(action->document, "env"), name));

		if (!*name || (value && *value))
			continue;
		what = xasprintf("%s: %s is not set in its environment", path,
				 name);
		find_rendered(lint, rendered->yaml,
			      path_line(rendered->lines, what), what);
	}
}

/* Those that are left out by their `if` do no harm. */
static void check_actions(struct template_lint *lint,
			  const struct rendered *rendered,
			  const struct workflow_plan *plan)
{
	size_t in_task = 0;

	for (size_t i = 0; i < plan->n_actions; i++) {
		const struct action *action = &plan->actions[i];
		AUTO_FREE char *path = NULL;

		in_task =
			i && action->task == action[-1].task ? in_task + 1 : 0;
		path = xasprintf("tasks[%d].actions[%zu]", action->task,
				 in_task);
		if (!str_eq(action->state, "SKIPPED"))
			check_action(lint, rendered, action, path);
	}
}

static char *render(const char *text, const json_t *input, struct err *err)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(TEMPLATE_MAX_OUTPUT);
	struct template *template = template_parse(text, strlen(text), err);
	int status;

	if (!template)
		return NULL;
	status = template_render(template, input, &out, err);
	template_free(template);
	return status ? NULL : buf_take(&out);
}

/* What a run refuses: names, images and the like that hang on a Secret. */
static void check_secrets(struct template_lint *lint,
			  const struct template_data *data,
			  struct workflow_plan *plan)
{
	CLEANUP(workflow_plan_release) struct workflow_plan decoy = { 0 };
	AUTO_JSON json_t *input = NULL;
	AUTO_FREE char *yaml = NULL;
	struct err err;

	if (!secret_among(data->references))
		return;
	input = json_copy(data->input);
	json_object_set_new(input, "references",
			    secret_decoy(data->references));
	yaml = render(lint->text, input, &err);
	if (!yaml || workflow_decode(yaml, strlen(yaml), &decoy, &err) ||
	    secret_mark(plan, &decoy, &err))
		find(lint, err.message);
}

void template_lint_rendered(struct template_lint *lint,
			    const struct template_data *data, const char *yaml)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	static const char prefix[] = "rendered template: ";
	AUTO_JSON json_t *lines = NULL;
	AUTO_JSON json_t *documents = NULL;
	struct rendered rendered = { .yaml = yaml };
	const char *what;
	struct err err;
	size_t line;

	documents = yaml_parse(yaml, strlen(yaml), YAML_TEXT, &lines, &err);
	if (!documents) {
		line = yaml_line(err.message, &what);
		find_rendered(lint, yaml, line, what);
		return;
	}
	rendered.lines = json_array_get(lines, 0);
	check_all_keys(lint, &rendered, json_array_get(documents, 0));
	if (workflow_decode(yaml, strlen(yaml), &plan, &err)) {
		what = err.message +
		       (str_starts(err.message, prefix) ? strlen(prefix) : 0);
		find_rendered(lint, yaml, path_line(rendered.lines, what),
			      what);
		return;
	}
	check_actions(lint, &rendered, &plan);
	check_secrets(lint, data, &plan);
}

char *template_lint_render(struct template_lint *lint,
			   const struct template_data *data)
{
	struct err err;
	char *yaml = render(lint->text, data->input, &err);

	if (yaml)
		return yaml;
	find_fault(lint, &err);
	/* What the reference is missing for is the likelier cause. */
	if (data->problem.code)
		say(lint, data->problem.message);
	else if (!data->has_hardware)
		say(lint, "no Hardware was given: --hardware FILE has one");
	return NULL;
}

/* All of it */

/* Names that the data lacks get a sample; they are added to `names`. */
static void add_samples(struct template_lint *lint, json_t *input,
			struct buf *names)
{
	static const char *const ours[] = { "Hardware", "hardware",
					    "references", "tomte" };
	AUTO_JSON json_t *roots = json_object();
	struct err err;
	struct template *template =
		template_parse(lint->text, strlen(lint->text), &err);
	const char *name;
	json_t *value;

	if (!template)
		return;
	template_roots(template, roots);
	template_free(template);
	json_object_foreach (roots, name, value) {
		const char *guess = suggest(name, ours, ARRAY_LEN(ours));

		if (json_object_get(input, name))
			continue;
		buf_printf(names, "%s.%s%s%s%s", names->len ? ", " : "", name,
			   SUGGEST_ARGS(guess));
		json_object_set_new(input, name, json_string(SAMPLE));
	}
}

static void note(struct template_lint *lint, const char *what)
{
	say_where(lint);
	buf_adds(lint->out, "note: ");
	say(lint, what);
}

/* A machine that was made up may be unlike those that it is for. */
static char *render_sample(struct template_lint *lint,
			   const struct template_data *data)
{
	struct err err;
	char *yaml = render(lint->text, data->input, &err);

	if (yaml)
		return yaml;
	note(lint, "it was tried over a sample machine and cannot be rendered "
		   "there; --hardware FILE has a real one");
	show_fault(lint, &err);
	return NULL;
}

static void sum_up(struct template_lint *lint, const char *yaml)
{
	CLEANUP(workflow_plan_release) struct workflow_plan plan = { 0 };
	AUTO_FREE char *what = NULL;
	struct err err;

	if (workflow_decode(yaml, strlen(yaml), &plan, &err))
		return;
	what = xasprintf("%zu action%s, nothing wrong", plan.n_actions,
			 plan.n_actions == 1 ? "" : "s");
	say_where(lint);
	say(lint, what);
}

/* No more than it sees when a run begins. */
static void lint_media(struct template_lint *lint,
		       const struct template_data *data)
{
	struct template_data seen = { .input = json_object(),
				      .has_hardware = data->has_hardware };
	AUTO_FREE char *url = NULL;

	json_object_set(seen.input, "Hardware",
			json_object_get(data->input, "Hardware"));
	url = lint->sample ? render_sample(lint, &seen)
			   : template_lint_render(lint, &seen);
	json_decref(seen.input);
	if (!url)
		return;
	say_where(lint);
	say(lint, url);
}

void template_lint_run(struct template_lint *lint, struct template_data *data)
{
	CLEANUP(buf_release) struct buf names = BUF_INIT(MAX_NAMES);
	AUTO_FREE char *what = NULL;
	AUTO_FREE char *yaml = NULL;

	template_lint_text(lint);
	if (lint->n_findings)
		return;
	if (lint->media) {
		lint_media(lint, data);
		return;
	}
	if (lint->sample)
		add_samples(lint, data->input, &names);
	if (names.len) {
		what = xasprintf("the Workflow's hardwareMap has to give %s",
				 names.base);
		note(lint, what);
	}
	yaml = lint->sample ? render_sample(lint, data)
			    : template_lint_render(lint, data);
	if (!yaml)
		return;
	template_lint_rendered(lint, data, yaml);
	if (!lint->n_findings)
		sum_up(lint, yaml);
}
