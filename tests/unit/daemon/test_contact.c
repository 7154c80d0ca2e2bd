/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/contact.h"

#include "unit/store/fixture.h"

static void make(struct fixture *f)
{
	assert_ok(f, create(f, "machines", "b1",
			    "{'spec':{'connection':{'host':'10.0.0.9'}}}"));
}

/* Whether it turned; -1: nothing was written. */
static int note(struct fixture *f, enum bmc_power power, enum err_code code,
		const char *message, bool looked)
{
	int64_t before = store_version(f->store);
	struct err error = { .code = code };
	struct contact_seen seen = { .power = power,
				     .error = code ? &error : NULL,
				     .looked = looked };

	str_copy(error.message, sizeof(error.message), message);
	assert_ok(f, contact_write(f->store, "default", "b1", &seen, &f->err));
	return store_version(f->store) == before ? -1 : seen.turned;
}

static int seen(struct fixture *f, enum bmc_power power, enum err_code code,
		const char *message)
{
	return note(f, power, code, message, false);
}

static const char *status_text(struct fixture *f, const char *path, char *out,
			       size_t size)
{
	struct object_key key = key_of("machines", "b1");
	AUTO_JSON json_t *object = object_get(f->store, &key, &f->err);
	const char *text = json_str_at(object, path);

	str_copy(out, size, text ? text : "");
	return out;
}

#define assert_status(f, path, expected)                                       \
	do {                                                                   \
		char text_[512];                                               \
		assert_string_equal(status_text((f), "status." path, text_,    \
						sizeof(text_)),                \
				    (expected));                               \
	} while (0)

static void test_a_bmc_that_answers_is_contactable(void **state)
{
	struct fixture *f = *state;

	make(f);

	assert_int_equal(seen(f, BMC_POWER_ON, ERR_NONE, ""), true);
	assert_status(f, "powerState", "on");
	assert_status(f, "conditions[0].type", "Contactable");
	assert_status(f, "conditions[0].status", "True");
	assert_status(f, "conditions[0].reason", "Answered");
	assert_status(f, "conditions[0].lastTransitionTime",
		      "2026-11-24T12:00:00Z");
}

static void test_nothing_is_written_when_nothing_is_new(void **state)
{
	struct fixture *f = *state;

	make(f);
	seen(f, BMC_POWER_ON, ERR_NONE, "");
	for (int i = 0; i < 3; i++) {
		store_set_now(f->store, NOON + 1000 * i);
		assert_int_equal(seen(f, BMC_POWER_ON, ERR_NONE, ""), -1);
	}
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_UNREACHABLE,
			      "no answer in 20001 ms"),
			 true);
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_UNREACHABLE,
			      "no answer in 19 ms"),
			 -1);
	assert_int_equal(
		seen(f, BMC_POWER_UNKNOWN, ERR_UNREACHABLE, "no route"), false);
	assert_status(f, "conditions[0].message", "no route");
	assert_status(f, "powerState", "unknown");
}

static void test_the_time_of_its_turn_stays_until_the_next(void **state)
{
	struct fixture *f = *state;

	make(f);
	seen(f, BMC_POWER_ON, ERR_NONE, "");
	store_set_now(f->store, NOON + 60 * 1000);
	assert_int_equal(seen(f, BMC_POWER_OFF, ERR_NONE, ""), false);
	assert_status(f, "powerState", "off");
	assert_status(f, "conditions[0].lastTransitionTime",
		      "2026-11-24T12:00:00Z");
	assert_status(f, "conditions[0].lastUpdateTime",
		      "2026-11-24T12:01:00Z");
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_AUTH, "refused"), true);

	assert_status(f, "conditions[0].status", "False");
	assert_status(f, "conditions[0].reason", "CredentialsRefused");
	assert_status(f, "conditions[0].lastTransitionTime",
		      "2026-11-24T12:01:00Z");
}

/* It answered; the operation failed for another cause. */
static void test_an_error_of_an_operation_is_not_one_of_the_way(void **state)
{
	struct fixture *f = *state;

	make(f);
	seen(f, BMC_POWER_ON, ERR_NONE, "");
	assert_int_equal(
		seen(f, BMC_POWER_OFF, ERR_TIMEOUT, "power is off after on"),
		false);
	assert_status(f, "conditions[0].status", "True");
	assert_status(f, "powerState", "off");
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_BUSY, "busy"), -1);
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_CANCELLED, "x"), -1);
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_UNSUPPORTED, "x"), -1);

	assert_status(f, "powerState", "off");
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_TIMEOUT, "x"), true);
}

/* What a change comes to may have the same code as a certificate. */
static void test_only_a_look_tells_of_certificates_and_settings(void **state)
{
	struct fixture *f = *state;

	make(f);
	seen(f, BMC_POWER_ON, ERR_NONE, "");
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_MISMATCH, "x"), -1);
	assert_int_equal(seen(f, BMC_POWER_UNKNOWN, ERR_INVALID, "x"), -1);
	assert_int_equal(note(f, BMC_POWER_UNKNOWN, ERR_MISMATCH, "x", true),
			 true);
	assert_status(f, "conditions[0].reason", "WrongCertificate");
	assert_int_equal(note(f, BMC_POWER_UNKNOWN, ERR_NOT_FOUND, "x", true),
			 false);
	assert_status(f, "conditions[0].reason", "NotConfigured");
}

static void
test_words_that_are_no_text_are_shown_as_far_as_they_are(void **state)
{
	struct fixture *f = *state;

	make(f);
	assert_int_equal(
		seen(f, BMC_POWER_UNKNOWN, ERR_UNREACHABLE, "says \xff\xfe!"),
		true);

	assert_status(f, "conditions[0].message", "says ?\?!");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN_WITH_STORE(test_a_bmc_that_answers_is_contactable),
		RUN_WITH_STORE(test_nothing_is_written_when_nothing_is_new),
		RUN_WITH_STORE(test_the_time_of_its_turn_stays_until_the_next),
		RUN_WITH_STORE(
			test_an_error_of_an_operation_is_not_one_of_the_way),
		RUN_WITH_STORE(
			test_only_a_look_tells_of_certificates_and_settings),
		RUN_WITH_STORE(
			test_words_that_are_no_text_are_shown_as_far_as_they_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
