/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_wire.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/str.h"

/* Into out[len + 1]; false: an escape that is none, or that of a NUL. */
static bool decode(const char *text, size_t len, bool plus, char *out)
{
	for (size_t i = 0; i < len; i++) {
		char byte = text[i];

		if (byte == '+' && plus)
			byte = ' ';
		if (byte == '%') {
			char hex[3] = { 0 };

			if (len - i < 3)
				return false;
			memcpy(hex, text + i + 1, 2);
			if (!str_unhex(&byte, 1, hex))
				return false;
			i += 2;
		}
		if (!byte)
			return false;
		*out++ = byte;
	}
	*out = '\0';
	return true;
}

static bool is_clean(const char *path)
{
	for (const char *at = path; *at; at++)
		if ((unsigned char)*at < ' ' || *at == 0x7f || *at == '\\')
			return false;
	return path[0] == '/' && !strstr(path, "/../") &&
	       !str_ends(path, "/..");
}

char *http_path_clean(const char *target)
{
	size_t len = strcspn(target, "?#");
	AUTO_FREE char *path = xmalloc(len + 1);
	size_t n = 0;

	if (!decode(target, len, false, path) || !is_clean(path))
		return NULL;
	for (size_t i = 0; path[i]; i++)
		if (path[i] != '/' || !n || path[n - 1] != '/')
			path[n++] = path[i];
	path[n] = '\0';
	return take_ptr(path);
}

static bool add_param(struct http_query *query, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals ? (size_t)(equals - text) : len;
	AUTO_FREE char *name = xmalloc(len + 1);
	AUTO_FREE char *value = xmalloc(len + 1);
	struct http_param *param;

	value[0] = '\0';
	if (!decode(text, name_len, true, name))
		return false;
	if (equals && !decode(equals + 1, len - name_len - 1, true, value))
		return false;
	query->params = xrealloc(query->params, (query->n_params + 1) *
							sizeof(*query->params));
	param = &query->params[query->n_params++];
	param->name = take_ptr(name);
	param->value = take_ptr(value);
	return true;
}

bool http_query_parse(struct http_query *query, const char *target)
{
	const char *at = strchr(target, '?');

	*query = (struct http_query){ 0 };
	if (!at)
		return true;
	for (at++; *at;) {
		size_t len = strcspn(at, "&");

		if (len && !add_param(query, at, len)) {
			http_query_release(query);
			return false;
		}
		at += len + (at[len] == '&');
	}
	return true;
}

void http_query_release(struct http_query *query)
{
	for (size_t i = 0; i < query->n_params; i++) {
		free(query->params[i].name);
		free(query->params[i].value);
	}
	free(query->params);
	*query = (struct http_query){ 0 };
}

const char *http_query_get(const struct http_query *query, const char *name)
{
	for (size_t i = 0; i < query->n_params; i++)
		if (str_eq(query->params[i].name, name))
			return query->params[i].value;
	return NULL;
}

enum http_range http_range_parse(const char *header, int64_t size,
				 int64_t *first, int64_t *last)
{
	const char *dash;
	char text[21];
	uint64_t from = 0;
	uint64_t to = 0;

	if (!header || strncasecmp(header, "bytes=", 6) != 0)
		return HTTP_RANGE_ALL;
	header += 6;
	dash = strchr(header, '-');
	if (!dash || (size_t)(dash - header) >= sizeof(text))
		return HTTP_RANGE_ALL;
	snprintf(text, sizeof(text), "%.*s", (int)(dash - header), header);
	if ((*text && !str_parse_u64(text, INT64_MAX, &from)) ||
	    (dash[1] && !str_parse_u64(dash + 1, INT64_MAX, &to)) ||
	    (!*text && !dash[1]) || (*text && dash[1] && to < from))
		return HTTP_RANGE_ALL;
	if (!*text) { /* the last `to` bytes */
		if (!to || !size)
			return HTTP_RANGE_NONE;
		*first = (int64_t)to < size ? size - (int64_t)to : 0;
		*last = size - 1;
		return HTTP_RANGE_PART;
	}
	if ((int64_t)from >= size)
		return HTTP_RANGE_NONE;
	*first = (int64_t)from;
	*last = dash[1] && (int64_t)to < size ? (int64_t)to : size - 1;
	return HTTP_RANGE_PART;
}

static const char *without_weak(const char *etag)
{
	return str_starts(etag, "W/") ? etag + 2 : etag;
}

bool http_etag_listed(const char *header, const char *etag)
{
	const char *at = header;

	etag = without_weak(etag);
	if (str_eq(header, "*"))
		return true;
	for (;;) {
		size_t len;

		at = without_weak(at + strspn(at, " \t,"));
		if (*at != '"')
			return false;
		len = strcspn(at + 1, "\"") + 2;
		if (!at[len - 1])
			return false;
		if (strncmp(at, etag, len) == 0 && !etag[len])
			return true;
		at += len;
	}
}

bool http_etag_same(const char *header, const char *etag)
{
	return etag[0] == '"' && str_eq(header, etag);
}
