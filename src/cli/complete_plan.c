/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/complete_plan.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "cli/render_help.h"

#define MAX_WORDS  (1024 * 1024)
#define MAX_TOKEN  256
#define MAX_TOKENS 8

/* Where we are. */
struct place {
	struct complete *out;
	const struct command_list *list;
	const struct command *command;
	char *const *words; /* that are no options, before the last */
	size_t n_words;
};

void complete_init(struct complete *complete)
{
	memset(complete, 0, sizeof(*complete));
	buf_init(&complete->words, MAX_WORDS);
}

void complete_release(struct complete *complete)
{
	buf_release(&complete->words);
}

/* Nothing that a shell would act on when it stands in the line. */
static bool is_harmless(const char *word)
{
	for (; *word; word++)
		if (!isalnum((unsigned char)*word) && !strchr("-._:=@/", *word))
			return false;
	return true;
}

void complete_add(struct complete *complete, const char *word, const char *help)
{
	const char *last = complete->last ? complete->last : "";
	size_t prefix = complete->prefix;

	if (!str_starts(word, last + prefix) || !is_harmless(word))
		return;
	buf_add(&complete->words, last, prefix);
	buf_printf(&complete->words, "%s\t%s\n", word, help ? help : "");
}

static void add_kind(struct complete *out, const struct resource *resource)
{
	if (resource && out->n_kinds < COMPLETE_MAX_KINDS)
		out->kinds[out->n_kinds++] = resource;
}

static void add_commands(struct place *place)
{
	for (size_t i = 0; i < place->list->n; i++)
		if (!place->list->commands[i]->hidden)
			complete_add(place->out, place->list->commands[i]->name,
				     place->list->commands[i]->help);
}

static void add_topics(struct place *place)
{
	for (size_t i = 0; i < n_help_topics; i++)
		complete_add(place->out, help_topics[i].name,
			     help_topics[i].help);
}

static void add_resources(struct place *place)
{
	const struct resource *resource;

	for (size_t i = 0; (resource = resource_at(i)); i++)
		complete_add(place->out, resource->plural, resource->kind);
}

/* Of the kind that stands before, if there is one. */
static void add_names(struct place *place)
{
	struct err ignored;

	if (place->n_words && strstr(place->command->usage, "KIND"))
		add_kind(place->out,
			 resource_by_word(place->words[0], &ignored));
}

static void add_capitals(struct place *place, const char *token)
{
	static const struct {
		const char *token;
		const struct resource *resource;
	} kinds[] = {
		{ "MACHINE", &resource_hardware },
		{ "RUN", &resource_run },
		{ "TEMPLATE", &resource_template },
		{ "NAMESPACE", &resource_namespace },
		{ "TOKEN", &resource_token },
	};

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		if (str_eq(token, kinds[i].token))
			add_kind(place->out, kinds[i].resource);
	place->out->runs |= str_eq(token, "RUN");
	if (str_eq(token, "KIND"))
		add_resources(place);
	else if (str_eq(token, "NAME"))
		add_names(place);
	else if (str_eq(token, "COMMAND"))
		add_commands(place);
	else if (str_eq(token, "TOPIC"))
		add_topics(place);
	else if (str_eq(token, "FILE") || str_eq(token, "PATH") ||
		 str_eq(token, "DIR"))
		place->out->files = true;
}

static bool is_capitals(const char *token)
{
	return *token >= 'A' && *token <= 'Z';
}

/* "a|b", "MACHINE|RUN": each of it. */
static void add_token(struct place *place, const char *token)
{
	AUTO_FREE char *copy = xstrdup(token);
	char *rest = copy;
	char *part;

	while ((part = strsep(&rest, "|"))) {
		if (is_capitals(part))
			add_capitals(place, part);
		else if (*part)
			complete_add(place->out, part, "");
	}
}

static bool token_fits(const char *token, const char *word)
{
	AUTO_FREE char *copy = xstrdup(token);
	char *rest = copy;
	char *part;

	while ((part = strsep(&rest, "|")))
		if (is_capitals(part) || str_eq(part, word))
			return true;
	return false;
}

static const struct option *find_option(const struct place *place,
					const char *word, size_t len)
{
	const struct option *tables[] = { place->command->options,
					  place->list->common };

	for (size_t t = 0; t < ARRAY_LEN(tables); t++) {
		const struct option *option = tables[t];

		for (; option && option->name; option++) {
			if (word[1] != '-' && len == 2 &&
			    option->letter == word[1])
				return option;
			if (word[1] == '-' && len > 2 &&
			    strlen(option->name) == len - 2 &&
			    !strncmp(option->name, word + 2, len - 2))
				return option;
		}
	}
	return NULL;
}

/* A word of a usage. */
struct token {
	char text[MAX_TOKEN];
	bool repeats;
};

/* The next one, without brackets; false: the form is over. */
static bool next_token(const char **form, struct token *token)
{
	size_t len;
	char *dots;

	*form += strspn(*form, " [");
	len = strcspn(*form, " ");
	if (!len || **form == '|')
		return false;
	snprintf(token->text, sizeof(token->text), "%.*s", (int)len, *form);
	*form += len;
	token->text[strcspn(token->text, "]")] = '\0';
	dots = strstr(token->text, "...");
	token->repeats = dots != NULL;
	if (dots)
		*dots = '\0';
	return true;
}

/* The words of a form; options and their values are none. */
static size_t read_form(const struct place *place, const char *form,
			struct token *tokens)
{
	size_t n = 0;

	while (n < MAX_TOKENS && next_token(&form, &tokens[n])) {
		const char *text = tokens[n].text;
		const struct option *option;
		struct token value;

		if (*text != '-') {
			n++;
			continue;
		}
		option = find_option(place, text, strlen(text));
		if (option && option->metavar && !next_token(&form, &value))
			break;
	}
	return n;
}

/* What the form has at our place, if what is before fits it. */
static void add_form(struct place *place, const char *form)
{
	AUTO_FREE struct token *tokens = xcalloc(MAX_TOKENS, sizeof(*tokens));
	size_t n = read_form(place, form, tokens);
	size_t at = 0;

	for (size_t i = 0; i < place->n_words; i++) {
		if (at == n || !token_fits(tokens[at].text, place->words[i]))
			return;
		at += !tokens[at].repeats;
	}
	if (at < n)
		add_token(place, tokens[at].text);
}

static void add_words(struct place *place)
{
	const char *form = place->command->usage;

	while (form) {
		add_form(place, form);
		form = strstr(form, " | ");
		if (form)
			form += strlen(" | ");
	}
}

static void add_options(struct place *place, const struct option *option)
{
	for (; option && option->name; option++) {
		AUTO_FREE char *name = xasprintf("--%s", option->name);

		complete_add(place->out, name, option->help);
	}
}

/* Each begins a line of the text, after two blanks. */
static void add_options_told(struct place *place, const char *text)
{
	while (text && *text) {
		size_t line = strcspn(text, "\n");

		if (str_starts(text, "  --")) {
			AUTO_FREE char *name =
				xstrndup(text + 2, strcspn(text + 2, " \n"));

			complete_add(place->out, name, "");
		}
		text += line + (text[line] == '\n');
	}
}

/* The last word is an option's value, or an option, or a word. */
static void add_last(struct place *place, const struct option *before,
		     bool options_over)
{
	const char *last = place->out->last;
	size_t equals = strcspn(last, "=");
	const struct option *option = NULL;

	if (before) {
		add_token(place, before->metavar);
		return;
	}
	if (options_over || *last != '-') {
		add_words(place);
		return;
	}
	if (last[1] == '-' && last[equals])
		option = find_option(place, last, equals);
	if (option && option->metavar) {
		place->out->prefix = equals + 1;
		add_token(place, option->metavar);
		return;
	}
	if (place->command->apart) {
		add_options_told(place, place->command->more);
		return;
	}
	add_options(place, place->command->options);
	add_options(place, place->list->common);
}

/* Takes the options out of the words before the last. */
static void plan_command(struct place *place, char *const *words, size_t n)
{
	AUTO_FREE char **plain = xcalloc(n, sizeof(*plain));
	const struct option *waits = NULL;
	bool over = false;

	place->words = plain;
	for (size_t i = 0; i + 1 < n; i++) {
		const char *word = words[i];
		const struct option *option;

		if (waits) {
			waits = NULL;
		} else if (over || word[0] != '-' || !word[1]) {
			plain[place->n_words++] = words[i];
		} else if (str_eq(word, "--")) {
			over = true;
		} else {
			option = find_option(place, word, strlen(word));
			waits = option && option->metavar ? option : NULL;
		}
	}
	add_last(place, waits, over);
	place->words = NULL;
}

void complete_plan(struct complete *complete, const struct command_list *list,
		   char *const *words, size_t n_words)
{
	struct place place = { .out = complete, .list = list };

	complete->last = n_words ? words[n_words - 1] : "";
	if (n_words < 2) {
		add_commands(&place);
		complete_add(complete, "--help", "what there is");
		complete_add(complete, "--version", "of this program");
		return;
	}
	for (size_t i = 0; i < list->n; i++)
		if (str_eq(list->commands[i]->name, words[0]))
			place.command = list->commands[i];
	if (place.command)
		plan_command(&place, words + 1, n_words - 1);
}
