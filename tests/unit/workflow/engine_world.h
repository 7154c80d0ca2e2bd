/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_WORKFLOW_ENGINE_WORLD_H
#define TESTS_UNIT_WORKFLOW_ENGINE_WORLD_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "json.h"
#include "store/event.h"
#include "store/machine.h"
#include "store/object.h"
#include "store/run.h"
#include "test.h"
#include "workflow/engine.h"
#include "workflow/run_view.h"

/*
 * The engine over a real store: what the world would do is written as rows
 * by the test, turn for turn.
 */
struct fixture {
	char folder[32];
	struct loop *loop;
	struct store *store;
	struct engine *engine;
	struct engine_ops ops;
	wall_ms now;
};

static const char template_text[] =
	"name: debian\n"
	"tasks:\n"
	"- name: install\n"
	"  worker: m1\n"
	"  actions:\n"
	"  - {name: image, image: quay.io/x/image2disk:v1, timeout: 600}\n"
	"  - {name: restart, image: reboot, timeout: 60}\n";

/* A template language of its own: <<path>> is what stands there. */
static inline char *render(void *arg, const char *text, const json_t *data,
			   struct err *err)
{
	struct buf out = BUF_INIT(65536);
	const char *end;

	(void)arg;
	for (; *text; text++) {
		AUTO_FREE char *path = NULL;
		const char *value;

		end = str_starts(text, "<<") ? strstr(text, ">>") : NULL;
		if (!end) {
			buf_addc(&out, *text);
			continue;
		}
		path = xstrndup(text + 2, (size_t)(end - text) - 2);
		value = json_str_at(data, path);
		if (!value) {
			err_set(err, ERR_INVALID, "no entry for \"%s\"", path);
			buf_release(&out);
			return NULL;
		}
		buf_adds(&out, value);
		text = end + 1;
	}
	return buf_take(&out);
}

static inline json_t *facts(void *arg, int64_t machine, const char *name)
{
	(void)arg;
	(void)machine;
	return json_pack("{s:s}", "name", name);
}

static inline void create(struct fixture *f, const char *group,
			  const char *kind, const char *name, json_t *object)
{
	struct object_key key = { .kind = kind_find(group, kind),
				  .namespace = "default",
				  .name = name };
	struct err err;

	if (object_create(f->store, &key, object, NULL, &err))
		fail_msg("%s: %s", name, err.message);
	json_decref(object);
}

static inline void open_all(struct fixture *f)
{
	struct err err;

	f->store = store_open(f->folder, &err);
	assert_non_null(f->store);
	store_set_now(f->store, f->now);
	f->engine = engine_new(f->loop, f->store, &f->ops, f);
	assert_int_equal(engine_start(f->engine, &err), 0);
}

static inline void close_all(struct fixture *f)
{
	engine_free(f->engine);
	store_close(f->store);
}

static inline void turn(struct fixture *f, int64_t later_ms)
{
	struct err err;

	f->now += later_ms;
	store_set_now(f->store, f->now);
	engine_turn(f->engine);
	assert_int_equal(store_commit(f->store, &err), 0);
}

static inline int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	str_copy(f->folder, sizeof(f->folder), "/tmp/tomte-engine-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	f->loop = loop_new();
	f->now = INT64_C(1700000000000);
	f->ops.render = render;
	f->ops.facts = facts;
	open_all(f);
	create(f, TINKERBELL_GROUP, "Hardware", "m1",
	       json_pack("{s:{s:{s:s},s:[{s:{s:s,s:{s:s}}}]}}", "spec",
			 "bmcRef", "name", "m1-bmc", "interfaces", "dhcp",
			 "mac", "52:54:00:00:00:01", "ip", "address",
			 "198.18.0.11"));
	create(f, TINKERBELL_GROUP, "Template", "debian",
	       json_pack("{s:{s:s}}", "spec", "data", template_text));
	*state = f;
	return 0;
}

static inline int teardown(void **state)
{
	struct fixture *f = *state;
	AUTO_FREE char *command = xasprintf("rm -rf %s", f->folder);

	close_all(f);
	loop_free(f->loop);
	assert_int_equal(system(command), 0);
	free(f);
	return 0;
}

static inline void provision(struct fixture *f, const char *template)
{
	create(f, TINKERBELL_GROUP, "Workflow", "w1",
	       json_pack("{s:{s:{s:s}},s:{s:s,s:s,s:{s:b,s:s}}}", "metadata",
			 "annotations", "tomte.dev/await", "phone-home", "spec",
			 "templateRef", template, "hardwareRef", "m1",
			 "bootOptions", "toggleAllowNetboot", 1, "bootMode",
			 "netboot"));
	turn(f, 10);
}

static inline json_t *object_of(struct fixture *f, const char *kind,
				const char *name)
{
	struct object_key key = { .kind = kind_find(TINKERBELL_GROUP, kind),
				  .namespace = "default",
				  .name = name };
	struct err err;

	return object_get(f->store, &key, &err);
}

/* A Workflow with this spec, and annotations or NULL. */
static inline void apply(struct fixture *f, const char *name, const char *spec,
			 const char *annotations)
{
	json_t *object = json_object();

	json_put(object, "spec", json_of(spec));
	if (annotations)
		json_put(object, "metadata.annotations", json_of(annotations));
	create(f, TINKERBELL_GROUP, "Workflow", name, object);
	turn(f, 10);
}

static inline void add_template(struct fixture *f, const char *name,
				const char *text)
{
	create(f, TINKERBELL_GROUP, "Template", name,
	       json_pack("{s:{s:s}}", "spec", "data", text));
}

static inline int64_t id_of(struct fixture *f, const char *kind,
			    const char *name)
{
	struct object_key key = { .kind = kind_find(TINKERBELL_GROUP, kind),
				  .namespace = "default",
				  .name = name };

	return object_id(f->store, &key);
}

/* As kubectl annotate does; value NULL: takes it away. */
static inline void annotate(struct fixture *f, const char *name,
			    const char *key, const char *value)
{
	AUTO_JSON json_t *patch = json_object();
	json_t *annotations = json_object();
	struct err err;

	json_object_set_new(annotations, key,
			    value ? json_string(value) : json_null());
	json_put(patch, "metadata.annotations", annotations);
	assert_int_equal(
		object_patch(f->store, id_of(f, "Workflow", name), patch, &err),
		0);
	turn(f, 10);
}

static inline void read_run(struct fixture *f, int64_t id, struct run *run)
{
	struct err err;

	assert_int_equal(run_get(f->store, id, run, &err), 0);
}

/* An action of run 1 by its position. */
static inline void read_action(struct fixture *f, int position,
			       struct action *action)
{
	struct action *actions;
	size_t n = action_list(f->store, 1, &actions);

	assert_true((size_t)position < n);
	*action = actions[position];
	action_list_free(actions, n);
}

static inline void assert_status(struct fixture *f, const char *workflow,
				 const char *path, const char *text)
{
	AUTO_JSON json_t *object = object_of(f, "Workflow", workflow);
	const char *found = json_str_at(object, path);

	if (!found || !strstr(found, text))
		fail_msg("%s: \"%s\" does not say \"%s\"", path,
			 found ? found : "(nothing)", text);
}

static inline void assert_phase(struct fixture *f, const char *phase)
{
	struct run run;
	struct err err;

	assert_int_equal(run_get(f->store, 1, &run, &err), 0);
	assert_string_equal(run.phase, phase);
}

static inline void assert_netboot(struct fixture *f, bool allowed)
{
	AUTO_JSON json_t *hardware = object_of(f, "Hardware", "m1");

	assert_int_equal(json_bool_at(hardware,
				      "spec.interfaces[0].netboot.allowPXE",
				      !allowed),
			 allowed);
}

/* The only open intent, which must be of this kind, has this end. */
static inline void end_intent(struct fixture *f, const char *kind,
			      const struct err *error)
{
	struct intent *intents;
	struct err err;
	size_t n = intent_open(f->store, &intents);

	assert_int_equal(n, 1);
	assert_string_equal(intents[0].kind, kind);
	assert_int_equal(intent_end(f->store, &intents[0], error, &err), 0);
	free(intents);
	turn(f, 1000);
}

static inline void see_of(struct fixture *f, const char *name,
			  const char *source, const char *kind)
{
	int64_t machine = id_of(f, "Hardware", name);
	struct err err;

	f->now += 1000;
	store_set_now(f->store, f->now);
	assert_int_equal(event_note(f->store, machine, 0, source, kind, &err,
				    "%s", kind),
			 0);
	turn(f, 0);
}

static inline void see(struct fixture *f, const char *source, const char *kind)
{
	see_of(f, "m1", source, kind);
}

static inline void end_action(struct fixture *f, int position,
			      const char *state, bool terminal)
{
	struct action *actions;
	struct err err;
	size_t n = action_list(f->store, 1, &actions);

	assert_true((size_t)position < n);
	str_copy(actions[position].state, sizeof(actions[position].state),
		 state);
	str_copy(actions[position].message, sizeof(actions[position].message),
		 "as the test says");
	if (!str_eq(state, "RUNNING"))
		actions[position].ended_at = f->now;
	else
		actions[position].started_at = f->now;
	if (terminal) {
		str_copy(actions[position].phase,
			 sizeof(actions[position].phase), "terminal");
		assert_int_equal(
			action_progress(f->store, &actions[position], &err), 0);
	}
	assert_int_equal(action_update(f->store, &actions[position], &err), 0);
	action_list_free(actions, n);
	turn(f, 1000);
}

static inline void to_working(struct fixture *f)
{
	provision(f, "debian");
	end_intent(f, "power-off", NULL);
	end_intent(f, "boot-pxe", NULL);
	end_intent(f, "power-on", NULL);
	see(f, "http", "script");
	see(f, "worker", "hello");
	assert_phase(f, "working");
}

#define WORLD(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

#endif
