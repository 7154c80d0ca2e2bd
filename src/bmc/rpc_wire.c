/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/rpc_wire.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/secret.h"
#include "base/str.h"

#define CONFIG_MAX (64 * 1024)
#define RFC3339    "2006-01-02T15:04:05Z07:00" /* as Go's layouts say it */

/* A header that could become two is none. */
static bool is_header_text(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

static bool is_header_name(const char *text)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789!#$%&'*+-.^_`|~";

	return *text && strspn(text, letters) == strlen(text);
}

static int take(const json_t *object, const char *path, const char *otherwise,
		char *out, size_t size, struct err *err)
{
	const char *text = json_str_at(object, path);

	if (!text || !*text)
		text = otherwise;
	if (!str_copy(out, size, text))
		return err_set(err, ERR_TOO_BIG, "rpc.%s: over %zu characters",
			       path, size - 1);
	if (!is_header_text(out))
		return err_set(err, ERR_INVALID,
			       "rpc.%s: has control characters", path);
	return 0;
}

static int take_name(const json_t *object, const char *path,
		     const char *otherwise, char *out, size_t size,
		     struct err *err)
{
	if (take(object, path, otherwise, out, size, err))
		return -1;
	if (!is_header_name(out))
		return err_set(err, ERR_INVALID,
			       "rpc.%s: no header can be called so", path);
	return 0;
}

/* Values of a header that is given more than once: "a,b". */
static int join(const json_t *values, char *out, size_t size, struct err *err)
{
	CLEANUP(buf_release) struct buf joined = BUF_INIT(size - 1);
	size_t i;
	json_t *value;

	json_array_foreach ((json_t *)(uintptr_t)values, i, value) {
		const char *text = json_string_value(value);

		if (!text || !is_header_text(text))
			return err_set(err, ERR_INVALID,
				       "rpc.request.staticHeaders: no value of "
				       "a header");
		buf_printf(&joined, "%s%s", i ? "," : "", text);
	}
	if (joined.overflow || !str_copy(out, size, joined.base))
		return err_set(err, ERR_TOO_BIG,
			       "rpc.request.staticHeaders: over %zu characters",
			       size - 1);
	return 0;
}

static int take_fixed(struct rpc_config *config, const json_t *object,
		      struct err *err)
{
	const json_t *headers = json_at(object, "request.staticHeaders");
	const char *name;
	json_t *values;

	json_object_foreach ((json_t *)(uintptr_t)headers, name, values) {
		struct rpc_header *header = &config->fixed[config->n_fixed];

		if (config->n_fixed == RPC_MAX_HEADERS)
			return err_set(err, ERR_TOO_BIG,
				       "rpc.request.staticHeaders: over %d",
				       RPC_MAX_HEADERS);
		if (!is_header_name(name) ||
		    !str_copy(header->name, sizeof(header->name), name))
			return err_set(err, ERR_INVALID,
				       "rpc.request.staticHeaders: no header "
				       "can be called \"%.40s\"",
				       name);
		if (join(values, header->value, sizeof(header->value), err))
			return -1;
		config->n_fixed++;
	}
	return 0;
}

static bool has_signed(const struct rpc_config *config, const char *name)
{
	for (size_t i = 0; i < config->n_signed; i++)
		if (!strcasecmp(config->signed_too[i], name))
			return true;
	return false;
}

static int take_signed(struct rpc_config *config, const json_t *object,
		       struct err *err)
{
	const json_t *names =
		json_at(object, "signature.includedPayloadHeaders");
	size_t i;
	json_t *value;

	json_array_foreach ((json_t *)(uintptr_t)names, i, value) {
		const char *name = json_string_value(value);

		if (!name || !is_header_name(name))
			return err_set(err, ERR_INVALID,
				       "rpc.signature.includedPayloadHeaders"
				       "[%zu]: no header can be called so",
				       i);
		if (has_signed(config, name))
			continue;
		if (config->n_signed + 1 >= RPC_MAX_HEADERS ||
		    !str_copy(config->signed_too[config->n_signed],
			      sizeof(config->signed_too[0]), name))
			return err_set(err, ERR_TOO_BIG,
				       "rpc.signature.includedPayloadHeaders: "
				       "too many, or too long");
		config->n_signed++;
	}
	if (!has_signed(config, config->time_header))
		str_copy(config->signed_too[config->n_signed++],
			 sizeof(config->signed_too[0]), config->time_header);
	return 0;
}

static int take_keys(struct rpc_config *config, const json_t *keys, bool sha512,
		     struct err *err)
{
	size_t i;
	json_t *key;

	json_array_foreach ((json_t *)(uintptr_t)keys, i, key) {
		struct rpc_secret *secret = &config->secrets[config->n_secrets];
		const char *text = json_string_value(key);

		if (config->n_secrets == ARRAY_LEN(config->secrets))
			return err_set(err, ERR_TOO_BIG,
				       "rpc.hmac.secrets: over %zu",
				       ARRAY_LEN(config->secrets));
		if (!text || !str_copy(secret->key, sizeof(secret->key), text))
			return err_set(err, ERR_INVALID,
				       "rpc.hmac.secrets: a secret of 1 to %zu "
				       "characters is expected",
				       sizeof(secret->key) - 1);
		secret->sha512 = sha512;
		config->n_secrets++;
	}
	return 0;
}

static int take_secrets(struct rpc_config *config, const json_t *object,
			struct err *err)
{
	const json_t *secrets = json_at(object, "hmac.secrets");
	const char *algorithm;
	json_t *keys;

	json_object_foreach ((json_t *)(uintptr_t)secrets, algorithm, keys) {
		bool sha512 = str_eq(algorithm, "sha512");

		if (!sha512 && !str_eq(algorithm, "sha256"))
			return err_set(err, ERR_UNSUPPORTED,
				       "rpc.hmac.secrets: %.40s: expected "
				       "sha256 or sha512",
				       algorithm);
		if (take_keys(config, keys, sha512, err))
			return -1;
	}
	return 0;
}

/* "object.data.body": names, and no place in a list. */
static bool is_dot_path(const char *path)
{
	return !strpbrk(path, "[]") && *path != '.' && !strstr(path, "..") &&
	       !str_ends(path, ".");
}

static int take_custom(struct rpc_config *config, const json_t *object,
		       struct err *err)
{
	const char *text =
		json_str_at(object, "experimental.customRequestPayload");

	if (take(object, "experimental.dotPath", "", config->custom_path,
		 sizeof(config->custom_path), err))
		return -1;
	if (!text || !*text || !*config->custom_path)
		return 0;
	if (!is_dot_path(config->custom_path))
		return err_set(err, ERR_INVALID,
			       "rpc.experimental.dotPath: expected names with "
			       "dots between them");
	config->custom = json_parse(text, strlen(text), err);
	if (!config->custom)
		return err_wrap(err, "rpc.experimental.customRequestPayload");
	if (!json_is_object(config->custom))
		return err_set(err, ERR_INVALID,
			       "rpc.experimental.customRequestPayload: "
			       "expected an object");
	return 0;
}

static int take_request(struct rpc_config *config, const json_t *object,
			struct err *err)
{
	char format[64];

	if (take(object, "consumerURL", "", config->url, sizeof(config->url),
		 err) ||
	    take(object, "request.httpMethod", "POST", config->method,
		 sizeof(config->method), err) ||
	    take(object, "request.httpContentType", "application/json",
		 config->content_type, sizeof(config->content_type), err) ||
	    take(object, "request.timestampFormat", RFC3339, format,
		 sizeof(format), err) ||
	    take_name(object, "request.timestampHeader", RPC_DEFAULT_TIME,
		      config->time_header, sizeof(config->time_header), err) ||
	    take_name(object, "signature.headerName", RPC_DEFAULT_SIGN,
		      config->sign_header, sizeof(config->sign_header), err))
		return -1;
	if (!str_starts(config->url, "http://") &&
	    !str_starts(config->url, "https://"))
		return err_set(err, ERR_INVALID,
			       "rpc.consumerURL: expected http:// or https://");
	if (!is_header_name(config->method))
		return err_set(err, ERR_INVALID,
			       "rpc.request.httpMethod: no method");
	if (!str_eq(format, RFC3339))
		return err_set(err, ERR_UNSUPPORTED,
			       "rpc.request.timestampFormat: only " RFC3339);
	return 0;
}

int rpc_config_parse(struct rpc_config *config, const char *text, size_t len,
		     struct err *err)
{
	AUTO_JSON json_t *object = NULL;

	memset(config, 0, sizeof(*config));
	if (len > CONFIG_MAX)
		return err_set(err, ERR_TOO_BIG, "rpc: over %d bytes",
			       CONFIG_MAX);
	object = json_parse(text, len, err);
	if (!object)
		return -1;
	config->no_prefix =
		json_bool_at(object, "hmac.prefixSigDisabled", false);
	config->no_suffix = json_bool_at(
		object, "signature.appendAlgoToHeaderDisabled", false);
	if (take_request(config, object, err) ||
	    take_fixed(config, object, err) ||
	    take_signed(config, object, err) ||
	    take_secrets(config, object, err) ||
	    take_custom(config, object, err)) {
		rpc_config_release(config);
		return -1;
	}
	return 0;
}

void rpc_config_release(struct rpc_config *config)
{
	json_decref(config->custom);
	secret_wipe(config, sizeof(*config));
}

/* ---- requests ---- */

static json_t *params_of(const struct rpc_ask *ask)
{
	switch (ask->method) {
	case RPC_POWER_SET:
		return json_pack("{s:s}", "state",
				 bmc_action_name(ask->action));
	case RPC_BOOT_SET:
		return json_pack("{s:s,s:b,s:b}", "device",
				 bmc_device_name(ask->boot.device),
				 "persistent", ask->boot.persistent, "efiBoot",
				 ask->boot.uefi);
	case RPC_MEDIA_SET:
		return json_pack("{s:s,s:s}", "mediaUrl", ask->media, "kind",
				 "CD");
	default:
		return NULL;
	}
}

static const char *method_name(enum rpc_method method)
{
	static const char *const names[] = {
		[RPC_POWER_GET] = "getPowerState",
		[RPC_POWER_SET] = "setPowerState",
		[RPC_BOOT_SET] = "setBootDevice",
		[RPC_MEDIA_SET] = "setVirtualMedia",
	};

	return names[method];
}

int rpc_body(const struct rpc_config *config, const struct rpc_ask *ask,
	     const char *host, int64_t id, struct buf *body, struct err *err)
{
	json_t *request = json_object();
	json_t *params = params_of(ask);
	AUTO_FREE char *text = NULL;

	json_object_set_new(request, "id", json_integer(id));
	json_object_set_new(request, "host", json_string(host));
	json_object_set_new(request, "method",
			    json_string(method_name(ask->method)));
	if (params)
		json_object_set_new(request, "params", params);
	if (config->custom) {
		json_t *whole = json_deep_copy(config->custom);

		json_put(whole, config->custom_path, request);
		request = whole;
	}
	text = json_text(request);
	json_decref(request);
	buf_adds(body, text);
	if (body->overflow)
		return err_set(err, ERR_TOO_BIG,
			       "rpc: a request over %zu bytes", body->limit);
	return 0;
}

static const char *value_of(const struct rpc_config *config, const char *name,
			    const char *time)
{
	if (!strcasecmp(name, config->time_header))
		return time;
	if (!strcasecmp(name, "Content-Type"))
		return config->content_type;
	for (size_t i = 0; i < config->n_fixed; i++)
		if (!strcasecmp(config->fixed[i].name, name))
			return config->fixed[i].value;
	return "";
}

static void sign(const struct rpc_secret *secret, const struct buf *what,
		 char hex[2 * EVP_MAX_MD_SIZE + 1])
{
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	HMAC(secret->sha512 ? EVP_sha512() : EVP_sha256(), secret->key,
	     (int)strlen(secret->key), (const unsigned char *)what->base,
	     what->len, digest, &len);
	str_hex(hex, digest, len);
}

/* All signatures of an algorithm, in one header; NULL: no secret is of it. */
static char *signature(const struct rpc_config *config, const struct buf *what,
		       bool sha512)
{
	CLEANUP(buf_release) struct buf out = BUF_INIT(4096);
	char hex[2 * EVP_MAX_MD_SIZE + 1];
	bool first = true;

	buf_printf(&out, "%s%s: ", config->sign_header,
		   config->no_suffix ? ""
		   : sha512          ? "-512"
				     : "-256");
	for (size_t i = 0; i < config->n_secrets; i++) {
		if (config->secrets[i].sha512 != sha512)
			continue;
		sign(&config->secrets[i], what, hex);
		buf_printf(&out, "%s%s%s", first ? "" : ",",
			   config->no_prefix ? ""
			   : sha512          ? "sha512="
					     : "sha256=",
			   hex);
		first = false;
	}
	return first ? NULL : buf_take(&out);
}

char **rpc_headers(const struct rpc_config *config, const struct buf *body,
		   wall_ms now)
{
	CLEANUP(buf_release)
	struct buf what =
		BUF_INIT(RPC_BODY_MAX + RPC_MAX_HEADERS * RPC_HEADER_SIZE);
	char **headers = xcalloc(RPC_MAX_HEADERS + 5, sizeof(*headers));
	char time[CLOCK_TEXT];
	size_t n = 0;

	clock_text(now, time);
	for (size_t i = 0; i < config->n_fixed; i++)
		if (strcasecmp(config->fixed[i].name, "Content-Type"))
			headers[n++] =
				xasprintf("%s: %s", config->fixed[i].name,
					  config->fixed[i].value);
	headers[n++] = xasprintf("Content-Type: %s", config->content_type);
	headers[n++] = xasprintf("%s: %s", config->time_header, time);
	buf_add(&what, body->base, body->len);
	for (size_t i = 0; i < config->n_signed; i++)
		buf_adds(&what, value_of(config, config->signed_too[i], time));
	for (int sha512 = 0; sha512 < 2; sha512++) {
		headers[n] = signature(config, &what, sha512);
		n += headers[n] != NULL;
	}
	return headers;
}

void rpc_headers_free(char **headers)
{
	for (size_t i = 0; headers && headers[i]; i++)
		free(headers[i]);
	free(headers);
}

/* ---- answers ---- */

static int refused(const json_t *answer, int status, struct err *err)
{
	const char *message = json_str_at(answer, "error.message");
	int64_t code = json_int_at(answer, "error.code", 0);

	if (message || code)
		return err_set(err, ERR_PROTOCOL,
			       "the webhook says: %.200s (code %lld)",
			       message ? message : "an error", (long long)code);
	return err_set(err,
		       status == 401 || status == 403 ? ERR_AUTH : ERR_PROTOCOL,
		       "the webhook answered %d", status);
}

int rpc_answer_parse(const struct rpc_ask *ask, int status, const char *body,
		     size_t len, enum bmc_power *power, struct err *err)
{
	struct err ignored;
	AUTO_JSON json_t *answer = json_parse(body, len, &ignored);
	const json_t *error = json_object_get(answer, "error");
	const char *state = json_str_at(answer, "result");

	if (status != 200 || (error && !json_is_null(error)))
		return refused(answer, status, err);
	if (!json_is_object(answer))
		return err_set(err, ERR_PROTOCOL,
			       "the webhook's answer is no JSON object");
	if (ask->method != RPC_POWER_GET)
		return 0;
	if (!state || (strcasecmp(state, "on") && strcasecmp(state, "off")))
		return err_set(err, ERR_PROTOCOL,
			       "the webhook's result is neither on nor off");
	*power = strcasecmp(state, "on") ? BMC_POWER_OFF : BMC_POWER_ON;
	return 0;
}
