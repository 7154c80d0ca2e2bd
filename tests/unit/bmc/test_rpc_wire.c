/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/rpc_wire.h"

#include <string.h>

#include "base/str.h"
#include "json.h"
#include "test.h"

/* ' stands for ". */
static int parse(struct rpc_config *config, const char *text, struct err *err)
{
	AUTO_JSON json_t *object = json_of(text);
	AUTO_FREE char *real = json_text(object);

	return rpc_config_parse(config, real, strlen(real), err);
}

static void parsed(struct rpc_config *config, const char *text)
{
	struct err err;

	if (parse(config, text, &err))
		fail_msg("%s: %s", text, err.message);
}

static void assert_refused(const char *text, const char *message)
{
	struct rpc_config config;
	struct err err;

	assert_int_equal(parse(&config, text, &err), -1);
	assert_string_equal(err.message, message);
}

static void assert_body(const struct rpc_config *config,
			const struct rpc_ask *ask, const char *expected)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(RPC_BODY_MAX);
	struct err err;

	assert_int_equal(rpc_body(config, ask, "10.0.0.9", 7, &body, &err), 0);
	assert_string_equal(body.base, expected);
}

static void test_requests_are_those_of_rufio(void **state)
{
	const struct rpc_ask get = { .method = RPC_POWER_GET };
	const struct rpc_ask set = { .method = RPC_POWER_SET,
				     .action = BMC_ACTION_CYCLE };
	const struct rpc_ask boot = { .method = RPC_BOOT_SET,
				      .boot = { BMC_BOOT_PXE, false, true } };
	const struct rpc_ask media = { .method = RPC_MEDIA_SET,
				       .media = "http://h/x.iso" };
	struct rpc_config config;

	(void)state;
	parsed(&config, "{'consumerURL':'http://h/rpc'}");

	assert_body(&config, &get,
		    "{\"id\":7,\"host\":\"10.0.0.9\","
		    "\"method\":\"getPowerState\"}");
	assert_body(&config, &set,
		    "{\"id\":7,\"host\":\"10.0.0.9\","
		    "\"method\":\"setPowerState\","
		    "\"params\":{\"state\":\"cycle\"}}");
	assert_body(&config, &boot,
		    "{\"id\":7,\"host\":\"10.0.0.9\","
		    "\"method\":\"setBootDevice\",\"params\":{\"device\":"
		    "\"pxe\",\"persistent\":false,\"efiBoot\":true}}");
	assert_body(&config, &media,
		    "{\"id\":7,\"host\":\"10.0.0.9\","
		    "\"method\":\"setVirtualMedia\",\"params\":{\"mediaUrl\":"
		    "\"http://h/x.iso\",\"kind\":\"CD\"}}");
	rpc_config_release(&config);
}

static void test_a_request_can_be_put_into_another(void **state)
{
	const struct rpc_ask get = { .method = RPC_POWER_GET };
	struct rpc_config config;

	(void)state;
	parsed(&config,
	       "{'consumerURL':'http://h/rpc','experimental':{"
	       "'customRequestPayload':'{\\\"a\\\":1}','dotPath':'b.c'}}");

	assert_body(&config, &get,
		    "{\"a\":1,\"b\":{\"c\":{\"id\":7,\"host\":\"10.0.0.9\","
		    "\"method\":\"getPowerState\"}}}");
	rpc_config_release(&config);
}

static void assert_headers(const char *text, const char *const *expected)
{
	CLEANUP(buf_release) struct buf body = BUF_INIT(64);
	struct rpc_config config;
	char **headers;
	size_t n = 0;

	parsed(&config, text);
	buf_adds(&body, "{}");
	headers = rpc_headers(&config, &body, 1700000000000);
	for (; expected[n] && headers[n]; n++)
		assert_string_equal(headers[n], expected[n]);
	assert_null(expected[n]);
	assert_null(headers[n]);
	rpc_headers_free(headers);
	rpc_config_release(&config);
}

/* The digests are openssl's: printf '{}2023-11-14T22:13:20Z' | openssl dgst
 * -sha256 -hmac key. */
#define SHA256_OF_KEY                                                          \
	"ac1546b639c6f24e72788705a11ed9662caecc2d2719baef4abb1330e6504cb3"
#define SHA256_OF_OTHER                                                        \
	"1b93c65b9ca60750f73ca74389669adaf4d41618e7a01eccdd61d3f59cf25e50"
#define SHA256_WITH_MORE                                                       \
	"0960fc03cea7b2a80df593ea07042e84415a3ef4312800b5e0163881e6d161fd"
#define SHA512_OF_KEY                                                          \
	"849ff561957a3beac8f2a13c5d6b2de2c28b94377da63e307ecd5cf260a206e0"     \
	"af852ce2ab3d84056c00968d48311309eea260651d11b31fa614a75e068580a2"

static void test_a_request_is_signed_with_its_time(void **state)
{
	static const char *const one[] = {
		"Content-Type: application/json",
		"X-Rufio-Timestamp: 2023-11-14T22:13:20Z",
		"X-Rufio-Signature-256: sha256=" SHA256_OF_KEY,
		NULL,
	};
	static const char *const both[] = {
		"Content-Type: application/json",
		"X-Rufio-Timestamp: 2023-11-14T22:13:20Z",
		"X-Rufio-Signature-256: sha256=" SHA256_OF_KEY
		",sha256=" SHA256_OF_OTHER,
		"X-Rufio-Signature-512: sha512=" SHA512_OF_KEY,
		NULL,
	};
	static const char *const none[] = {
		"Content-Type: application/json",
		"X-Rufio-Timestamp: 2023-11-14T22:13:20Z",
		NULL,
	};

	(void)state;
	assert_headers("{'consumerURL':'http://h','hmac':{'secrets':{"
		       "'sha256':['key']}}}",
		       one);
	assert_headers("{'consumerURL':'http://h','hmac':{'secrets':{"
		       "'sha256':['key','other'],'sha512':['key']}}}",
		       both);
	assert_headers("{'consumerURL':'http://h'}", none);
}

static void test_names_of_headers_are_theirs(void **state)
{
	static const char *const expected[] = {
		"X-Site: a,b",
		"Content-Type: text/json",
		"X-Time: 2023-11-14T22:13:20Z",
		"X-Sign: " SHA256_WITH_MORE,
		NULL,
	};

	(void)state;
	assert_headers("{'consumerURL':'http://h',"
		       "'request':{'staticHeaders':{'X-Site':['a','b']},"
		       "'httpContentType':'text/json',"
		       "'timestampHeader':'X-Time'},"
		       "'signature':{'headerName':'X-Sign',"
		       "'appendAlgoToHeaderDisabled':true,"
		       "'includedPayloadHeaders':['x-site','X-Site']},"
		       "'hmac':{'prefixSigDisabled':true,'secrets':{"
		       "'sha256':['key']}}}",
		       expected);
}

static void test_a_configuration_without_sense_is_refused(void **state)
{
	(void)state;
	assert_refused("{}", "rpc.consumerURL: expected http:// or https://");
	assert_refused("{'consumerURL':'ftp://h'}",
		       "rpc.consumerURL: expected http:// or https://");
	assert_refused("{'consumerURL':'http://h','request':{"
		       "'timestampHeader':'X: y'}}",
		       "rpc.request.timestampHeader: no header can be called "
		       "so");
	assert_refused("{'consumerURL':'http://h','request':{"
		       "'staticHeaders':{'X':['a\\nB: c']}}}",
		       "rpc.request.staticHeaders: no value of a header");
	assert_refused("{'consumerURL':'http://h','request':{"
		       "'timestampFormat':'02.01.2006'}}",
		       "rpc.request.timestampFormat: only "
		       "2006-01-02T15:04:05Z07:00");
	assert_refused("{'consumerURL':'http://h','hmac':{'secrets':{"
		       "'md5':['key']}}}",
		       "rpc.hmac.secrets: md5: expected sha256 or sha512");
	assert_refused("{'consumerURL':'http://h','experimental':{"
		       "'customRequestPayload':'{}','dotPath':'a[0].b'}}",
		       "rpc.experimental.dotPath: expected names with dots "
		       "between them");
	assert_refused("{'consumerURL':'http://h','experimental':{"
		       "'customRequestPayload':'[]','dotPath':'a'}}",
		       "rpc.experimental.customRequestPayload: expected an "
		       "object");
}

static int answered(enum rpc_method method, int status, const char *body,
		    enum bmc_power *power, struct err *err)
{
	const struct rpc_ask ask = { .method = method };

	*power = BMC_POWER_UNKNOWN;
	return rpc_answer_parse(&ask, status, body, strlen(body), power, err);
}

static void test_answers_say_on_or_off_or_why_not(void **state)
{
	static const struct {
		int status;
		const char *body;
		const char *message;
	} bad[] = {
		{ 200, "{\"error\":{\"code\":5,\"message\":\"no such\"}}",
		  "the webhook says: no such (code 5)" },
		{ 500, "{\"error\":{\"code\":5,\"message\":\"no such\"}}",
		  "the webhook says: no such (code 5)" },
		{ 404, "", "the webhook answered 404" },
		{ 200, "hello", "the webhook's answer is no JSON object" },
		{ 200, "{\"id\":1}",
		  "the webhook's result is neither on nor off" },
		{ 200, "{\"result\":true}",
		  "the webhook's result is neither on nor off" },
	};
	enum bmc_power power;
	struct err err;

	(void)state;
	assert_int_equal(answered(RPC_POWER_GET, 200, "{\"result\":\"on\"}",
				  &power, &err),
			 0);
	assert_int_equal(power, BMC_POWER_ON);
	assert_int_equal(answered(RPC_POWER_GET, 200, "{\"result\":\"OFF\"}",
				  &power, &err),
			 0);
	assert_int_equal(power, BMC_POWER_OFF);
	assert_int_equal(
		answered(RPC_BOOT_SET, 200, "{\"error\":null}", &power, &err),
		0);
	assert_int_equal(answered(RPC_POWER_GET, 401, "", &power, &err), -1);
	assert_int_equal(err.code, ERR_AUTH);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_int_equal(answered(RPC_POWER_GET, bad[i].status,
					  bad[i].body, &power, &err),
				 -1);
		assert_string_equal(err.message, bad[i].message);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_requests_are_those_of_rufio),
		RUN(test_a_request_can_be_put_into_another),
		RUN(test_a_request_is_signed_with_its_time),
		RUN(test_names_of_headers_are_theirs),
		RUN(test_a_configuration_without_sense_is_refused),
		RUN(test_answers_say_on_or_off_or_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
