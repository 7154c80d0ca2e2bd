/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric_wire.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define MAX_LABELS 2048

void metric_family(struct buf *out, const char *name, enum metric_type type,
		   const char *help)
{
	static const char *const types[] = {
		[METRIC_COUNTER] = "counter",
		[METRIC_GAUGE] = "gauge",
		[METRIC_HISTOGRAM] = "histogram",
	};

	buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
		   types[type]);
}

/* "a="x",b="y"", without braces. */
static void add_labels(struct buf *out, va_list pairs)
{
	const char *name;

	while ((name = va_arg(pairs, const char *))) {
		buf_printf(out, "%s%s=\"", out->len ? "," : "", name);
		for (const char *c = va_arg(pairs, const char *); *c; c++) {
			if (*c == '\\' || *c == '"')
				buf_printf(out, "\\%c", *c);
			else if (*c == '\n')
				buf_adds(out, "\\n");
			else
				buf_addc(out, *c);
		}
		buf_addc(out, '"');
	}
}

static void add_name(struct buf *out, const char *name, const char *suffix,
		     const struct buf *labels, const char *le)
{
	const char *comma = labels->len && le ? "," : "";

	buf_printf(out, "%s%s", name, suffix);
	if (!labels->len && !le)
		buf_addc(out, ' ');
	else if (le)
		buf_printf(out, "{%s%sle=\"%s\"} ", labels->base, comma, le);
	else
		buf_printf(out, "{%s} ", labels->base);
}

/* 1500000: "1.5"; no more digits than there are. */
static void micro_text(int64_t micro, char *text, size_t size)
{
	int64_t whole = micro / 1000000;
	int64_t rest = llabs(micro % 1000000);
	int len;

	if (!rest) {
		snprintf(text, size, "%" PRId64, whole);
		return;
	}
	len = snprintf(text, size, "%s%" PRId64 ".%06" PRId64,
		       micro < 0 && !whole ? "-" : "", whole, rest);
	while (len > 0 && text[len - 1] == '0')
		text[--len] = '\0';
}

void metric_count(struct buf *out, const char *name, uint64_t value, ...)
{
	CLEANUP(buf_release) struct buf labels = BUF_INIT(MAX_LABELS);
	va_list pairs;

	va_start(pairs, value);
	add_labels(&labels, pairs);
	va_end(pairs);
	add_name(out, name, "", &labels, NULL);
	buf_printf(out, "%" PRIu64 "\n", value);
}

void metric_micro(struct buf *out, const char *name, int64_t micro, ...)
{
	CLEANUP(buf_release) struct buf labels = BUF_INIT(MAX_LABELS);
	char text[32];
	va_list pairs;

	va_start(pairs, micro);
	add_labels(&labels, pairs);
	va_end(pairs);
	micro_text(micro, text, sizeof(text));
	add_name(out, name, "", &labels, NULL);
	buf_printf(out, "%s\n", text);
}

void metric_histogram(struct buf *out, const char *name,
		      const struct histogram *histogram, ...)
{
	CLEANUP(buf_release) struct buf labels = BUF_INIT(MAX_LABELS);
	const int64_t *bounds;
	size_t n = histogram_bounds(histogram->scale, &bounds);
	uint64_t sum = 0;
	char text[32];
	va_list pairs;

	va_start(pairs, histogram);
	add_labels(&labels, pairs);
	va_end(pairs);
	for (size_t i = 0; i <= n; i++) {
		sum += histogram->n[i];
		if (i < n)
			micro_text(bounds[i], text, sizeof(text));
		add_name(out, name, "_bucket", &labels, i < n ? text : "+Inf");
		buf_printf(out, "%" PRIu64 "\n", sum);
	}
	micro_text(histogram->sum_us, text, sizeof(text));
	add_name(out, name, "_sum", &labels, NULL);
	buf_printf(out, "%s\n", text);
	add_name(out, name, "_count", &labels, NULL);
	buf_printf(out, "%" PRIu64 "\n", sum);
}
