/* SPDX-License-Identifier: Apache-2.0 */
#include "bmc/types.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/secret.h"
#include "base/str.h"
#include "bmc/ipmi_session.h"

#define REDFISH_PORT 443
#define IPMI_PORT    623
#define MAX_SUITE    17
#define DOUBT_LOOKS  3

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Percent-decode n bytes into out; false: bad escape, NUL, or too long. */
static bool decode(char *out, size_t size, const char *text, size_t n)
{
	size_t used = 0;

	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)text[i];

		if (c == '%') {
			int high = i + 1 < n ? hex_digit(text[i + 1]) : -1;
			int low = i + 2 < n ? hex_digit(text[i + 2]) : -1;

			if (high < 0 || low < 0)
				return false;
			c = (unsigned char)(high * 16 + low);
			i += 2;
		}
		if (c < 0x20 || c == 0x7f || used + 1 >= size)
			return false;
		out[used++] = (char)c;
	}
	out[used] = '\0';
	return true;
}

static int parse_scheme(struct bmc_target *target, const char *url,
			const char **rest, struct err *err)
{
	const char *mark = strstr(url, "://");

	if (!mark)
		return err_set(err, ERR_INVALID,
			       "BMC address: expected redfish://user@host or "
			       "ipmi://user@host");
	*rest = mark + 3;
	if (str_starts(url, "redfish://")) {
		target->protocol = BMC_REDFISH;
		target->port = REDFISH_PORT;
		return 0;
	}
	if (str_starts(url, "ipmi://")) {
		target->protocol = BMC_IPMI;
		target->port = IPMI_PORT;
		return 0;
	}
	return err_set(err, ERR_INVALID,
		       "scheme %.*s: expected redfish or ipmi",
		       mark - url > 32 ? 32 : (int)(mark - url), url);
}

static int parse_user(struct bmc_target *target, const char *text, size_t n,
		      struct err *err)
{
	if (memchr(text, ':', n))
		return err_set(err, ERR_INVALID,
			       "BMC address: a password does not belong into "
			       "it");
	if (!decode(target->user, sizeof(target->user), text, n))
		return err_set(err, ERR_INVALID,
			       "BMC address: user name over %zu characters, or "
			       "badly encoded",
			       sizeof(target->user) - 1);
	return 0;
}

static bool is_host(const char *text)
{
	for (const char *c = text; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr(".-_:", *c))
			return false;
	return *text && *text != '-';
}

/* host, host:port, [v6], [v6]:port */
static int parse_host(struct bmc_target *target, const char *text, size_t n,
		      struct err *err)
{
	char host[BMC_HOST_SIZE + 16];
	char *name = host;
	char *port;
	uint32_t number = target->port;

	if (n >= sizeof(host))
		return err_set(err, ERR_TOO_BIG, "BMC address: host too long");
	memcpy(host, text, n);
	host[n] = '\0';
	port = strrchr(host, ':');
	if (*host == '[') {
		char *end = strchr(host, ']');

		if (!end || (end[1] && end[1] != ':'))
			return err_set(err, ERR_INVALID,
				       "BMC address: \"%s\": expected "
				       "[address]:port",
				       host);
		name = host + 1;
		port = end[1] ? end + 1 : NULL;
		*end = '\0';
	} else if (strchr(host, ':') != port) {
		return err_set(err, ERR_INVALID,
			       "BMC address: \"%s\": an IPv6 address goes in "
			       "brackets",
			       host);
	}
	if (port)
		*port++ = '\0';
	if (port && (!str_parse_u32(port, 65535, &number) || !number))
		return err_set(err, ERR_INVALID,
			       "BMC address: port \"%s\": expected 1 to 65535",
			       port);
	target->port = (uint16_t)number;
	if (!is_host(name) ||
	    !str_copy(target->host, sizeof(target->host), name))
		return err_set(err, ERR_INVALID,
			       "BMC address: \"%s\" is no host", name);
	return 0;
}

static int parse_option(struct bmc_target *target, const char *text, size_t n,
			struct err *err)
{
	char number[8];

	if (target->protocol == BMC_REDFISH && n > 7 &&
	    !strncmp(text, "system=", 7)) {
		if (decode(target->system, sizeof(target->system), text + 7,
			   n - 7))
			return 0;
		return err_set(err, ERR_INVALID,
			       "BMC address: system: over %zu characters, or "
			       "badly encoded",
			       sizeof(target->system) - 1);
	}
	if (target->protocol == BMC_IPMI && n > 7 &&
	    !strncmp(text, "cipher=", 7)) {
		snprintf(number, sizeof(number), "%.*s", (int)n - 7, text + 7);
		if (str_parse_u32(number, MAX_SUITE, &target->cipher) &&
		    target->cipher)
			return 0;
		return err_set(err, ERR_INVALID,
			       "BMC address: cipher: expected 1 to %d",
			       MAX_SUITE);
	}
	return err_set(err, ERR_INVALID, "BMC address: \"%.*s\": expected %s",
		       n > 64 ? 64 : (int)n, text,
		       target->protocol == BMC_REDFISH ? "system=ID"
						       : "cipher=N");
}

int bmc_target_parse(struct bmc_target *target, const char *url,
		     struct err *err)
{
	const char *at;
	size_t len;

	bmc_target_release(target);
	if (parse_scheme(target, url, &url, err))
		return -1;
	len = strcspn(url, "/?#");
	at = memchr(url, '@', len);
	if (at) {
		if (parse_user(target, url, (size_t)(at - url), err))
			return -1;
		len -= (size_t)(at + 1 - url);
		url = at + 1;
	}
	if (parse_host(target, url, len, err))
		return -1;
	url += len;
	url += strspn(url, "/");
	if (!*url)
		return 0;
	if (*url != '?')
		return err_set(
			err, ERR_INVALID,
			"BMC address: \"%.64s\" after the host: expected "
			"?NAME=VALUE",
			url);
	for (url++; *url; url += strspn(url, "&")) {
		len = strcspn(url, "&");
		if (parse_option(target, url, len, err))
			return -1;
		url += len;
	}
	return 0;
}

struct quirk {
	const char *word;
	uint32_t bit;
};

/* opensesspriv is what we do anyway: name the privilege when opening. */
static const struct quirk quirk_words[] = {
	{ "authcap", IPMI_QUIRK_SKIP_CAPS },
	{ "highestpriv", IPMI_QUIRK_HIGHEST },
	{ "rolelookup", IPMI_QUIRK_ROLE_LOOKUP },
	{ "intel20", IPMI_QUIRK_PADDED_USER },
	{ "nochecksumcheck", IPMI_QUIRK_CHECKSUM },
	{ "opensesspriv", 0 },
};

int bmc_ipmi_quirks(const char *words, uint32_t *quirks, struct err *err)
{
	*quirks = 0;
	for (words += strspn(words, ", "); *words;
	     words += strspn(words, ", ")) {
		size_t len = strcspn(words, ", ");
		const struct quirk *found = NULL;

		for (size_t i = 0; i < ARRAY_LEN(quirk_words); i++)
			if (strlen(quirk_words[i].word) == len &&
			    !strncmp(quirk_words[i].word, words, len))
				found = &quirk_words[i];
		if (!found)
			return err_set(err, ERR_INVALID,
				       "IPMI quirk \"%.*s\": not known; "
				       "ipmitool may know how",
				       len > 64 ? 64 : (int)len, words);
		*quirks |= found->bit;
		words += len;
	}
	return 0;
}

int bmc_ipmi_key(struct bmc_target *target, const char *text, struct err *err)
{
	size_t len = strlen(text);
	bool hex = str_starts(text, "0x");

	memset(target->ipmi_key, 0, sizeof(target->ipmi_key));
	if (hex)
		len = (len - 2) / 2;
	if (len > sizeof(target->ipmi_key))
		return err_set(err, ERR_INVALID,
			       "K_g: %zu bytes, the most is %zu", len,
			       sizeof(target->ipmi_key));
	if (!hex)
		memcpy(target->ipmi_key, text, len);
	else if (!str_unhex(target->ipmi_key, len, text + 2))
		return err_set(err, ERR_INVALID, "K_g: bad hex digits");
	target->ipmi_key_len = (uint8_t)len;
	return 0;
}

bool bmc_target_eq(const struct bmc_target *a, const struct bmc_target *b)
{
	bool same = true;

	while (same && a && b) {
		struct bmc_packed *packed_a = bmc_target_pack(a);
		struct bmc_packed *packed_b = bmc_target_pack(b);

		same = bmc_packed_eq(packed_a, packed_b);
		bmc_packed_free(packed_a);
		bmc_packed_free(packed_b);
		a = a->other;
		b = b->other;
	}
	return same && !a && !b;
}

void bmc_target_copy(struct bmc_target *to, const struct bmc_target *from)
{
	bmc_target_release(to);
	*to = *from;
	to->ca_pem = from->ca_pem ? xstrdup(from->ca_pem) : NULL;
	to->rpc = from->rpc ? xstrdup(from->rpc) : NULL;
	to->other = NULL;
	while ((from = from->other)) {
		to->other = xcalloc(1, sizeof(*to->other));
		to = to->other;
		*to = *from;
		to->ca_pem = from->ca_pem ? xstrdup(from->ca_pem) : NULL;
		to->rpc = from->rpc ? xstrdup(from->rpc) : NULL;
		to->other = NULL;
	}
}

static void wipe(struct bmc_target *target)
{
	free(target->ca_pem);
	if (target->rpc)
		secret_wipe(target->rpc, strlen(target->rpc));
	free(target->rpc);
	secret_wipe(target, sizeof(*target));
}

void bmc_target_release(struct bmc_target *target)
{
	struct bmc_target *other = target->other;

	wipe(target);
	while (other) {
		struct bmc_target *next = other->other;

		wipe(other);
		free(other);
		other = next;
	}
}

/* What has no end of its own, and the strings one behind the other. */
struct bmc_packed {
	size_t len; /* of the strings */
	enum bmc_protocol protocol;
	uint32_t cipher;
	uint32_t ipmi_quirks;
	uint16_t port;
	bool insecure;
	bool basic;
	bool ipmitool;
	uint8_t ipmi_key_len;
	uint8_t ipmi_key[BMC_IPMI_KEY_SIZE];
	char strings[];
};

/* A field more, or less: has to be packed, too. */
_Static_assert(sizeof(void *) != 8 || sizeof(struct bmc_target) == 1032,
	       "bmc_target_pack does not know all fields");

struct bmc_packed *bmc_target_pack(const struct bmc_target *target)
{
	const char *const strings[] = { target->host,
					target->user,
					target->password,
					target->system,
					target->pin,
					target->vendor,
					target->model,
					target->rack,
					target->ca_pem ? target->ca_pem : "",
					target->rpc };
	struct bmc_packed *packed;
	size_t len = 0;

	for (size_t i = 0; i < ARRAY_LEN(strings); i++)
		len += strings[i] ? strlen(strings[i]) + 1 : 0;
	packed = xcalloc(1, sizeof(*packed) + len);
	packed->protocol = target->protocol;
	packed->cipher = target->cipher;
	packed->ipmi_quirks = target->ipmi_quirks;
	packed->port = target->port;
	packed->insecure = target->insecure;
	packed->basic = target->basic;
	packed->ipmitool = target->ipmitool;
	packed->ipmi_key_len = target->ipmi_key_len;
	memcpy(packed->ipmi_key, target->ipmi_key, sizeof(packed->ipmi_key));
	for (size_t i = 0; i < ARRAY_LEN(strings); i++) {
		size_t size = strings[i] ? strlen(strings[i]) + 1 : 0;

		if (size)
			memcpy(packed->strings + packed->len, strings[i], size);
		packed->len += size;
	}
	return packed;
}

static const char *unpack_string(char *out, size_t size, const char *from)
{
	str_copy(out, size, from);
	return from + strlen(from) + 1;
}

void bmc_target_unpack(struct bmc_target *target,
		       const struct bmc_packed *packed)
{
	const char *at = packed->strings;

	bmc_target_release(target);
	target->protocol = packed->protocol;
	target->cipher = packed->cipher;
	target->ipmi_quirks = packed->ipmi_quirks;
	target->port = packed->port;
	target->insecure = packed->insecure;
	target->basic = packed->basic;
	target->ipmitool = packed->ipmitool;
	target->ipmi_key_len = packed->ipmi_key_len;
	memcpy(target->ipmi_key, packed->ipmi_key, sizeof(target->ipmi_key));
	at = unpack_string(target->host, sizeof(target->host), at);
	at = unpack_string(target->user, sizeof(target->user), at);
	at = unpack_string(target->password, sizeof(target->password), at);
	at = unpack_string(target->system, sizeof(target->system), at);
	at = unpack_string(target->pin, sizeof(target->pin), at);
	at = unpack_string(target->vendor, sizeof(target->vendor), at);
	at = unpack_string(target->model, sizeof(target->model), at);
	at = unpack_string(target->rack, sizeof(target->rack), at);
	if (*at)
		target->ca_pem = xstrdup(at);
	at += strlen(at) + 1;
	if (at < packed->strings + packed->len)
		target->rpc = xstrdup(at);
}

bool bmc_packed_eq(const struct bmc_packed *a, const struct bmc_packed *b)
{
	return a->len == b->len && memcmp(a, b, sizeof(*a) + a->len) == 0;
}

void bmc_packed_free(struct bmc_packed *packed)
{
	if (!packed)
		return;
	secret_wipe(packed, sizeof(*packed) + packed->len);
	free(packed);
}

bool bmc_op_writes(enum bmc_op op)
{
	switch (op) {
	case BMC_POWER_SET:
	case BMC_BOOT_SET:
	case BMC_MEDIA_INSERT:
	case BMC_MEDIA_EJECT:
	case BMC_NMI:
	case BMC_IDENTIFY:
	case BMC_BMC_RESET:
	case BMC_LOG_CLEAR:
	case BMC_PASSWORD_SET:
	case BMC_SECURE_BOOT_SET:
	case BMC_BIOS_SET:
		return true;
	default:
		return false;
	}
}

int64_t bmc_op_timeout_ms(const struct bmc_request *request)
{
	if (request->timeout_ms > 0)
		return request->timeout_ms;
	if (request->op == BMC_POWER_SET && request->action == BMC_ACTION_SOFT)
		return 600 * 1000;
	if (request->op == BMC_BMC_RESET || request->op == BMC_INVENTORY)
		return 600 * 1000;
	if (request->op == BMC_SENSORS || request->op == BMC_LOG_READ)
		return 180 * 1000;
	return bmc_op_writes(request->op) ? 120 * 1000 : 60 * 1000;
}

const char *bmc_power_name(enum bmc_power power)
{
	static const char *const names[] = {
		[BMC_POWER_UNKNOWN] = "unknown",
		[BMC_POWER_OFF] = "off",
		[BMC_POWER_ON] = "on",
	};

	return names[power];
}

const char *bmc_action_name(enum bmc_power_action action)
{
	static const char *const names[] = {
		[BMC_ACTION_ON] = "on",       [BMC_ACTION_OFF] = "off",
		[BMC_ACTION_SOFT] = "soft",   [BMC_ACTION_CYCLE] = "cycle",
		[BMC_ACTION_RESET] = "reset",
	};

	return names[action];
}

const char *bmc_device_name(enum bmc_device device)
{
	static const char *const names[] = {
		[BMC_BOOT_NONE] = "none", [BMC_BOOT_PXE] = "pxe",
		[BMC_BOOT_DISK] = "disk", [BMC_BOOT_CD] = "cdrom",
		[BMC_BOOT_BIOS] = "bios", [BMC_BOOT_OTHER] = "other",
		[BMC_BOOT_HTTP] = "http",
	};

	return names[device];
}

const char *bmc_op_name(enum bmc_op op)
{
	static const char *const names[] = {
		[BMC_PROBE] = "probe",
		[BMC_POWER_GET] = "power-get",
		[BMC_POWER_SET] = "power-set",
		[BMC_BOOT_GET] = "boot-get",
		[BMC_BOOT_SET] = "boot-set",
		[BMC_MEDIA_INSERT] = "media-insert",
		[BMC_MEDIA_EJECT] = "media-eject",
		[BMC_NMI] = "nmi",
		[BMC_IDENTIFY] = "identify",
		[BMC_INFO] = "info",
		[BMC_BMC_RESET] = "bmc-reset",
		[BMC_LOG_READ] = "log-read",
		[BMC_LOG_CLEAR] = "log-clear",
		[BMC_SENSORS] = "sensors",
		[BMC_FRU] = "fru",
		[BMC_LAN_GET] = "lan-get",
		[BMC_USERS] = "users",
		[BMC_PASSWORD_SET] = "password-set",
		[BMC_INVENTORY] = "inventory",
		[BMC_SECURE_BOOT_GET] = "secure-boot-get",
		[BMC_SECURE_BOOT_SET] = "secure-boot-set",
		[BMC_BIOS_GET] = "bios-get",
		[BMC_BIOS_SET] = "bios-set",
	};

	return names[op];
}

const char *bmc_progress_name(enum bmc_progress progress)
{
	static const char *const names[] = {
		[BMC_PROGRESS_UNKNOWN] = "unknown",
		[BMC_PROGRESS_NONE] = "none",
		[BMC_PROGRESS_FIRMWARE] = "firmware",
		[BMC_PROGRESS_READY] = "ready",
		[BMC_PROGRESS_SETUP] = "setup",
		[BMC_PROGRESS_OS_BOOT] = "os-boot",
		[BMC_PROGRESS_OS_RUNNING] = "os-running",
	};

	return names[progress];
}

enum bmc_power bmc_action_goal(enum bmc_power_action action)
{
	if (action == BMC_ACTION_OFF || action == BMC_ACTION_SOFT)
		return BMC_POWER_OFF;
	return BMC_POWER_ON;
}

bool bmc_action_needless(enum bmc_power_action action, enum bmc_power seen)
{
	return action != BMC_ACTION_CYCLE && action != BMC_ACTION_RESET &&
	       seen == bmc_action_goal(action);
}

enum bmc_power_action bmc_action_for(enum bmc_power_action action,
				     enum bmc_power seen)
{
	if (seen == BMC_POWER_OFF &&
	    (action == BMC_ACTION_CYCLE || action == BMC_ACTION_RESET))
		return BMC_ACTION_ON;
	return action;
}

bool bmc_asks_system(const struct bmc_request *request)
{
	return request->op == BMC_POWER_SET &&
	       request->action == BMC_ACTION_SOFT;
}

bool bmc_in_doubt(const struct bmc_request *request, unsigned n_looks)
{
	return request->doubtful &&
	       (n_looks < DOUBT_LOOKS || bmc_asks_system(request));
}

int64_t bmc_poll_ms(unsigned n)
{
	static const int64_t waits_ms[] = { 1000, 1000, 1000, 1000,
					    2000, 2000, 4000 };

	return waits_ms[n < ARRAY_LEN(waits_ms) ? n : ARRAY_LEN(waits_ms) - 1];
}
