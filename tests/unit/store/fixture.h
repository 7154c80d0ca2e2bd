/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/str.h"
#include "json.h"
#include "store/machine.h"
#include "store/object.h"
#include "store/run.h"
#include "test.h"

/*
 * A store in a folder of its own, at a made-up time, and short ways to say
 * what a test is about.
 */
#define NOON INT64_C(1795521600000) /* 2026-11-24T12:00:00Z */

struct fixture {
	char folder[64];
	struct store *store;
	struct err err;
};

static inline int fixture_setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	str_copy(f->folder, sizeof(f->folder), "/tmp/tomte-store-XXXXXX");
	assert_non_null(mkdtemp(f->folder));
	f->store = store_open(f->folder, &f->err);
	if (!f->store)
		fail_msg("%s", f->err.message);
	store_set_now(f->store, NOON);
	*state = f;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	static const char *const files[] = { "inventory.db", "inventory.db-wal",
					     "inventory.db-shm", "key",
					     "audit.head" };
	struct fixture *f = *state;

	store_close(f->store);
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		AUTO_FREE char *path = xasprintf("%s/%s", f->folder, files[i]);

		unlink(path);
	}
	rmdir(f->folder);
	free(f);
	return 0;
}

#define RUN_WITH_STORE(test)                                                   \
	cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)

/* Succeeds, or fails with what the error says. */
#define assert_ok(f, call)                                                     \
	do {                                                                   \
		if (call)                                                      \
			fail_msg("%s: %s", #call, (f)->err.message);           \
	} while (0)

#define assert_fails(f, expected, call)                                        \
	do {                                                                   \
		assert_int_equal((call), -1);                                  \
		assert_int_equal((f)->err.code, (expected));                   \
	} while (0)

static inline struct object_key key_of(const char *word, const char *name)
{
	struct object_key key = { kind_by_word(word), "default", name };

	assert_non_null(key.kind);
	return key;
}

static inline int create(struct fixture *f, const char *word, const char *name,
			 const char *text)
{
	struct object_key key = key_of(word, name);
	AUTO_JSON json_t *object = json_of(text);

	return object_create(f->store, &key, object, NULL, &f->err);
}

static inline int update(struct fixture *f, const char *word, const char *name,
			 const char *text)
{
	struct object_key key = key_of(word, name);
	AUTO_JSON json_t *object = json_of(text);

	return object_update(f->store, &key, object, OBJECT_MAIN, NULL,
			     &f->err);
}

static inline int patch(struct fixture *f, const char *word, const char *name,
			const char *text)
{
	struct object_key key = key_of(word, name);
	AUTO_JSON json_t *object = json_of(text);

	return object_patch(f->store, object_id(f->store, &key), object,
			    &f->err);
}

static inline json_t *get(struct fixture *f, const char *word, const char *name)
{
	struct object_key key = key_of(word, name);
	json_t *object = object_get(f->store, &key, &f->err);

	if (!object)
		fail_msg("%s", f->err.message);
	return object;
}

static inline int64_t id_of(struct fixture *f, const char *word,
			    const char *name)
{
	struct object_key key = key_of(word, name);

	return object_id(f->store, &key);
}

static inline void assert_text(const json_t *object, const char *path,
			       const char *expected)
{
	const char *text = json_str_at(object, path);

	if (!text)
		fail_msg("no text at %s", path);
	assert_string_equal(text, expected);
}

#endif
