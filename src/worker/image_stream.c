/* SPDX-License-Identifier: Apache-2.0 */
#include "worker/image_stream.h"

#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "base/mem.h"

/* Enough for every magic, and for zstd's frame header with its size. */
#define HEAD_SIZE 18

/* A window of 128 MiB is what zstd itself accepts without being asked. */
#define ZSTD_WINDOW_LOG 27

struct image_stream {
	enum image_format format;
	unsigned char head[HEAD_SIZE];
	size_t head_len;
	size_t head_used; /* of the head, once the format is known */
	const unsigned char *in;
	size_t in_len;
	uint64_t size;
	bool midway; /* inside a gzip member or zstd frame */
	z_stream gzip;
	ZSTD_DStream *zstd;
};

static const struct {
	const char *magic;
	size_t len;
	enum image_format format;
	const char *refused;
} magics[] = {
	{ "\x1f\x8b", 2, IMAGE_GZIP, NULL },
	{ "\x28\xb5\x2f\xfd", 4, IMAGE_ZSTD, NULL },
	{ "\xfd"
	  "7zXZ\0",
	  6, IMAGE_UNKNOWN, "xz" },
	{ "BZh", 3, IMAGE_UNKNOWN, "bzip2" },
	{ "QFI\xfb", 4, IMAGE_UNKNOWN, "qcow2" },
	{ "KDMV", 4, IMAGE_UNKNOWN, "vmdk" },
};

const char *image_format_name(enum image_format format)
{
	static const char *const names[] = {
		[IMAGE_UNKNOWN] = "unknown",
		[IMAGE_RAW] = "raw",
		[IMAGE_GZIP] = "gzip",
		[IMAGE_ZSTD] = "zstd",
	};

	return names[format];
}

struct image_stream *image_stream_new(void)
{
	return xcalloc(1, sizeof(struct image_stream));
}

void image_stream_free(struct image_stream *stream)
{
	if (!stream)
		return;
	if (stream->format == IMAGE_GZIP)
		inflateEnd(&stream->gzip);
	ZSTD_freeDStream(stream->zstd);
	free(stream);
}

void image_stream_feed(struct image_stream *stream, const void *bytes, size_t n)
{
	stream->in = bytes;
	stream->in_len = n;
}

static void start_zstd(struct image_stream *stream)
{
	unsigned long long size =
		ZSTD_getFrameContentSize(stream->head, stream->head_len);

	if (size != ZSTD_CONTENTSIZE_UNKNOWN && size != ZSTD_CONTENTSIZE_ERROR)
		stream->size = size;
	stream->zstd = ZSTD_createDStream();
	if (!stream->zstd)
		abort();
	ZSTD_DCtx_setParameter(stream->zstd, ZSTD_d_windowLogMax,
			       ZSTD_WINDOW_LOG);
}

/* Skippable frames (50 2a 4d 18 to 5f) may come before the first one. */
static bool is_skippable(const struct image_stream *stream)
{
	return stream->head_len >= 4 && (stream->head[0] & 0xf0) == 0x50 &&
	       memcmp(stream->head + 1, "\x2a\x4d\x18", 3) == 0;
}

static int start(struct image_stream *stream, struct err *err)
{
	stream->format = is_skippable(stream) ? IMAGE_ZSTD : IMAGE_RAW;
	for (size_t i = 0; i < ARRAY_LEN(magics); i++) {
		if (stream->head_len < magics[i].len ||
		    memcmp(stream->head, magics[i].magic, magics[i].len) != 0)
			continue;
		stream->format = magics[i].format;
		if (magics[i].refused)
			return err_set(err, ERR_UNSUPPORTED,
				       "the image is %s, which is not "
				       "supported (raw, gzip and zstd are)",
				       magics[i].refused);
	}
	if (stream->format == IMAGE_ZSTD)
		start_zstd(stream);
	if (stream->format == IMAGE_GZIP &&
	    inflateInit2(&stream->gzip, 16 + MAX_WBITS) != Z_OK)
		abort();
	return 0;
}

static size_t read_raw(const unsigned char **in, size_t *in_len, void *out,
		       size_t cap)
{
	size_t n = *in_len < cap ? *in_len : cap;

	memcpy(out, *in, n);
	*in += n;
	*in_len -= n;
	return n;
}

static int read_gzip(struct image_stream *stream, const unsigned char **in,
		     size_t *in_len, struct z_stream_s *z, struct err *err)
{
	int status;

	/* Zeros after the last member are padding, as gzip itself has it. */
	while (!stream->midway && *in_len && z->total_in && **in == 0) {
		(*in)++;
		(*in_len)--;
	}
	if (!*in_len && !stream->midway)
		return 0;
	z->next_in = (Bytef *)(uintptr_t)*in;
	z->avail_in = (uInt)(*in_len < UINT32_MAX ? *in_len : UINT32_MAX);
	if (!stream->midway) {
		uLong total = z->total_in;

		inflateReset(z);
		z->total_in = total;
		stream->midway = true;
	}
	status = inflate(z, Z_NO_FLUSH);
	*in_len -= (size_t)(z->next_in - *in);
	*in = z->next_in;
	if (status == Z_STREAM_END)
		stream->midway = false;
	else if (status != Z_OK && status != Z_BUF_ERROR)
		return err_set(err, ERR_MISMATCH,
			       "the gzip stream is damaged: %s",
			       z->msg ? z->msg : "no reason given");
	return 0;
}

static int read_zstd(struct image_stream *stream, const unsigned char **in,
		     size_t *in_len, ZSTD_outBuffer *out, struct err *err)
{
	ZSTD_inBuffer from = { *in, *in_len, 0 };
	size_t hint;

	if (!*in_len && !stream->midway)
		return 0;
	hint = ZSTD_decompressStream(stream->zstd, out, &from);
	if (ZSTD_isError(hint))
		return err_set(err, ERR_MISMATCH,
			       "the zstd stream is damaged: %s",
			       ZSTD_getErrorName(hint));
	*in += from.pos;
	*in_len -= from.pos;
	stream->midway = hint != 0;
	return 0;
}

/* One step of decoding; 0 bytes may come of it while input is used up. */
static int decode(struct image_stream *stream, const unsigned char **in,
		  size_t *in_len, ZSTD_outBuffer *out, struct err *err)
{
	switch (stream->format) {
	case IMAGE_GZIP:
		stream->gzip.next_out = out->dst;
		stream->gzip.avail_out =
			(uInt)(out->size < UINT32_MAX ? out->size : UINT32_MAX);
		if (read_gzip(stream, in, in_len, &stream->gzip, err))
			return -1;
		out->pos = (size_t)(stream->gzip.next_out -
				    (unsigned char *)out->dst);
		return 0;
	case IMAGE_ZSTD:
		return read_zstd(stream, in, in_len, out, err);
	default:
		out->pos = read_raw(in, in_len, out->dst, out->size);
		return 0;
	}
}

/* Collects the first bytes; they are decoded before the rest. */
static void fill_head(struct image_stream *stream)
{
	size_t n = HEAD_SIZE - stream->head_len;

	if (n > stream->in_len)
		n = stream->in_len;
	memcpy(stream->head + stream->head_len, stream->in, n);
	stream->head_len += n;
	stream->in += n;
	stream->in_len -= n;
}

int image_stream_read(struct image_stream *stream, void *out, size_t cap,
		      size_t *n, struct err *err)
{
	ZSTD_outBuffer to = { out, cap, 0 };

	*n = 0;
	if (stream->format == IMAGE_UNKNOWN) {
		if (stream->in_len)
			fill_head(stream);
		if (stream->head_len < HEAD_SIZE)
			return 0;
		if (start(stream, err))
			return -1;
	}
	for (;;) {
		const unsigned char *head = stream->head + stream->head_used;
		size_t head_len = stream->head_len - stream->head_used;
		size_t before = head_len + stream->in_len;

		if (head_len) {
			if (decode(stream, &head, &head_len, &to, err))
				return -1;
			stream->head_used = stream->head_len - head_len;
		} else if (decode(stream, &stream->in, &stream->in_len, &to,
				  err)) {
			return -1;
		}
		head_len = stream->head_len - stream->head_used;
		if (to.pos || head_len + stream->in_len == before)
			break;
	}
	*n = to.pos;
	return 0;
}

int image_stream_end(struct image_stream *stream, struct err *err)
{
	if (stream->format == IMAGE_UNKNOWN) {
		if (stream->head_len == 0)
			return err_set(err, ERR_INVALID, "the image is empty");
		/* Shorter than any header: whatever it is, it is whole. */
		if (start(stream, err))
			return -1;
		if (stream->format != IMAGE_RAW)
			return err_set(err, ERR_INVALID,
				       "the image ends inside its header");
	}
	if (stream->midway)
		return err_set(err, ERR_MISMATCH,
			       "the image ends in the middle of its %s stream",
			       image_format_name(stream->format));
	return 0;
}

enum image_format image_stream_format(const struct image_stream *stream)
{
	return stream->format;
}

uint64_t image_stream_size(const struct image_stream *stream)
{
	return stream->size;
}
