/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sprig's functions on paths, without looking at any disk.
 */
#include <string.h>

#include "template/call.h"

/* The shortest way to say the same: no //, no ., and no .. but in front. */
static void clean(struct buf *out, const char *path, size_t len)
{
	bool rooted = len && path[0] == '/';
	size_t floor = rooted; /* .. does not go below */
	size_t i = 0;

	buf_adds(out, rooted ? "/" : "");
	while (i < len) {
		const char *part = path + i;
		const char *slash = memchr(part, '/', len - i);
		size_t n = slash ? (size_t)(slash - part) : len - i;
		bool up = n == 2 && part[0] == '.' && part[1] == '.';

		i += n + 1;
		if (!n || (n == 1 && part[0] == '.'))
			continue;
		if (up && out->len > floor) {
			while (out->len > floor &&
			       out->base[out->len - 1] != '/')
				out->len--;
			if (out->len > floor)
				out->len--;
			continue;
		}
		if (up && rooted)
			continue;
		if (out->len > rooted)
			buf_addc(out, '/');
		buf_add(out, part, n);
		if (up)
			floor = out->len;
	}
	if (!out->len)
		buf_addc(out, '.');
}

static const json_t *call_clean(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text path;

	if (arg_text(call, 0, &path))
		return NULL;
	clean(&out, path.base, path.len);
	return give_text(call, &out);
}

static const json_t *call_dir(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	const char *slash;
	struct text path;

	if (arg_text(call, 0, &path))
		return NULL;
	slash = memrchr(path.base, '/', path.len);
	clean(&out, path.base, slash ? (size_t)(slash - path.base) + 1 : 0);
	return give_text(call, &out);
}

static const json_t *call_base(struct call *call)
{
	const char *slash;
	struct text path;
	size_t len;

	if (arg_text(call, 0, &path))
		return NULL;
	if (!path.len)
		return give_string(call, ".", 1);
	len = path.len;
	while (len && path.base[len - 1] == '/')
		len--;
	if (!len)
		return give_string(call, "/", 1);
	slash = memrchr(path.base, '/', len);
	if (slash)
		return give_string(call, slash + 1,
				   len - (size_t)(slash + 1 - path.base));
	return give_string(call, path.base, len);
}

static const json_t *call_ext(struct call *call)
{
	struct text path;

	if (arg_text(call, 0, &path))
		return NULL;
	for (size_t i = path.len; i-- > 0 && path.base[i] != '/';)
		if (path.base[i] == '.')
			return give_string(call, path.base + i, path.len - i);
	return give_string(call, "", 0);
}

static const json_t *call_is_abs(struct call *call)
{
	struct text path;

	if (arg_text(call, 0, &path))
		return NULL;
	return give_bool(path.len && path.base[0] == '/');
}

const struct func *func_path(size_t *n)
{
	static const struct func table[] = {
		{ "base", 1, 1, call_base, FUNC_PLAIN },
		{ "osBase", 1, 1, call_base, FUNC_PLAIN },
		{ "dir", 1, 1, call_dir, FUNC_PLAIN },
		{ "osDir", 1, 1, call_dir, FUNC_PLAIN },
		{ "clean", 1, 1, call_clean, FUNC_PLAIN },
		{ "osClean", 1, 1, call_clean, FUNC_PLAIN },
		{ "ext", 1, 1, call_ext, FUNC_PLAIN },
		{ "osExt", 1, 1, call_ext, FUNC_PLAIN },
		{ "isAbs", 1, 1, call_is_abs, FUNC_PLAIN },
		{ "osIsAbs", 1, 1, call_is_abs, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
