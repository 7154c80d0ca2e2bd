/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/apply.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/str.h"
#include "cli/diff_plan.h"
#include "cli/resource.h"

#define MAX_FILE   (64 * 1024 * 1024)
#define MAX_SECRET 4096
#define MAX_DIFF   (1024 * 1024)

enum result { CREATED, CONFIGURED, UNCHANGED, N_RESULTS };

static const char *const result_words[N_RESULTS] = {
	[CREATED] = "created",
	[CONFIGURED] = "configured",
	[UNCHANGED] = "unchanged",
};

/* A password that others on this machine can read is none. */
static int check_mode(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st))
		return err_errno(err, errno, "password file %s", path);
	if (st.st_mode & (S_IRGRP | S_IROTH))
		return err_set(err, ERR_DENIED,
			       "password file %s is open to others (mode "
			       "%03o): expected 600",
			       path, st.st_mode & 0777);
	return 0;
}

static int read_secret(void *arg, const char *path, const char *variable,
		       struct buf *password, struct err *err)
{
	CLEANUP(secret_release) struct buf text = BUF_INIT(MAX_SECRET);
	const char *value;

	(void)arg;
	if (path) {
		if (check_mode(path, err) || file_read(path, &text, err))
			return -1;
		value = text.base;
	} else {
		value = getenv(variable);
		if (!value)
			return err_set(err, ERR_NOT_FOUND,
				       "the variable %s is not set: expected "
				       "the BMC's password in it",
				       variable);
	}
	buf_add(password, value, strcspn(value, "\r\n"));
	if (password->overflow)
		return err_set(err, ERR_TOO_BIG,
			       "the password has over %zu bytes",
			       password->limit);
	if (!password->len)
		return err_set(err, ERR_INVALID, "%s%s: the password is empty",
			       path ? path : "variable ", path ? "" : variable);
	return 0;
}

static int read_files(struct rack *rack, char *const *files, size_t n_files,
		      struct err *err)
{
	for (size_t i = 0; i < n_files; i++) {
		CLEANUP(secret_release) struct buf text = BUF_INIT(MAX_FILE);

		if (file_read(files[i], &text, err))
			return -1;
		rack_read(rack, files[i], text.base, text.len);
	}
	rack_finish(rack);
	return 0;
}

/* Where an object is, and what it is called in messages. */
struct place {
	char *path;  /* of the object */
	char *all;   /* of its collection */
	char *label; /* "hardware.tinkerbell.org/r1n01" */
};

static void place_release(struct place *place)
{
	free(place->path);
	free(place->all);
	free(place->label);
}

static int find_place(const struct cli *cli, const json_t *object, bool dry,
		      struct place *place, struct err *err)
{
	const struct resource *resource = resource_of(object, err);
	const char *name = json_str_at(object, "metadata.name");
	const char *namespace = json_str_at(object, "metadata.namespace");
	const char *query = dry ? "dryRun=All" : NULL;

	if (!resource)
		return err_wrap(err, "%s", name);
	if (!namespace)
	namespace = cli->namespace;
	place->path = resource_path(resource, namespace, name, query);
	place->all = resource_path(resource, namespace, NULL, query);
	place->label = *resource->group
			       ? xasprintf("%s.%s/%s", resource->plural,
					   resource->group, name)
			       : xasprintf("%s/%s", resource->plural, name);
	return 0;
}

static bool same_version(const json_t *a, const json_t *b)
{
	const char *left = json_str_at(a, "metadata.resourceVersion");
	const char *right = json_str_at(b, "metadata.resourceVersion");

	return left && right && str_eq(left, right);
}

/* What became of an object, and what it was before. */
struct change {
	enum result result;
	json_t *before; /* NULL: it was not there */
	json_t *after;  /* NULL: nothing was sent */
};

static void change_release(struct change *change)
{
	json_decref(change->before);
	json_decref(change->after);
}

static int send_object(struct cli *cli, const struct place *place,
		       const json_t *object, enum apply_drift drift,
		       struct change *change, struct err *err)
{
	AUTO_JSON json_t *wanted = apply_annotated(object);
	AUTO_JSON json_t *patch = NULL;

	change->before = client_get(cli->client, place->path, err);
	if (!change->before && err->code != ERR_NOT_FOUND)
		return -1;
	if (!change->before) {
		change->result = CREATED;
		change->after = client_send(cli->client, "POST", place->all,
					    wanted, err);
		return change->after ? 0 : -1;
	}
	patch = apply_patch(change->before, wanted, drift);
	change->result = UNCHANGED;
	if (!json_object_size(patch))
		return 0;
	change->after =
		client_send(cli->client, "PATCH", place->path, patch, err);
	if (!change->after)
		return -1;
	if (!same_version(change->before, change->after))
		change->result = CONFIGURED;
	return 0;
}

/* What a dry run found, or what was done. */
static void say(const struct place *place, const struct change *change,
		bool dry)
{
	CLEANUP(buf_release) struct buf lines = BUF_INIT(MAX_DIFF);

	printf("%s %s%s\n", place->label, result_words[change->result],
	       dry ? " (dry run)" : "");
	if (!dry || change->result != CONFIGURED)
		return;
	diff_render(&lines, change->before, change->after);
	printf("%s%s", lines.base, lines.overflow ? "    ...\n" : "");
}

/* Of a rack each machine is a line: its Secret and its BMC go without, but
 * where something there is to change. */
static bool worth_a_line(const json_t *object, enum apply_drift drift, bool dry,
			 enum result result)
{
	const char *kind = json_str_at(object, "kind");

	return drift == APPLY_RESTORE || (dry && result == CONFIGURED) ||
	       (!str_eq(kind, "Secret") && !str_eq(kind, "Machine"));
}

/* All objects, once as a dry run and once for good. */
static int send_all(struct cli *cli, const json_t *objects,
		    enum apply_drift drift, bool dry, struct err *err)
{
	bool loud = !dry || args_flag(&cli->args, "dry-run");
	size_t n[N_RESULTS] = { 0 };
	size_t i;
	json_t *object;

	json_array_foreach (objects, i, object) {
		CLEANUP(place_release) struct place place = { 0 };
		CLEANUP(change_release) struct change change = { 0 };

		if (find_place(cli, object, dry, &place, err))
			return -1;
		if (send_object(cli, &place, object, drift, &change, err)) {
			err_wrap(err, "%s", place.label);
			return !dry && i ? err_wrap(err,
						    "%zu of %zu objects are "
						    "written, do it again for "
						    "the rest",
						    i, json_array_size(objects))
					 : -1;
		}
		n[change.result]++;
		if (loud && worth_a_line(object, drift, dry, change.result))
			say(&place, &change, dry);
	}
	if (loud && i > 1)
		printf("%zu objects: %zu created, %zu configured, %zu "
		       "unchanged\n",
		       i, n[CREATED], n[CONFIGURED], n[UNCHANGED]);
	return 0;
}

static int print_errors(const struct rack *rack)
{
	size_t n = json_array_size(rack->errors);
	size_t i;
	json_t *error;

	json_array_foreach (rack->errors, i, error)
		fprintf(stderr, "%s\n", json_string_value(error));
	fprintf(stderr, "tomte: %zu error%s, nothing was changed\n", n,
		n == 1 ? "" : "s");
	return CLI_FAILED;
}

int apply_files(struct cli *cli, char *const *files, size_t n_files,
		enum apply_drift drift, const struct rack_defaults *defaults,
		struct err *err)
{
	CLEANUP(rack_release) struct rack rack;

	rack_init(&rack, read_secret, NULL);
	if (defaults)
		rack.defaults = *defaults;
	if (read_files(&rack, files, n_files, err))
		return -1;
	if (json_array_size(rack.errors))
		return print_errors(&rack);
	if (send_all(cli, rack.objects, drift, true, err))
		return -1;
	if (args_flag(&cli->args, "dry-run"))
		return CLI_OK;
	return send_all(cli, rack.objects, drift, false, err) ? -1 : CLI_OK;
}
