/* SPDX-License-Identifier: Apache-2.0 */
#include "api/list_ask_wire.h"

#include <inttypes.h>
#include <string.h>

#include "base/buf.h"
#include "base/json.h"
#include "base/str.h"

#define MAX_TOKEN 2048
#define MAX_LIMIT INT32_MAX

char *list_ask_token(int64_t version, const char *namespace, const char *name)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(MAX_TOKEN);
	AUTO_JSON json_t *token =
		json_pack("{s:I,s:s,s:s}", "rv", (json_int_t)version,
			  "namespace", namespace, "name", name);
	AUTO_FREE char *text = json_text(token);

	str_base64(&out, text, strlen(text));
	return buf_take(&out);
}

static bool take_token(struct list_ask *ask, const char *text)
{
	CLEANUP(buf_release) struct buf plain = BUF_INIT(MAX_TOKEN);
	AUTO_JSON json_t *token = NULL;
	struct err ignored;
	const char *namespace;
	const char *name;

	if (strlen(text) > MAX_TOKEN ||
	    !str_unbase64(&plain, text, strlen(text)))
		return false;
	token = json_parse(plain.base, plain.len, &ignored);
	namespace = json_str_at(token, "namespace");
	name = json_str_at(token, "name");
	ask->version = json_int_at(token, "rv", 0);
	ask->continued = true;
	return ask->version > 0 && namespace && name &&
	       str_copy(ask->after_namespace, sizeof(ask->after_namespace),
			namespace) &&
	       str_copy(ask->after_name, sizeof(ask->after_name), name);
}

static int take_version(struct list_ask *ask, const struct list_params *params,
			struct err *err)
{
	const char *text = params->version ? params->version : "";
	const char *match = params->match ? params->match : "";
	bool exact = str_eq(match, "Exact");
	uint64_t version = 0;

	if (*match && !exact && !str_eq(match, "NotOlderThan"))
		return err_set(err, ERR_INVALID,
			       "resourceVersionMatch: Unsupported value: "
			       "\"%.40s\": supported values: \"Exact\", "
			       "\"NotOlderThan\"",
			       match);
	if (*match && !*text)
		return err_set(err, ERR_INVALID,
			       "resourceVersionMatch: Forbidden: it is "
			       "forbidden unless resourceVersion is provided");
	if (*text && !str_parse_u64(text, INT64_MAX, &version))
		return err_set(err, ERR_PROTOCOL,
			       "resourceVersion: \"%.40s\" is none of ours",
			       text);
	if (exact && !version)
		return err_set(err, ERR_INVALID,
			       "resourceVersionMatch: Forbidden: \"Exact\" is "
			       "forbidden for resourceVersion \"0\"");
	/* A limit without a match means exactly that version, as it did
	 * before there was a match. */
	if (exact || (!*match && ask->limit))
		ask->version = (int64_t)version;
	else
		ask->not_older = (int64_t)version;
	return 0;
}

int list_ask_parse(struct list_ask *ask, const struct list_params *params,
		   struct err *err)
{
	const char *version = params->version ? params->version : "";
	uint64_t limit = 0;

	*ask = (struct list_ask){ 0 };
	if (params->limit && *params->limit &&
	    !str_parse_u64(params->limit, MAX_LIMIT, &limit))
		return err_set(err, ERR_PROTOCOL,
			       "limit: \"%.40s\": a number is expected",
			       params->limit);
	ask->limit = (int64_t)limit;
	if (!params->token || !*params->token)
		return take_version(ask, params, err);
	if (*version && !str_eq(version, "0"))
		return err_set(err, ERR_PROTOCOL,
			       "specifying resourceVersion is not allowed when "
			       "using continue");
	if (params->match && *params->match)
		return err_set(err, ERR_INVALID,
			       "resourceVersionMatch: Forbidden: it is "
			       "forbidden for continue");
	if (!take_token(ask, params->token))
		return err_set(err, ERR_PROTOCOL,
			       "continue: the token is none of ours");
	return 0;
}
