/* SPDX-License-Identifier: Apache-2.0 */
/*
 * urlParse and urlJoin: a URL as a map of its parts.
 */
#include <arpa/inet.h>
#include <string.h>

#include "base/str.h"
#include "template/call.h"

/* What may stand in a part as it is, beside letters, digits and -_.~ */
static const char in_path[] = "$&+,/:;=@";
static const char in_host[] = "!$&'()*+,:;=<>\"[]";
static const char in_user[] = "$&+,;=";
static const char in_fragment[] = "!$&()*+,/:;=?@";

static bool is_plain(char c, const char *allowed)
{
	return (c >= '0' && c <= '9') || ((c | 32) >= 'a' && (c | 32) <= 'z') ||
	       (c && (strchr("-_.~", c) || strchr(allowed, c)));
}

static void escape(struct buf *out, const struct text *text,
		   const char *allowed)
{
	for (size_t i = 0; i < text->len; i++) {
		if (is_plain(text->base[i], allowed))
			buf_addc(out, text->base[i]);
		else
			buf_printf(out, "%%%02X", (unsigned char)text->base[i]);
	}
}

static bool unescape(struct buf *out, const struct text *text)
{
	for (size_t i = 0; i < text->len; i++) {
		char digits[3] = { 0 };
		char byte;

		if (text->base[i] != '%') {
			buf_addc(out, text->base[i]);
			continue;
		}
		if (text->len - i < 3)
			return false;
		memcpy(digits, text->base + i + 1, 2);
		if (!str_unhex(&byte, 1, digits))
			return false;
		buf_addc(out, byte);
		i += 2;
	}
	return true;
}

/* In a host only what is not ASCII is escaped, and the % of a zone. */
static bool unescape_host(struct buf *out, const struct text *text)
{
	for (size_t i = 0; i < text->len; i++) {
		char c = text->base[i];
		bool ascii = (unsigned char)c < 128;

		if (ascii && c != '%' && !is_plain(c, in_host))
			return false;
		if (c == '%' && text->len - i >= 3 && text->base[i + 1] < '8' &&
		    memcmp(text->base + i, "%25", 3) != 0)
			return false;
	}
	return unescape(out, text);
}

/* The text up to a character, which goes with it; all of it: there is none. */
static struct text cut(struct text *rest, char at, bool *found)
{
	const char *end = memchr(rest->base, at, rest->len);
	struct text part = { rest->base,
			     end ? (size_t)(end - rest->base) : rest->len };

	*found = end != NULL;
	rest->base += part.len + *found;
	rest->len -= part.len + *found;
	return part;
}

static void put(json_t *url, const char *key, const struct text *text)
{
	json_object_set_new(url, key,
			    json_stringn_nocheck(text->base, text->len));
}

static void put_buf(json_t *url, const char *key, const struct buf *text)
{
	struct text whole = { text->base, text->len };

	put(url, key, &whole);
}

/* "http:" goes; what may have no scheme keeps all of it. */
static bool take_scheme(struct text *rest, json_t *url)
{
	CLEANUP(buf_release) struct buf scheme = BUF_INIT(VALUE_MAX);

	for (size_t i = 0; i < rest->len; i++) {
		char c = rest->base[i];
		bool letter = (c | 32) >= 'a' && (c | 32) <= 'z';

		if (c == ':') {
			put_buf(url, "scheme", &scheme);
			rest->base += i + 1;
			rest->len -= i + 1;
			return i > 0;
		}
		if (!letter && (!i || !((c >= '0' && c <= '9') || c == '+' ||
					c == '-' || c == '.')))
			break;
		buf_addc(&scheme, letter ? (char)(c | 32) : c);
	}
	return true;
}

/* ":80", ":" or nothing. */
static bool is_port(const char *text, size_t len)
{
	if (!len)
		return true;
	for (size_t i = 1; i < len; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return text[0] == ':';
}

static bool is_ipv6(const struct buf *text)
{
	char address[64];
	struct in6_addr unused;
	size_t n = strcspn(text->base, "%");

	if (n >= sizeof(address) || strlen(text->base) != text->len)
		return false;
	memcpy(address, text->base, n);
	address[n] = '\0';
	return inet_pton(AF_INET6, address, &unused) == 1 &&
	       (n == text->len || n + 1 < text->len);
}

static bool put_host(json_t *url, const struct text *host, bool strict)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf whole = BUF_INIT(VALUE_MAX);
	const char *port = memchr(host->base, ':', host->len);
	const char *close = memrchr(host->base, ']', host->len);
	bool literal = host->len && host->base[0] == '[';
	struct text inside;

	if (memchr(host->base, '[', host->len) && (!literal || !close))
		return false;
	if (!literal && !strict && port)
		port = memrchr(host->base, ':', host->len);
	if (literal)
		port = close + 1;
	if (!port)
		port = host->base + host->len;
	if (!is_port(port, host->len - (size_t)(port - host->base)))
		return false;
	inside =
		(struct text){ host->base + literal,
			       (size_t)((literal ? close : port) - host->base) -
				       literal };
	if (!unescape_host(&name, &inside) || (literal && !is_ipv6(&name)))
		return false;
	buf_printf(&whole, "%s%s%s", literal ? "[" : "", name.base,
		   literal ? "]" : "");
	buf_add(&whole, port, host->len - (size_t)(port - host->base));
	put_buf(url, "host", &whole);
	put_buf(url, "hostname", &name);
	return true;
}

static bool put_user(json_t *url, struct text user)
{
	CLEANUP(buf_release) struct buf name = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf password = BUF_INIT(VALUE_MAX);
	CLEANUP(buf_release) struct buf whole = BUF_INIT(VALUE_MAX);
	struct text part;
	bool secret;

	for (size_t i = 0; i < user.len; i++)
		if (!is_plain(user.base[i], "!$&'()*+,;=:%@"))
			return false;
	part = cut(&user, ':', &secret);
	if (!unescape(&name, &part) || !unescape(&password, &user))
		return false;
	part = (struct text){ name.base, name.len };
	escape(&whole, &part, in_user);
	part = (struct text){ password.base, password.len };
	buf_adds(&whole, secret ? ":" : "");
	escape(&whole, &part, in_user);
	put_buf(url, "userinfo", &whole);
	return true;
}

static bool put_authority(json_t *url, struct text authority)
{
	const char *at = memrchr(authority.base, '@', authority.len);
	const char *scheme = json_string_value(json_object_get(url, "scheme"));
	struct text user = { authority.base, 0 };

	if (at) {
		user.len = (size_t)(at - authority.base);
		authority.base += user.len + 1;
		authority.len -= user.len + 1;
		if (!put_user(url, user))
			return false;
	}
	return put_host(url, &authority,
			str_eq(scheme, "http") || str_eq(scheme, "https"));
}

static bool put_unescaped(json_t *url, const char *key, const struct text *text)
{
	CLEANUP(buf_release) struct buf plain = BUF_INIT(VALUE_MAX);

	if (!unescape(&plain, text))
		return false;
	put_buf(url, key, &plain);
	return true;
}

/* After scheme and query: an authority and a path, or something opaque. */
static bool put_rest(json_t *url, struct text rest)
{
	bool has_scheme =
		json_string_length(json_object_get(url, "scheme")) > 0;
	struct text first = rest;
	bool slash;

	if (!rest.len || rest.base[0] != '/') {
		if (has_scheme) {
			put(url, "opaque", &rest);
			return true;
		}
		first = cut(&first, '/', &slash);
		if (memchr(first.base, ':', first.len))
			return false;
	}
	if (rest.len >= 2 && rest.base[1] == '/' && rest.base[0] == '/' &&
	    (has_scheme || rest.len < 3 || rest.base[2] != '/')) {
		rest.base += 2;
		rest.len -= 2;
		first = cut(&rest, '/', &slash);
		if (!put_authority(url, first))
			return false;
		rest.base -= slash;
		rest.len += slash;
	}
	return put_unescaped(url, "path", &rest);
}

static bool parse(json_t *url, struct text text)
{
	struct text rest;
	bool found;

	for (size_t i = 0; i < text.len; i++)
		if ((unsigned char)text.base[i] < ' ' || text.base[i] == 127)
			return false;
	rest = cut(&text, '#', &found);
	if (!put_unescaped(url, "fragment", &text) || !take_scheme(&rest, url))
		return false;
	text = cut(&rest, '?', &found);
	put(url, "query", &rest);
	return put_rest(url, text);
}

static const json_t *call_url_parse(struct call *call)
{
	static const char *const keys[] = {
		"scheme", "host",   "hostname", "path",
		"query",  "opaque", "fragment", "userinfo",
	};
	AUTO_JSON json_t *url = json_object();
	struct text text;

	if (arg_text(call, 0, &text))
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(keys); i++)
		json_object_set_new(url, keys[i], json_string(""));
	if (!parse(url, text))
		return call_fail(call, "unable to parse url \"%.128s\"",
				 text.base);
	return give_tree(call, take_ptr(url));
}

/* A part; what is not there is empty. */
static int part_of(struct call *call, const char *key, struct text *part)
{
	const json_t *value = json_object_get(call->args[0], key);

	*part = (struct text){ "", 0 };
	if (!value)
		return 0;
	if (!json_is_string(value)) {
		call_fail(call, "%s must be a string", key);
		return -1;
	}
	part->base = json_string_value(value);
	part->len = json_string_length(value);
	return 0;
}

/* Parsed and written again, which escapes what has to be. */
static int add_user(struct call *call, struct buf *out)
{
	AUTO_JSON json_t *url = json_object();
	struct text user;

	if (part_of(call, "userinfo", &user))
		return -1;
	if (!user.len)
		return 0;
	if (!put_user(url, user)) {
		call_fail(call, "unable to parse userinfo");
		return -1;
	}
	buf_printf(out, "%s@",
		   json_string_value(json_object_get(url, "userinfo")));
	return 0;
}

/* What comes after the scheme, if it is not opaque. */
static int add_hierarchy(struct call *call, struct buf *out, bool has_scheme)
{
	CLEANUP(buf_release) struct buf user = BUF_INIT(VALUE_MAX);
	struct text host;
	struct text path;
	bool slash;

	if (part_of(call, "host", &host) || part_of(call, "path", &path) ||
	    add_user(call, &user))
		return -1;
	if (host.len || user.len || (has_scheme && path.len))
		buf_adds(out, "//");
	buf_add(out, user.base, user.len);
	escape(out, &host, in_host);
	if (host.len && path.len && path.base[0] != '/')
		buf_addc(out, '/');
	if (!out->len) {
		struct text rest = path;
		struct text first = cut(&rest, '/', &slash);

		if (memchr(first.base, ':', first.len))
			buf_adds(out, "./");
	}
	if (path.len == 1 && path.base[0] == '*')
		buf_addc(out, '*');
	else
		escape(out, &path, in_path);
	return 0;
}

static const json_t *call_url_join(struct call *call)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(VALUE_MAX);
	struct text scheme;
	struct text opaque;
	struct text query;
	struct text fragment;

	if (!arg_dict(call, 0) || part_of(call, "scheme", &scheme) ||
	    part_of(call, "opaque", &opaque) ||
	    part_of(call, "query", &query) ||
	    part_of(call, "fragment", &fragment))
		return NULL;
	buf_add(&out, scheme.base, scheme.len);
	buf_adds(&out, scheme.len ? ":" : "");
	if (opaque.len)
		buf_add(&out, opaque.base, opaque.len);
	else if (add_hierarchy(call, &out, scheme.len > 0))
		return NULL;
	buf_adds(&out, query.len ? "?" : "");
	buf_add(&out, query.base, query.len);
	buf_adds(&out, fragment.len ? "#" : "");
	escape(&out, &fragment, in_fragment);
	return give_text(call, &out);
}

const struct func *func_url(size_t *n)
{
	static const struct func table[] = {
		{ "urlParse", 1, 1, call_url_parse, FUNC_PLAIN },
		{ "urlJoin", 1, 1, call_url_join, FUNC_PLAIN },
	};

	*n = ARRAY_LEN(table);
	return table;
}
