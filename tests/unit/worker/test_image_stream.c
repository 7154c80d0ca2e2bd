/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/image_stream.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/buf.h"
#include "test.h"

#define CONTENT (300 * 1000)

static void fill_content(unsigned char *content)
{
	uint32_t number = 1;

	for (size_t i = 0; i < CONTENT; i++) {
		number = number * 1664525 + 1013904223;
		content[i] =
			i % 3000 < 1000 ? (unsigned char)(number >> 24) : 0;
	}
}

static void add_zstd(struct buf *file, const void *bytes, size_t len)
{
	size_t cap = ZSTD_compressBound(len);
	AUTO_FREE void *packed = xmalloc(cap);
	size_t n = ZSTD_compress(packed, cap, bytes, len, 3);

	assert_false(ZSTD_isError(n));
	buf_add(file, packed, n);
}

static void add_gzip(struct buf *file, const void *bytes, size_t len)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes,
		       .avail_in = (uInt)len };
	size_t cap = len + 1024;
	AUTO_FREE unsigned char *packed = xmalloc(cap);

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8,
				      Z_DEFAULT_STRATEGY),
			 Z_OK);
	z.next_out = packed;
	z.avail_out = (uInt)cap;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	buf_add(file, packed, cap - z.avail_out);
	deflateEnd(&z);
}

static int drain(struct image_stream *stream, struct buf *out, struct err *err)
{
	char room[7001];
	size_t n;

	do {
		if (image_stream_read(stream, room, sizeof(room), &n, err))
			return -1;
		buf_add(out, room, n);
	} while (n);
	return 0;
}

/* The whole file in pieces; 0 or -1 as the stream says. */
static int unpack(const char *file, size_t len, size_t piece, struct buf *out,
		  struct err *err)
{
	struct image_stream *stream = image_stream_new();
	int status = 0;

	for (size_t at = 0; at < len && !status; at += piece) {
		size_t n = len - at < piece ? len - at : piece;

		image_stream_feed(stream, file + at, n);
		status = drain(stream, out, err);
	}
	if (!status)
		status = image_stream_end(stream, err);
	if (!status)
		status = drain(stream, out, err);
	image_stream_free(stream);
	return status;
}

static void check_whole(const struct buf *file, const unsigned char *content)
{
	static const size_t pieces[] = { 1, 5, 17, 4096, 1 << 20 };

	for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(2 * CONTENT);
		struct err err;

		assert_int_equal(
			unpack(file->base, file->len, pieces[i], &out, &err),
			0);
		assert_int_equal(out.len, CONTENT);
		assert_memory_equal(out.base, content, CONTENT);
	}
}

static void test_each_format_comes_out_whole_in_pieces_of_any_size(void **state)
{
	AUTO_FREE unsigned char *content = xmalloc(CONTENT);
	CLEANUP(buf_release) struct buf raw = BUF_INIT(2 * CONTENT);
	CLEANUP(buf_release) struct buf gzip = BUF_INIT(2 * CONTENT);
	CLEANUP(buf_release) struct buf zstd = BUF_INIT(2 * CONTENT);

	(void)state;
	fill_content(content);
	buf_add(&raw, content, CONTENT);
	add_gzip(&gzip, content, CONTENT);
	add_zstd(&zstd, content, CONTENT);

	check_whole(&raw, content);
	check_whole(&gzip, content);
	check_whole(&zstd, content);
}

static void test_members_and_frames_after_each_other_are_one(void **state)
{
	static const char skippable[] = "\x50\x2a\x4d\x18\x03\x00\x00\x00xyz";
	AUTO_FREE unsigned char *content = xmalloc(CONTENT);
	CLEANUP(buf_release) struct buf gzip = BUF_INIT(2 * CONTENT);
	CLEANUP(buf_release) struct buf zstd = BUF_INIT(2 * CONTENT);

	(void)state;
	fill_content(content);
	add_gzip(&gzip, content, 1000);
	add_gzip(&gzip, content + 1000, CONTENT - 1000);
	buf_add(&gzip, "\0\0\0\0", 4);
	buf_add(&zstd, skippable, 11);
	add_zstd(&zstd, content, 1000);
	add_zstd(&zstd, content + 1000, CONTENT - 1000);
	buf_add(&zstd, skippable, 11);

	check_whole(&gzip, content);
	check_whole(&zstd, content);
}

static void test_a_file_cut_anywhere_in_its_stream_is_refused(void **state)
{
	AUTO_FREE unsigned char *content = xmalloc(CONTENT);
	CLEANUP(buf_release) struct buf gzip = BUF_INIT(2 * CONTENT);
	CLEANUP(buf_release) struct buf zstd = BUF_INIT(2 * CONTENT);

	(void)state;
	fill_content(content);
	add_gzip(&gzip, content, 5000);
	add_zstd(&zstd, content, 5000);

	for (size_t len = 4; len < gzip.len; len++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(2 * CONTENT);
		struct err err;

		assert_int_equal(unpack(gzip.base, len, 4096, &out, &err), -1);
	}
	for (size_t len = 4; len < zstd.len; len++) {
		CLEANUP(buf_release) struct buf out = BUF_INIT(2 * CONTENT);
		struct err err;

		assert_int_equal(unpack(zstd.base, len, 4096, &out, &err), -1);
	}
}

static void test_a_damaged_stream_is_refused(void **state)
{
	AUTO_FREE unsigned char *content = xmalloc(CONTENT);
	CLEANUP(buf_release) struct buf gzip = BUF_INIT(2 * CONTENT);
	CLEANUP(buf_release) struct buf out = BUF_INIT(2 * CONTENT);
	struct err err;

	(void)state;
	fill_content(content);
	add_gzip(&gzip, content, CONTENT);
	gzip.base[gzip.len / 2] ^= 0x10;

	assert_int_equal(unpack(gzip.base, gzip.len, 4096, &out, &err), -1);
	assert_int_equal(err.code, ERR_MISMATCH);
}

static void test_what_we_cannot_read_is_not_written_as_raw(void **state)
{
	static const char xz[32] = "\xfd"
				   "7zXZ";
	static const char qcow2[32] = "QFI\xfb";
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	struct err err;

	(void)state;
	assert_int_equal(unpack(xz, sizeof(xz), 32, &out, &err), -1);
	assert_non_null(strstr(err.message, "xz"));
	assert_int_equal(unpack(qcow2, sizeof(qcow2), 1, &out, &err), -1);
	assert_non_null(strstr(err.message, "qcow2"));
	assert_int_equal(out.len, 0);
}

static void test_a_raw_image_of_a_few_bytes_is_one_too(void **state)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	struct err err;

	(void)state;
	assert_int_equal(unpack("boot", 4, 3, &out, &err), 0);
	assert_string_equal(out.base, "boot");
	buf_clear(&out);
	assert_int_equal(unpack("", 0, 1, &out, &err), -1);
}

static void test_zstd_says_early_how_big_it_gets(void **state)
{
	AUTO_FREE unsigned char *content = xmalloc(CONTENT);
	CLEANUP(buf_release) struct buf zstd = BUF_INIT(2 * CONTENT);
	struct image_stream *stream = image_stream_new();
	struct err err;
	char room[8];
	size_t n;

	(void)state;
	fill_content(content);
	add_zstd(&zstd, content, CONTENT);
	image_stream_feed(stream, zstd.base, 64);
	assert_int_equal(
		image_stream_read(stream, room, sizeof(room), &n, &err), 0);

	assert_int_equal(image_stream_size(stream), CONTENT);
	image_stream_free(stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(test_each_format_comes_out_whole_in_pieces_of_any_size),
		RUN(test_members_and_frames_after_each_other_are_one),
		RUN(test_a_file_cut_anywhere_in_its_stream_is_refused),
		RUN(test_a_damaged_stream_is_refused),
		RUN(test_what_we_cannot_read_is_not_written_as_raw),
		RUN(test_a_raw_image_of_a_few_bytes_is_one_too),
		RUN(test_zstd_says_early_how_big_it_gets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
