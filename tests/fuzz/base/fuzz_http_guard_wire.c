/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_guard_wire.h"

#include <assert.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define BODY_LIMIT 4096

static void feed(struct http_guard *guard, const char *bytes, size_t len,
		 size_t piece, struct buf *out)
{
	http_guard_init(guard, BODY_LIMIT);
	for (size_t at = 0; at < len; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		if (http_guard_pass(guard, n))
			buf_add(out, bytes + at, n);
		else
			http_guard_input(guard, bytes + at, n, out);
	}
	http_guard_release(guard);
	assert(!out->overflow);
	assert(!guard->refused == !guard->reason);
}

/*
 * What passes does not depend on how the bytes came, is bounded by them, and
 * passes a second time unchanged: there is nothing left in it that another
 * reader could take in another way.
 */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	const char *text = (const char *)bytes;
	size_t bound = 2 * len + HTTP_GUARD_MORE;
	CLEANUP(buf_release) struct buf whole = BUF_INIT(bound);
	CLEANUP(buf_release) struct buf pieces = BUF_INIT(bound);
	CLEANUP(buf_release) struct buf again = BUF_INIT(bound);
	struct http_guard first;
	struct http_guard second;
	struct http_guard third;

	feed(&first, text, len, len + 1, &whole);
	feed(&second, text, len, 1 + len / 7, &pieces);
	assert(whole.len == pieces.len);
	assert(memcmp(whole.base, pieces.base, whole.len) == 0);
	assert(first.refused == second.refused);
	assert(first.n_requests == second.n_requests);

	feed(&third, whole.base, whole.len, whole.len + 1, &again);
	assert(!third.refused);
	assert(third.n_requests == first.n_requests);
	assert(again.len == whole.len);
	assert(memcmp(whole.base, again.base, whole.len) == 0);
	return 0;
}
