/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORKER_MODALIAS_H
#define WORKER_MODALIAS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Which kernel modules are wanted for a device, and in what order. Pure: the
 * texts of modules.alias, modules.dep and modules.softdep, as depmod writes
 * them, are parsed once and must outlive the index (it points into them, and
 * changes them).
 *
 *	modalias_index_init(&index);
 *	modalias_add_aliases(&index, text);
 *	for (i = 0; (module = modalias_find(&index, "pci:v...", &i));)
 *		modalias_order(&index, module, load, arg);
 */
struct modalias_rule {
	const char *pattern;
	const char *module;
};

struct modalias_module {
	const char *path; /* "kernel/drivers/net/virtio_net.ko" */
	char *name;       /* "virtio_net" */
	char *needs;      /* paths, separated by blanks */
	const char *pre;  /* of its softdep: names, or NULL */
	bool visited;
};

struct modalias_index {
	struct modalias_rule *rules;
	size_t n_rules;
	struct modalias_module *modules;
	size_t n_modules;
};

/* '*', '?' and '[a-z]' as the kernel's aliases use them. */
bool modalias_match(const char *pattern, const char *alias);

void modalias_index_init(struct modalias_index *index);
void modalias_index_release(struct modalias_index *index);
void modalias_add_aliases(struct modalias_index *index, char *text);
void modalias_add_modules(struct modalias_index *index, char *dep);
void modalias_add_softdeps(struct modalias_index *index, char *text);

/* Each module whose rule matches; *at starts as 0. NULL: no more. */
const char *modalias_find(const struct modalias_index *index, const char *alias,
			  size_t *at);

/*
 * Calls load for all that the module needs and then for itself, each once in
 * the life of the index. '-' and '_' in the name are the same.
 */
typedef void (*modalias_load_fn)(void *arg, const char *path);
void modalias_order(struct modalias_index *index, const char *name,
		    modalias_load_fn load, void *arg);

#endif
