/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_guard_wire.h"

#include <string.h>

#include "base/str.h"
#include "test.h"

#define BODY_LIMIT 20
#define GET        "GET /a HTTP/1.1\r\n"
#define HOST       "Host: h\r\n"
#define POST       "POST /a HTTP/1.1\r\nHost: h\r\n"
#define REFUSAL    "GET / HTTP/1.1\r\nHost: \r\n\r\n"

/* All at once, or in pieces. */
static void feed(struct http_guard *guard, const char *bytes, size_t len,
		 size_t piece, struct buf *out)
{
	http_guard_init(guard, BODY_LIMIT);
	for (size_t at = 0; at < len; at += piece) {
		/* Exactly sized, so that a read past the end is seen. */
		size_t n = len - at < piece ? len - at : piece;
		AUTO_FREE char *copy = xmalloc(n);

		memcpy(copy, bytes + at, n);
		http_guard_input(guard, copy, n, out);
	}
	http_guard_release(guard);
	assert_false(out->overflow);
}

static void assert_fed(const char *bytes, size_t len, int refused,
		       const char *expected)
{
	static const size_t pieces[] = { 1, 2, 3, 7, 100000 };

	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(128 * 1024);
		struct http_guard guard;

		feed(&guard, bytes, len, pieces[i], &out);
		if (guard.refused != refused)
			print_error("%s\n%s\n", bytes,
				    guard.reason ? guard.reason : "passed");
		assert_int_equal(guard.refused, refused);
		if (expected)
			assert_string_equal(out.base, expected);
	}
}

static void assert_passes(const char *bytes, const char *expected)
{
	assert_fed(bytes, strlen(bytes), 0, expected);
}

static void assert_refuses(const char *bytes, int status)
{
	assert_fed(bytes, strlen(bytes), status, REFUSAL);
}

static void test_a_request_passes_as_it_is(void **state)
{
	(void)state;
	assert_passes("GET /a?b=%20c HTTP/1.1\r\nHost: h:80\r\n"
		      "X-Y: 1, \t2\r\nAccept: \xc3\xa4\r\n\r\n",
		      "GET /a?b=%20c HTTP/1.1\r\nHost: h:80\r\n"
		      "X-Y: 1, \t2\r\nAccept: \xc3\xa4\r\n\r\n");
	assert_passes("DELETE / HTTP/1.1\r\nHost:\r\n\r\n",
		      "DELETE / HTTP/1.1\r\nHost: \r\n\r\n");
	assert_passes("GET /a HTTP/1.1\r\nHost:   h \t\r\nE:\r\n\r\n",
		      "GET /a HTTP/1.1\r\nHost: h\r\nE: \r\n\r\n");
}

static void test_nothing_passes_before_a_head_is_whole(void **state)
{
	static const char head[] = GET HOST "A: b\r\n\r";
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);
	struct http_guard guard;

	(void)state;
	http_guard_init(&guard, BODY_LIMIT);
	assert_int_equal(http_guard_phase(&guard), HTTP_GUARD_IDLE);
	for (size_t i = 0; i < strlen(head); i++) {
		http_guard_input(&guard, head + i, 1, &out);
		assert_int_equal(http_guard_phase(&guard), HTTP_GUARD_HEAD);
	}
	assert_int_equal(out.len, 0);
	assert_int_equal(guard.n_requests, 0);
	http_guard_input(&guard, "\n", 1, &out);

	assert_string_equal(out.base, GET HOST "A: b\r\n\r\n");
	assert_int_equal(guard.n_requests, 1);
	assert_int_equal(http_guard_phase(&guard), HTTP_GUARD_IDLE);
	http_guard_release(&guard);
}

static void test_targets_have_one_form(void **state)
{
	(void)state;
	assert_passes("GET http://h:8080/a//b?c HTTP/1.1\r\nHost: x\r\n\r\n",
		      "GET /a//b?c HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_passes("GET HTTPS://h HTTP/1.1\r\nHost: x\r\n\r\n",
		      "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_passes("GET http://h?c HTTP/1.1\r\nHost: x\r\n\r\n",
		      "GET /?c HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_passes("GET http://h///a HTTP/1.1\r\nHost: x\r\n\r\n",
		      "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_passes("GET ///a HTTP/1.1\r\nHost: x\r\n\r\n",
		      "GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
	assert_refuses("GET * HTTP/1.1\r\n", 400);
	assert_refuses("GET a/b HTTP/1.1\r\n", 400);
	assert_refuses("GET http:///a HTTP/1.1\r\n", 400);
	assert_refuses("GET ftp://h/a HTTP/1.1\r\n", 400);
	assert_refuses("GET /a#b HTTP/1.1\r\n", 400);
	assert_refuses("GET /\xc3\xa4 HTTP/1.1\r\n", 400);
}

static void test_a_request_line_is_three_words(void **state)
{
	static const struct {
		const char *line;
		int status;
	} cases[] = {
		{ "GET\r\n", 400 },
		{ "GET /\r\n", 400 },
		{ "GET  / HTTP/1.1\r\n", 400 },
		{ "GET / HTTP/1.1 \r\n", 505 },
		{ " GET / HTTP/1.1\r\n", 400 },
		{ "GET /a b HTTP/1.1\r\n", 400 },
		{ "GET\t/\tHTTP/1.1\r\n", 400 },
		{ "G(T / HTTP/1.1\r\n", 400 },
		{ "GET /\x01 HTTP/1.1\r\n", 400 },
		{ "GET /\x7f HTTP/1.1\r\n", 400 },
		{ "GET / HTTP/1.1\n", 400 },
		{ "GET / HTTP/1.1\r\r\n", 505 },
		{ "GET / http/1.1\r\n", 400 },
		{ "GET / HTTP/2.0\r\n", 505 },
		{ "GET / HTTP/0.9\r\n", 505 },
		{ "GET / HTTP/1.10\r\n", 505 },
		{ "GET / HTTP/+1.1\r\n", 505 },
		{ "get / HTTP/1.1\r\n", 501 },
		{ "OPTIONS * HTTP/1.1\r\n", 501 },
		{ "CONNECT h:443 HTTP/1.1\r\n", 501 },
		{ "TRACE / HTTP/1.1\r\n", 501 },
		{ "BREW / HTTP/1.1\r\n", 501 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		assert_refuses(cases[i].line, cases[i].status);
	assert_fed("GET /\0 HTTP/1.1\r\n", 17, 400, REFUSAL);
	assert_fed("\0\r\n", 3, 400, REFUSAL);
	/* What some clients leave behind a body (RFC 9112, 2.2). */
	assert_passes("\r\n\r\n" GET HOST "\r\n", GET HOST "\r\n");
	assert_refuses("\n", 400);
}

static void test_a_field_is_a_name_a_colon_and_a_value(void **state)
{
	static const char *const bad[] = {
		"Name : v\r\n",
		"Name\r\n",
		": v\r\n",
		" Name: v\r\n",
		"\tName: v\r\n",
		"Na me: v\r\n",
		"Name: v\n",
		"Name: a\rb\r\n",
		"Name: \x01\r\n",
		"Name: \x7f\r\n",
		"N\xc3\xa4: v\r\n",
		"N@: v\r\n",
		"A: b\r\n folded\r\n",
		"\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_FREE char *text = xasprintf(GET HOST "%s\r\n", bad[i]);

		assert_refuses(text, 400);
	}
	assert_fed(GET "Host: h\0x\r\n\r\n", 28, 400, REFUSAL);
	assert_fed(GET "H\0ost: h\r\n\r\n", 28, 400, REFUSAL);
}

static void test_there_is_one_host(void **state)
{
	(void)state;
	assert_refuses(GET "\r\n", 400);
	assert_refuses(GET HOST "Host: i\r\n\r\n", 400);
	assert_refuses(GET HOST "hOST: h\r\n\r\n", 400);
	assert_refuses(GET "Host: a/b\r\n\r\n", 400);
	assert_refuses(GET "Host: a b\r\n\r\n", 400);
	assert_refuses("GET / HTTP/1.0\r\n" HOST HOST "\r\n", 400);
	assert_passes("GET / HTTP/1.0\r\n\r\n",
		      "GET / HTTP/1.0\r\nConnection: close\r\n\r\n");
}

static void test_a_length_is_one_number(void **state)
{
	static const char *const bad[] = {
		"",     "+5",  "-1",
		"5, 5", "0x5", "5 5",
		"5;",   "a",   "18446744073709551616"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		AUTO_FREE char *text =
			xasprintf(POST "Content-Length: %s\r\n\r\n", bad[i]);

		assert_refuses(text, 400);
	}
	assert_refuses(POST "Content-Length: 5\r\nContent-Length: 6\r\n\r\n",
		       400);
	assert_refuses(POST "Content-Length: 5\r\ncontent-length: 5\r\n\r\n",
		       400);
	assert_passes(POST "Content-Length: 5\r\n\r\nab\0cd",
		      POST "Content-Length: 5\r\n\r\nab");
	assert_passes(POST "Content-Length: 0\r\n\r\n" GET HOST "\r\n",
		      POST "Content-Length: 0\r\n\r\n" GET HOST "\r\n");
}

static void test_a_body_over_the_bound_is_413(void **state)
{
	(void)state;
	assert_passes(POST "Content-Length: 20\r\n\r\n", NULL);
	assert_refuses(POST "Content-Length: 21\r\n\r\n", 413);
	assert_refuses(POST "Content-Length: 9223372036854775807\r\n\r\n", 413);
}

static void test_coding_is_chunked_and_alone(void **state)
{
	(void)state;
	assert_refuses(POST "Transfer-Encoding: chunked\r\n"
			    "Content-Length: 5\r\n\r\n",
		       400);
	assert_refuses(POST "Content-Length: 5\r\n"
			    "Transfer-Encoding: gzip\r\n\r\n",
		       400);
	assert_refuses("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		       400);
	assert_refuses(POST "Transfer-Encoding: gzip\r\n\r\n", 501);
	assert_refuses(POST "Transfer-Encoding: gzip, chunked\r\n\r\n", 501);
	assert_refuses(POST "Transfer-Encoding: xchunked\r\n\r\n", 501);
	assert_refuses(POST "Transfer-Encoding:\r\n\r\n", 501);
	assert_refuses(POST "Transfer-Encoding: chunked\r\n"
			    "Transfer-Encoding: chunked\r\n\r\n",
		       501);
}

#define CHUNKED POST "Transfer-Encoding: chunked\r\n\r\n"

static void test_chunks_lose_extensions_and_trailers(void **state)
{
	(void)state;
	assert_passes(POST "transfer-encoding: Chunked\r\n\r\n"
			   "5;a=\"b\"\r\nhello\r\n00A\r\n0123456789\r\n"
			   "0;x\r\nT: v\r\nU: w\r\n\r\n" GET HOST "\r\n",
		      CHUNKED "5\r\nhello\r\na\r\n0123456789\r\n"
			      "0\r\n\r\n" GET HOST "\r\n");
	assert_passes(CHUNKED "0\r\n\r\n", CHUNKED "0\r\n\r\n");
	assert_passes(CHUNKED "0000000000000001\r\nx\r\n0\r\n\r\n",
		      CHUNKED "1\r\nx\r\n0\r\n\r\n");
}

/* The head has passed: the request is brought to its end all the same. */
static void test_a_broken_chunk_ends_its_request(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *passed;
	} cases[] = {
		{ "\r\n", 400, "" },
		{ "x\r\n", 400, "" },
		{ "+5\r\n", 400, "" },
		{ "-5\r\n", 400, "" },
		{ "0x5\r\n", 400, "" },
		{ " 5\r\n", 400, "" },
		{ "5 \r\n", 400, "" },
		{ "5\n", 400, "" },
		{ "5;\x01\r\n", 400, "" },
		{ "00000000000000005\r\n", 400, "" },
		{ "15\r\n", 413, "" },
		{ "ffffffffffffffff\r\n", 413, "" },
		{ "5\r\nhellox\r\n", 400, "5\r\nhello\r\n" },
		{ "5\r\nhello\n", 400, "5\r\nhello\r\n" },
		{ "5\r\nhello5\r\n", 400, "5\r\nhello\r\n" },
		{ "14\r\n01234567890123456789\r\n1\r\n", 413,
		  "14\r\n01234567890123456789\r\n" },
		{ "0\r\nno trailer\r\n", 400, "" },
		{ "0\r\nT: v\r\n folded\r\n", 400, "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		AUTO_FREE char *text =
			xasprintf(CHUNKED "%s" GET HOST "\r\n", cases[i].body);
		AUTO_FREE char *expected =
			xasprintf(CHUNKED "%s0\r\n\r\n", cases[i].passed);

		assert_fed(text, strlen(text), cases[i].status, expected);
	}
}

static void repeat(struct buf *out, const char *text, int n)
{
	for (int i = 0; i < n; i++)
		buf_adds(out, text);
}

static void test_lines_and_heads_are_bounded(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);

	(void)state;
	buf_adds(&text, "GET /");
	repeat(&text, "a", HTTP_GUARD_MAX_LINE - 14);
	buf_adds(&text, " HTTP/1.1\r\n" HOST "\r\n");
	assert_passes(text.base, text.base);

	buf_clear(&text);
	buf_adds(&text, "GET /");
	repeat(&text, "a", HTTP_GUARD_MAX_LINE - 13);
	buf_adds(&text, " HTTP/1.1\r\n");
	assert_refuses(text.base, 414);

	buf_clear(&text);
	buf_adds(&text, GET HOST "X: ");
	repeat(&text, "a", HTTP_GUARD_MAX_HEAD);
	assert_refuses(text.base, 431);

	buf_clear(&text);
	buf_adds(&text, GET HOST);
	repeat(&text,
	       "Longer-Name: 0123456789012345678901234567890123456789"
	       "0123456789012345678901234567890123456789012345678901"
	       "0123456789012345678901234567890123456789012345678901"
	       "0123456789012345678901234567890123456789012345678901"
	       "0123456789012345678901234567890123456789012345678901"
	       "0123456789012345678901234567890123456789012345\r\n",
	       60);
	assert_refuses(text.base, 431);

	/* A line without an end is not kept for ever. */
	buf_clear(&text);
	repeat(&text, "a", HTTP_GUARD_MAX_LINE + 3);
	assert_refuses(text.base, 414);
}

static void test_there_are_at_most_64_fields(void **state)
{
	CLEANUP(buf_release) struct buf text = BUF_INIT(64 * 1024);

	(void)state;
	buf_adds(&text, GET HOST);
	repeat(&text, "A: b\r\n", 63);
	buf_adds(&text, "\r\n");
	assert_passes(text.base, text.base);

	buf_clear(&text);
	buf_adds(&text, GET HOST);
	repeat(&text, "A: b\r\n", 64);
	assert_refuses(text.base, 431);
}

static void test_the_connection_line_says_what_holds(void **state)
{
	(void)state;
	assert_passes(GET HOST "Connection: keep-alive\r\n\r\n",
		      GET HOST "\r\n");
	assert_passes(GET HOST "connection: TE, Close\r\nKeep-Alive: 5\r\n\r\n",
		      GET HOST "Connection: close\r\n\r\n");
	assert_passes(GET HOST "Connection: keep-alive\r\n"
			       "Connection: close\r\n"
			       "Proxy-Connection: keep-alive\r\n\r\n",
		      GET HOST "Connection: close\r\n\r\n");
	assert_passes("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
		      "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
	assert_passes(GET HOST "Connection: closed\r\n\r\n", GET HOST "\r\n");
}

static void test_nothing_is_taken_after_a_request_that_closes(void **state)
{
	(void)state;
	assert_passes("GET / HTTP/1.0\r\n\r\n" GET HOST "\r\n",
		      "GET / HTTP/1.0\r\nConnection: close\r\n\r\n");
	assert_passes(POST "Connection: close\r\nContent-Length: 1\r\n\r\nx"
			   "nonsense\r\n",
		      POST "Connection: close\r\nContent-Length: 1\r\n\r\nx");
	assert_passes(POST "Connection: close\r\n"
			   "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
			   "nonsense\r\n",
		      POST "Connection: close\r\n"
			   "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
}

static void test_only_a_body_that_comes_is_expected(void **state)
{
	(void)state;
	assert_passes(POST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n",
		      POST "Expect: 100-continue\r\nContent-Length: 1\r\n\r\n");
	assert_passes(POST "Expect: 100-continue\r\n\r\n", POST "\r\n");
	assert_passes("POST / HTTP/1.0\r\nExpect: 100-continue\r\n"
		      "Content-Length: 1\r\n\r\n",
		      "POST / HTTP/1.0\r\nConnection: close\r\n"
		      "Content-Length: 1\r\n\r\n");
	assert_refuses(POST "Expect: tea\r\n\r\n", 417);
}

static void test_a_head_request_has_no_body(void **state)
{
	(void)state;
	assert_refuses("HEAD / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n",
		       400);
	assert_refuses("HEAD / HTTP/1.1\r\n" HOST
		       "Transfer-Encoding: chunked\r\n\r\n",
		       400);
	assert_passes("HEAD / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n",
		      NULL);
}

static void test_requests_before_a_bad_one_pass(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);
	static const char text[] =
		GET HOST "\r\n" POST "Content-Length: 2\r\n\r\nok" GET
			 "bad\r\n" GET HOST "\r\n";
	struct http_guard guard;

	(void)state;
	feed(&guard, text, strlen(text), 1000, &out);

	assert_string_equal(out.base, GET HOST
			    "\r\n" POST "Content-Length: 2\r\n\r\nok" REFUSAL);
	assert_int_equal(guard.n_requests, 3);
	assert_int_equal(guard.refused, 400);
	assert_true(str_ends(guard.reason, "\n"));
}

static void test_a_long_body_need_not_be_copied(void **state)
{
	static const char head[] = POST "Content-Length: 20\r\n\r\n12345";
	CLEANUP(buf_release) struct buf out = BUF_INIT(1024);
	struct http_guard guard;

	(void)state;
	http_guard_init(&guard, BODY_LIMIT);
	assert_false(http_guard_pass(&guard, 1));
	http_guard_input(&guard, head, strlen(head), &out);
	assert_int_equal(http_guard_phase(&guard), HTTP_GUARD_BODY);
	assert_false(http_guard_pass(&guard, 16));
	assert_true(http_guard_pass(&guard, 14));
	assert_true(http_guard_pass(&guard, 1));

	assert_int_equal(http_guard_phase(&guard), HTTP_GUARD_IDLE);
	assert_false(http_guard_pass(&guard, 1));
	buf_clear(&out);
	http_guard_input(&guard, GET HOST "\r\n", strlen(GET HOST "\r\n"),
			 &out);
	assert_string_equal(out.base, GET HOST "\r\n");
	http_guard_release(&guard);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_a_request_passes_as_it_is),
		RUN(test_nothing_passes_before_a_head_is_whole),
		RUN(test_targets_have_one_form),
		RUN(test_a_request_line_is_three_words),
		RUN(test_a_field_is_a_name_a_colon_and_a_value),
		RUN(test_there_is_one_host),
		RUN(test_a_length_is_one_number),
		RUN(test_a_body_over_the_bound_is_413),
		RUN(test_coding_is_chunked_and_alone),
		RUN(test_chunks_lose_extensions_and_trailers),
		RUN(test_a_broken_chunk_ends_its_request),
		RUN(test_lines_and_heads_are_bounded),
		RUN(test_there_are_at_most_64_fields),
		RUN(test_the_connection_line_says_what_holds),
		RUN(test_nothing_is_taken_after_a_request_that_closes),
		RUN(test_only_a_body_that_comes_is_expected),
		RUN(test_a_head_request_has_no_body),
		RUN(test_requests_before_a_bad_one_pass),
		RUN(test_a_long_body_need_not_be_copied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
