/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image file in pieces of the size that its first byte says. Reading ends,
 * and never gives more than there is room for.
 */
#include <assert.h>

#include "fuzz/fuzz.h"
#include "worker/image_stream.h"

#define MOST (16 * 1024 * 1024)

static int drain(struct image_stream *stream, size_t *total)
{
	static char room[64 * 1024];
	struct err err;
	size_t n;

	do {
		if (image_stream_read(stream, room, sizeof(room), &n, &err))
			return -1;
		assert(n <= sizeof(room));
		*total += n;
	} while (n && *total < MOST);
	return *total < MOST ? 0 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct image_stream *stream;
	size_t total = 0;
	struct err err;
	size_t piece;
	int status = 0;

	if (len == 0)
		return 0;
	piece = bytes[0] + 1;
	stream = image_stream_new();
	for (size_t at = 1; at < len && !status; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		image_stream_feed(stream, bytes + at, n);
		status = drain(stream, &total);
	}
	if (!status && image_stream_end(stream, &err) == 0)
		drain(stream, &total);
	image_stream_free(stream);
	return 0;
}
