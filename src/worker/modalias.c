/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/modalias.h"

#include <string.h>

#include "base/mem.h"
#include "base/str.h"

#define MAX_DEPTH 32

/* After '[': whether the set has the byte; *end is behind the ']'. */
static bool in_set(const char *set, char byte, const char **end)
{
	bool negated = *set == '!' || *set == '^';
	bool found = false;

	set += negated;
	while (*set && *set != ']') {
		if (set[1] == '-' && set[2] && set[2] != ']') {
			found = found || (byte >= set[0] && byte <= set[2]);
			set += 3;
		} else {
			found = found || *set == byte;
			set++;
		}
	}
	*end = *set ? set + 1 : set;
	return found != negated;
}

/* Backs up to the last '*' only, so its time is bounded by the product. */
bool modalias_match(const char *pattern, const char *alias)
{
	const char *star = NULL;
	const char *retry = NULL;

	while (*alias) {
		const char *next = pattern + 1;
		bool same;

		if (*pattern == '*') {
			star = pattern++;
			retry = alias;
			continue;
		}
		if (*pattern == '[')
			same = in_set(pattern + 1, *alias, &next);
		else
			same = *pattern == '?' || *pattern == *alias;
		if (*pattern && same) {
			pattern = next;
			alias++;
		} else if (star) {
			pattern = star + 1;
			alias = ++retry;
		} else {
			return false;
		}
	}
	while (*pattern == '*')
		pattern++;
	return !*pattern;
}

void modalias_index_init(struct modalias_index *index)
{
	memset(index, 0, sizeof(*index));
}

void modalias_index_release(struct modalias_index *index)
{
	for (size_t i = 0; i < index->n_modules; i++)
		free(index->modules[i].name);
	free(index->modules);
	free(index->rules);
	memset(index, 0, sizeof(*index));
}

static void *grow(void *array, size_t n, size_t size)
{
	/* Doubled at each power of two. */
	if (n & (n - 1))
		return array;
	return xrealloc(array, (n ? n * 2 : 1) * size);
}

/* "alias PATTERN MODULE" */
void modalias_add_aliases(struct modalias_index *index, char *text)
{
	char *lines = NULL;

	for (char *line = strtok_r(text, "\n", &lines); line;
	     line = strtok_r(NULL, "\n", &lines)) {
		char *words = NULL;
		const char *word = strtok_r(line, " ", &words);
		const char *pattern = strtok_r(NULL, " ", &words);
		const char *module = strtok_r(NULL, " ", &words);

		if (!module || !str_eq(word, "alias"))
			continue;
		index->rules = grow(index->rules, index->n_rules,
				    sizeof(index->rules[0]));
		index->rules[index->n_rules].pattern = pattern;
		index->rules[index->n_rules++].module = module;
	}
}

/* "kernel/a/b.ko.xz" is called b, with '_' for '-'. */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	char *name = xstrndup(base, strcspn(base, "."));

	for (char *at = name; *at; at++)
		if (*at == '-')
			*at = '_';
	return name;
}

/* "PATH: PATH PATH ..." */
void modalias_add_modules(struct modalias_index *index, char *dep)
{
	char *lines = NULL;

	for (char *line = strtok_r(dep, "\n", &lines); line;
	     line = strtok_r(NULL, "\n", &lines)) {
		struct modalias_module *module;
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = '\0';
		index->modules = grow(index->modules, index->n_modules,
				      sizeof(index->modules[0]));
		module = &index->modules[index->n_modules++];
		memset(module, 0, sizeof(*module));
		module->path = line;
		module->name = name_of(line);
		module->needs = colon + 1;
	}
}

static struct modalias_module *by_name(const struct modalias_index *index,
				       const char *name, size_t len)
{
	for (size_t i = 0; i < index->n_modules; i++) {
		const char *own = index->modules[i].name;
		size_t k = 0;

		while (k < len && own[k] &&
		       own[k] == (name[k] == '-' ? '_' : name[k]))
			k++;
		if (k == len && !own[k])
			return &index->modules[i];
	}
	return NULL;
}

static struct modalias_module *by_path(const struct modalias_index *index,
				       const char *path, size_t len)
{
	for (size_t i = 0; i < index->n_modules; i++)
		if (strncmp(index->modules[i].path, path, len) == 0 &&
		    !index->modules[i].path[len])
			return &index->modules[i];
	return NULL;
}

/* "softdep MODULE pre: a b post: c"; what comes after is not waited for. */
void modalias_add_softdeps(struct modalias_index *index, char *text)
{
	char *lines = NULL;

	for (char *line = strtok_r(text, "\n", &lines); line;
	     line = strtok_r(NULL, "\n", &lines)) {
		char *pre = strstr(line, " pre: ");
		char *post = strstr(line, " post:");
		struct modalias_module *module;
		const char *name = line + strlen("softdep ");

		if (!str_starts(line, "softdep ") || !pre)
			continue;
		module = by_name(index, name, strcspn(name, " "));
		if (!module)
			continue;
		if (post > pre)
			*post = '\0';
		module->pre = pre + strlen(" pre: ");
	}
}

const char *modalias_find(const struct modalias_index *index, const char *alias,
			  size_t *at)
{
	while (*at < index->n_rules) {
		const struct modalias_rule *rule = &index->rules[(*at)++];

		if (modalias_match(rule->pattern, alias))
			return rule->module;
	}
	return NULL;
}

struct visit {
	struct modalias_index *index;
	modalias_load_fn load;
	void *arg;
};

static void visit(const struct visit *v, struct modalias_module *module,
		  int depth)
{
	if (!module || module->visited || depth > MAX_DEPTH)
		return;
	module->visited = true;
	for (const char *at = module->pre; at && *at;) {
		size_t n = strcspn(at, " ");

		if (n)
			visit(v, by_name(v->index, at, n), depth + 1);
		at += n;
		at += strspn(at, " ");
	}
	/* depmod lists them with the one needed first last. */
	for (const char *end = module->needs + strlen(module->needs);
	     end > module->needs;) {
		const char *start = end;

		while (start > module->needs && start[-1] != ' ')
			start--;
		if (start < end)
			visit(v,
			      by_path(v->index, start, (size_t)(end - start)),
			      depth + 1);
		end = start > module->needs ? start - 1 : start;
	}
	v->load(v->arg, module->path);
}

void modalias_order(struct modalias_index *index, const char *name,
		    modalias_load_fn load, void *arg)
{
	struct visit v = { index, load, arg };

	visit(&v, by_name(index, name, strlen(name)), 0);
}
