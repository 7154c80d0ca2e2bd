/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/rotate.h"

#include <stdio.h>
#include <string.h>

#include "base/list.h"
#include "base/secret.h"
#include "base/str.h"
#include "bmc/bmc.h"
#include "bmc/rotate_plan.h"
#include "daemon/credential.h"
#include "daemon/reach.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/object.h"

#define LOG_MODULE "rotate"
#include "base/log.h"

struct rotates {
	struct store *store;
	struct exec *exec;
	struct list all;
	struct rng rng;
};

struct rotation {
	struct list link;
	struct rotates *rotates;
	struct api_wait *wait; /* NULL: it goes on from before a restart */
	char user[336];
	char namespace[64];
	char bmc[254];
	char id[420];             /* beside that of the other operations */
	struct bmc_target target; /* with the old password */
	struct reach_next next;
	struct rotate plan;
	bool under_way; /* at the BMC */
};

struct rotates *rotates_new(struct store *store, struct exec *exec)
{
	struct rotates *rotates = xcalloc(1, sizeof(*rotates));

	rotates->store = store;
	rotates->exec = exec;
	list_init(&rotates->all);
	rotates->rng = rng_system();
	return rotates;
}

static void rotation_free(struct rotation *rotation)
{
	list_remove(&rotation->link);
	bmc_target_release(&rotation->target);
	secret_wipe(&rotation->next, sizeof(rotation->next));
	free(rotation);
}

void rotates_free(struct rotates *rotates)
{
	struct rotation *rotation;

	if (!rotates)
		return;
	while ((rotation = list_first(&rotates->all, struct rotation, link)))
		rotation_free(rotation);
	free(rotates);
}

static struct rotation *find(struct rotates *rotates, const char *namespace,
			     const char *bmc)
{
	list_for_each (link, &rotates->all) {
		struct rotation *one =
			container_of(link, struct rotation, link);

		if (str_eq(one->namespace, namespace) && str_eq(one->bmc, bmc))
			return one;
	}
	return NULL;
}

/* With what is written down of it; NULL: see err. */
static struct rotation *rotation_new(struct rotates *rotates,
				     const char *namespace, const char *bmc,
				     struct err *err)
{
	struct rotation *rotation;

	if (find(rotates, namespace, bmc)) {
		err_set(err, ERR_BUSY, "its password is being changed already");
		return NULL;
	}
	rotation = xcalloc(1, sizeof(*rotation));
	list_init(&rotation->link);
	rotation->rotates = rotates;
	str_copy(rotation->namespace, sizeof(rotation->namespace), namespace);
	str_copy(rotation->bmc, sizeof(rotation->bmc), bmc);
	if (reach_changing(rotates->store, namespace, bmc, &rotation->target,
			   &rotation->next, err)) {
		rotation_free(rotation);
		return NULL;
	}
	rotation->target.ipmitool = false; /* it takes no password but by
					      argument */
	snprintf(rotation->id, sizeof(rotation->id), "%s/%s#password",
		 namespace, bmc);
	rotation->plan.recorded = *rotation->next.password != '\0';
	return rotation;
}

/* Absent is "". */
static int take_text(const json_t *arguments, const char *key, char *out,
		     size_t size, struct err *err)
{
	const json_t *given = json_object_get(arguments, key);
	const char *text = json_string_value(given);

	if (given &&
	    (!text || !*text || strlen(text) != json_string_length(given) ||
	     strlen(text) >= size))
		return err_set(err, ERR_INVALID,
			       "%s: expected 1 to %zu characters", key,
			       size - 1);
	str_copy(out, size, text ? text : "");
	return 0;
}

static int take_next(struct rotation *rotation, const json_t *arguments,
		     struct err *err)
{
	struct reach_next *next = &rotation->next;
	size_t n = (json_object_get(arguments, "password") != NULL) +
		   (json_object_get(arguments, "user") != NULL);

	if (json_object_size(arguments) != n)
		return err_set(err, ERR_INVALID,
			       "expected {\"password\": \"...\", \"user\": "
			       "\"...\"}, or less");
	if (rotation->plan.recorded)
		return 0; /* the one that was begun is ended first */
	if (take_text(arguments, "password", next->password,
		      sizeof(next->password), err) ||
	    take_text(arguments, "user", next->user, sizeof(next->user), err))
		return -1;
	if (!*next->password)
		rotate_password(&rotation->rotates->rng, next->password);
	else if (!*next->user &&
		 secret_equal(next->password, rotation->target.password))
		return err_set(err, ERR_INVALID,
			       "password: it is the one that it has");
	return 0;
}

int rotates_add(struct rotates *rotates, const struct api_ask *ask,
		struct api_wait *wait, struct err *err)
{
	struct rotation *rotation =
		rotation_new(rotates, ask->namespace, ask->machine, err);

	if (!rotation)
		return -1;
	if (take_next(rotation, ask->arguments, err)) {
		rotation_free(rotation);
		return -1;
	}
	rotation->wait = wait;
	str_copy(rotation->user, sizeof(rotation->user), ask->user);
	list_add_tail(&rotates->all, &rotation->link);
	return 0;
}

/* ---- steps ---- */

static void note(const struct rotation *rotation, const struct err *error)
{
	struct store *store = rotation->rotates->store;
	int64_t machine =
		machine_by_bmc(store, rotation->namespace, rotation->bmc);
	struct err err;

	if (machine &&
	    event_note(store, machine, 0, "bmc", error ? "bmc-failed" : "bmc",
		       &err, "a new password for the BMC%s%s%s%s",
		       *rotation->user ? " by " : "", rotation->user,
		       error ? ": " : ": done", error ? error->message : ""))
		log_error("bmc=%s/%s: %s", rotation->namespace, rotation->bmc,
			  err.message);
}

static void finish(struct rotation *rotation, const struct err *error)
{
	AUTO_JSON json_t *done = json_pack("{s:b}", "changed", 1);

	if (error)
		log_warn("bmc=%s/%s %s", rotation->namespace, rotation->bmc,
			 error->message);
	else
		log_info("bmc=%s/%s has a new password", rotation->namespace,
			 rotation->bmc);
	note(rotation, error);
	if (rotation->wait)
		api_answer(rotation->wait, error, done);
	bmc_forget(exec_bmc(rotation->rotates->exec), rotation->id);
	rotation_free(rotation);
}

static enum rotate_step step_of(const struct rotation *rotation)
{
	return rotate_next(&rotation->plan);
}

static void on_result(void *arg, const char *id,
		      const struct bmc_result *result)
{
	struct rotation *rotation = arg;

	(void)id;
	rotation->under_way = false;
	rotate_told(&rotation->plan, step_of(rotation),
		    result->err.code ? &result->err : NULL, result->sent);
}

static void submit(struct rotation *rotation, enum rotate_step step)
{
	CLEANUP(bmc_target_release) struct bmc_target target = { 0 };
	struct bmc_request request = { .op = BMC_PROBE };
	const struct reach_next *next = &rotation->next;
	const char *user = *next->user ? next->user : rotation->target.user;

	bmc_target_copy(&target, &rotation->target);
	if (step == ROTATE_SET) {
		request.op = BMC_PASSWORD_SET;
		str_copy(request.user, sizeof(request.user), user);
		str_copy(request.secret, sizeof(request.secret),
			 next->password);
	} else if (step == ROTATE_TRY_NEW) {
		str_copy(target.user, sizeof(target.user), user);
		str_copy(target.password, sizeof(target.password),
			 next->password);
	}
	rotation->under_way = true;
	bmc_submit(exec_bmc(rotation->rotates->exec), rotation->id, &target,
		   &request, on_result, rotation);
	secret_wipe(request.secret, sizeof(request.secret));
}

static int write_down(struct rotation *rotation, enum rotate_step step,
		      struct err *err)
{
	struct store *store = rotation->rotates->store;
	const struct credential next = { rotation->next.user,
					 rotation->next.password };

	switch (step) {
	case ROTATE_RECORD:
		return credential_record(store, rotation->namespace,
					 rotation->bmc, &next, err);
	case ROTATE_ADOPT:
		return credential_adopt(store, rotation->namespace,
					rotation->bmc, &next, err);
	default:
		return credential_forget(store, rotation->namespace,
					 rotation->bmc, err);
	}
}

/* Its next step: what was written down before is durable. */
static void advance(struct rotation *rotation)
{
	enum rotate_step step = step_of(rotation);
	struct err err = { .code = ERR_NONE };
	int failed;

	log_debug("bmc=%s/%s step=%s", rotation->namespace, rotation->bmc,
		  rotate_step_name(step));
	switch (step) {
	case ROTATE_DONE:
		finish(rotation, NULL);
		break;
	case ROTATE_FAILED:
		rotate_error(&rotation->plan, &err);
		finish(rotation, &err);
		break;
	case ROTATE_SET:
	case ROTATE_TRY_NEW:
	case ROTATE_TRY_OLD:
		submit(rotation, step);
		break;
	default:
		failed = write_down(rotation, step, &err);
		rotate_told(&rotation->plan, step, failed ? &err : NULL, false);
	}
}

void rotates_published(struct rotates *rotates)
{
	struct list now;
	struct rotation *rotation;

	list_init(&now);
	while ((rotation = list_first(&rotates->all, struct rotation, link))) {
		list_remove(&rotation->link);
		list_add_tail(&now, &rotation->link);
	}
	while ((rotation = list_first(&now, struct rotation, link))) {
		list_remove(&rotation->link);
		list_add_tail(&rotates->all, &rotation->link);
		if (!rotation->under_way)
			advance(rotation);
	}
}

/* ---- after a restart ---- */

static bool take_up(void *arg, json_t *machine)
{
	struct rotates *rotates = arg;
	struct rotation *rotation;
	struct err err;

	rotation = rotation_new(rotates,
				json_str_at(machine, "metadata.namespace"),
				json_str_at(machine, "metadata.name"), &err);
	if (!rotation)
		return true; /* it has no credentials to change */
	if (!rotation->plan.recorded) {
		rotation_free(rotation);
		return true;
	}
	log_info("bmc=%s/%s has two passwords: looking which is right",
		 rotation->namespace, rotation->bmc);
	list_add_tail(&rotates->all, &rotation->link);
	return true;
}

int rotates_start(struct rotates *rotates, struct err *err)
{
	const struct object_query query = {
		.kind = kind_find(BMC_GROUP, "Machine"),
		.namespace = "",
		.after_namespace = "",
		.after_name = "",
	};

	return object_each(rotates->store, &query, take_up, rotates, err);
}
