/* SPDX-License-Identifier: Apache-2.0 */
/*
 * image2disk: an image file from an HTTP server onto a disk.
 *
 * Everything streams: download, digest, decompression and writing go on in
 * turns in this one process. A connection that breaks is taken up again
 * where it broke, when the server can (Range, and the file is still the
 * same), with the decoder's state kept; otherwise all of it anew. An image
 * that ends too early is a failure, as is one whose digest is another.
 */
#include <curl/curl.h>
#include <inttypes.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/str.h"
#include "worker/action.h"
#include "worker/action_report.h"
#include "worker/disk_writer.h"
#include "worker/image_plan.h"
#include "worker/image_stream.h"

#define REPORT_MS       700
#define CONNECT_S       10L
#define STALL_S         20L /* under a byte a second for so long */
#define RETRY_MS        1000
#define RETRY_CAP_MS    15000
#define DOWNLOAD_BUFFER (512L * 1024)

struct copy {
	const struct action_context *context;
	struct image_plan plan;
	CURL *curl;
	struct image_stream *stream;
	struct disk_writer *writer;
	EVP_MD_CTX *digest;
	uint64_t got;        /* bytes of the file */
	uint64_t total;      /* 0: not known */
	char validator[128]; /* ETag or Last-Modified, of what we have */
	bool checked_answer;
	bool checked_size;
	bool hopeless; /* it is not the network that fails */
	mono_ms started;
	mono_ms reported;
	mono_ms logged;
	uint64_t reported_got;
	struct err err; /* from inside a callback of libcurl */
};

static void start_over(struct copy *copy)
{
	image_stream_free(copy->stream);
	copy->stream = image_stream_new();
	if (EVP_DigestInit_ex(copy->digest, EVP_sha256(), NULL) != 1)
		abort();
	disk_writer_restart(copy->writer);
	copy->got = 0;
	copy->total = 0;
	copy->validator[0] = '\0';
	copy->checked_size = false;
}

static void report(struct copy *copy, mono_ms now)
{
	struct action_report progress = { .kind = ACTION_PROGRESS };
	int64_t elapsed = now - copy->reported;

	progress.bytes_done = copy->got;
	progress.bytes_total = copy->total;
	progress.text = "write";
	if (elapsed > 0)
		progress.rate = (copy->got - copy->reported_got) * 1000 /
				(uint64_t)elapsed;
	copy->reported = now;
	copy->reported_got = copy->got;
	action_report_send(copy->context->report_fd, &progress);
	if (!copy->plan.log_ms || now - copy->logged < copy->plan.log_ms)
		return;
	copy->logged = now;
	printf("downloaded %" PRIu64 " of %" PRIu64 " MB, written %" PRIu64
	       " MB\n",
	       copy->got / 1000000, copy->total / 1000000,
	       disk_writer_bytes(copy->writer) / 1000000);
	fflush(stdout);
}

/* Once its format is known, and before the first byte is written. */
static int check_size(struct copy *copy, struct err *err)
{
	uint64_t size = image_stream_size(copy->stream);

	if (copy->checked_size ||
	    image_stream_format(copy->stream) == IMAGE_UNKNOWN)
		return 0;
	copy->checked_size = true;
	if (image_stream_format(copy->stream) == IMAGE_RAW)
		size = copy->total;
	return disk_writer_check(copy->writer, size, err);
}

/* Everything that the stream gives for what it was fed, to the disk. */
static int drain(struct copy *copy, struct err *err)
{
	size_t n;

	do {
		void *room;
		size_t cap;

		disk_writer_room(copy->writer, &room, &cap);
		if (image_stream_read(copy->stream, room, cap, &n, err) ||
		    check_size(copy, err) ||
		    disk_writer_wrote(copy->writer, n, err))
			return -1;
	} while (n);
	return 0;
}

static const char *header(const struct copy *copy, const char *name)
{
	struct curl_header *found;

	if (curl_easy_header(copy->curl, name, 0, CURLH_HEADER, -1, &found))
		return "";
	return found->value;
}

/* The first body byte has come: is it the one that we want? */
static int check_answer(struct copy *copy, struct err *err)
{
	const char *validator = header(copy, "ETag");
	curl_off_t length = 0;
	long status = 0;

	curl_easy_getinfo(copy->curl, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(copy->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T,
			  &length);
	if (!*validator)
		validator = header(copy, "Last-Modified");
	if (status == 206) {
		uint64_t from = 0;

		if (sscanf(header(copy, "Content-Range"), "bytes %" SCNu64,
			   &from) != 1 ||
		    from != copy->got)
			return err_set(err, ERR_PROTOCOL,
				       "the server resumed at another byte");
		if (!str_eq(validator, copy->validator))
			return err_set(err, ERR_BUSY,
				       "the image changed on the server");
	} else if (copy->got) {
		start_over(copy); /* it sends all of it again */
	}
	if (length > 0)
		copy->total = copy->got + (uint64_t)length;
	str_copy(copy->validator, sizeof(copy->validator), validator);
	return 0;
}

static int take_bytes(struct copy *copy, const void *bytes, size_t n,
		      struct err *err)
{
	mono_ms now = clock_mono();

	if (!copy->checked_answer && check_answer(copy, err))
		return -1;
	copy->checked_answer = true;
	if (EVP_DigestUpdate(copy->digest, bytes, n) != 1)
		return err_set(err, ERR_IO, "sha256 failed");
	copy->got += n;
	image_stream_feed(copy->stream, bytes, n);
	if (drain(copy, err))
		return -1;
	if (now - copy->reported >= REPORT_MS)
		report(copy, now);
	return 0;
}

static size_t on_bytes(char *bytes, size_t size, size_t n, void *arg)
{
	struct copy *copy = arg;

	if (take_bytes(copy, bytes, size * n, &copy->err))
		return 0;
	return size * n;
}

static void set_options(struct copy *copy, char *why)
{
	CURL *curl = copy->curl;
	struct curl_blob ca = { .flags = CURL_BLOB_COPY };

	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, copy->plan.url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 1L);
	curl_easy_setopt(curl, CURLOPT_MAXREDIRS, 10L);
	curl_easy_setopt(curl, CURLOPT_FAILONERROR, 1L);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, STALL_S);
	curl_easy_setopt(curl, CURLOPT_BUFFERSIZE, DOWNLOAD_BUFFER);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, copy);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, why);
	if (copy->context->ca) {
		ca.data = (void *)(uintptr_t)copy->context->ca;
		ca.len = strlen(copy->context->ca);
		curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &ca);
	}
}

static int download_failed(struct copy *copy, CURLcode code, const char *why,
			   struct err *err)
{
	long status = 0;

	curl_easy_getinfo(copy->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code == CURLE_WRITE_ERROR && copy->err.code) {
		*err = copy->err;
		copy->hopeless = copy->checked_answer;
		start_over(copy);
		return -1;
	}
	if (!*why)
		why = curl_easy_strerror(code);
	if (code == CURLE_PARTIAL_FILE || code == CURLE_RECV_ERROR)
		return err_set(err, ERR_UNREACHABLE,
			       "the download ended after %" PRIu64
			       " of %" PRIu64 " bytes: %s",
			       copy->got, copy->total, why);
	if (code == CURLE_HTTP_RETURNED_ERROR && status == 416) {
		start_over(copy);
		return err_set(err, ERR_BUSY, "the image became shorter");
	}
	if (code == CURLE_HTTP_RETURNED_ERROR && status < 500 &&
	    status != 429 && status != 408)
		return err_set(err, ERR_NOT_FOUND, "the server answers %ld",
			       status);
	if (code == CURLE_HTTP_RETURNED_ERROR)
		return err_set(err, ERR_UNREACHABLE, "the server answers %ld",
			       status);
	if (code == CURLE_PEER_FAILED_VERIFICATION)
		return err_set(err, ERR_AUTH, "%s", why);
	if (code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_URL_MALFORMAT)
		return err_set(err, ERR_INVALID, "%s", why);
	return err_set(err, ERR_UNREACHABLE, "%s", why);
}

/* One request: the whole file, or the rest of it. */
static int download(struct copy *copy, struct err *err)
{
	char why[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = NULL;
	CURLcode code;

	set_options(copy, why);
	copy->checked_answer = false;
	memset(&copy->err, 0, sizeof(copy->err));
	if (copy->got && !copy->validator[0])
		start_over(copy);
	if (copy->got) {
		char range[32];
		AUTO_FREE char *same =
			xasprintf("If-Range: %s", copy->validator);

		snprintf(range, sizeof(range), "%" PRIu64 "-", copy->got);
		curl_easy_setopt(copy->curl, CURLOPT_RANGE, range);
		headers = curl_slist_append(headers, same);
		curl_easy_setopt(copy->curl, CURLOPT_HTTPHEADER, headers);
	}
	code = curl_easy_perform(copy->curl);
	curl_slist_free_all(headers);
	if (code)
		return download_failed(copy, code, why, err);
	if (copy->total && copy->got != copy->total)
		return err_set(err, ERR_UNREACHABLE,
			       "the download ended after %" PRIu64
			       " of %" PRIu64 " bytes",
			       copy->got, copy->total);
	return 0;
}

static int download_patiently(struct copy *copy, struct err *err)
{
	mono_ms give_up = copy->started + copy->plan.retry_ms;
	struct rng rng = rng_system();
	uint64_t before = 0;

	for (unsigned tries = 0;; tries++) {
		struct timespec pause = { 0 };
		int64_t wait;

		if (download(copy, err) == 0)
			return 0;
		if (!copy->plan.retry || copy->hopeless ||
		    !err_worth_retry(err))
			return -1;
		if (copy->got > before)
			tries = 0;
		before = copy->got;
		wait = backoff_ms(tries, RETRY_MS, RETRY_CAP_MS, &rng);
		if (clock_mono() + wait >= give_up)
			return err_wrap(err, "given up after %" PRId64 " s",
					(clock_mono() - copy->started) / 1000);
		printf("%s; again in %" PRId64 " ms\n", err->message, wait);
		fflush(stdout);
		pause.tv_sec = wait / 1000;
		pause.tv_nsec = wait % 1000 * 1000000;
		nanosleep(&pause, NULL);
	}
}

static int check_digest(struct copy *copy, char hex[65], struct err *err)
{
	unsigned char digest[32];

	if (EVP_DigestFinal_ex(copy->digest, digest, NULL) != 1)
		return err_set(err, ERR_IO, "sha256 failed");
	str_hex(hex, digest, sizeof(digest));
	if (copy->plan.sha256[0] && !str_eq(copy->plan.sha256, hex))
		return err_set(err, ERR_MISMATCH,
			       "the image has sha256:%s, expected sha256:%s; "
			       "do not boot from %s",
			       hex, copy->plan.sha256, copy->plan.disk);
	return 0;
}

static void tell_result(struct copy *copy, const char *hex)
{
	uint64_t bytes = disk_writer_bytes(copy->writer);
	int64_t elapsed = clock_mono() - copy->started;
	AUTO_FREE char *text = xasprintf(
		"{\"digest\":\"sha256:%s\",\"bytes\":%" PRIu64
		",\"downloaded\":%" PRIu64 ",\"zeros\":%" PRIu64
		",\"format\":\"%s\",\"elapsed_ms\":%" PRId64 "}",
		hex, bytes, copy->got, disk_writer_zeros(copy->writer),
		image_format_name(image_stream_format(copy->stream)), elapsed);
	AUTO_FREE char *message =
		xasprintf("wrote %" PRIu64 " bytes to %s in %" PRId64 " ms",
			  bytes, copy->plan.disk, elapsed);
	struct action_report result = { .kind = ACTION_RESULT, .text = text };

	action_report_send(copy->context->report_fd, &result);
	result.kind = ACTION_MESSAGE;
	result.text = message;
	action_report_send(copy->context->report_fd, &result);
}

static int run(struct copy *copy, struct err *err)
{
	char hex[65];

	start_over(copy);
	if (download_patiently(copy, err))
		return -1;
	/* What an image of a few bytes still owes comes after its end. */
	if (image_stream_end(copy->stream, err) || drain(copy, err))
		return -1;
	if (check_digest(copy, hex, err))
		return -1;
	report(copy, clock_mono());
	if (disk_writer_finish(copy->writer, err))
		return -1;
	tell_result(copy, hex);
	return 0;
}

int action_image2disk(const struct task *task,
		      const struct action_context *context, struct err *err)
{
	struct copy copy = { .context = context };
	int status;

	if (image_plan(task, &copy.plan, err))
		return -1;
	copy.writer =
		disk_writer_open(copy.plan.disk, context->allow_files, err);
	if (!copy.writer)
		return -1;
	copy.curl = curl_easy_init();
	copy.digest = EVP_MD_CTX_new();
	if (!copy.curl || !copy.digest)
		abort();
	copy.started = copy.reported = copy.logged = clock_mono();
	status = run(&copy, err);
	if (status)
		err_wrap(err, "image %s", copy.plan.url);
	curl_easy_cleanup(copy.curl);
	EVP_MD_CTX_free(copy.digest);
	image_stream_free(copy.stream);
	disk_writer_close(copy.writer);
	return status;
}
